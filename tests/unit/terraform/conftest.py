from __future__ import annotations

from typing import Any

import pytest
from terraform_source import TERRAFORM, parse, plain, without_comments


@pytest.fixture(scope="session")
def contract() -> dict[str, Any]:
    """The locals of contract.tf."""
    found = parse("contract.tf")["locals"][0]
    return {name: plain(value, found) for name, value in found.items() if not name.startswith("__")}


@pytest.fixture(scope="session")
def sources() -> dict[str, str]:
    """Every Terraform file by its path below terraform/, without its comments."""
    files = sorted(path for path in TERRAFORM.rglob("*.tf") if ".terraform" not in path.parts)
    return {str(path.relative_to(TERRAFORM)): without_comments(path.read_text(encoding="utf-8")) for path in files}

"""The examples of docs/library.md run, and print what the page says."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"^```python\n(.*?)^```$(?:\s*^```output\n(.*?)^```$)?", PAGE, re.DOTALL | re.MULTILINE)


def test_the_examples_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("hello.wav", "hello.txt"):
        shutil.copy(ROOT / "samples" / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert len(EXAMPLES) >= 6
    names: dict[str, object] = {}
    for code, output in EXAMPLES:
        exec(code, names)
        printed = capsys.readouterr().out
        assert not output or re.sub(r"\n+", "\n", printed) == output

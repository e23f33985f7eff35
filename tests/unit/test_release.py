"""Every place that names the version of this release names the same one."""

import re
from pathlib import Path

import pytest

from syncline import __version__

ROOT = Path(__file__).parents[2]


def test_the_changelog_begins_with_this_release() -> None:
    assert re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[0] == __version__


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("docker/k8s/kustomization.yaml", r'newTag: "(.+)"'),
        ("docs/api.md", r'"version": "(.+?)"'),
        ("docs/formats.md", r'"version": "(\d.+?)"'),
        ("docs/tutorial.md", r"^syncline ([\d.]+)$"),
    ],
)
def test_an_example_names_this_release(path: str, pattern: str) -> None:
    assert set(re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)) == {__version__}

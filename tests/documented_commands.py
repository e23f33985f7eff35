"""The commands that the documentation shows, and those of them that the tests only read."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# docs/cli.md is the help of the commands, whose examples have a test of their own.
PAGES = [path for path in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]
         if path.name != "cli.md"]  # fmt: skip

# A pattern for the commands that no test of the documentation runs, and the reason.
NOT_RUN = {
    r"^make (?!demo)|^git |^bash scripts/(setup|image_check)|-m pytest|^python3 samples": "what CI consists of",
    r"^make demo": "tests/e2e/test_demo.py runs it",
    r"^syncline local": "tests/e2e/test_local.py runs it, and these commands run beside it",
    r"^\. \.venv|^export |^eval |^[A-Z]+=": "prepares the terminal; the tests set the same variables",
    r"^docker |^kubectl ": "needs Docker or Kubernetes; scripts/image_check.sh builds the images with buildah",
    r"terraform|^aws (ecr|iam|logs|secretsmanager|s3api)|my-bucket": "needs AWS; scripts/apply_check applies it",
    r"--aws-sigv4": "needs the function URL of Lambda, which checks signatures",
    r"^pip install": "make package-check runs it",
    r"models (fetch|list|verify)|--engine|--entities|syncline (entities|translate-server|doctor)|localhost:9527":
        "needs a model or an installation; the tests of that part run it with small ones",
}  # fmt: skip
_PROGRAMS = ("syncline", ".venv/bin/", "make", "git", "bash", ".", "python3", "export", "eval", "docker", "kubectl",
             "terraform", "aws", "curl", "pip", "head", "sed", "form")  # fmt: skip
_BLOCK = re.compile(
    r"^```(?P<kind>\w*)\n(?P<fenced>[\s\S]*?)^```|(?<=\n\n)(?P<indented>(?: {4}.*\n|\n(?= {4}))+)", re.MULTILINE
)
_NO_COMMANDS = ("python", "output", "json", "hcl", "csv", "yaml")


@dataclass(frozen=True, slots=True)
class Command:
    page: str
    text: str
    output: tuple[str, ...]  # as the page shows it

    @property
    def bare(self) -> str:
        """Without the folder of the virtual environment."""
        return self.text.removeprefix(".venv/bin/")

    @property
    def why_not_run(self) -> str | None:
        return next((reason for pattern, reason in NOT_RUN.items() if re.search(pattern, self.bare)), None)


def commands(page: Path) -> list[Command]:
    found = []
    for block in _BLOCK.finditer(page.read_text(encoding="utf-8")):
        if block["kind"] not in _NO_COMMANDS:
            lines = (block["fenced"] or re.sub(r"(?m)^ {4}", "", block["indented"] or "")).splitlines()
            found += list(_of_block(page.relative_to(ROOT).as_posix(), lines))
    return found


def _of_block(page: str, lines: list[str]) -> Iterator[Command]:
    """A command begins after "$ ", or without one with the name of a program."""
    prompts = any(line.startswith("$ ") for line in lines)
    begun: list[str] = []
    output: list[str] = []
    for line in lines:
        if begun and not _complete(begun):
            begun.append(line)
        elif line.startswith("$ ") if prompts else _starts_a_program(line):
            if begun:
                yield Command(page, "\n".join(begun), tuple(output))
            begun, output = [line.removeprefix("$ ")], []
        else:
            output.append(line)
    if begun:
        yield Command(page, "\n".join(begun), tuple(output))


def _starts_a_program(line: str) -> bool:
    first = line.partition(" ")[0]
    return first in _PROGRAMS or line.startswith(".venv/bin/") or bool(re.match(r"[A-Z]+=", line))


def _complete(lines: list[str]) -> bool:
    text = "\n".join(lines)
    if text.endswith("\\"):
        return False
    try:
        shlex.split(text, comments=True)
    except ValueError:  # an open quotation
        return False
    return True

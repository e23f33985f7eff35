"""Change the rules of syncline/core in small ways, and check that a unit test notices each change.

    python scripts/mutate_core.py [MODULE...]

Without a module, all modules of `only_mutate` in pyproject.toml. mutmut makes the changes and runs only the tests that
reach a changed function. A change that no test notices is a survivor. tests/mutation/survivors.toml explains those that
no test can or should notice. Any other survivor fails the run, and so does an explanation that fits none.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
EXPLANATIONS = ROOT / "tests" / "mutation" / "survivors.toml"
SURVIVED = ("survived", "no tests", "skipped", "suspicious")


@dataclass(frozen=True, slots=True)
class Survivor:
    """`before` and `after` are the changed lines of the function, without the space around them."""

    function: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why changes of these lines may survive. Without `after`, any change of them."""

    function: str
    before: str
    reason: str
    after: str | None = None

    def explains(self, survivor: Survivor) -> bool:
        same_place = (self.function, self.before) == (survivor.function, survivor.before)
        return same_place and self.after in (None, survivor.after)


def main(modules: Sequence[str]) -> int:
    names = [f"syncline.core.{module}.*" for module in modules]
    subprocess.run([sys.executable, "-m", "mutmut", "run", *names], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)
    counts, survivors = results(names or ["*"])
    print(", ".join(f"{count} {status}" for status, count in sorted(counts.items())))
    explanations = [each for each in read_explanations() if not names or _matches(each.function + ".", names)]
    unexplained, unused = compare(survivors, explanations)
    for survivor in unexplained:
        print(f"\nNot explained: {survivor.function}\n-  {survivor.before}\n+  {survivor.after}")
    for explanation in unused:
        print(f"\nExplains no survivor: {explanation.function}\n-  {explanation.before}")
    print(f"{len(survivors)} survivors, of which {len(unexplained)} are not explained.")
    return 1 if unexplained or unused else 0


def results(names: Sequence[str]) -> tuple[Counter[str], list[Survivor]]:
    """-> how many mutants have which status, and the survivors."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    counts: Counter[str] = Counter()
    survivors = []
    for path in walk_mutatable_files():
        file = SourceFileMutationData(path=path)
        file.load()
        for mutant, exit_code in file.exit_code_by_key.items():
            if not _matches(mutant, names):
                continue
            status = status_by_exit_code[exit_code]
            counts[status] += 1
            if status in SURVIVED:
                survivors.append(survivor_of(mutant, get_diff_for_mutant(mutant, path=path)))
    return counts, survivors


def _matches(name: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def survivor_of(mutant: str, diff: str) -> Survivor:
    """mutmut names a mutant of `f` x_f__mutmut_1, and one of the method `C.m` xǁCǁm__mutmut_1."""
    module, _, mangled = mutant.rpartition(".")
    name = mangled.rpartition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    changed = diff.splitlines()[2:]
    before, after = (
        " ".join(line[1:].strip() for line in changed if line[0] == sign and line[1:].strip()) for sign in "-+"
    )
    return Survivor(f"{module}.{name}", before, after)


def read_explanations() -> list[Explanation]:
    document = tomllib.loads(EXPLANATIONS.read_text(encoding="utf-8"))
    return [Explanation(**entry) for entry in document["survivor"]]


def compare(
    survivors: Sequence[Survivor], explanations: Sequence[Explanation]
) -> tuple[list[Survivor], list[Explanation]]:
    """-> the survivors without an explanation, and the explanations without a survivor."""
    unexplained = [survivor for survivor in survivors if not any(each.explains(survivor) for each in explanations)]
    unused = [each for each in explanations if not any(each.explains(survivor) for survivor in survivors)]
    return unexplained, unused


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Imports run one way: this table is the plan of the house, and every module is checked against it.

An import counts wherever it stands, also inside a function; only those under `if TYPE_CHECKING` do not run.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

# Each package, and the packages of this project that it may import besides itself.
PROGRAMS = {"lambdas", "worker"}
MAY_IMPORT: dict[str, set[str]] = {
    # The public face names modules of syncline.core and syncline.library and imports them when a name is first used;
    # tests/unit/library checks that. An import statement here would slow every function's start.
    "syncline": set(),
    "syncline.core": {"syncline"},
    "syncline.text": {"syncline.core"},
    "syncline.processes": {"syncline.core"},
    "syncline.aws": {"syncline", "syncline.core"},
    "syncline.media": {"syncline.core", "syncline.processes"},
    "syncline.models": {"syncline", "syncline.core", "syncline.processes"},
    "syncline.speech": {"syncline.core", "syncline.processes", "syncline.media", "syncline.models"},
    "syncline.translation": {"syncline", "syncline.core", "syncline.text", "syncline.processes", "syncline.models"},
    "syncline.enrichment": {"syncline", "syncline.core", "syncline.processes", "syncline.models"},
    "syncline.jobs": {"syncline", "syncline.core", "syncline.aws"},
    "syncline.backfill": {"syncline", "syncline.core", "syncline.aws", "syncline.jobs"},
    "syncline.pipeline": {
        "syncline", "syncline.core", "syncline.text", "syncline.processes", "syncline.aws", "syncline.media",
        "syncline.models", "syncline.speech", "syncline.translation", "syncline.enrichment", "syncline.jobs",
    },
    "syncline.local": {
        "syncline", "syncline.core", "syncline.processes", "syncline.aws", "syncline.jobs", "syncline.models",
    },
    "syncline.library": {
        "syncline", "syncline.core", "syncline.text", "syncline.processes", "syncline.aws", "syncline.speech",
        "syncline.translation", "syncline.enrichment", "syncline.jobs", "syncline.pipeline",
    },
    "syncline.cli": {
        "syncline", "syncline.library",
        "syncline.core", "syncline.text", "syncline.processes", "syncline.aws", "syncline.media",
        "syncline.models", "syncline.speech", "syncline.translation", "syncline.enrichment", "syncline.jobs",
        "syncline.backfill", "syncline.pipeline", "syncline.local",
    },
    "lambdas": {
        "syncline", "syncline.core", "syncline.processes", "syncline.aws", "syncline.jobs", "syncline.pipeline",
        "syncline.local",
    },
    "worker": {
        "syncline", "syncline.core", "syncline.processes", "syncline.aws", "syncline.jobs", "syncline.pipeline",
    },
}  # fmt: skip

# Third-party packages that cost time or memory to import, and the only packages of this project that may use them.
HEAVY = {
    "numpy": {"syncline.speech", "syncline.media", "syncline.processes", "syncline.enrichment"},
    "pocketsphinx": {"syncline.speech", "syncline.cli"},
    "ctranslate2": {"syncline.speech", "syncline.translation", "syncline.models", "syncline.enrichment"},
    "sentencepiece": {"syncline.translation"},
    "spacy": {"syncline.enrichment"},
    "tokenizers": {"syncline.enrichment"},
    "sentencex": {"syncline.text"},
    "budoux": {"syncline.text"},
    "num2words": {"syncline.speech"},
    "pydub": {"syncline.media"},
    "moto": {"syncline.local"},
    "starlette": {"syncline.translation", "syncline.cli"},
    "uvicorn": {"syncline.translation", "syncline.cli"},
    "celery": {"syncline.aws", "worker"},
    "kombu": {"syncline.aws", "worker"},
    "jinja2": {"lambdas"},
    "typer": {"syncline.cli"},
    "rich": {"syncline.cli"},
}


def modules() -> dict[str, Path]:
    found = {}
    for package in ("syncline", "lambdas", "worker"):
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def package_of(module: str) -> str:
    """The entry of the table that a module belongs to."""
    parts = module.split(".")
    if parts[0] != "syncline":
        return parts[0]
    return ".".join(parts[:2]) if len(parts) > 1 else "syncline"


def _runs_only_for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _nodes_that_run(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if not _runs_only_for_type_checkers(child):
            yield child
            yield from _nodes_that_run(child)


@cache
def imported_by(module: str) -> frozenset[str]:
    """Full names of modules, this project's and others', that the module imports anywhere."""
    found: set[str] = set()
    for node in _nodes_that_run(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"{module}: imports are absolute"
            submodules = {f"{node.module}.{alias.name}" for alias in node.names}
            inside = submodules & MODULES.keys()
            found.update(inside)
            if len(inside) < len(node.names):
                found.add(node.module)
    return frozenset(found)


def own(imports: frozenset[str]) -> set[str]:
    return {name for name in imports if name in MODULES}


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_one_way(module: str) -> None:
    package = package_of(module)
    allowed = MAY_IMPORT[package] | {package}
    uphill = {name for name in own(imported_by(module)) if package_of(name) not in allowed}
    assert not uphill, f"{module} ({package}) may import {sorted(allowed)} only"


@pytest.mark.parametrize("module", [name for name in MODULES if package_of(name) == "syncline.core"])
def test_the_core_imports_the_standard_library_and_itself(module: str) -> None:
    foreign = {
        name
        for name in imported_by(module)
        if name.partition(".")[0] not in sys.stdlib_module_names and name not in MODULES
    }
    assert not foreign


@pytest.mark.parametrize("module", MODULES)
def test_heavy_packages_stand_only_where_they_are_used(module: str) -> None:
    tops = {name.partition(".")[0] for name in imported_by(module)}
    assert not {heavy for heavy in tops & HEAVY.keys() if package_of(module) not in HEAVY[heavy]}


def test_nothing_imports_the_programs_but_themselves() -> None:
    for module in MODULES:
        into = {package_of(name) for name in own(imported_by(module))} & PROGRAMS
        assert into <= {package_of(module)}, module


def test_no_imports_go_in_circles() -> None:
    graph = {module: own(imported_by(module)) - {module} for module in MODULES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_table_names_every_package() -> None:
    assert {package_of(module) for module in MODULES} == set(MAY_IMPORT)

"""`make zip`: the zip of the three functions, one per architecture, the same bytes every time.

    python scripts/make_zip.py [--arch x86_64 --arch arm64] [--into dist]

The zip holds the modules of syncline and lambdas that the functions import, and the pinned wheels of
lambdas/requirements.txt. AWS's Python runtime provides boto3. Everything is compiled: /var/task is read-only, so each
cold start would otherwise compile it again. Compiling needs a Python of the runtime's version.
"""

from __future__ import annotations

import argparse
import ast
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.sbom import write_sbom  # noqa: E402 - found by the line above, wherever this script is started

REQUIREMENTS = ROOT / "lambdas" / "requirements.txt"
FUNCTIONS = ("lambdas/reception.py", "lambdas/status.py", "lambdas/dead_letters.py")
DATA = ("lambdas/web/openapi.json", "lambdas/web/page/*.html", "lambdas/web/page/static/*")
PROJECT = ("lambdas", "syncline")

PYTHON = (3, 12)
# The runtime is Amazon Linux 2023, with a newer C library than manylinux2014 asks for.
PLATFORMS = {
    "x86_64": ("manylinux_2_28_x86_64", "manylinux2014_x86_64"),
    "arm64": ("manylinux_2_28_aarch64", "manylinux2014_aarch64"),
}
UNNEEDED = ("tests", "testing", "bin")  # test suites, and console scripts; see `_is_unneeded`
KEPT_OF_DIST_INFO = ("METADATA", "licenses")
EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of the zip format


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--arch", action="append", choices=tuple(PLATFORMS), help="default: both")
    parser.add_argument("--into", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    python = find_python()
    for architecture in arguments.arch or PLATFORMS:
        path = build(architecture, python, arguments.into)
        write_sbom(REQUIREMENTS, path.with_suffix(".cdx.json"))
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        print(f"{path}  {path.stat().st_size:,} bytes  sha256 {digest}")
    return 0


def find_python() -> str:
    """A Python of the runtime's version: the runtime loads only that version's bytecode."""
    name = f"python{PYTHON[0]}.{PYTHON[1]}"
    pyenv = sorted(Path.home().glob(f".pyenv/versions/{PYTHON[0]}.{PYTHON[1]}*/bin/python"))
    for candidate in (os.environ.get("ZIP_PYTHON"), sys.executable, shutil.which(name), *map(str, pyenv)):
        if candidate and _version(candidate) == PYTHON:
            return candidate
    sys.exit(
        f"Compiling for Lambda's runtime needs {name}. Install it, or set its path: ZIP_PYTHON=/path/to/{name} make zip"
    )


def _version(python: str) -> tuple[int, ...] | None:
    asked = subprocess.run(
        [python, "-c", "import sys; print(*sys.version_info[:2])"], capture_output=True, text=True, check=False
    )
    return tuple(map(int, asked.stdout.split())) if asked.returncode == 0 else None


def build(architecture: str, python: str, into: Path) -> Path:
    folder = ROOT / "build" / "zip" / architecture
    shutil.rmtree(folder, ignore_errors=True)
    install_wheels(folder, architecture)
    remove_unneeded(folder)
    for source in (*imported_modules(FUNCTIONS), *data_files()):
        target = folder / source
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / source, target)
    compile_all(folder, python)
    into.mkdir(parents=True, exist_ok=True)
    path = into / f"syncline-lambdas-{architecture}.zip"
    write_zip(folder, path)
    return path


def install_wheels(folder: Path, architecture: str) -> None:
    platforms = [f"--platform={name}" for name in PLATFORMS[architecture]]
    command = [
        *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--require-hashes", "--only-binary=:all:", "--implementation=cp", *platforms),
        *(f"--python-version={PYTHON[0]}.{PYTHON[1]}", "--no-compile", f"--target={folder}", f"-r{REQUIREMENTS}"),
    ]
    subprocess.run(command, check=True)


def imported_modules(entries: tuple[str, ...]) -> list[str]:
    """This project's files that the entries import, directly or indirectly, at the top or within a function."""
    found: set[str] = set()
    waiting = list(entries)
    while waiting:
        source = waiting.pop()
        if source in found:
            continue
        found.add(source)
        for name in _imported_names(ROOT / source):
            waiting += _files_of(name)
    return sorted(found)


def data_files() -> list[str]:
    return sorted(path.relative_to(ROOT).as_posix() for pattern in DATA for path in ROOT.glob(pattern))


def _imported_names(source: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files_of(name: str) -> list[str]:
    """The module's file and its packages' __init__.py; nothing if the name is not a module of this project."""
    parts = name.split(".")
    if parts[0] not in PROJECT:
        return []
    packages = ["/".join(parts[: depth + 1]) for depth in range(len(parts))]
    candidates = [f"{package}/__init__.py" for package in packages] + [f"{'/'.join(parts)}.py"]
    return [candidate for candidate in candidates if (ROOT / candidate).exists()]


def remove_unneeded(folder: Path) -> None:
    """Remove files of the wheels. This project's own files are copied selectively."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if _is_unneeded(path.relative_to(folder)):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _is_unneeded(path: Path) -> bool:
    within = next((index for index, part in enumerate(path.parts) if part.endswith(".dist-info")), None)
    if within is not None:
        return len(path.parts) > within + 1 and path.parts[within + 1] not in KEPT_OF_DIST_INFO
    return path.name in UNNEEDED or path.suffix in (".pyi", ".pyc", ".js", ".css") or path.name == "py.typed"


def compile_all(folder: Path, python: str) -> None:
    """Compile without source checks: sources cannot change in /var/task. The hash seed makes it reproducible."""
    command = [
        *(python, "-m", "compileall", "-q", "-j", "1", "--invalidation-mode", "unchecked-hash"),
        *("-s", str(folder), "-p", "/var/task", str(folder)),
    ]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": "0"})


def write_zip(folder: Path, path: Path) -> None:
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for file in files:
            entry = zipfile.ZipInfo(file.relative_to(folder).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # Unix, on every host: the permissions below have a meaning only there
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, file.read_bytes())


if __name__ == "__main__":
    sys.exit(main())

"""Build the wheel and the sdist, install each into empty virtual environments, and align a sample there.

    python scripts/package_check.py [--only 3.12]

The check runs on every supported Python of this machine and says which ones it skipped. Without the extra `worker`,
`syncline align` must name it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SAMPLE = ROOT / "samples/hello.wav"
HINT = "pip install 'syncline[worker]'"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", choices=PYTHONS, help="check with this Python only")
    wanted = parser.parse_args().only
    with tempfile.TemporaryDirectory(prefix="syncline-package-") as name:
        folder = Path(name)
        wheel, sdist = build(folder)
        print(f"built {wheel.name} and {sdist.name}", flush=True)
        pythons = {version: find_python(version) for version in ([wanted] if wanted else PYTHONS)}
        present = [version for version, path in pythons.items() if path]
        for version in present:
            check(folder / version, str(pythons[version]), wheel)
            print(f"ok: the wheel, Python {version}", flush=True)
        if present:
            check(folder / "sdist", str(pythons[present[0]]), sdist)
            print(f"ok: the sdist, Python {present[0]}")
    for version in pythons.keys() - present:
        print(f"skipped: Python {version} is not installed")
    return 0 if present else 1


def build(folder: Path) -> tuple[Path, Path]:
    """Build from a copy of the checkout: setuptools would leave build/ in it, and find old files there later."""
    source, built = folder / "source", folder / "dist"
    files = run("git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    for file in filter(None, files):
        if (ROOT / file).is_file():
            (source / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / file, source / file)
    run(sys.executable, "-m", "build", "--outdir", str(built), str(source))
    [wheel], [sdist] = built.glob("*.whl"), built.glob("*.tar.gz")
    return wheel, sdist


def find_python(version: str) -> str | None:
    """The path of a Python of this version that works: pyenv's launchers are on the PATH for all of its versions."""
    pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"{version}.*/bin/python"))
    for command in filter(None, [shutil.which(f"python{version}"), *map(str, pyenv)]):
        found = subprocess.run([command, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
        if found.returncode == 0:
            return found.stdout.strip()
    return None


def check(environment: Path, python: str, package: Path) -> None:
    """Install the package without and with what aligning needs, and run the command in an empty folder."""
    run(python, "-m", "venv", str(environment))
    pip = (str(environment / "bin/pip"), "install", "--quiet", "--disable-pip-version-check")
    run(*pip, str(package))
    align = (str(environment / "bin/syncline"), "align", str(SAMPLE), str(SAMPLE.with_suffix(".txt")))
    refused = subprocess.run(align, cwd=environment, capture_output=True, text=True)
    if refused.returncode != 2 or HINT not in " ".join(refused.stderr.split()):
        sys.exit(f"without the extra, `syncline align` said:\n{refused.stderr}")
    run(*pip, f"{package}[worker]")
    words = json.loads(run(*align, cwd=environment))["words"]
    missing = [word["word"] for word in words if word["case"] != "success"]
    if missing or not words:
        sys.exit(f"{len(words)} words aligned, without {missing}")


def run(*command: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())

"""Install the stand-in for Gentle. Tests call install(). As a command, it installs k3 and m3 as small binaries that
link a shared library, as the real ones do, and then run the scripts; that needs a C compiler.
"""

from __future__ import annotations

import argparse
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from pocketsphinx import Config

from syncline.speech.gentle.installation import FILES

HERE = Path(__file__).parent
PROGRAMS = ("k3", "m3")
LIBRARY = "libgentlestandin.so"

WRAPPER = """
#include <unistd.h>
int gentle_standin(void);
int main(int count, char **arguments) {
    char *command[count + 2];
    command[0] = "python3";
    command[1] = "%s";
    for (int i = 1; i <= count; i++) command[i + 1] = arguments[i];
    return gentle_standin() ? 1 : execv("%s", command);
}
"""


def install(home: Path, *, fault: str = "") -> Path:
    _models_and_package(home)
    for name in PROGRAMS:
        program = home / "ext" / name
        program.write_text(f"#!{sys.executable}\n{(HERE / 'ext' / f'{name}.py').read_text()}")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (home / "ext/fault").write_text(fault)
    return home


def install_compiled(home: Path, *, library_folder: Path, runs_at: Path, python: Path) -> None:
    """`runs_at`: the path where the installation is used; `python`: the interpreter of its scripts there."""
    _models_and_package(home)
    library_folder.mkdir(parents=True, exist_ok=True)
    _compile("int gentle_standin(void) { return 0; }", "-shared", "-o", str(library_folder / LIBRARY))
    for name in PROGRAMS:
        script = Path("gentle") / f"{name}.py"  # in the package: collect_gentle.sh copies only k3 and m3 from ext
        shutil.copy(HERE / "ext" / f"{name}.py", home / script)
        link = ["-L", str(library_folder), f"-l:{LIBRARY}"]
        _compile(WRAPPER % (runs_at / script, python), "-o", str(home / "ext" / name), *link)


def _models_and_package(home: Path) -> None:
    for name in FILES:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).touch()
    shutil.copy(HERE / "align.py", home)
    shutil.copytree(HERE / "gentle", home / "gentle", dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    (home / "exp/langdir/words.txt").write_text(_vocabulary())
    (home / "exp/tdnn_7b_chain_online/graph_pp/HCLG.fst").write_bytes(
        bytes(2**20)
    )  # large and unused, as in the original


def _vocabulary() -> str:
    dictionary = Path(str(Config()["dict"])).read_text(encoding="utf-8")
    words = (line.split(" ")[0] for line in dictionary.splitlines())
    return "".join(f"{word} {number}\n" for number, word in enumerate(words) if "(" not in word)


def _compile(source: str, *arguments: str) -> None:
    subprocess.run(["cc", "-fPIC", "-x", "c", "-", "-x", "none", *arguments], input=source, text=True, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("home", type=Path)
    parser.add_argument("--library-folder", type=Path, required=True)
    parser.add_argument("--runs-at", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    arguments = parser.parse_args()
    install_compiled(
        arguments.home, library_folder=arguments.library_folder, runs_at=arguments.runs_at, python=arguments.python
    )


if __name__ == "__main__":
    main()

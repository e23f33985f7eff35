"""Check a Gentle installation: which files it must contain, and whether its programs run on this machine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

from syncline.core.errors import ModelMissingError

PROGRAMS = ("ext/k3", "ext/m3")
# The files that align.py, k3 and m3 open. The largest file of an installation is not among them:
# exp/tdnn_7b_chain_online/graph_pp/HCLG.fst is used only for recognition without a transcript.
FILES = (
    "align.py",
    "gentle/__init__.py",
    "gentle/forced_aligner.py",
    "gentle/standard_kaldi.py",
    *PROGRAMS,
    "exp/langdir/words.txt",
    "exp/langdir/L.fst",
    "exp/langdir/L_disambig.fst",
    "exp/langdir/phones/disambig.int",
    "exp/tdnn_7b_chain_online/final.mdl",
    "exp/tdnn_7b_chain_online/tree",
    "exp/tdnn_7b_chain_online/graph_pp/words.txt",
    "exp/tdnn_7b_chain_online/graph_pp/phones.txt",
    "exp/tdnn_7b_chain_online/graph_pp/phones/word_boundary.int",
    "exp/tdnn_7b_chain_online/ivector_extractor/final.mat",
    "exp/tdnn_7b_chain_online/ivector_extractor/global_cmvn.stats",
    "exp/tdnn_7b_chain_online/ivector_extractor/final.dubm",
    "exp/tdnn_7b_chain_online/ivector_extractor/final.ie",
)
LIBRARY_FOLDER = "lib"  # shared libraries of k3 and m3, in an installation copied from another system
PROBE_SECONDS = 10.0
_LOADER_EXIT_CODES = (126, 127)


def missing_parts(home: Path | None) -> list[str]:
    """Return one sentence for each problem that prevents Gentle from running; an empty list if there is none."""
    if home is None:
        return ["SYNCLINE_GENTLE_HOME is not set."]
    if not home.is_dir():
        return [f"{home} is not a folder."]
    missing = [f"{home / name} is missing." for name in FILES if not (home / name).is_file()]
    present = [home / name for name in PROGRAMS if (home / name).is_file()]
    return missing + [problem for program in present if (problem := _start_problem(program))]


def require(home: Path | None) -> Path:
    missing = missing_parts(home)
    if home is None or missing:
        more = f" There are {len(missing) - 1} more problems." if len(missing) > 1 else ""
        raise ModelMissingError(
            f"Gentle cannot run here: {missing[0]}{more}",
            hint="Run `syncline doctor` for the whole list. SYNCLINE_GENTLE_HOME names the installation.",
        )
    return home


def version(home: Path) -> str:
    for name in ("gentle/__version__.py", "gentle/__init__.py", "setup.py"):
        if (home / name).is_file():
            text = (home / name).read_text(encoding="utf-8", errors="replace")
            if found := re.search(r"""version(?:__)?\s*=\s*["']([^"']+)["']""", text):
                return found[1]
    return "unknown"


def library_path(home: Path) -> str | None:
    return str(home / LIBRARY_FOLDER) if (home / LIBRARY_FOLDER).is_dir() else None


def _start_problem(program: Path) -> str | None:
    """Run `program --help`. Both programs print their usage and exit; only the loader's failures count as problems."""
    if not os.access(program, os.X_OK):
        return f"{program} is not executable."
    environment = dict(os.environ)
    if libraries := library_path(program.parent.parent):
        environment["LD_LIBRARY_PATH"] = libraries
    try:
        probe = subprocess.run(
            [str(program), "--help"],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_SECONDS,
            check=False,
        )
    except OSError as error:
        return f"{program} does not start: {error.strerror}."
    except subprocess.TimeoutExpired:
        return f"{program} does not answer --help."
    if probe.returncode in _LOADER_EXIT_CODES:
        reason = probe.stderr.decode(errors="replace").strip().removeprefix(f"{program}: ")
        return f"{program} does not start: {reason}."
    return None

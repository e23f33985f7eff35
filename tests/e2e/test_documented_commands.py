"""Run the commands of the documentation, page by page, and compare what they print with what the page shows.

The commands that need AWS, Docker or a large model are in `NOT_RUN` with the reason, and have a test that reads them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from syncline.core.job import job_id_of
from tests.documented_commands import PAGES, ROOT, Command, commands
from tests.e2e.conftest import BIN, SAMPLES, Stack

RUN = {page.name: [command for command in commands(page) if command.why_not_run is None] for page in PAGES}
LESSON, BROKEN = "uploads/lessons/hello.wav", "uploads/broken.wav"
# The jobs of the examples in docs/api.md, and the answer of an earlier request.
DOCUMENTED_IDS = {"09f2ab67-6c6a-5c23-a0cf-b59cc301572a": LESSON, "fe1fc4f0-214d-5e8f-bdd5-1aa9f5cd3c3a": BROKEN}
OWN_TAPES = "documented-tapes"  # in place of old-tapes, which another test uses
DOCUMENTED_REVISION = "e0ce915c8cbeff11e39c"
WHILE_A_JOB_RUNS = {"expected_seconds_left"}
CHANGING = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[\d:.]+Z")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the pages suppose: a checkout with its environment, and some files of the reader's own."""
    (tmp_path / "samples").symlink_to(SAMPLES)
    (tmp_path / ".venv").symlink_to(BIN.parent)
    for name in ("hello.wav", "talk.mp3", "talk.mp4"):
        shutil.copy(SAMPLES / "hello.wav", tmp_path / name)
        shutil.copy(SAMPLES / "hello.txt", (tmp_path / name).with_suffix(".txt"))
    return tmp_path


@pytest.mark.parametrize("page", [name for name, found in RUN.items() if found])
def test_the_commands_of_a_page_do_what_it_says(page: str, folder: Path, stack: Stack) -> None:
    prepare(page, folder, stack)
    environment = stack.environment | {"PATH": f"{BIN}:{os.environ['PATH']}"}
    definitions = ""
    for command in RUN[page]:
        if command.text.startswith("form() "):
            definitions = command.text
            continue
        done = subprocess.run(
            ["bash", "-c", f"{definitions}\n{for_this_stack(command, stack)}"],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=240,
        )  # fmt: skip
        assert done.returncode == 0, f"{command.text}\n{done.stdout}{done.stderr}"
        check_output(command, done.stdout + done.stderr)
        if "-F file" in command.text or "/retry" in command.text or "uploads/" in command.text:
            settle(stack)


def prepare(page: str, folder: Path, stack: Stack) -> None:
    for bucket in {"README.md": ["my-archive"], "backfill.md": [OWN_TAPES]}.get(page, []):
        stack.s3.create_bucket(Bucket=bucket)
        for name in ("talk.mp3", "talk.txt"):
            stack.s3.upload_file(str(folder / name), bucket, f"talks/{name}")
    if page == "api.md":
        for name in ("hello.txt", "hello.wav"):
            stack.put(SAMPLES / name, f"uploads/lessons/{name}")
        (folder / "broken.wav").write_bytes(b"RIFF\x04\x00\x00\x00WAVEnone" + bytes(100))
        stack.put(folder / "hello.txt", "uploads/broken.txt")
        stack.put(folder / "broken.wav", BROKEN)
        for key in (LESSON, BROKEN):
            stack.settled(key)
    if page in ("enrichment.md", "translation.md"):
        path = ROOT / "samples/hello.wav"
        aligned = subprocess.run([BIN / "syncline", "align", path], capture_output=True, check=True).stdout
        (folder / "results").mkdir()
        for target in ("results/alignment.json", "alignment.json"):
            (folder / target).write_bytes(aligned)


def settle(stack: Stack) -> None:
    for key in (LESSON, BROKEN):
        if stack.job(key).get("state"):
            stack.settled(key)


def for_this_stack(command: Command, stack: Stack) -> str:
    text = command.text.replace("s3://old-tapes/", f"s3://{OWN_TAPES}/")
    for documented, key in DOCUMENTED_IDS.items():
        text = text.replace(documented, str(job_id_of(stack.description["bucket"], key)))
    if DOCUMENTED_REVISION in text:
        text = text.replace(DOCUMENTED_REVISION, stack.job(LESSON)["revision"])
    return text


def check_output(command: Command, output: str) -> None:
    """Every line that the page shows was printed; of JSON, every field."""
    if "curl" in command.text:
        names = set(re.findall(r'"(\w+)":', "\n".join(command.output))) - WHILE_A_JOB_RUNS
        assert names <= set(re.findall(r'"([\w-]+)":', output)), f"{command.text}\n{output}"
        return
    printed = [comparable(line) for line in output.splitlines()]
    for line in command.output:
        if line.strip() and "…" not in line:
            assert comparable(line) in printed, f"{command.text}\n{output}"


def comparable(line: str) -> str:
    return " ".join(CHANGING.sub("*", line).split())

"""What `syncline jobs` and `syncline dead-letters list` print for people."""

from __future__ import annotations

import io
from dataclasses import replace

from syncline.cli.console import new_console
from syncline.cli.dead_letters import jobs_table
from syncline.cli.job_display import lines
from syncline.core.job import Job, State

WHEN = "2026-01-02T03:04:05.678Z"
KEY = "uploads//folder with a name/that is [long]/and longer than half a terminal/talk.mp3"
RUNNING = Job(
    job_id="0d3c0c43-5b5c-5a0e-8f5b-3f3a3f7f6f55", bucket="b", recording_key=KEY, state=State.RUNNING,
    created_at=WHEN, updated_at=WHEN, stage="align", progress=0.25,
)  # fmt: skip


def test_a_list_of_jobs_shows_whole_ids_and_keys_and_the_progress() -> None:
    narrow = new_console(file=io.StringIO(), width=80, soft_wrap=True)
    narrow.print(lines([RUNNING, replace(RUNNING, state=State.SUCCEEDED)]))
    head, running, succeeded = narrow.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert running == f"RUNNING align 25%  {WHEN}  {RUNNING.job_id}  {KEY}"
    assert succeeded == f"SUCCEEDED          {WHEN}  {RUNNING.job_id}  {KEY}"
    assert head.index("updated") == running.index(WHEN)
    assert head.index("recording") == running.index(KEY)


def test_dead_letters_show_whole_ids_in_a_narrow_terminal() -> None:
    narrow = new_console(file=io.StringIO(), width=80)
    narrow.print(jobs_table([RUNNING]))
    shown = narrow.file.getvalue()  # type: ignore[attr-defined]
    assert RUNNING.job_id in shown
    assert "…" not in shown

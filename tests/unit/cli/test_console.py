"""Control characters in keys, file names and messages do not reach the terminal."""

from __future__ import annotations

import io
import json

import pytest
from rich.table import Table
from rich.text import Text

from syncline.cli import console
from syncline.cli.errors import report
from syncline.core.errors import InvalidInputError, SynclineError
from syncline.core.job import Job, State

HOSTILE = "a\x1b]0;owned\x07b\x1b[2Jc\x9b31md\u202etxt.exe\x7f\r"
ESCAPED = "a\\x1b]0;ownedb\\x1b[2Jc\\x9b31md\\u202etxt.exe\\x7f"


def printed(*renderables: object, colours: bool = False) -> str:
    terminal = console.new_console(
        file=io.StringIO(), width=200, force_terminal=colours, color_system="standard" if colours else None
    )
    for renderable in renderables:
        terminal.print(renderable)
    return terminal.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def test_text_tables_and_styled_text_are_escaped() -> None:
    table = Table("column")
    table.add_row(HOSTILE)
    for renderable in (HOSTILE, Text(HOSTILE), table):
        shown = printed(renderable)
        assert not set(shown) & set("\x1b\x07\x9b\x7f\r\u202e")
        assert "\\x1b[2J" in shown


def test_colours_still_work() -> None:
    assert printed(Text("x", style="red"), colours=True) == "\x1b[31mx\x1b[0m\n"


def test_markup_and_emoji_codes_are_plain_text() -> None:
    assert printed("[red]a[/red] :smile:") == "[red]a[/red] :smile:\n"


@pytest.mark.parametrize("error", [SynclineError, InvalidInputError])
def test_errors_and_notes_are_escaped(error: type[SynclineError], capsys: pytest.CaptureFixture[str]) -> None:
    report(error(f"Nothing is known about “{HOSTILE}”."))
    console.note(HOSTILE)
    console.warn(HOSTILE)
    shown = capsys.readouterr().err
    assert not set(shown) & set("\x1b\x07\x9b\x7f\r\u202e")
    assert shown.count("\\x1b[2J") == 3


def test_a_progress_bar_escapes_the_file_name() -> None:
    terminal = console.new_console(file=io.StringIO(), width=200, force_terminal=True)
    with console.progress_bar(HOSTILE, terminal) as progress:
        progress("decode", 0.5)
    shown = terminal.file.getvalue()  # type: ignore[attr-defined]
    assert "\\x1b[2J" in shown

    assert "\x1b]0" not in shown


def test_without_a_terminal_there_is_no_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with console.progress_bar("talk.mp3") as progress:
        progress("decode", 0.5)
    assert capsys.readouterr() == ("", "")


def test_json_escapes_what_json_itself_does_not(capsys: pytest.CaptureFixture[str]) -> None:
    console.print_json({"key": HOSTILE, "é": "日本"})
    shown = capsys.readouterr().out
    assert not set(shown) & set("\x1b\x07\x9b\x7f\r\u202e")
    assert json.loads(shown) == {"key": HOSTILE, "é": "日本"}
    assert "日本" in shown


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_result_is_escaped_on_a_terminal_and_kept_in_a_file() -> None:
    for stream, expected in ((Terminal(), "a\\x1bb\r\n"), (io.StringIO(), "a\x1bb\r\n")):
        console.write_result("a\x1bb\r\n", stream)
        assert stream.getvalue() == expected


def test_job_tables_are_escaped() -> None:
    from syncline.cli.dead_letters import jobs_table
    from syncline.cli.job_display import details, lines

    when = "2026-01-02T03:04:05.678Z"
    job = Job(
        job_id="0d3c0c43-5b5c-5a0e-8f5b-3f3a3f7f6f55", bucket="b", recording_key=f"uploads/{HOSTILE}.mp3",
        state=State.QUEUED, created_at=when, updated_at=when,
    )  # fmt: skip
    shown = printed(details(job), lines([job]), jobs_table([job]))
    assert "\x1b" not in shown
    assert shown.count("\\x1b[2J") == 3

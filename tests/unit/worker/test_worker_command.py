"""`python -m worker`: its options, and what it says when it cannot start."""

from __future__ import annotations

import pytest

from worker.__main__ import main


@pytest.mark.parametrize("options", [["--wait-seconds", "21"], ["--slots", "many"], ["--unknown"]])
def test_a_wrong_option_ends_the_program(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(options)

    assert ended.value.code == 2
    assert options[0] in capsys.readouterr().err


def test_the_help_names_the_settings_behind_the_options(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--help"])

    assert {"SYNCLINE_SLOTS,", "SYNCLINE_PROCESSES,", "--exit-with-parent"} <= set(capsys.readouterr().out.split())

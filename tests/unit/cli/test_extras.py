import pytest

from syncline.cli import extras
from syncline.cli.errors import report
from syncline.cli.exit_codes import USAGE
from syncline.core.errors import SettingsError


def test_what_is_installed_is_not_asked_for() -> None:
    extras.require("worker", "local")


def test_missing_packages_are_named_with_the_command_that_installs_them() -> None:
    with pytest.raises(SettingsError, match="not installed here: moto, numpy") as raised:
        extras.require("worker", "local", installed=lambda package: package not in ("numpy", "moto"))
    assert raised.value.hint == "Run: pip install 'syncline[worker,local]'."


@pytest.mark.parametrize(
    ("module", "command"),
    [
        ("numpy.linalg", "pip install 'syncline[worker]'"),
        ("moto", "pip install 'syncline[worker,local]'"),
        ("pyarrow", "pip install 'syncline[inventory]'"),
    ],
)
def test_an_import_that_fails_names_the_extra(module: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert report(ModuleNotFoundError(f"No module named {module!r}", name=module)) == USAGE
    assert command in capsys.readouterr().err.replace("\n", " ")


@pytest.mark.parametrize("module", ["syncline.missing", "ruff", None])
def test_a_module_that_no_extra_brings_is_a_defect(module: str | None) -> None:
    with pytest.raises(ModuleNotFoundError):
        report(ModuleNotFoundError("No module", name=module))

"""The optional parts of the package ("extras"), as the installed metadata lists them.

A plain `pip install syncline` serves the commands for a deployment. Aligning, the worker and the local stack need more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib import metadata

from syncline.core.errors import SettingsError

_REQUIREMENT = re.compile(r"""(?P<package>[\w.-]++)[^;]*+; extra == ['"](?P<extra>[\w-]+)['"]$""")
# A developer's tools are no part of what a user misses.
_FOR_USERS = ("worker", "local", "translate-server", "enrich", "models", "inventory")


def _installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True


def require(*extras: str, installed: Callable[[str], bool] = _installed) -> None:
    """Raises SettingsError, with the command that installs them, unless every package of the extras is installed."""
    missing = sorted({package for package, extra in _requirements() if extra in extras and not installed(package)})
    if missing:
        raise SettingsError(
            f"This command needs packages that are not installed here: {', '.join(missing)}.", hint=_how_to_get(*extras)
        )


def missing_package(error: ModuleNotFoundError) -> SettingsError | None:
    """The error for a package that an extra would have brought; None if the module belongs to no extra."""
    package = (error.name or "").partition(".")[0]
    brought_by = {extra for name, extra in _requirements() if name.replace("-", "_").lower() == package.lower()}
    for extra in _FOR_USERS:
        if extra in brought_by:
            return SettingsError(f"This command needs {package}, which is not installed here.", hint=_how_to_get(extra))
    return None


def _requirements() -> Iterator[tuple[str, str]]:
    """(package, extra); without those that only some versions of Python need."""
    for requirement in metadata.requires("syncline") or ():
        if match := _REQUIREMENT.match(requirement):
            yield match["package"], match["extra"]


def _how_to_get(*extras: str) -> str:
    wanted = dict.fromkeys(("worker", *extras)) if extras != ("inventory",) else extras
    return f"Run: pip install 'syncline[{','.join(wanted)}]'."

"""`syncline languages`: the spoken languages."""

from __future__ import annotations

import os
from typing import Any

from syncline.cli import parameters
from syncline.cli.commands import Command, examples, new_app
from syncline.cli.console import print_json, show

app = new_app()


@app.command(
    cls=Command,
    epilog=examples("""
$ syncline languages
code  language      words found  median error  targets  to install
en    English             100 %        5.7 ms  met
ca    Catalan             100 %        7.3 ms  met      pip install 'syncline[languages]'
cs    Czech               100 %        9.4 ms  met      pip install 'syncline[languages]'
da    Danish               81 %       16.1 ms  missed   pip install 'syncline[languages]'
...
"""),
)
def languages(as_json: parameters.AsJson = False) -> None:
    """List the languages that recordings can be in.

    Each with its code, how well the engine pocketsphinx aligned clean synthetic recordings of it, whether that meets
    the accuracy targets (docs/languages.md), and what must be installed for it. A result in a language that misses
    them has a warning. The engine whisper knows more languages, if its model is one for several.
    """
    rows = [_described(code) for code in _codes()]
    if as_json:
        print_json(rows)
        return
    lines = ["code  language      words found  median error  targets  to install"]
    show("\n".join([*lines, *(_line(row) for row in rows)]))


def _codes() -> list[str]:
    from syncline.core.spoken_languages import SPOKEN_LANGUAGES

    return list(SPOKEN_LANGUAGES)


def _described(code: str) -> dict[str, Any]:
    from syncline.aws import settings
    from syncline.core.spoken_languages import SPOKEN_LANGUAGES
    from syncline.speech.g2p import missing
    from syncline.speech.language_quality import quality

    language, measured = SPOKEN_LANGUAGES[code], quality(code)
    return {
        "code": code,
        "name": language.name,
        "found": measured and measured.found,
        "median_error_ms": measured and measured.median,
        "meets_target": measured and measured.meets_target,
        "install": missing(language, settings.read(os.environ).g2p),
    }


def _line(row: dict[str, Any]) -> str:
    found = "-" if row["found"] is None else f"{100 * row['found']:.0f} %"
    error = "-" if row["median_error_ms"] is None else f"{row['median_error_ms']:.1f} ms"
    targets = {True: "met", False: "missed", None: "-"}[row["meets_target"]]
    return f"{row['code']:4}  {row['name']:14}{found:>11}  {error:>12}  {targets:7}  {row['install'] or ''}".rstrip()

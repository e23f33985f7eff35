"""The arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer

from syncline.core import lexicon, strict_json
from syncline.core.captions.style import DEFAULT_PROFILE, PROFILES
from syncline.core.engines import DEFAULT_ENGINE, ENGINES
from syncline.core.errors import InvalidOptionsError
from syncline.core.formats import NAMES
from syncline.core.options import HELP

FORMAT_LIST = ", ".join(NAMES)
CAPTIONS_HINT = """For example: --captions bbc, or --captions '{"max_lines": 1}'."""
CAPTION_LIST = ", ".join(name for name in NAMES if name != "json")
ENGINE_HELP = f"{HELP['engine']} One of {', '.join(ENGINES)}."
TRANSLATE_HELP = f"{HELP['translate_to']} Separate them by commas: ja,fr."

Recording = Annotated[Path, typer.Argument(metavar="RECORDING", help="Audio or video in any format that ffmpeg reads.")]
AlignmentFile = Annotated[
    Path, typer.Argument(metavar="ALIGNMENT.json", help="An alignment written by Syncline or by Gentle.")
]
AlignedLanguage = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help="The spoken language.",
        show_default="the one that the alignment names, or en",
    ),
]
Output = Annotated[
    str,
    typer.Option(
        "-o",
        "--output",
        metavar="FILE|DIR|-",
        help="Where the result goes. The suffix of a file names its format. A path that exists as a folder, ends in "
        "“/” or has no known suffix is a folder. - is stdout.",
    ),
]
Formats = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="LIST",
        help=f"One or more of {FORMAT_LIST}, separated by commas. A file and stdout take one.",
        show_default="json",
    ),
]
Engine = Annotated[
    str | None,
    typer.Option("--engine", metavar="NAME", help=ENGINE_HELP, show_default=f"SYNCLINE_ENGINE, or {DEFAULT_ENGINE}"),
]
TranscribingEngine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="NAME",
        help=ENGINE_HELP,
        show_default="whisper if its model is installed, otherwise SYNCLINE_ENGINE",
    ),
]
Language = Annotated[
    str | None,
    typer.Option(
        "--language",
        metavar="CODE",
        help=HELP["language"],
        show_default="en",
    ),
]
Lexicon = Annotated[
    Path | None,
    typer.Option(
        "--lexicon",
        metavar="FILE",
        help=f'{HELP["lexicon"]} A JSON file: {{"Nguyen": ["W IH N", "/wɪn/", "win"]}}.',
        show_default=False,
    ),
]
Processes = Annotated[
    int | None,
    typer.Option("--jobs", min=1, metavar="NUMBER", help="Processes to align with.", show_default="one per core"),
]
TranslateTo = Annotated[
    str,
    typer.Option("--translate", metavar="LIST", help=TRANSLATE_HELP),
]
Metadata = Annotated[
    list[str] | None,
    typer.Option(
        "--metadata",
        metavar="NAME=TEXT",
        help=f"{HELP['metadata']} Give it several times for several.",
        show_default=False,
    ),
]
Entities = Annotated[
    bool,
    typer.Option(
        "--entities", help=f"{HELP['entities']} Adds entities.json to the folder; needs `models fetch entities-en`."
    ),
]
Questions = Annotated[
    list[str] | None,
    typer.Option(
        "--question",
        metavar="TEXT",
        help="A question that the transcript may answer; can be repeated. Adds answers.json to the folder; needs "
        "`models fetch answers-en`.",
    ),
]
Captions = Annotated[
    str | None,
    typer.Option(
        "--captions",
        metavar="PROFILE|JSON",
        help=f"{HELP['captions']} A profile ({', '.join(PROFILES)}), or JSON such as "
        """'{"profile": "bbc", "max_lines": 1}'.""",
        show_default=DEFAULT_PROFILE,
    ),
]
Storyboard = Annotated[
    bool,
    typer.Option("--storyboard", help=f"{HELP['storyboard']} Needs a folder with -o, and adds storyboard.vtt to it."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for other programs.")]
Watch = Annotated[bool, typer.Option("--watch", help="Follow the job until it has ended.")]
ModelsFolder = Annotated[
    Path | None,
    typer.Option(
        "--models",
        metavar="DIR",
        help="Folder of the models.",
        show_default="SYNCLINE_MODELS, or ~/.local/share/syncline/models",
    ),
]
TranslationModel = Annotated[
    str | None,
    typer.Option(
        "--model", metavar="NAME", help="Translation model.", show_default="SYNCLINE_TRANSLATION_MODEL, or m2m100-418m"
    ),
]
Port = Annotated[
    int | None,
    typer.Option("--port", min=1, max=65535, metavar="PORT", help="Port of the status URL.", show_default="a free one"),
]
Workers = Annotated[int, typer.Option("--workers", min=1, metavar="NUMBER", help="Worker processes.")]
JobNames = Annotated[
    list[str] | None, typer.Argument(metavar="KEY|JOB_ID", help="Jobs, by the recording's key or by job id.")
]


def read_lexicon(path: Path | None) -> dict[str, object]:
    """The option `lexicon` as an options file has it, unchecked."""
    if path is None:
        return {}
    try:
        return cast(dict[str, object], strict_json.parse(path.read_text(encoding="utf-8-sig")))
    except OSError as error:
        raise InvalidOptionsError(f"The lexicon {path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise InvalidOptionsError(f"The lexicon {path} is not JSON in UTF-8: {error}.", hint=lexicon.HINT) from error


def read_captions_option(text: str | None) -> dict[str, object]:
    """The option `captions` as an options file has it, unchecked."""
    if text is None:
        return {}
    if not text.lstrip().startswith("{"):
        return {"profile": text}
    try:
        return cast(dict[str, object], strict_json.parse(text))
    except (ValueError, RecursionError) as error:
        raise InvalidOptionsError(f"--captions is not JSON: {error}.", hint=CAPTIONS_HINT) from error


def split_metadata(given: list[str] | None) -> dict[str, str]:
    """["course=101"] -> {"course": "101"}; raises InvalidOptionsError for anything else."""
    pairs = [text.partition("=") for text in given or ()]
    for name, sign, value in pairs:
        if not (name and sign and value):
            raise InvalidOptionsError(
                f"“{name}{sign}{value}” is not NAME=TEXT.", hint="For example: --metadata course=101"
            )
    return {name: value for name, _, value in pairs}

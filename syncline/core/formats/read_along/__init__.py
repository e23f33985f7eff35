"""One self-contained page to read along, search and click.

The page embeds the recording up to a size, otherwise it plays the file beside it. It loads nothing else: its policy
allows exactly its own script and style, by their hashes.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from functools import cache
from html import escape
from importlib import resources
from urllib.parse import quote

from syncline.core.alignment import Word
from syncline.core.formats.model import Document, Recording

MAX_EMBEDDED_BYTES = 20 << 20
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ps", "sd", "ur", "yi"})

_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<header dir="ltr"><div>
<h1>{title}</h1>
{player}
<form>
<input type="search" id="search" placeholder="Search; Enter goes to the next" aria-label="Search the text">
<output id="found"></output>
<label><input type="checkbox" id="follow" checked> Follow</label>
<label>Speed <select id="speed"><option>0.5</option><option>0.75</option><option selected>1</option>\
<option>1.25</option><option>1.5</option><option>2</option></select></label>
</form>
</div></header>
<main>{text}</main>
<script>{script}</script>
</body>
</html>
"""


def render(document: Document) -> str:
    style, script = _asset("page.css"), _asset("page.js")
    return _PAGE.format(
        language=escape(document.language),
        direction="rtl" if document.language in RIGHT_TO_LEFT else "ltr",
        policy=_policy(style, script),
        title=escape(document.recording.name),
        style=style,
        script=script,
        player=_player(document.recording),
        text="".join(_text(document)),
    )


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    return (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; media-src data: file: 'self'; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _player(recording: Recording) -> str:
    element = "video" if recording.content_type.startswith("video/") else "audio"
    address = quote(recording.name, safe="")
    if recording.content is not None and len(recording.content) <= MAX_EMBEDDED_BYTES:
        address = f"data:{recording.content_type};base64,{base64.b64encode(recording.content).decode()}"
    return f'<{element} controls preload="metadata" src="{escape(address)}"></{element}>'


def _text(document: Document) -> Iterator[str]:
    """Every character of the transcript, each sentence in a section, each word in an element with its times."""
    transcript = document.alignment.transcript
    words = sorted(
        (word for word in document.alignment.words if word.end_offset is not None),
        key=lambda word: word.start_offset or 0,
    )
    position, index = 0, 0
    for sentence in document.sentences:
        yield escape(transcript[position : sentence.start_offset]) + "<section>"
        position = sentence.start_offset
        while index < len(words) and (words[index].start_offset or 0) < sentence.end_offset:
            word, index = words[index], index + 1
            start, end = max(position, word.start_offset or 0), max(position, word.end_offset or 0)
            yield escape(transcript[position:start]) + _word(word, transcript[start:end])
            position = end
        end = max(position, sentence.end_offset)
        yield escape(transcript[position:end]) + "</section>"
        position = end
    yield escape(transcript[position:])


def _word(word: Word, text: str) -> str:
    if word.start is None or word.end is None:
        return f'<span class="u" title="not heard in the recording">{escape(text)}</span>'
    return (
        f'<span class="w" data-s="{round(word.start * 1000)}" data-e="{round(word.end * 1000)}">{escape(text)}</span>'
    )

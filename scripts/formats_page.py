"""Write the examples in docs/formats.md: the alignment in its JSON example, in every other format.

The page's text stays as it is. A code block whose language is the name of a format gets what the code renders.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from syncline import text
from syncline.core import formats, storyboard
from syncline.core.formats.model import Recording
from syncline.core.sentences import Sentence
from syncline.library.alignment import Alignment

PAGE = Path(__file__).resolve().parents[1] / "docs" / "formats.md"
BLOCK = re.compile(r"^```([\w.-]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SOURCE = "json"  # laid out by hand, for people
JAPANESE = "夜行列車は汽笛を鳴らさずに駅を出るので、線路沿いの家では誰も目を覚まさない。"


def document() -> str:
    page = PAGE.read_text(encoding="utf-8")
    written = examples(dict(BLOCK.findall(page))[SOURCE])
    return BLOCK.sub(lambda block: f"```{block[1]}\n{written.get(block[1], block[2])}```", page)


def examples(source: str) -> dict[str, str]:
    """-> the language of a code block -> its content."""
    aligned = Alignment.from_json(source)
    example = text.document_of(aligned, aligned.language, sentences=aligned.sentences, recording=Recording("talk.mp3"))
    names = [name for name in formats.NAMES if name != SOURCE]
    rendered = {name: "".join(text.render(example, [name]).values()) for name in names}
    shown = {name: EXCERPTS.get(name, str)(content).replace("\r\n", "\n") for name, content in rendered.items()}
    [japanese] = text.render_captions([Sentence(0, 0, 1, JAPANESE, 0.52, 6.62)], "ja", names=["vtt"]).values()
    seconds = aligned.audio_seconds or 0.0
    frames = storyboard.render_vtt(storyboard.moments(aligned.sentences), tile_height=90, until=seconds)
    return shown | {"ja.vtt": japanese, storyboard.VTT_NAME: frames}


def _words_tier(content: str) -> str:
    first = content.index('        class = "IntervalTier"')
    return content[first : content.index("    item [2]:")]


def _text_of_page(content: str) -> str:
    return content[content.index("<main>") : content.index("</main>") + len("</main>")] + "\n"


EXCERPTS: dict[str, Callable[[str], str]] = {"textgrid": _words_tier, "html": _text_of_page}

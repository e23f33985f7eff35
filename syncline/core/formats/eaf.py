"""ELAN's annotation format: a tier of sentences and a tier of words for each speaker."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from syncline.core.formats.escaping import escape_xml
from syncline.core.formats.model import Document
from syncline.core.speakers import tier_name, words_by_speaker

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="Syncline" DATE="1970-01-01T00:00:00Z" FORMAT="3.0" VERSION="3.0"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
        <MEDIA_DESCRIPTOR MEDIA_URL="{name}" MIME_TYPE="{content_type}" RELATIVE_MEDIA_URL="./{name}"/>
    </HEADER>
"""
_TAIL = """    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="default" TIME_ALIGNABLE="true"/>
</ANNOTATION_DOCUMENT>
"""


@dataclass(frozen=True, slots=True)
class _Annotation:
    start_ms: int
    end_ms: int
    text: str


def render(document: Document) -> str:
    tiers: dict[str, list[_Annotation | None]] = {}
    for sentence in document.sentences:
        tier = tiers.setdefault(tier_name("sentences", sentence.speaker), [])
        tier.append(_of(sentence.start, sentence.end, sentence.text))
    for speaker, words in words_by_speaker(document.alignment.words, document.sentences).items():
        tiers[tier_name("words", speaker)] = [_of(word.start, word.end, word.word) for word in words]
    timed = {name: _without_overlaps([found for found in tier if found]) for name, tier in tiers.items()}
    slots = _time_slots(chain.from_iterable(timed.values()))
    head = _HEAD.format(
        name=escape_xml(document.recording.name), content_type=escape_xml(document.recording.content_type)
    )
    return head + _time_order(slots) + "".join(_tiers(timed, slots)) + _TAIL


def _of(start: float | None, end: float | None, text: str) -> _Annotation | None:
    return None if start is None or end is None else _Annotation(round(start * 1000), round(end * 1000), text)


def _without_overlaps(annotations: Sequence[_Annotation]) -> list[_Annotation]:
    """ELAN allows no overlaps within a tier: an annotation that starts early is cut, one without time left dropped."""
    kept: list[_Annotation] = []
    for found in sorted(annotations, key=lambda item: item.start_ms):
        start = max(found.start_ms, kept[-1].end_ms if kept else 0)
        if found.end_ms > start:
            kept.append(_Annotation(start, found.end_ms, found.text))
    return kept


def _time_slots(annotations: Iterator[_Annotation]) -> dict[int, str]:
    times = sorted({time for found in annotations for time in (found.start_ms, found.end_ms)})
    return {time: f"ts{number}" for number, time in enumerate(times, start=1)}


def _time_order(slots: dict[int, str]) -> str:
    lines = (f'        <TIME_SLOT TIME_SLOT_ID="{slot}" TIME_VALUE="{time}"/>\n' for time, slot in slots.items())
    return "    <TIME_ORDER>\n" + "".join(lines) + "    </TIME_ORDER>\n"


def _tiers(tiers: dict[str, list[_Annotation]], slots: dict[int, str]) -> Iterator[str]:
    number = 0
    for name, tier in tiers.items():
        yield f'    <TIER LINGUISTIC_TYPE_REF="default" TIER_ID="{escape_xml(name)}">\n'
        for found in tier:
            number += 1
            yield (
                f'        <ANNOTATION>\n            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}"'
                f' TIME_SLOT_REF1="{slots[found.start_ms]}" TIME_SLOT_REF2="{slots[found.end_ms]}">\n'
                f"                <ANNOTATION_VALUE>{escape_xml(found.text)}</ANNOTATION_VALUE>\n"
                "            </ALIGNABLE_ANNOTATION>\n        </ANNOTATION>\n"
            )
        yield "    </TIER>\n"

"""docs/formats.md: tests/unit/test_references.py checks that its examples are what the code writes."""

import json
import re
from pathlib import Path

import pytest

from syncline import text
from syncline.core import confirmed_times, formats
from syncline.core.alignment import from_json

PAGE = Path(__file__).parents[3] / "docs" / "formats.md"
SOURCES = "".join(path.read_text("utf-8") for path in (PAGE.parents[1] / "syncline" / "media").glob("*.py"))
BLOCKS = dict(re.findall(r"^```([\w.-]+)\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE))


def render(alignment, name):
    (content,) = text.render(text.document_of(alignment, "en"), [name]).values()
    return content


@pytest.fixture
def alignment():
    return from_json(BLOCKS["json"])


@pytest.mark.parametrize("name", formats.NAMES)
def test_every_format_has_an_example(name):
    assert BLOCKS[name].strip()


def test_the_alignment_example_has_keys_in_the_order_they_are_written(alignment):
    assert list(json.loads(render(alignment, "json")).items()) == list(json.loads(BLOCKS["json"]).items())


@pytest.mark.parametrize("name", ["textgrid", "html"])
def test_an_excerpt_is_a_part_of_what_is_written(alignment, name):
    assert BLOCKS[name].rstrip() in render(alignment, name)


def test_the_translation_example_is_about_the_same_transcript(alignment):
    (sentence,) = json.loads(BLOCKS["translation.json"])["sentences"]
    assert sentence["text"] == alignment.transcript[sentence["startOffset"] : sentence["endOffset"]]


def test_the_example_of_confirmed_times_confirms_a_word():
    times = confirmed_times.read(BLOCKS["times.json"].encode())
    assert [times.transcript[word.start_offset : word.end_offset] for word in times.words] == ["Zoë"]


def test_every_refusal_is_on_the_page():
    codes = re.findall(r'"((?:recording|decode|decoder|no|not|unsupported)_[a-z_]+)"', SOURCES)
    assert len(set(codes)) >= 13
    assert [code for code in codes if f"`{code}`" not in PAGE.read_text("utf-8")] == []

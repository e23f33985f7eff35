"""The readers of annotated word times in benchmarks/people_sources.py."""

import json

import pytest

from benchmarks import people_sources

WORDS = [(0.1, 0.4, "the"), (0.4, 0.9, "wind")]
LONG = """
    item [1]:
        class = "IntervalTier"
        name = "phones"
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 1
            text = "dh"
    item [2]:
        class = "IntervalTier"
        name = "word"
        xmin = 0
        xmax = 1
        intervals: size = 3
        intervals [1]:
            xmin = 0
            xmax = 0.1
            text = ""
        intervals [2]:
            xmin = 0.1
            xmax = 0.4
            text = "the "
        intervals [3]:
            xmin = 0.4
            xmax = 0.9
            text = "wind"
"""
SHORT = """
"IntervalTier"
"phones"
0
1
1
0
1
"dh"
"IntervalTier"
"words"
0
1
3
0
0.1
""
0.1
0.4
"the"
0.4
0.9
"wind"
"IntervalTier"
"notes"
0
1
1
0
1
"good"
"""
EMU = {
    "sampleRate": 1000,
    "levels": [
        {
            "name": "Word",
            "items": [
                {"id": 1, "labels": [{"name": "Accent", "value": "W"}, {"name": "Text", "value": "the"}]},
                {"id": 2, "labels": [{"name": "Text", "value": "wind"}]},
            ],
        },
        {
            "name": "Phonetic",
            "items": [
                {"id": 5, "sampleStart": 100, "sampleDur": 99},
                {"id": 6, "sampleStart": 200, "sampleDur": 199},
                {"id": 7, "sampleStart": 400, "sampleDur": 499},
            ],
        },
    ],
    "links": [
        {"fromID": 1, "toID": 3},
        {"fromID": 3, "toID": 5},
        {"fromID": 3, "toID": 6},
        {"fromID": 2, "toID": 4},
        {"fromID": 4, "toID": 7},
        {"fromID": 1, "toID": 9},
    ],
}

TIMIT = """1600 6400 the
6400 14400 wind
"""
SPPAS = """<?xml version='1.0' encoding='utf-8'?>
<Document>
  <Tier tiername="PhonAlign">
    <Annotation>
      <Location><Interval><Begin midpoint="0.1"/><End midpoint="0.2"/></Interval></Location>
      <Label><Tag>D</Tag></Label>
    </Annotation>
  </Tier>
  <Tier tiername="TokensAlign">
    <Annotation>
      <Location><Interval><Begin midpoint="0.0"/><End midpoint="0.1"/></Interval></Location>
      <Label><Tag>#</Tag></Label>
    </Annotation>
    <Annotation>
      <Location><Interval><Begin midpoint="0.1"/><End midpoint="0.4"/></Interval></Location>
      <Label><Tag>the</Tag></Label>
    </Annotation>
    <Annotation>
      <Location><Interval><Begin midpoint="0.4"/><End midpoint="0.9"/></Interval></Location>
      <Label><Tag>wind</Tag></Label>
    </Annotation>
  </Tier>
</Document>
"""


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("long.TextGrid", LONG.encode()),
        ("utf16.TextGrid", LONG.encode("utf-16")),
        ("short.TextGrid", SHORT.encode()),
        ("emu_annot.json", json.dumps(EMU).encode()),
        ("timit.wrd", TIMIT.encode()),
        ("sppas.xra", SPPAS.encode()),
    ],
)
def test_words_and_their_times_are_read(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert people_sources.annotated_words(tmp_path, {"times_file": name}) == WORDS


def test_a_recording_without_annotation_has_none(tmp_path):
    assert people_sources.annotated_words(tmp_path, {"text": "the wind"}) == []

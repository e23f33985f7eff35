"""The shared parts of the benchmarks: results, names of figures, generated pages, charts."""

from __future__ import annotations

import argparse
import json
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from benchmarks import demo, figures, report, svg
from benchmarks.__main__ import run
from benchmarks.catalogue import CATALOGUE, Column
from scripts import benchmarks_page

ROOT = Path(__file__).parents[3]
PERCENT = Column("found", "found", "{:.1%}", interval=True)


@pytest.mark.parametrize(
    ("cell", "column", "text"),
    [
        (report.share(744, 761), PERCENT, "97.8% (96.5 to 98.6)"),
        (report.share(744, 761), Column("found", "found", "{:.0%}"), "98%"),
        (report.estimate(0.109, 0.07, 0.152), PERCENT, "10.9% (7.0 to 15.2)"),
        (report.share(0, 0), PERCENT, ""),
        (1234.5, Column("speed", "speed", "{:,.0f} ms"), "1,234 ms"),
        ("clean", Column("condition", "condition"), "clean"),
    ],
)
def test_a_cell_as_text(cell: object, column: Column, text: str) -> None:
    assert figures.text_of(cell, column) == text


def test_a_result_says_when_where_and_of_what_it_is(tmp_path: Path) -> None:
    with report.measuring("names", argparse.Namespace(write=True), packages=["numpy"], folder=tmp_path) as result:
        result.add("names", condition="clean", lexicon="without", found=report.share(30, 38), names=38)
    written = json.loads((tmp_path / "names.json").read_text(encoding="utf-8"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", written["date"]) and re.match(r"[0-9a-f]{8}", written["commit"])
    assert written["machine"]["cores"] >= 1 and {"Python", "numpy"} <= written["versions"].keys()
    row = {"condition": "clean", "lexicon": "without", "found": {"part": 30, "whole": 38}, "names": 38}
    assert written["tables"] == {"names": [row]}


def test_the_table_of_the_demo_is_read() -> None:
    printed = """\
file                        state      words  aligned  audio s  × real time
Zoë in the café + 100%.mp3  SUCCEEDED     31       31     11.7          2.4

Results: s3://syncline-local/results/demo/, copied to build/demo/
"""
    named = {"file": "Zoë in the café + 100%.mp3", "state": "SUCCEEDED"}
    assert list(demo.rows(printed)) == [{**named, "words": 31, "aligned": 31, "audio": 11.7, "speed": 2.4}]


def test_each_row_of_a_result_has_a_line_of_its_own() -> None:
    content = {"date": "2026-01-02", "tables": {"names": [{"found": {"part": 1, "whole": 2}}, {"found": "é"}]}}
    written = report.as_json(content)
    assert json.loads(written) == content
    assert '   {"found": "é"}' in written.splitlines()


def test_a_benchmark_that_fails_writes_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        report.measuring("names", argparse.Namespace(write=True), folder=tmp_path) as result,
    ):
        result.add("names", condition="clean", names=1 // 0)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_column_is_refused() -> None:
    with pytest.raises(ValueError, match="colour"):
        report.Result("names").add("names", condition="clean", colour="red")


def test_every_result_belongs_to_a_benchmark() -> None:
    assert {path.stem for path in figures.RESULTS.iterdir()} <= CATALOGUE.keys()


def test_a_figure_is_filled_in_with_its_text_and_its_anchor() -> None:
    quoted = '[?](benchmarks.md# "names.names.clean-with.found:.0%")'
    filled = benchmarks_page.filled(quoted)
    assert re.fullmatch(r'\[\d+%\]\(benchmarks\.md#names "names.names.clean-with.found:.0%"\)', filled)
    assert benchmarks_page.filled(filled) == filled


def test_a_figure_that_nobody_measured_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"Did you mean: .*names\.names\.clean-with\.found"):
        benchmarks_page.filled('[1%](benchmarks.md#x "names.names.clean-wiht.found")')


def test_a_table_is_filled_in_after_its_name() -> None:
    text = "before\n\n<!-- table names.names -->\n\n| old |\n|---|\n\nafter\n"
    filled = benchmarks_page.filled(text)
    assert filled.startswith("before\n\n<!-- table names.names -->\n\n| condition |") and filled.endswith(
        "|\n\nafter\n"
    )
    assert benchmarks_page.filled(filled) == filled


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_benchmark_has_a_target_and_its_charts_show_columns_that_exist(name: str) -> None:
    benchmark = CATALOGUE[name]
    assert not benchmark.target or f"\n{benchmark.target}:" in (ROOT / "Makefile").read_text(encoding="utf-8")
    for chart in benchmark.charts:
        for table, key in chart.series.values():
            assert key in {column.key for column in benchmark.table(table).columns}


def test_a_benchmark_that_fails_does_not_stop_the_others(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make = tmp_path / "make"
    make.write_text('#!/bin/sh\necho "running $2"\n[ "$2" != bench-b ]\n', encoding="utf-8")
    make.chmod(0o755)
    assert run(["bench-a", "bench-b", "bench-c"], make=str(make)) == ["bench-b"]
    assert re.findall(r"running (\S+)", capfd.readouterr().out) == ["bench-a", "bench-b", "bench-c"]


# --- charts ---


def test_a_bar_chart_names_every_value_for_those_who_do_not_see_it() -> None:
    drawn = svg.bars(
        "Found & lost", ["clean", "noise"], {"ours": [0.994, 0.9], "theirs": [0.63, None]}, "{:.1%}".format
    )
    root = ElementTree.fromstring(drawn)
    title, description, *_ = root
    assert (root.get("role"), title.text) == ("img", "Found & lost")
    assert description.text == "clean: ours 99.4%, theirs 63.0%; noise: ours 90.0%"
    assert len([part for part in root.iter() if part.get("rx") == "2" and float(part.get("width", "0")) > 11]) == 3


def test_a_line_chart_stays_inside_its_frame() -> None:
    points = {"one": [[0, 0], [1.5, 980]], "two": [[0, 3], [4.1, 10]]}
    root = ElementTree.fromstring(svg.lines("Tasks", "hours", points, "{:.0f}".format))
    lines = [part.get("points", "") for part in root.iter() if part.tag.endswith("polyline")]
    places = [tuple(map(float, pair.split(","))) for line in lines for pair in line.split()]
    assert len(lines) == 2
    assert all(0 <= x <= svg.WIDTH and 0 <= y <= float(root.get("height", "0")) for x, y in places)


@pytest.mark.parametrize("ground", ["#ffffff", "#0d1117"])
def test_colours_contrast_with_both_grounds(ground: str) -> None:
    assert ground in svg.STYLE
    for colour in svg.COLOURS:
        lighter, darker = sorted((_luminance(colour), _luminance(ground)), reverse=True)
        assert (lighter + 0.05) / (darker + 0.05) >= 3, colour


def _luminance(colour: str) -> float:
    """As WCAG defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

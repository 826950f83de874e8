"""Plots and tables say what was measured, and in so many figures as mean something."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.plots import bars
from benchmarks.results import Cell, Table, shown

SVG = "{http://www.w3.org/2000/svg}"


def test_a_bar_is_as_long_as_its_value() -> None:
    drawing = ET.fromstring(bars("t", "", [("a", "ours", 10.0), ("b", "peer", 40.0)]))
    first, second = (float(bar.attrib["width"]) for bar in drawing.iter(f"{SVG}rect"))
    assert second == pytest.approx(4 * first, abs=0.1)


def test_what_is_nothing_is_still_to_be_seen() -> None:
    drawing = ET.fromstring(bars("t", "", [("a", "ours", 0.0)]))
    assert [float(bar.attrib["width"]) for bar in drawing.iter(f"{SVG}rect")] == [1.0]


def test_a_name_may_hold_what_xml_may_not() -> None:
    texts = [text.text for text in ET.fromstring(bars("<&>", "", [("a<b", "ours", 1.0)])).iter()]
    assert {"<&>", "a<b"} <= set(texts)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), ("ours", "ours"), (12345, "12,345"), (12345.6, "12,346"), (0.012345, "0.0123")],
)
def test_a_number_has_the_figures_that_mean_something(cell: Cell, text: str) -> None:
    assert shown(cell) == text


def test_a_table_in_markdown_has_a_line_for_each_row() -> None:
    table = Table(name="n", title="T", says="S.", columns=["", "x"], rows=[["a", 1], ["b", None]])
    assert table.markdown().splitlines() == [
        "## T", "", "S.", "", "|  | x |", "| --- | ---: |", "| a | 1 |", "| b |  |",
    ]  # fmt: skip

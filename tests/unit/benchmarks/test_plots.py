"""Charts, and tables with significant digits."""

from xml.etree import ElementTree as ET

import pytest

from benchmarks.plots import bars
from benchmarks.results import Cell, Table, format_cell

SVG = "{http://www.w3.org/2000/svg}"


def test_bar_length_is_proportional_to_its_value() -> None:
    drawing = ET.fromstring(bars("t", "", [("a", "ours", 10.0), ("b", "peer", 40.0)]))
    first, second = (float(bar.attrib["width"]) for bar in drawing.iter(f"{SVG}rect"))
    assert second == pytest.approx(4 * first, abs=0.1)


def test_bar_of_zero_is_visible() -> None:
    drawing = ET.fromstring(bars("t", "", [("a", "ours", 0.0)]))
    assert [float(bar.attrib["width"]) for bar in drawing.iter(f"{SVG}rect")] == [1.0]


def test_names_are_escaped_for_xml() -> None:
    texts = [text.text for text in ET.fromstring(bars("<&>", "", [("a<b", "ours", 1.0)])).iter()]
    assert {"<&>", "a<b"} <= set(texts)


@pytest.mark.parametrize(
    ("cell", "text"),
    [(None, ""), ("ours", "ours"), (12345, "12,345"), (12345.6, "12,346"), (0.012345, "0.0123")],
)
def test_numbers_have_significant_digits(cell: Cell, text: str) -> None:
    assert format_cell(cell) == text


def test_markdown_table_has_a_line_per_row() -> None:
    table = Table(name="n", title="T", says="S.", columns=["", "x"], rows=[["a", 1], ["b", None]])
    assert table.markdown().splitlines() == [
        "## T", "", "S.", "", "|  | x |", "| --- | ---: |", "| a | 1 |", "| b |  |",
    ]  # fmt: skip

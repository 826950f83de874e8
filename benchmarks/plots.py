"""Bar charts as SVG, in the colours of the page's light or dark theme."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from benchmarks.results import Results, Table, format_cell
from benchmarks.steady import Steady

STYLE = """
text { font: 13px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px } .soft { fill: #59636e }
.limit { fill: #8c959f } .peer { fill: #c05621 } .ours { fill: #1a7f64 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } .soft { fill: #9198a1 }
  .limit { fill: #6e7681 } .peer { fill: #f0883e } .ours { fill: #3fb68b }
}"""
WIDTH, LABELS, VALUES, ROW, TOP = 860, 300, 90, 24, 56


def write(results: Results, directory: Path) -> None:
    """Write the charts of the measured figures."""
    if results.steady:
        subjects = [item for item in results.steady if "bare callable," not in item.name]
        (directory / "cpu.svg").write_text(_cpu(subjects))
        (directory / "throughput.svg").write_text(_throughput(subjects))

    for table in results.tables:
        if table.name == "writes":
            (directory / "writes.svg").write_text(_writes(table))
        if table.name == "sizes":
            (directory / "sizes.svg").write_text(_sizes(table))


def _writes(table: Table) -> str:
    rows = [
        (f"{row[0]} writes/s: {figure}", group, float(row[column] or 0))
        for row in table.rows
        for figure, group, column in (("fills", "ours", 5), ("page loads", "peer", 6))
    ]
    return bars(table.title, "fills and page loads per second, by two workers", rows)


def _sizes(table: Table) -> str:
    rows = [
        (
            f"{row[0]}, {format_cell(row[1])} posts, page {format_cell(page)}",
            group,
            float(row[column] or 0),
        )
        for row in table.rows
        for page, group, column in ((1, "ours", 2), (row[3], "limit", 4))
    ]
    return bars(table.title, "milliseconds for a page", rows)


def _cpu(subjects: Sequence[Steady]) -> str:
    rows = [(item.name, item.group, item.median("cpu_us")) for item in subjects]
    return bars("CPU time of the server for one read, µs", "shorter is cheaper", rows)


def _throughput(subjects: Sequence[Steady]) -> str:
    rows = [(item.name, item.group, item.median("per_second")) for item in subjects]
    return bars("Reads per second on one core", "longer is faster", rows)


def bars(title: str, subtitle: str, rows: Sequence[tuple[str, str, float]]) -> str:
    """Return horizontal bars on a linear scale from zero: name, group (a class of STYLE), value."""
    height = TOP + ROW * len(rows) + 12
    maximum = max((value for _, _, value in rows), default=0) or 1
    room = WIDTH - LABELS - VALUES
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-label="{escape(title)}"><style>{STYLE}</style>'
        ),
        f'<text class="title" x="8" y="22">{escape(title)}</text>',
        f'<text class="soft" x="8" y="42">{escape(subtitle)}</text>',
    ]
    for number, (name, group, value) in enumerate(rows):
        y = TOP + ROW * number
        width = max(1.0, room * value / maximum)
        parts.append(
            f'<text x="{LABELS - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{group}" x="{LABELS}" y="{y + 4}" width="{width:.1f}" height="16"/>'
            f'<text x="{LABELS + width + 6:.1f}" y="{y + 16}">{format_cell(value)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])

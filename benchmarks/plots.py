"""Plots as SVG, readable on light and on dark: colours are the page's own where it tells them."""

from collections.abc import Sequence
from html import escape
from pathlib import Path

from benchmarks.results import Results, Table, shown
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
    """A plot of each figure that has one and was measured."""
    if results.steady:
        subjects = [one for one in results.steady if "bare callable," not in one.name]
        (directory / "cpu.svg").write_text(_cpu(subjects))
        (directory / "throughput.svg").write_text(_throughput(subjects))

    for table in results.tables:
        if table.name == "writes":
            (directory / "writes.svg").write_text(_writes(table))
        if table.name == "sizes":
            (directory / "sizes.svg").write_text(_sizes(table))


def _writes(table: Table) -> str:
    rows = [
        (f"{row[0]} writes/s: {what}", group, float(row[at] or 0))
        for row in table.rows
        for what, group, at in (("fills", "ours", 5), ("page loads", "peer", 6))
    ]
    return bars(table.title, "what the database is asked for, per second, by two workers", rows)


def _sizes(table: Table) -> str:
    rows = [
        (f"{row[0]}, {shown(row[1])} posts, page {shown(page)}", group, float(row[at] or 0))
        for row in table.rows
        for page, group, at in ((1, "ours", 2), (row[3], "limit", 4))
    ]
    return bars(table.title, "milliseconds for a page", rows)


def _cpu(subjects: Sequence[Steady]) -> str:
    rows = [(one.name, one.group, one.median("cpu_us")) for one in subjects]
    return bars("CPU time of the server for one read, µs", "shorter is cheaper", rows)


def _throughput(subjects: Sequence[Steady]) -> str:
    rows = [(one.name, one.group, one.median("per_second")) for one in subjects]
    return bars("Reads per second on one core", "longer is faster", rows)


def bars(title: str, says: str, rows: Sequence[tuple[str, str, float]]) -> str:
    """Horizontal bars on a linear scale from zero: name, group (a class of STYLE), value."""
    height = TOP + ROW * len(rows) + 12
    most = max((value for _, _, value in rows), default=0) or 1
    room = WIDTH - LABELS - VALUES
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
            f' aria-label="{escape(title)}"><style>{STYLE}</style>'
        ),
        f'<text class="title" x="8" y="22">{escape(title)}</text>',
        f'<text class="soft" x="8" y="42">{escape(says)}</text>',
    ]
    for number, (name, group, value) in enumerate(rows):
        y = TOP + ROW * number
        width = max(1.0, room * value / most)
        parts.append(
            f'<text x="{LABELS - 8}" y="{y + 16}" text-anchor="end">{escape(name)}</text>'
            f'<rect class="{group}" x="{LABELS}" y="{y + 4}" width="{width:.1f}" height="16"/>'
            f'<text x="{LABELS + width + 6:.1f}" y="{y + 16}">{shown(value)}</text>'
        )
    return "\n".join([*parts, "</svg>", ""])

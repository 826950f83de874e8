"""What a run has found, and its form on disk: tables for people, all of it for programs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.steady import Steady

Cell = str | int | float | None
FIGURES = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """`says`: how it was measured, in a sentence or two. `notes`: longer texts, by title."""

    name: str
    title: str
    says: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: dict[str, str] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.says, "", _line(self.columns)]
        lines.append(_line(["---", *["---:"] * (len(self.columns) - 1)]))
        lines += [_line([shown(cell) for cell in row]) for row in self.rows]
        return "\n".join([*lines, ""])


@dataclass(kw_only=True)
class Results:
    machine: dict[str, str]
    options: dict[str, Any]
    steady: list[Steady] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """`results.md`, `results.json`, and the plans of the database in `plans.md`."""
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "results.md").write_text(self.markdown())
        (directory / "results.json").write_text(json.dumps(asdict(self), indent=1) + "\n")
        notes = {name: text for table in self.tables for name, text in table.notes.items()}
        if notes:
            parts = [f"## {name}\n\n```\n{text}\n```\n" for name, text in notes.items()]
            (directory / "plans.md").write_text("\n".join(["# Plans of a page's query\n", *parts]))

    def markdown(self) -> str:
        told = {**self.machine, **{name: str(value) for name, value in self.options.items()}}
        parts = ["# Benchmarks", "", "; ".join(f"{name}: {value}" for name, value in told.items())]
        parts += ["", *(table.markdown() for table in self.tables)]
        if self.left_out:
            parts += ["## Left out", ""]
            parts += [f"- {name}: {reason}" for name, reason in self.left_out.items()]
        return "\n".join(parts).rstrip() + "\n"


def steady_table(found: Sequence[Steady], *, rounds: int, seconds: int) -> Table:
    """One row for each subject: medians, and ratios to the bare callable."""
    rows = [
        [
            one.name,
            one.group,
            round(one.median("per_second")),
            round(one.median("cpu_us"), 1),
            one.of_bare["cpu"],
            one.of_own_bare.get("cpu"),
            round(one.median("beside_cpu_us"), 1),
            one.median("p99_ms"),
            one.errors,
            one.bytes,
        ]
        for one in found
    ]
    return Table(
        name="steady",
        title="Steady reads",
        says=(
            f"The newest page of 20 posts, the same for all, over 16 connections; medians of "
            f"{rounds} rounds of {seconds} s, all subjects in turn in each round. CPU is the "
            "server's user and system time by request: judge by that, for requests per second "
            "change with whatever else the machine does. `of bare`: 1 is as cheap as a callable "
            "that gives a fixed answer on the same server, 0.1 ten times as dear; `of its own`: "
            "against one that gives the very same answer. Beside: Redis and PostgreSQL. HEAD is "
            "asked for by a slower client, so its requests per second say nothing."
        ),
        columns=[
            "subject",
            "group",
            "requests/s",
            "CPU µs",
            "of bare",
            "of its own",
            "CPU µs beside",
            "p99 ms",
            "errors",
            "bytes",
        ],
        rows=rows,
    )


def shown(cell: Cell) -> str:
    """A number with as many figures as mean something."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 10**FIGURES else f"{cell:.{FIGURES}g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

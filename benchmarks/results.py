"""Results of a run, and their files: Markdown for people, JSON for programs."""

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
    """A table. `says` is the method in a sentence or two; `notes` are longer texts by title."""

    name: str
    title: str
    says: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    notes: dict[str, str] = field(default_factory=dict)

    def markdown(self) -> str:
        lines = [f"## {self.title}", "", self.says, "", _line(self.columns)]
        lines.append(_line(["---", *["---:"] * (len(self.columns) - 1)]))
        lines += [_line([format_cell(cell) for cell in row]) for row in self.rows]
        return "\n".join([*lines, ""])


@dataclass(kw_only=True)
class Results:
    """All results of a run. `left_out` maps a subject to the reason why it was not measured."""

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
        facts = {**self.machine, **{name: str(value) for name, value in self.options.items()}}
        parts = ["# Benchmarks", "", "; ".join(f"{name}: {value}" for name, value in facts.items())]
        parts += ["", *(table.markdown() for table in self.tables)]
        if self.left_out:
            parts += ["## Left out", ""]
            parts += [f"- {name}: {reason}" for name, reason in self.left_out.items()]
        return "\n".join(parts).rstrip() + "\n"


def steady_table(found: Sequence[Steady], *, rounds: int, seconds: int) -> Table:
    """Return a table with a row per subject: medians, and ratios to the bare callable."""
    rows = [
        [
            subject.name,
            subject.group,
            round(subject.median("per_second")),
            round(subject.median("cpu_us"), 1),
            subject.of_bare["cpu"],
            subject.of_same_answer.get("cpu"),
            round(subject.median("database_cpu_us"), 1),
            subject.median("p99_ms"),
            subject.errors,
            subject.bytes,
        ]
        for subject in found
    ]
    return Table(
        name="steady",
        title="Steady reads",
        says=(
            f"The newest page of 20 posts, the same for all, over 16 connections; medians of "
            f"{rounds} rounds of {seconds} s, all subjects in turn in each round. CPU is the "
            "server's user and system time per request. Compare that: requests per second depend "
            "on what else the machine does. `of bare`: 1 is as cheap as a callable with a fixed "
            "answer on the same server, 0.1 is ten times as expensive; `of its own`: compared with "
            "a callable that gives the same answer. Beside: Redis and PostgreSQL. HEAD requests "
            "are sent by a slower client, so do not compare their requests per second."
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


def format_cell(cell: Cell) -> str:
    """Format a number with its significant digits."""
    if cell is None:
        return ""
    if isinstance(cell, float):
        return f"{cell:,.0f}" if abs(cell) >= 10**FIGURES else f"{cell:.{FIGURES}g}"
    return f"{cell:,}" if isinstance(cell, int) else cell


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"

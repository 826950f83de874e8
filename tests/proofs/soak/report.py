"""The figures of a run as Markdown tables and as JSON."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from tests.proofs.soak.cold_burst import ColdBurst
from tests.proofs.soak.phase import Phase
from tests.proofs.soak.trial import Trial


@dataclasses.dataclass(kw_only=True)
class Report:
    phases: list[Phase] = dataclasses.field(default_factory=list)
    trials: list[Trial] = dataclasses.field(default_factory=list)
    cold_burst: ColdBurst | None = None

    @property
    def violations(self) -> list[tuple[str, str, str]]:
        """Return phase or fault, rule and details of each violation."""
        found: list[tuple[str, str, str]] = []
        for phase in self.phases:
            where = f"{phase.writes_per_second:g} writes/s"
            found += [(where, *violation) for violation in phase.violations]
        for trial in self.trials:
            found += [(trial.name, *violation) for violation in trial.violations]
        return found

    @property
    def unnoticed(self) -> list[str]:
        """Return faults that did not open the breakers they should: they prove nothing."""
        return [t.name for t in self.trials if not set(t.expected) <= set(t.noticed_by)]

    @property
    def clean(self) -> bool:
        one_load = self.cold_burst is None or (
            self.cold_burst.loads == 1 == self.cold_burst.fills == self.cold_burst.pages
        )
        return not self.violations and not self.unnoticed and one_load

    def json(self) -> dict[str, Any]:
        """Return the report for `json.dump`; figures that do not exist are null."""
        report: dict[str, Any] = _without_nan(dataclasses.asdict(self))
        return report

    def markdown(self) -> str:
        parts = []
        if self.phases:
            parts += [self._phases(), self._shown()]
        if self.cold_burst:
            parts.append(self._cold_burst(self.cold_burst))
        if self.trials:
            parts.append(self._trials())
        lines = [
            f"- {where}: **{rule}**: {details}" for where, rule, details in self.violations[:20]
        ]
        parts.append("\n".join([f"Violations of the contract: {len(self.violations)}", *lines]))
        if self.unnoticed:
            parts.append(f"Faults without an effect: {', '.join(self.unnoticed)}")
        return "\n\n".join(parts)

    def _phases(self) -> str:
        head = "writes/s | reads | reads/s | writes | violations | p50 / p99 / max ms | hit rate %"
        head += " | loads/s | fills per invalidation and page | outages"
        rows = (
            (
                f"{phase.writes_per_second:g}",
                phase.reads,
                round(phase.reads / phase.seconds),
                phase.writes,
                len(phase.violations),
                phase.latency,
                f"{phase.hit_rate_percent:.1f}",
                f"{phase.loads_per_second:.1f}",
                f"{phase.fills_per_invalidation_and_page:.2f}",
                phase.outages,
            )
            for phase in self.phases
        )
        return _table(head, rows)

    def _shown(self) -> str:
        head = (
            "writes/s | from a write's answer to the first read that shows it, p50 / p99 / max ms: "
        )
        head += " | ".join(f"worker {worker}" for worker in range(len(self.phases[0].shown_after)))
        rows = ((f"{phase.writes_per_second:g}", *phase.shown_after) for phase in self.phases)
        return _table(head, rows)

    def _cold_burst(self, burst: ColdBurst) -> str:
        return (
            f"{burst.readers} cold readers at once: {burst.answered} answered, {burst.loads} load"
            f" of the database, {burst.fills} fill, p50 / p99 / max {burst.latency} ms"
        )

    def _trials(self) -> str:
        head = "fault | reads | 5xx | no answer | writes refused | before | during | after"
        head += " (p50 / p99 / max ms) | shown after | falls back s | heals s | violations"
        rows = (
            (
                trial.name,
                trial.reads,
                trial.faults_5xx,
                trial.broken,
                trial.refused_writes,
                trial.before,
                trial.during,
                trial.after,
                trial.shown_after,
                "-" if math.isnan(trial.fall_back_seconds) else trial.fall_back_seconds,
                "-" if math.isnan(trial.heal_seconds) else trial.heal_seconds,
                len(trial.violations),
            )
            for trial in self.trials
        )
        return _table(head, rows)


def _table(head: str, rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {head} |", "|" + " --- |" * len(head.split(" | "))]
    return "\n".join(lines + [f"| {' | '.join(map(str, row))} |" for row in rows])


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(each) for each in value]
    return None if isinstance(value, float) and math.isnan(value) else value

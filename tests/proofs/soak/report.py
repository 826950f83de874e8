"""The figures of a run as Markdown tables, and as JSON."""

import dataclasses
import math
from collections.abc import Iterable, Sequence
from typing import Any

from tests.proofs.soak.crowd import Crowd
from tests.proofs.soak.phase import Phase
from tests.proofs.soak.trial import Trial


@dataclasses.dataclass(kw_only=True)
class Report:
    phases: list[Phase] = dataclasses.field(default_factory=list)
    trials: list[Trial] = dataclasses.field(default_factory=list)
    crowd: Crowd | None = None

    @property
    def violations(self) -> list[tuple[str, str, str]]:
        """Where, which rule, and the story."""
        found: list[tuple[str, str, str]] = []
        for phase in self.phases:
            where = f"{phase.writes_per_second:g} writes/s"
            found += [(where, *violation) for violation in phase.violations]
        for trial in self.trials:
            found += [(trial.name, *violation) for violation in trial.violations]
        return found

    @property
    def unnoticed(self) -> list[str]:
        """Faults that a worker should have noticed and did not: they prove nothing."""
        return [t.name for t in self.trials if not set(t.expected) <= set(t.noticed_by)]

    @property
    def clean(self) -> bool:
        alone = self.crowd is None or (
            self.crowd.loads == 1 == self.crowd.fills == self.crowd.pages
        )
        return not self.violations and not self.unnoticed and alone

    def json(self) -> dict[str, Any]:
        """Figures that were not to be had are null."""
        report: dict[str, Any] = _without_nan(dataclasses.asdict(self))
        return report

    def markdown(self) -> str:
        parts = []
        if self.phases:
            parts += [self._phases(), self._shown()]
        if self.crowd:
            parts.append(self._crowd(self.crowd))
        if self.trials:
            parts.append(self._trials())
        stories = [f"- {where}: **{rule}**: {story}" for where, rule, story in self.violations[:20]]
        parts.append("\n".join([f"Violations of the contract: {len(self.violations)}", *stories]))
        if self.unnoticed:
            parts.append(f"Nobody noticed: {', '.join(self.unnoticed)}")
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
        head = "writes/s | a change was seen after its writer was answered, p50 / p99 / max ms: "
        head += " | ".join(f"worker {worker}" for worker in range(len(self.phases[0].shown_after)))
        rows = ((f"{phase.writes_per_second:g}", *phase.shown_after) for phase in self.phases)
        return _table(head, rows)

    def _crowd(self, crowd: Crowd) -> str:
        return (
            f"{crowd.readers} cold readers at once: {crowd.answered} answered, {crowd.loads} load"
            f" of the database, {crowd.fills} fill, p50 / p99 / max {crowd.latency} ms"
        )

    def _trials(self) -> str:
        head = "fault | reads | 5xx | no answer | writes refused | before | during | after"
        head += " (p50 / p99 / max ms) | seen after | falls back s | heals s | violations"
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

"""What docs/caching.md promises, as the oldest version that a read may still show."""

from dataclasses import dataclass, field

from tests.proofs.machine.history import History, Place, Version

# The promise, not the settings: a setting that breaks it has to be found out.
TRUST_SECONDS = 0.05
COUNTS_SECONDS = 1.5
AWAY_SECONDS = 2.0
FEED_TTL_SECONDS = 30.0
AUTHOR_TTL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Bump:
    """A new generation: no page from before it is a hit for whoever has heard of it."""

    by: object
    begun_at: int  # the latest version as it began
    ended: float


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: one life of a worker. `shared`: its breaker is closed as the read begins."""

    life: object
    shared: bool
    confirm: bool
    at: float


@dataclass(slots=True)
class Contract:
    """`shown`: what a life has had to show already. It never goes back behind that."""

    history: History
    bumps: list[Bump] = field(default_factory=list)
    shown: dict[object, int] = field(default_factory=dict)

    def begin(self) -> None:
        self.bumps.clear()
        self.shown.clear()

    def oldest(self, reader: Reader, place: Place) -> tuple[int, str]:
        """The oldest version that `reader` may be shown, and why no older one."""
        oldest, reason = self._heard_of(reader)
        self.shown[reader.life] = oldest
        ttl_seconds = AUTHOR_TTL_SECONDS if place.author else FEED_TTL_SECONDS
        for index in range(self.history.latest, oldest, -1):
            if reader.at - self.history.versions[index].at >= ttl_seconds:
                return index, f"it is as old as the TTL, {ttl_seconds:.0f} s"
        return oldest, reason

    def _heard_of(self, reader: Reader) -> tuple[int, str]:
        """The same for every page."""
        oldest, reason = self.shown.get(reader.life, 0), "this worker has known of it before"
        for index in range(self.history.latest, oldest, -1):
            if why := _due(self.history.versions[index], reader):
                oldest, reason = index, why
                break
        for bump in self.bumps:
            if bump.begun_at > oldest and _heard(bump, reader):
                oldest, reason = bump.begun_at, "a new generation began after it"
        return oldest, reason


def _heard(bump: Bump, reader: Reader) -> bool:
    trusted = 0.0 if reader.confirm else TRUST_SECONDS
    return bump.by is reader.life or (reader.shared and bump.ended + trusted <= reader.at)


def _due(version: Version, reader: Reader) -> str:
    """Why this version must be shown by now; empty if it need not."""
    age = reader.at - version.at
    if version.kind == "counts" and age < COUNTS_SECONDS:
        return ""
    if version.writer is reader.life and version.answered:
        return "this worker wrote it"
    if not reader.shared:
        return f"without Redis, workers agree within {AWAY_SECONDS:.0f} s" * (age >= AWAY_SECONDS)
    trusted = 0.0 if reader.confirm else TRUST_SECONDS
    if version.told_at is not None and version.told_at + trusted <= reader.at:
        return "everybody was told of it"
    return ""

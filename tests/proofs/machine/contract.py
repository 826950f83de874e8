"""The promises of docs/caching.md, as the oldest version that a read may still show."""

from dataclasses import dataclass, field

from tests.proofs.machine.history import History, Place, Version

# The promised limits, not the settings: a setting that breaks a promise must be detected.
TRUST_SECONDS = 0.05
COUNTS_SECONDS = 1.5
AWAY_SECONDS = 2.0
FEED_TTL_SECONDS = 30.0
AUTHOR_TTL_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Bump:
    """A new generation. Workers that know it serve no page from before it."""

    by: object
    begun_at: int  # the latest version when it began
    ended: float


@dataclass(frozen=True, slots=True)
class Reader:
    """A read: the lifetime of its worker, and whether its breaker is closed (`shared`)."""

    lifetime: object
    shared: bool
    confirm: bool
    at: float


@dataclass(slots=True)
class Contract:
    """`shown`: the version that each lifetime had to show already. It must not go back."""

    history: History
    bumps: list[Bump] = field(default_factory=list)
    shown: dict[object, int] = field(default_factory=dict)

    def begin(self) -> None:
        self.bumps.clear()
        self.shown.clear()

    def oldest(self, reader: Reader, place: Place) -> tuple[int, str]:
        """Return the oldest version that `reader` may be shown, and the reason."""
        oldest, reason = self._oldest_for_all_pages(reader)
        self.shown[reader.lifetime] = oldest
        ttl_seconds = AUTHOR_TTL_SECONDS if place.author else FEED_TTL_SECONDS
        for index in range(self.history.latest, oldest, -1):
            if reader.at - self.history.versions[index].at >= ttl_seconds:
                return index, f"it is as old as the TTL, {ttl_seconds:.0f} s"
        return oldest, reason

    def _oldest_for_all_pages(self, reader: Reader) -> tuple[int, str]:
        """Return the limit that is the same for every page."""
        oldest, reason = self.shown.get(reader.lifetime, 0), "this worker has shown it before"
        for index in range(self.history.latest, oldest, -1):
            if why := _due(self.history.versions[index], reader):
                oldest, reason = index, why
                break
        for bump in self.bumps:
            if bump.begun_at > oldest and _applies_to(bump, reader):
                oldest, reason = bump.begun_at, "a new generation began after it"
        return oldest, reason


def _applies_to(bump: Bump, reader: Reader) -> bool:
    trusted = 0.0 if reader.confirm else TRUST_SECONDS
    return bump.by is reader.lifetime or (reader.shared and bump.ended + trusted <= reader.at)


def _due(version: Version, reader: Reader) -> str:
    """Return why this version must be shown by now; an empty string if it need not."""
    age = reader.at - version.at
    if version.kind == "counts" and age < COUNTS_SECONDS:
        return ""
    if version.writer is reader.lifetime and version.answered:
        return "this worker wrote it"
    if not reader.shared:
        return f"without Redis, workers agree within {AWAY_SECONDS:.0f} s" * (age >= AWAY_SECONDS)
    trusted = 0.0 if reader.confirm else TRUST_SECONDS
    if version.told_at is not None and version.told_at + trusted <= reader.at:
        return "it was announced to all workers"
    return ""

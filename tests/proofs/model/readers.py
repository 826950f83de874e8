"""The steps of a reading thread, by its position."""

from tests.proofs.model import loading, lookup
from tests.proofs.model.lookup import Steps
from tests.proofs.model.world import Turn


def read(turn: Turn) -> Steps:
    """Yield every step that this reader may take now."""
    return _STEPS[turn.reader.at](turn)


_STEPS = {
    "idle": lookup.begin,
    "asked": lookup.question_arrives,
    "answered": lookup.answer_arrives,
    "wait": lookup.wait,
    "get": loading.get,
    "lease": loading.lease,
    "follow": loading.follow,
    "again": loading.again,
    "load": loading.load,
    "late": loading.late,
    "fill": loading.fill,
}

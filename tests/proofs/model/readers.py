"""What a reading thread may do, by where it is."""

from tests.proofs.model import loading, looking
from tests.proofs.model.looking import Steps
from tests.proofs.model.world import Turn


def read(turn: Turn) -> Steps:
    """Every step that this reader may take now."""
    return _STEPS[turn.reader.at](turn)


_STEPS = {
    "idle": looking.begin,
    "asked": looking.ask,
    "answered": looking.hear,
    "wait": looking.wait,
    "get": loading.get,
    "lease": loading.lease,
    "follow": loading.follow,
    "again": loading.again,
    "load": loading.load,
    "late": loading.late,
    "fill": loading.fill,
}

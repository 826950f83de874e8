"""The protocol, searched exhaustively: it keeps its promises, and each of its rules is needed.

`python -m tests.proofs.model` prints the counterexamples; `--large` searches more.
"""

import pytest

from tests import servers
from tests.proofs.model.configurations import USUAL
from tests.proofs.model.explorer import explore
from tests.proofs.model.protocol import Protocol
from tests.proofs.model.rules import Configuration, Rules
from tests.proofs.model.variants import VARIANTS, Variant

pytestmark = pytest.mark.skipif(
    servers.EMBEDDED, reason="uses no database or Redis, so one of the two runs is enough"
)


@pytest.mark.parametrize("config", USUAL, ids=lambda config: config.name)
def test_every_interleaving_keeps_the_contract(config: Configuration) -> None:
    result = explore(Protocol(config, Rules()))
    assert not result.wrong, "\n".join((result.wrong, *result.trace))
    assert result.complete


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_broken_rule_breaks_a_promise(variant: Variant) -> None:
    result = explore(Protocol(variant.config, variant.rules))
    assert variant.wrong in result.wrong, f"{variant.name}: {result}"

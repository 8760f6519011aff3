"""An add that arrives in the cart only after its wake-up has looked there."""

from tests.simulation.faults import Fault, Kind, Site
from tests.simulation.history import History
from tests.simulation.model import ADD
from tests.simulation.play import play
from tests.simulation.runner import project
from tests.simulation.steps import Ask, Look
from tests.support.seconds import DAY, HOUR, MINUTE

JUST_BEFORE_TEN = 49 * MINUTE + 50
"""Ten seconds before the coalescing window ends; histories begin at ten past nine."""

LATE_AND_THEN_KILLED = {
    Site("rule persist-cart", 1): Fault(Kind.LATE, DAY - 1),
    Site("persist_cart UpdateItem", 1): Fault(Kind.KILLED_BEFORE),
}


def test_an_add_that_is_persisted_only_after_its_wake_up_is_reminded_of():
    steps = (
        Ask(JUST_BEFORE_TEN, "ada", ADD, "MUG-STONE-350", 1),
        Look(30 * HOUR, "ada"),
    )
    assert play(History(0, steps, faults=LATE_AND_THEN_KILLED), project()).broken == ()

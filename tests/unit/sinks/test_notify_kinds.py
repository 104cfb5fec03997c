"""Whatever can be told has its place in the title of a message."""

from trader.settings import EVENTS
from trader.sinks.notify import KINDS


def test_every_event_that_a_file_can_name_has_its_place_in_a_title() -> None:
    assert set(KINDS) == set(EVENTS)

"""A held write counts while it could still do something, and asking changes nothing."""

import pytest

from trader.selftest.episode import Episode
from trader.selftest.in_flight import still_acting
from trader.selftest.script import script_of
from trader.sim.faults import Fault

LATE = Fault("T11", is_write=True, params={"until": "next_run", "n": 1_000})
LONG_S = 4_000


@pytest.mark.parametrize("venue", ["okx", "binance"])
def test_a_held_write_acts_until_its_time_has_passed(venue: str) -> None:
    made = Episode(script_of(f"v1;venue={venue};start=naked;seed=0x1;runs=1"))
    stage = made.stage
    stage.faults(LATE)
    stage.host.kill_at(60)
    held: list[int] = []
    stage.host.mount.after_request = lambda *_: held.append(still_acting(stage))
    stage.host.run()
    before = stage.model.open_orders(stage.user)
    assert max(held) >= 1
    assert stage.model.open_orders(stage.user) == before
    stage.pass_time(LONG_S)
    assert still_acting(stage) == 0


def test_a_write_whose_bytes_were_sent_again_is_dead() -> None:
    made = Episode(script_of("v1;venue=hyperliquid;start=naked;seed=0x1;runs=1"))
    made.stage.faults(LATE)
    made.stage.host.run()
    assert [request.is_write for request in made.stage.line.undelivered] == [True]
    assert still_acting(made.stage) == 0

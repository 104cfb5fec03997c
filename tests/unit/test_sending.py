"""How far a close may go: by the mark of its own reading, or as decided where that says nothing."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from tests.support.builders import a_market, a_policy, a_position, an_id, dec, holdings
from tests.support.scripted_venue import ScriptedVenue, Word, env_of
from trader.bounds import close_bound
from trader.core.actions import Close
from trader.core.errors import Unavailable
from trader.core.identity import Role
from trader.core.market import Leg, Market, Slot
from trader.core.snapshot import Position
from trader.gate import gate_repair
from trader.sending import _bound, _size, send

WANTED = Close("BTC", Leg.LONG, Role.CLOSE_EMERGENCY, dec("0.01"), dec(91_000), an_id(), "x")


@dataclass
class Lists(ScriptedVenue):
    """A venue that knows the coin, or does not answer."""

    coin: Market | None = None

    def market(self, _coin: str) -> Market:
        if self.coin is None:
            raise Unavailable("no answer")
        return self.coin


@pytest.mark.parametrize(
    ("position", "market", "bound"),
    [
        (a_position(), a_market(), close_bound(dec(100_000), Leg.LONG, a_market())),
        (a_position(mark=dec(50_000)), a_market(), close_bound(dec(50_000), Leg.LONG, a_market())),
        (a_position(), None, WANTED.bound),
        (a_position(mark=dec(0)), a_market(), WANTED.bound),
        (None, a_market(), WANTED.bound),
    ],
)
def test_the_bound_of_a_close(position: Position | None, market: Market | None, bound: Decimal) -> None:
    read = holdings([] if position is None else [position])
    assert _bound(env_of(Lists(coin=market)), WANTED, read, Slot("BTC", None)) == bound


@pytest.mark.parametrize(
    ("held", "wanted", "sent"),
    [
        pytest.param("0.0299", "0.0299", "0.03", id="all of it"),
        pytest.param("0.0599", "0.0299", "0.02", id="a part, beside one that stays"),
    ],
)
def test_a_close_is_of_whole_lots_and_never_of_what_is_to_stay(held: str, wanted: str, sent: str) -> None:
    env = env_of(Lists(coin=a_market(lot=dec("0.01"))))
    assert _size(env, dec(wanted), holdings([a_position(held)]), Slot("BTC", None)) == dec(sent)


def test_a_close_of_a_coin_without_rules_is_of_the_size_that_was_read() -> None:
    env = env_of(Lists())
    assert _size(env, dec("0.0299"), holdings([a_position("0.0299")]), Slot("BTC", None)) == dec("0.0299")


@dataclass
class Heard(Word):
    """A lock file that remembers what was written to it."""

    words: list[str] = field(default_factory=list)

    def mark_dirty(self, _now_ms: int) -> None:
        self.words.append("dirty")

    def mark_clean(self) -> None:
        self.words.append("clean")


@pytest.mark.parametrize(("later_ms", "words"), [(-1, ["dirty"]), (0, ["dirty", "clean"])])
def test_the_word_of_a_dead_run_stands_until_nothing_of_it_can_arrive(
    later_ms: int, words: list[str]
) -> None:
    venue, latch = ScriptedVenue(), Heard()
    until_ms = venue.clock.now_ms() - later_ms
    env = replace(env_of(venue), latch=latch, dirty_until_ms=until_ms)
    read = holdings([a_position()])
    send(env, gate_repair([WANTED], read, a_policy(), venue.abilities).approved)
    assert latch.words == words

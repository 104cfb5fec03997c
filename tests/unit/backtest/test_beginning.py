"""What an account held when its window began: only positions whose own entry explains all of them."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW_MS, a_fill, a_policy, an_identity, dec
from trader.backtest.beginning import held_at_start
from trader.core.identity import Role, encode
from trader.core.market import Leg
from trader.report.drift_own import Window
from trader.report.trades import Trade

SIGNAL = an_identity(bar_minute=NOW_MS // 60_000 - 300, reference=NOW_MS // 60_000 - 300)
FIRST = a_fill("0.4", price=dec(100), fee=dec("0.1"), client_id=encode(SIGNAL), at_ms=NOW_MS - 9_000_000)
SECOND = replace(FIRST, size=dec("0.6"), price=dec(110), fill_id="2", at_ms=NOW_MS - 8_000_000)
WINDOW = Window(NOW_MS, NOW_MS + 10_000_000, {})


def a_part(size: str) -> Trade:
    """Some of what that entry opened, still held."""
    return Trade(
        coin="BTC",
        leg=Leg.LONG,
        size=dec(size),
        entry_ms=FIRST.at_ms,
        entry_price=dec(106),
        exit_ms=None,
        exit_price=None,
        reason="open",
        fee=dec(0),
        funding=dec(0),
        pnl=None,
        ours=True,
        opened=SIGNAL,
    )


def test_a_position_that_its_own_entry_explains_is_held_from_the_start() -> None:
    found = held_at_start([a_part("0.3"), a_part("0.7")], [FIRST, SECOND], a_policy(), WINDOW)
    (held,) = found.values()
    assert set(found) == {("BTC", SIGNAL)}
    assert (held.size, held.entry_price, held.fee) == (dec(1), dec(106), dec("0.2"))
    assert (held.entry_at_ms, held.client_id) == (FIRST.at_ms, encode(SIGNAL))


@pytest.mark.parametrize(
    "sizes", [("1.2",), ("0.3",), ("0.3", "0.6")], ids=["enlarged", "left in part", "cut"]
)
def test_a_position_that_another_order_changed_is_not(sizes: tuple[str, ...]) -> None:
    parts = [a_part(size) for size in sizes]
    assert held_at_start(parts, [FIRST, SECOND], a_policy(), WINDOW) == {}


def test_one_whose_entry_is_no_longer_among_the_fills_is_not() -> None:
    stranger = replace(FIRST, client_id=None)
    other = replace(FIRST, client_id=encode(an_identity(Role.ENTRY, bar_minute=1, reference=1)))
    assert held_at_start([a_part("0.4")], [stranger, other], a_policy(), WINDOW) == {}
    assert held_at_start([a_part("0")], [stranger, other], a_policy(), WINDOW) == {}

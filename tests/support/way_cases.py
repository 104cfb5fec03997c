"""The ways in which venues let a stop stand behind a position, each with ticks that use it.

A way is a venue and how its account holds a coin; what differs between them is told by their abilities.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial

from tests.support.builders import an_entry
from tests.support.kill_cases import TRAILING, KillCase
from tests.support.scenes import CLOSE_MS, drive, stage
from trader.core.candles import DAY_MS
from trader.core.market import Leg
from trader.core.orders import Accepted
from trader.ids import claim_id, entry_id
from trader.rehearsal import Stage

ONE_WAY, TWO_SIDED = False, True
WAYS: Mapping[str, tuple[str, bool]] = {
    "stop first": ("binance", ONE_WAY),
    "stop first, two sides": ("binance", TWO_SIDED),
    "attached": ("okx", ONE_WAY),
    "attached, two sides": ("okx", TWO_SIDED),
}


def way_stage(
    way: str, signals: tuple[str, ...] = ("BTC",), overrides: tuple[str, ...] = (), *, rises: bool = True
) -> Stage:
    """A stage of this way, a few seconds after the signal's bar closed; a falling market sells."""
    venue, is_two_sided = WAYS[way]
    made = stage(signals, (f"venue={venue}", *overrides), rises=rises)
    if made.model.is_two_sided(made.user) is not is_two_sided:
        assert made.model.set_two_sided(made.user, is_two_sided) is None
    return made


def leg_of(way: str, leg: str = "long") -> str | None:
    """The leg under which the exchange holds a position."""
    return leg if WAYS[way][1] else None


def entered(way: str, overrides: tuple[str, ...] = (), *, rises: bool = True) -> Stage:
    """A stage whose first tick has entered, one minute on."""
    made = way_stage(way, overrides=overrides, rises=rises)
    ran = made.host.run()
    assert ran is not None
    assert made.size("BTC", leg_of(way, "long" if rises else "short")) != 0, ran.verdict
    made.pass_time(60)
    return made


def _trailing(way: str) -> Stage:
    """A position whose stop the next tick moves."""
    made = entered(way, TRAILING)
    for _ in range(2):
        drive(made, "BTC", 101_000.0, 105_000.0, 106_500.0, *([106_500.0] * 26))
        made.pass_time(75)
    return made


def _trailing_again(way: str) -> Stage:
    """A position whose stop was moved before, and moves once more."""
    made = _trailing(way)
    ran = made.host.run()
    assert ran is not None
    for _ in range(2):
        drive(made, "BTC", 108_500.0, *([108_500.0] * 28))
        made.pass_time(75)
    return made


def with_both_legs(way: str) -> Stage:
    """Our long with its exits, and a short with our id whose stop somebody took off."""
    made = entered(way)
    venue = made.host.env().venue
    venue.inspect(DAY_MS)
    mark, older_ms = made.model.quote("BTC").mark, CLOSE_MS - DAY_MS
    short = an_entry(
        leg=Leg.SHORT,
        size=made.size("BTC", "long"),
        bound=Decimal(round(mark * Decimal("0.99"))),
        stop=Decimal(round(mark * Decimal("1.05"))),
        stop_bound=Decimal(round(mark * Decimal("1.1"))),
        client_id=entry_id(account=made.tag, coin="BTC", strategy=1, leg=Leg.SHORT, signal_ms=older_ms),
        stop_id=claim_id(account=made.tag, coin="BTC", strategy=1, leg=Leg.SHORT, signal_ms=older_ms),
        mark=mark,
    )
    (outcome,) = venue.perform([short])
    assert isinstance(outcome, Accepted), outcome
    made.settle()
    for order in made.model.open_orders(made.user, "BTC"):
        assert order.leg == "long" or made.model.cancel(made.user, order.oid)
    made.pass_time(20)
    return made


TICKS: Mapping[str, Callable[[str], Stage]] = {
    "entry": way_stage,
    "stop moves": _trailing,
    "stop moves again": _trailing_again,
}
CASES = {f"{way}: {tick}": (way, KillCase(partial(TICKS[tick], way))) for way in WAYS for tick in TICKS}

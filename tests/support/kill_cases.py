"""The ticks that a kill is tried on: a stage just before each, what goes wrong in it, and how it would end.

Entries, also ones that fill in part or lose their stop, a stop that moves, closes by strategy, and repairs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from tests.support.scenes import drive, stage_with_position, stops
from tests.support.starts import STARTS
from trader.rehearsal import Stage
from trader.sim.faults import Fault

HALF_HOUR_S = 1_800.0
TRAILING = ("markets.BTC.params.trailing=ratchet", "markets.BTC.params.range_target=0.5")
ONE_HOUR = ("markets.BTC.params.max_hold_hours=1", "markets.BTC.params.early_mfe=0")
REFUSED = "Invalid TP/SL price. asset=3"


@dataclass(frozen=True, slots=True)
class KillCase:
    """One tick: the stage it begins on, the faults in it, and what may differ after a kill."""

    build: Callable[[], Stage]
    faults: tuple[Fault, ...] = ()
    same_levels: bool = True  # a stop that was restored stands where the one that died stood
    soon_s: float = 1.0  # longer where two such ticks in a minute exceed the venue's request budget
    never_naked: bool = True  # nothing takes cover away but the venue's own fault

    def begin(self) -> Stage:
        """The stage just before the tick, with the faults armed."""
        made = self.build()
        made.faults(*self.faults)
        return made


Picture = dict[str, tuple[int, tuple[Decimal, ...]]]


def picture(made: Stage) -> Picture:
    """By slot that has a position or an exit order of ours: the position's sign and the live stops."""
    slots = {(o.coin, o.leg) for o in made.model.open_orders(made.user)}
    slots |= {(p.coin, p.leg) for p in made.model.positions(made.user)}
    return {
        " ".join(filter(None, (coin, leg))): (_sign(made.size(coin, leg)), tuple(stops(made, coin, leg)))
        for coin, leg in sorted(slots, key=str)
    }


def shape(found: Picture) -> dict[str, tuple[int, int]]:
    """By slot: the position's sign, and how many stops there are."""
    return {coin: (sign, len(levels)) for coin, (sign, levels) in found.items()}


def _sign(size: Decimal) -> int:
    return (size > 0) - (size < 0)


def _trailing() -> Stage:
    """A position whose stop the next tick moves: price has risen for an hour."""
    made = stage_with_position(overrides=TRAILING)
    for _ in range(2):
        drive(made, "BTC", 101_000.0, 105_000.0, 106_500.0, *([106_500.0] * 26))
        made.pass_time(75)
    return made


def _early() -> Stage:
    """A position that did not run: the next tick closes it early."""
    made = stage_with_position()
    made.pass_time(3 * HALF_HOUR_S)
    return made


def _timed_out() -> Stage:
    """A position at its time stop."""
    made = stage_with_position(overrides=ONE_HOUR)
    made.pass_time(2.2 * HALF_HOUR_S)
    return made


def _on_entry(kind: str, **params: object) -> tuple[Fault, ...]:
    return (Fault(kind, what="order", params=params),)


CASES = {
    "signal": KillCase(STARTS["signal"]),
    "three signals": KillCase(STARTS["three signals"]),
    "orphan and signal": KillCase(STARTS["orphan and signal"], soon_s=61),
    "filled in part": KillCase(STARTS["signal"], _on_entry("V12", filled="fraction"), never_naked=False),
    "filled but a lot": KillCase(STARTS["signal"], _on_entry("V12", filled="all_but_lot"), never_naked=False),
    "stop gone": KillCase(
        STARTS["signal"], _on_entry("V2", leg="stop"), same_levels=False, never_naked=False
    ),
    "stop refused": KillCase(
        STARTS["signal"],
        _on_entry("V1", leg="stop", text=REFUSED),
        same_levels=False,
        never_naked=False,
    ),
    "stop ended": KillCase(STARTS["signal"], _on_entry("V5", leg="stop"), never_naked=False),
    "stop moves": KillCase(_trailing),
    "early close": KillCase(_early),
    "time close": KillCase(_timed_out),
    "naked": KillCase(STARTS["naked"], never_naked=False),
    "three naked": KillCase(STARTS["three naked"], never_naked=False),
    "undersized": KillCase(STARTS["undersized"], never_naked=False),
}

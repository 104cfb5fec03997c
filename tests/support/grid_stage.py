"""A grid on an embedded exchange in an account with two sides: a market that waits, or that a test drives."""

from dataclasses import replace
from functools import lru_cache

from tests.support.memory import memory
from trader import config
from trader.core.identity import Identity, Role, decode
from trader.core.report import Exit, worst
from trader.exchange.orders import Order as ModelOrder
from trader.exchange.prices import Bar
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.run import Ran
from trader.settings import Settings
from trader.sim.feed import ScriptedFeed

LEGS_OF_GRID = ("long", "short")
MINUTE_MS = 60_000
BAR_MINUTES = 5
BAR_MS = BAR_MINUTES * MINUTE_MS
NOW_MS = 992_000 * 30 * MINUTE_MS + 15_000
PRICE = 100_000.0
HISTORY_MINUTES = 320 * BAR_MINUTES
WIDTH = 60.0

PARAMS = {  # without a regime, so that a test changes quantities only where it means to
    "bar": "5m",
    "adx_min": "100",
    "base_qty": "0.01",
    "side_notional_max": "20000",
    "gross_notional_max": "40000",
    "net_notional_max": "20000",
}


def settings_of(venue: str, naked: int = 100_000, **params: object) -> Settings:
    """One coin with a grid; `naked` is what may rest without a stop."""
    wanted = {**PARAMS, **params}
    overrides = [
        f"venue={venue}",
        "paper.equity=50000",
        f"limits.naked_resting_notional_max={naked}",
        "markets.BTC.strategy=hedge_grid",
        *(f"markets.BTC.params.{name}={value}" for name, value in wanted.items()),
    ]
    settings = config.load(None, overrides).settings
    return replace(settings, markets={"BTC": settings.markets["BTC"]})


@lru_cache(maxsize=1)
def _history() -> tuple[Bar, ...]:
    """A market that goes nowhere and ends at its price."""
    return (Bar(PRICE, PRICE + WIDTH, PRICE - WIDTH, PRICE, 1.0),) * HISTORY_MINUTES


def grid_stage(venue: str, naked: int = 100_000, **params: object) -> Stage:
    """A stage a few seconds after a bar has closed; nothing rests yet."""
    start_ms = NOW_MS // MINUTE_MS * MINUTE_MS - HISTORY_MINUTES * MINUTE_MS
    feed = ScriptedFeed({"BTC": _history()}, start_ms=start_ms)
    return Stage(
        settings_of(venue, naked, **params),
        feed,
        now_ms=NOW_MS,
        two_sided=True,
        memo=memory(),
        signs_quickly=True,
    )


def ticked(stage: Stage) -> Ran:
    """One run, which must end well."""
    ran = stage.host.run()
    assert ran is not None
    assert worst(ran.codes) is Exit.OK, (ran.codes, ran.problems, ran.notes)
    return ran


def to_next_bar(stage: Stage) -> None:
    """Nobody runs until some seconds after the next bar has closed."""
    stage.clock.advance_to((stage.clock.now_ms() // BAR_MS + 1) * BAR_MS + 15_000)
    stage.settle()


def drive(stage: Stage, *prices: float) -> None:
    """The market goes to each of these prices, one minute each, and then waits for the bar to close."""
    minute_ms = (stage.clock.now_ms() // MINUTE_MS + 1) * MINUTE_MS
    feed = stage.feed
    assert isinstance(feed, ScriptedFeed)
    feed.move("BTC", *prices, from_ms=minute_ms)
    stage.clock.advance_to(minute_ms + len(prices) * MINUTE_MS)
    to_next_bar(stage)


def open_orders(stage: Stage) -> list[ModelOrder]:
    return list(stage.model.open_orders(stage.user, "BTC"))


def rungs(stage: Stage) -> list[tuple[str, int, int]]:
    """Leg, number and anchor of every rung in the exchange's own book, each as often as it is there."""
    found = []
    for order in open_orders(stage):
        identity = decode(order.cloid)
        if isinstance(identity, Identity) and identity.role is Role.RUNG and order.trigger is None:
            found.append((identity.leg.value, identity.rung, identity.reference))
    return sorted(found)


def numbers(stage: Stage, leg: str) -> list[int]:
    return [rung for side, rung, _anchor in rungs(stage) if side == leg]


def anchors(stage: Stage) -> set[int]:
    return {anchor for _leg, _rung, anchor in rungs(stage)}


def armed(stage: Stage, leg: str, kind: Trigger) -> list[ModelOrder]:
    """The stops or targets of one leg that could act now."""
    return [
        o
        for o in open_orders(stage)
        if o.trigger is not None and o.trigger.kind is kind and o.leg == leg and o.armed
    ]


def book(stage: Stage) -> set[object]:
    """Everything that is open, by the venue's own numbers."""
    return {o.oid for o in open_orders(stage)}

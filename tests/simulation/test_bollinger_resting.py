"""Bollinger entries that rest on Hyperliquid through days of real prices, with the real pipeline and wire.

They fill while nobody runs. The venue arms the attached stop when all of an entry has filled, so a part of
one has none until the next run: how long that was is read off the exchange's own books.
"""

from collections import Counter
from dataclasses import dataclass, field, replace
from decimal import Decimal

from tests.support.memory import memory
from trader import config
from trader.core.actions import Cancel, Rest
from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.identity import Identity, Role, decode
from trader.core.orders import Accepted
from trader.core.report import Exit, worst
from trader.core.target import WantResting
from trader.exchange.orders import Liquidity
from trader.exchange.orders import Order as ModelOrder
from trader.parts import parts_of
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.bundle import BUNDLE_START_MINUTE

COIN = "ETH"
DAYS = 3
BAR_MS = 30 * MINUTE_MS
AFTER_CLOSE_MS = 15_000
RUN_MS = 20_000
PRICE_TOLERANCE = Decimal("0.0001")


def a_stage(entry: str) -> Stage:
    params = f"{{entry: {entry}, regime_filter: false}}"
    settings = config.load(
        None,
        (
            "venue=hyperliquid",
            "paper.equity=5000",
            "limits.naked_resting_notional_max=2000",
            f"markets={{{COIN}: {{strategy: bollinger, params: {params}}}}}",
        ),
    ).settings
    feed = parts_of("hyperliquid").bundle_feed()
    return Stage(settings, feed, now_ms=BUNDLE_START_MINUTE * MINUTE_MS, memo=memory(), signs_quickly=True)


def to_next_bar(stage: Stage) -> None:
    """Nobody runs until some seconds after the next bar has closed."""
    stage.clock.advance_to((stage.clock.now_ms() // BAR_MS + 1) * BAR_MS + AFTER_CLOSE_MS)
    stage.settle()


def identity_of(order: ModelOrder) -> Identity:
    identity = decode(order.cloid)
    assert isinstance(identity, Identity), order
    return identity


def book(stage: Stage, role: Role) -> list[ModelOrder]:
    return [o for o in stage.model.open_orders(stage.user, COIN) if identity_of(o).role is role]


@dataclass
class Seen:
    """What the runs did, and how often a position was found that no run had left."""

    done: Counter[type] = field(default_factory=Counter)
    filled_alone: int = 0
    in_part: int = 0


def trade(stage: Stage) -> Seen:
    """A run some seconds after each bar has closed; what must hold after every one of them is asked."""
    seen, end_ms = Seen(), stage.clock.now_ms() + DAYS * DAY_MS
    while stage.clock.now_ms() < end_ms:
        before = stage.size(COIN)
        to_next_bar(stage)
        seen.filled_alone += before == 0 and stage.size(COIN) != 0
        seen.in_part += any(entry.filled > 0 for entry in book(stage, Role.ENTRY))
        ran = stage.host.run()
        assert ran is not None
        assert worst(ran.codes) is Exit.OK, (ran.codes, ran.problems, ran.notes)
        require_exact(stage, ran)
        seen.done += Counter(type(d.action) for d in ran.done if isinstance(d.outcome, Accepted))
    return seen


def require_exact(stage: Stage, ran: Ran) -> None:
    """Covered if held; what rests is what is wanted of the bar that forms, with its stop, or nothing."""
    assert stage.is_covered(COIN)
    assert ran.verdict is not None
    wanted, entries = ran.verdict.wants[COIN], book(stage, Role.ENTRY)
    if not isinstance(wanted, WantResting) or stage.size(COIN) != 0:
        assert entries == []
        return
    (want,) = wanted.orders
    for entry in entries:
        assert abs(entry.px - Decimal(str(want.price))) <= PRICE_TOLERANCE * entry.px + Decimal("0.1")
    assert len(entries) <= 1
    waiting = [identity_of(o) for o in book(stage, Role.STOP)]
    assert waiting == [replace(identity_of(entry), role=Role.STOP) for entry in entries]


def test_entries_rest_fill_whole_and_are_never_naked() -> None:
    stage = a_stage("resting")
    seen = trade(stage)
    assert seen.filled_alone >= 3, "entries fill while nobody runs"
    assert seen.done[Rest] > seen.filled_alone and seen.done[Cancel] > 20, "and leave with their bar"
    assert stage.watch.naked_ms(stage.user, COIN) == 0


def test_entries_that_fill_in_part_are_naked_until_the_next_run_and_no_longer() -> None:
    stage = a_stage("resting")
    stage.model.set_liquidity(COIN, Liquidity(resting_size=Decimal("0.2")))
    seen = trade(stage)
    assert seen.in_part >= 2
    spans = stage.watch.intervals(stage.user, COIN)
    assert spans and max(end - start for start, end in spans) <= BAR_MS + RUN_MS


def test_a_confirmed_entry_is_a_limit_for_one_bar() -> None:
    stage = a_stage("confirm")
    seen = trade(stage)
    assert seen.done[Rest] >= 3
    assert len({f.oid for f in stage.model.fills(stage.user)}) > seen.done[Rest]
    assert stage.watch.naked_ms(stage.user, COIN) == 0


def test_a_run_killed_anywhere_about_its_entry_is_taken_over_by_the_next() -> None:
    whole = a_stage("resting")
    to_next_bar(whole)
    start = whole.host.mount.requests
    assert whole.host.run() is not None
    requests = whole.host.mount.requests - start
    for killed_at in range(1, requests + 1):
        stage = a_stage("resting")
        to_next_bar(stage)
        stage.host.kill_at(killed_at)
        assert stage.host.run() is None
        for _ in range(2):
            to_next_bar(stage)
            ran = stage.host.run()
            assert ran is not None
            assert worst(ran.codes) is Exit.OK, (killed_at, ran.codes, ran.problems)
            require_exact(stage, ran)
        assert len(book(stage, Role.ENTRY)) == 1

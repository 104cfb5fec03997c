"""The moves between runs: each does on every cell what its name says, as the exchange's own books show."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

import pytest

from trader.core.identity import Identity, decode
from trader.core.report import Exit, worst
from trader.exchange.orders import Order, Position
from trader.exchange.status import Trigger
from trader.oracle.seen import World
from trader.rehearsal import Stage
from trader.selftest.accounts import LEGAL
from trader.selftest.draws import Draws
from trader.selftest.episode import play
from trader.selftest.markets import NOW_MS
from trader.selftest.moves import MOVES, is_possible, make
from trader.selftest.script import Cell, Move, Script
from trader.selftest.starts import build


@dataclass(frozen=True, slots=True)
class Before:
    """The books before a move."""

    fills: int
    orders: frozenset[int]
    positions: tuple[Position, ...]
    mark: Decimal
    equity: Decimal
    funding: int


def books(stage: Stage) -> Before:
    model, user = stage.model, stage.user
    return Before(
        len(model.fills(user)),
        frozenset(order.oid for order in model.open_orders(user)),
        model.positions(user),
        model.quote("BTC").mark,
        model.account(user).total.account_value,
        len(model.funding(user)),
    )


def roles(stage: Stage, before: Before) -> set[str]:
    """Whose fills came: by role, or `hand`, or `venue`."""
    found = set()
    for fill in stage.model.fills(stage.user)[before.fills :]:
        identity = decode(fill.cloid)
        forced = fill.liquidation is not None or fill.direction in ("Auto-Deleveraging", "Settlement")
        known = identity.role.name if isinstance(identity, Identity) else "hand"
        found.add("venue" if forced else known)
    return found


def stopped(stage: Stage, before: Before) -> bool:
    return bool(roles(stage, before) & {"STOP", "PROTECT", "TRAIL"})


def has_no_stop(stage: Stage, before: Before) -> bool:
    orders = stage.model.open_orders(stage.user)
    stops = [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.STOP]
    return stage.model.positions(stage.user) == before.positions and len(stops) < len(before.positions)


def strangers(stage: Stage) -> list[Order]:
    """The stops, where all of them are somebody else's."""
    orders = stage.model.open_orders(stage.user)
    stops = [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.STOP]
    held = {(p.coin, p.leg) for p in stage.model.positions(stage.user)}
    foreign = [o for o in stops if o.cloid is None]
    return foreign if len(stops) == len(held) else []


def moved(stage: Stage, before: Before) -> bool:
    return abs(stage.model.quote("BTC").mark / before.mark - 1) > Decimal("0.2")


def other_side(stage: Stage, before: Before) -> bool:
    signs = {p.szi > 0 for p in before.positions if p.coin == "BTC"}
    return any(p.szi < 0 for p in stage.model.positions(stage.user)) != (False in signs) or len(signs) == 2


SEEN: Mapping[str, Callable[[Stage, Before], bool]] = {
    "none": lambda stage, before: books(stage).fills == before.fills,
    "stop_out": stopped,
    "gap": stopped,
    "target": lambda stage, before: "TARGET" in roles(stage, before),
    "crash": moved,
    "manual_close": lambda stage, before: roles(stage, before) == {"hand"},
    "manual_add": lambda stage, before: roles(stage, before) == {"hand"},
    "manual_flip": lambda stage, before: "hand" in roles(stage, before) and other_side(stage, before),
    "manual_reopen": lambda stage, before: roles(stage, before) == {"hand"},
    "manual_stop_cancel": has_no_stop,
    "manual_order": lambda stage, before: len(books(stage).orders - before.orders) == 1,
    "liquidation": lambda stage, before: "venue" in roles(stage, before),
    "adl": lambda stage, before: roles(stage, before) == {"venue"},
    "funding": lambda stage, before: books(stage).funding > before.funding,
    "deposit": lambda stage, before: books(stage).equity > before.equity * Decimal("1.09"),
    "withdraw": lambda stage, before: books(stage).equity < before.equity * Decimal("0.7"),
    "delist": lambda stage, before: roles(stage, before) == {"venue"},
    "manual_share": lambda stage, before: roles(stage, before) == {"hand"} and len(strangers(stage)) == 1,
    "manual_far_stop": lambda stage, before: not roles(stage, before) and len(strangers(stage)) == 1,
}
QUIET_SEEDS = (1, 5, 11)  # whose course is quiet
CELLS = [pytest.param(c, id=f"{c.venue}-{c.sides}-{c.margin}-{c.strategy}") for c in LEGAL]


def covered(cell: Cell, seed: int = 1) -> Stage:
    """A position of ours behind its stop: what a run makes of one that was naked."""
    stage = build(cell, "naked", Draws(seed, "test"))
    assert stage.host.run() is not None
    return stage


def test_there_is_one_question_for_each_move() -> None:
    assert tuple(SEEN) == MOVES


@pytest.mark.parametrize("cell", CELLS)
def test_a_move_does_what_it_says(cell: Cell) -> None:
    turn = LEGAL.index(cell)
    for move in MOVES[turn % 3 :: 3]:
        stage = covered(cell)
        before = books(stage)
        assert is_possible(stage, move)
        world = make(stage, move, Draws(turn, "test"))
        assert SEEN[move](stage, before), move
        assert world.hand == move.startswith("manual")
        assert world.forced == (move in ("liquidation", "adl", "delist"))
        assert world.gap or move != "gap"


def test_a_move_without_anything_to_act_on_does_nothing_and_says_so() -> None:
    for move in MOVES:
        stage = build(LEGAL[0], "flat", Draws(1, "test"))
        if not is_possible(stage, move):
            assert make(stage, move, Draws(0, "test")) == World()
            assert not stage.model.fills(stage.user)
            assert stage.clock.now_ms() == NOW_MS


def test_a_walk_through_the_stop_is_no_gap_and_ends_within_the_age_of_a_signal() -> None:
    """The place where a signal is entered twice: still true, still young, and the position is gone."""
    for seed in QUIET_SEEDS:
        stage = build(LEGAL[0], "signal", Draws(seed, "test"))
        assert stage.host.run() is not None
        before = books(stage)
        orders = stage.model.open_orders(stage.user)
        level = {o.coin: o.trigger.px for o in orders if o.trigger and o.trigger.kind is Trigger.STOP}
        stage.pass_time(5)
        world = make(stage, "stop_out", Draws(seed, "test"))
        fills = stage.model.fills(stage.user)[before.fills :]
        assert fills
        assert all(abs(fill.px / level[fill.coin] - 1) < Decimal("0.001") for fill in fills)
        assert not world.gap
        assert stage.clock.now_ms() < NOW_MS - 15_000 + 300_000


def test_a_stop_out_comes_back_within_its_minute_or_stays() -> None:
    seen = set()
    for seed in range(6):
        stage = covered(LEGAL[0])
        before = books(stage)
        make(stage, "stop_out", Draws(seed, "test"))
        seen.add(abs(stage.model.quote("BTC").mark / before.mark - 1) < Decimal("0.01"))
    assert seen == {True, False}


def test_a_signal_is_not_entered_again_after_a_stop_out_in_its_own_bar() -> None:
    for cell in [cell for cell in LEGAL if cell.strategy == "breakout"][::3]:
        played = play(Script(cell, "signal", 1, runs=3, moves=(Move(1, "stop_out"),), pauses_s=(5, 5, 5)))
        assert played.violations == ()


@pytest.mark.parametrize("venue", ["hyperliquid", "okx", "binance"])
def test_a_coin_that_has_ended_leaves_an_account_that_can_be_read(venue: str) -> None:
    stage = covered(next(cell for cell in LEGAL if cell.venue == venue))
    make(stage, "delist", Draws(0, "test"))
    assert not stage.model.positions(stage.user)
    ran = stage.host.run()
    assert ran is not None
    assert worst(ran.codes) is Exit.OK, ran.problems


def test_a_move_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'dance': expected one of none, stop_out"):
        make(build(LEGAL[0], "flat", Draws(0, "test")), "dance", Draws(0, "test"))

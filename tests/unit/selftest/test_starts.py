"""The starts of episodes: on every legal cell the books show what the name of the state says."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from trader.core.identity import Identity, OtherVersion, Role, decode
from trader.exchange.orders import Order, Position
from trader.exchange.status import Trigger
from trader.exchange.truth import covering_size
from trader.rehearsal import Stage
from trader.selftest.accounts import LEGAL, equity_of, profiles
from trader.selftest.draws import Draws
from trader.selftest.episode import play
from trader.selftest.markets import CLOSE_MS, NOW_MS
from trader.selftest.script import Cell, Script
from trader.selftest.starts import STARTS, build, terms_of


def name(cell: Cell) -> str:
    return f"{cell.venue}-{cell.sides}-{cell.margin}-{cell.strategy}"


CELLS = [pytest.param(cell, id=name(cell)) for cell in LEGAL]


def stops(stage: Stage) -> list[Order]:
    """Every stop in the books that waits for its price and belongs to a slot that holds something."""
    orders = stage.model.open_orders(stage.user)
    return [o for o in orders if o.trigger is not None and o.trigger.kind is Trigger.STOP and o.reduce_only]


def own(stage: Stage) -> list[Position]:
    """Positions in which something of ours was traded."""
    ours = {(f.coin, f.leg) for f in stage.model.fills(stage.user) if decode(f.cloid) is not None}
    return [p for p in stage.model.positions(stage.user) if (p.coin, p.leg) in ours]


def bare(stage: Stage) -> list[Position]:
    model = stage.model
    return [p for p in model.positions(stage.user) if not covering_size(model, stage.user, p)]


def behind(stage: Stage, position: Position) -> list[Order]:
    """The stops of a slot that close this position."""
    return [
        o
        for o in stops(stage)
        if (o.coin, o.leg) == (position.coin, position.leg) and o.is_buy == (position.szi < 0)
    ]


def is_flat(stage: Stage) -> bool:
    return not stage.model.positions(stage.user) and not stage.model.open_orders(stage.user)


def is_signal(stage: Stage) -> bool:
    """Nothing was ever traded; or what rested has filled, and no run has seen it."""
    history = stage.model.history(stage.user)
    return not history or bool(own(stage))


def is_naked(stage: Stage) -> bool:
    return bool([p for p in bare(stage) if p in own(stage) and not behind(stage, p)])


def is_undersized(stage: Stage) -> bool:
    sizes = [(covering_size(stage.model, stage.user, p), abs(p.szi)) for p in own(stage)]
    return any(0 < covered < held for covered, held in sizes)


def is_oversized(stage: Stage) -> bool:
    return any(order.sz > abs(position.szi) for position in own(stage) for order in behind(stage, position))


def is_beyond_liquidation(stage: Stage) -> bool:
    for position in own(stage):
        liquidation = stage.model.liquidation_px(stage.user, position.coin, position.leg)
        levels = [order.trigger.px for order in behind(stage, position) if order.trigger is not None]
        if levels and liquidation is not None and position in bare(stage):
            return all((level < liquidation) == (position.szi > 0) for level in levels)
    return False


def is_wrong_side(stage: Stage) -> bool:
    """A bare position, and a stop of ours that would close one of the other side."""
    return any(
        order.coin == position.coin and order.is_buy == (position.szi > 0) and decode(order.cloid) is not None
        for position in bare(stage)
        for order in stops(stage)
    )


def is_orphan(stage: Stage) -> bool:
    held = {(p.coin, p.leg) for p in stage.model.positions(stage.user)}
    return any((o.coin, o.leg) not in held and decode(o.cloid) is not None for o in stops(stage))


def is_foreign(stage: Stage) -> bool:
    """Somebody else has traded or has a stop."""
    fills = [f for f in stage.model.fills(stage.user) if decode(f.cloid) is None]
    return bool(fills or [o for o in stops(stage) if decode(o.cloid) is None])


def is_other_configuration(stage: Stage) -> bool:
    """Ours, in a coin or of a strategy that the file does not name."""
    names = set(stage.settings.markets)
    ids = [decode(order.cloid) for order in stage.model.open_orders(stage.user)]
    odd = [i for i in ids if isinstance(i, OtherVersion) or (isinstance(i, Identity) and i.role is Role.STOP)]
    return len(odd) == len(ids) == 2 and {p.coin for p in own(stage)}.isdisjoint(names)


IS: Mapping[str, Callable[[Stage], bool]] = {
    "flat": is_flat,
    "signal": is_signal,
    "naked": is_naked,
    "undersized": is_undersized,
    "oversized": is_oversized,
    "beyond-liquidation": is_beyond_liquidation,
    "wrong-side": is_wrong_side,
    "orphan": is_orphan,
    "foreign": is_foreign,
    "other-configuration": is_other_configuration,
}


def test_there_is_one_question_for_each_start() -> None:
    assert tuple(IS) == STARTS


@pytest.mark.parametrize("cell", CELLS)
def test_the_books_show_what_a_start_says(cell: Cell) -> None:
    for turn, start in enumerate(STARTS, LEGAL.index(cell)):
        stage = build(cell, start, Draws(turn, "test"))
        assert IS[start](stage), f"{start}, seed {turn}"
        assert stage.model.is_two_sided(stage.user) == (cell.sides == "hedge")
        wanted = [p for p in own(stage) if p.coin in stage.settings.markets]
        assert all((p.collateral is not None) == (cell.margin == "isolated") for p in wanted)
        assert all(market.strategy == cell.strategy for market in stage.settings.markets.values())


@pytest.mark.parametrize("cell", CELLS[::2])
def test_a_clean_run_from_any_start_breaks_no_promise(cell: Cell) -> None:
    turn = LEGAL.index(cell)
    for start in STARTS[turn % 5 :: 5]:
        played = play(Script(cell, start, seed=turn, runs=1))
        assert played.violations == ()
        assert set(played.codes) <= {0}, (start, played.codes)


def test_a_start_is_the_same_in_every_episode_and_shares_nothing_that_changes() -> None:
    """One that was played and one that was not."""
    cell = LEGAL[0]
    first = build(cell, "naked", Draws(5, "test"))
    before, resting = first.model.dump(), first.venue.dump()
    assert first.host.run() is not None
    assert first.model.dump() != before
    second = build(cell, "naked", Draws(5, "test"))
    assert second.model.dump() == before
    assert second.venue.dump() == resting
    assert second.host.word.story == build(cell, "naked", Draws(5, "test")).host.word.story


def test_what_is_drawn_reaches_every_profile_and_every_course() -> None:
    for cell in (LEGAL[0], LEGAL[1], LEGAL[-1]):
        built = [build(cell, "signal", Draws(seed, "test")) for seed in range(40)]
        ways = {(str(s.settings.markets), s.feed.minute("BTC", CLOSE_MS - 180_000)) for s in built}
        assert len(ways) == len(profiles(cell))
        later_ms = NOW_MS + 7_200_000
        assert len({stage.feed.minute("BTC", later_ms) for stage in built}) > 6


def test_a_start_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="'nude': expected one of flat, signal"):
        build(LEGAL[0], "nude", Draws(0, "test"))


@pytest.mark.parametrize("cell", CELLS)
def test_the_terms_are_those_of_the_file_and_of_the_venue(cell: Cell) -> None:
    stage = build(cell, "naked", Draws(0, "test"))
    terms = terms_of(stage)
    market = stage.settings.markets["BTC"]
    grid = cell.strategy == "hedge_grid"
    notional = 4_000 if grid else equity_of(cell) * Decimal(str(market.sizing.position_ratio))
    assert notional < terms.notional_max["BTC"] < 2 * notional
    assert 0 < terms.loss_max["BTC"] < terms.notional_max["BTC"] / 10
    assert terms.naked_max == stage.settings.limits.naked_resting_notional_max
    assert terms.attach == {"binance": "none"}.get(cell.venue, "whole")
    assert terms.stops_first == (cell.venue == "binance")
    assert all(len(secret) > 8 for secret in terms.secrets)
    assert len(terms.secrets) >= {"hyperliquid": 1, "binance": 2, "okx": 3}[cell.venue]

"""The accounts that episodes begin with: the cells, what the file says, an account that has traded.

Rules: an account "of ours" is made by the program itself, run on a market that signals, once a process for
each cell and profile; it is then kept as text and loaded anew for each episode, so that nothing mutable is
shared. Everything here happens in the two quiet minutes with which every market begins, or in minutes
written down with the account: the course of an episode begins after it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache

from trader import config
from trader.core.frozen import frozen
from trader.core.memo import Memo
from trader.core.report import Exit, worst
from trader.exchange.model import Model
from trader.exchange.prices import MINUTE_MS, Bar
from trader.exchange.record import LISTS
from trader.exchange.truth import CoverWatch
from trader.parts import parts_of
from trader.rehearsal import Stage
from trader.selftest.futures import QUIET
from trader.selftest.markets import (
    BASES,
    NOW_MS,
    Course,
    EpisodeFeed,
    course_number,
    past_of,
    walk,
)
from trader.selftest.script import Cell
from trader.settings import Settings

COIN = "BTC"
OTHER = "ETH"
GRID = "hedge_grid"
HEDGE = "hedge"
_EQUITY = Decimal(10_000)
_EQUITY_OF_GRID = Decimal(50_000)
_KEPT_MAX = 512
_STEP = 0.005  # a grid's, as a fraction of its anchor


@frozen
class Profile:
    """One way to trade a strategy. `sign`: the side that the market asks for; `style` of bollinger, else
    empty; `rests`: its entries wait on the venue."""

    sign: int
    params: tuple[str, ...] = ()
    coins: tuple[str, ...] = (COIN,)
    style: str = ""
    rests: bool = False


_TRAILS = ("trailing=ratchet", "range_target=0.5", "early_mfe=0")
_LADDER = (
    *("bar=5m", "base_qty=0.01", "levels_long=2", "levels_short=2"),
    *("side_notional_max=4000", "gross_notional_max=8000", "net_notional_max=4000"),
)
_BOLLINGER = (
    Profile(1, style="reversion"),
    Profile(-1, ("style=breakout",), style="breakout"),
    Profile(1, ("entry=resting",), style="reversion", rests=True),
)
_PROFILES: Mapping[str, tuple[Profile, ...]] = {
    "breakout": (
        Profile(1),
        Profile(-1),
        Profile(1, _TRAILS),
        Profile(-1, coins=(COIN, OTHER)),
    ),
    "bollinger": (
        *_BOLLINGER,
        Profile(-1, ("style=breakout", "entry=resting"), style="breakout", rests=True),
    ),
    GRID: (
        Profile(1, (*_LADDER, "adx_min=100"), rests=True),
        Profile(-1, (*_LADDER, "recenter_bps=30"), rests=True),
    ),
}
_ONE_SIDED_BOLLINGER = (*_BOLLINGER, Profile(-1, coins=(COIN, OTHER), style="reversion"))


def _legal(venue: str) -> tuple[Cell, ...]:
    """No two sides on one of the venues, and no grid without them."""
    sides = ("one-way",) if venue == "hyperliquid" else ("one-way", HEDGE)
    return tuple(
        Cell(venue, side, margin, strategy)
        for side in sides
        for margin in ("cross", "isolated")
        for strategy in _PROFILES
        if strategy != GRID or side == HEDGE
    )


LEGAL: tuple[Cell, ...] = tuple(cell for venue in ("hyperliquid", "okx", "binance") for cell in _legal(venue))


def profiles(cell: Cell) -> tuple[Profile, ...]:
    """The ways in which a cell's strategy is traded; a venue without stop entries has one of its own."""
    if cell.strategy == "bollinger" and cell.venue == "hyperliquid":
        return _ONE_SIDED_BOLLINGER
    return _PROFILES[cell.strategy]


@lru_cache(maxsize=_KEPT_MAX)
def settings_of(cell: Cell, profile: Profile) -> Settings:
    """What the operator's file says."""
    lines = [
        f"venue={cell.venue}",
        f"sizing.margin={cell.margin}",
        *(f"markets.{coin}.strategy={cell.strategy}" for coin in profile.coins),
        *(f"markets.{coin}.params.{line}" for coin in profile.coins for line in profile.params),
    ]
    if profile.rests and not _stops_go_first(cell, profile):
        lines.append("limits.naked_resting_notional_max=5000")
    settings = config.load(None, lines).settings
    return replace(settings, markets={coin: settings.markets[coin] for coin in profile.coins})


def _stops_go_first(cell: Cell, profile: Profile) -> bool:
    """Whether each entry that rests has its stop before it, so that none needs to rest bare; one that price
    sets off has no such stop."""
    abilities = parts_of(cell.venue).abilities
    can = abilities.stop_first is True and abilities.oversized_exit == "trims"
    return can and cell.sides != HEDGE and profile.style == "reversion"


def equity_of(cell: Cell) -> Decimal:
    """What an account of this cell begins with."""
    return _EQUITY_OF_GRID if cell.strategy == GRID else _EQUITY


def feed_of(
    cell: Cell,
    profile: Profile,
    future: int,
    *,
    signals: bool,
    written: Mapping[str, Sequence[Bar]] | None = None,
) -> EpisodeFeed:
    """The prices of a cell: with a signal in the coins of its profile, or with none at all."""
    known = written or {}
    waits = profile.rests  # what rests is wanted at any time, unless the last bar cannot be believed
    return EpisodeFeed(
        {
            coin: Course(
                past_of(
                    coin,
                    cell.strategy,
                    profile.sign,
                    signals=signals and coin in profile.coins and not waits,
                    style=profile.style,
                    believed=signals or not waits,
                ),
                course_number(future, coin),
                known.get(coin, ()),
            )
            for coin in BASES
        }
    )


def new_stage(cell: Cell, profile: Profile, feed: EpisodeFeed, now_ms: int = NOW_MS) -> Stage:
    """An account that has never traded."""
    return Stage(
        settings_of(cell, profile),
        feed,
        now_ms=now_ms,
        two_sided=cell.sides == HEDGE,
        equity=equity_of(cell),
        memo=_memo(),
        signs_quickly=True,
        is_watched=False,
    )


@lru_cache(maxsize=1)
def _memo() -> Memo:
    """What the adapters of this process have read."""
    return Memo()


@frozen
class Kept:
    """An account that stands still: everything that its exchange and its machine remember, as text."""

    text: str
    written: Mapping[str, tuple[Bar, ...]]
    story: tuple[tuple[str, int], ...]
    now_ms: int


def kept(stage: Stage) -> Kept:
    """What is needed to go on from here."""
    feed = stage.feed
    if not isinstance(feed, EpisodeFeed):
        raise TypeError(f"prices of {type(feed).__name__}: an account is kept with those of an episode")
    stage.settle()
    now_ms = stage.clock.now_ms()
    feed.know((now_ms // MINUTE_MS + 1) * MINUTE_MS)
    model = stage.model
    rows = {name: [row for _, row in model.rows(name, 0)] for name in LISTS}
    text = json.dumps([model.dump(), rows, stage.venue.dump()])
    return Kept(text, feed.written(), tuple(stage.host.word.story), now_ms)


def restored(cell: Cell, profile: Profile, account: Kept, future: int) -> Stage:
    """That account on a market that goes on as this course does."""
    feed = feed_of(cell, profile, future, signals=True, written=account.written)
    stage = new_stage(cell, profile, feed, account.now_ms)
    state, rows, beside = json.loads(account.text)
    model = Model.load(state, rows, stage.model.markets, feed, rules=stage.model.rules)
    stage.venue.model = model
    stage.venue.restore(beside)
    stage.watch = CoverWatch(model, listens=False)
    stage.host.word.story = list(account.story)
    return stage


@lru_cache(maxsize=_KEPT_MAX)
def held(cell: Cell, profile: Profile) -> Kept:
    """An account that the program has entered, and which stands covered a minute later."""
    stage = restored(cell, profile, waiting(cell, profile), QUIET) if profile.rests else _fresh(cell, profile)
    _run(stage)
    if cell.strategy == GRID and profile.sign > 0:  # both legs
        _to(stage, 1 + 1.3 * _STEP)
        _run(stage)
    stage.pass_time(60)
    return kept(stage)


@lru_cache(maxsize=_KEPT_MAX)
def waiting(cell: Cell, profile: Profile) -> Kept:
    """An account whose resting entry has filled while nobody ran."""
    stage = _fresh(cell, profile)
    _run(stage)
    if cell.strategy == GRID:
        _to(stage, 1 - profile.sign * 1.3 * _STEP)
        return kept(stage)
    entry = next(
        o for o in stage.model.open_orders(stage.user, COIN) if not o.reduce_only and o.parent is None
    )
    level = entry.px if entry.trigger is None else entry.trigger.px
    beyond = 1.0005 if entry.is_buy == (entry.trigger is not None) else 0.9995
    _to(stage, float(level) * beyond / BASES[COIN])
    return kept(stage)


def _fresh(cell: Cell, profile: Profile) -> Stage:
    return new_stage(cell, profile, feed_of(cell, profile, QUIET, signals=True))


def _run(stage: Stage) -> None:
    """One run, which must end well: the account is not an episode yet."""
    ran = stage.host.run()
    code = None if ran is None else worst(ran.codes)
    if ran is None or code is not Exit.OK:
        raise RuntimeError(
            f"the account of an episode could not be made: exit {code}, {ran and ran.problems}"
        )


def _to(stage: Stage, ratio: float) -> None:
    """The market walks to this ratio of its base within a minute, and a few seconds pass."""
    feed = stage.feed
    if not isinstance(feed, EpisodeFeed):
        raise TypeError(f"prices of {type(feed).__name__}: only those of an episode are walked")
    begin_ms = feed.open_ms(COIN, stage.clock.now_ms())
    feed.write(COIN, walk(feed.price_before(COIN, begin_ms), BASES[COIN] * ratio), from_ms=begin_ms)
    stage.clock.advance_to(begin_ms + MINUTE_MS + 5_000)
    stage.settle()

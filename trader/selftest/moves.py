"""What happens between two runs of an episode while nobody runs: the market, the venue, or somebody's hand.

Rules: a move acts on the position of ours that it finds, and lets the time pass that it takes; where it
finds nothing to act on, it does nothing and says a world in which nothing happened. `make` tells what
happened, no more: an honest World is what the judge excuses something by. Prices that walk are without a
jump, also within a minute.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.identity import decode
from trader.exchange.orders import Position
from trader.exchange.prices import MINUTE_MS, Bar
from trader.exchange.status import Trigger
from trader.oracle.seen import World
from trader.rehearsal import Stage
from trader.selftest import hands
from trader.selftest.draws import Draws
from trader.selftest.markets import EpisodeFeed, walk
from trader.selftest.squeeze import asking, maintenance_that_takes

_log = logging.getLogger(__name__)
_BEYOND = 0.001  # how far beyond a level price goes, as a fraction
_FAR = 0.06  # how far it goes where there is no level
_SETTLES_S = 2.0
_HOURS_OF_FUNDING = 9
_RATE = Decimal("0.002")
_CRASH = 0.25
_NEAR_LIQUIDATION = Decimal("0.01")


@frozen
class _Scene:
    """A stage between two runs, and the position that the move is about."""

    stage: Stage
    draws: Draws
    position: Position | None

    @property
    def held(self) -> Position:
        if self.position is None:
            raise LookupError("no position: a move that needs one is not to be made")
        return self.position

    @property
    def sign(self) -> int:
        return 1 if self.held.szi > 0 else -1

    @property
    def mark(self) -> float:
        return float(self.stage.model.quote(self.held.coin).mark)

    def level(self, kind: Trigger) -> float | None:
        """The last of the levels of this kind that price meets on its way; None where there is none."""
        position, mark = self.held, self.mark
        way = -self.sign if kind is Trigger.STOP else self.sign
        found = [
            float(o.trigger.px)
            for o in self.stage.model.open_orders(self.stage.user, position.coin)
            if o.trigger is not None and o.trigger.kind is kind and o.leg == position.leg and o.waiting
        ]
        return max((px for px in found if (px - mark) * way > 0), key=lambda px: abs(px - mark), default=None)


def make(stage: Stage, move: str, draws: Draws) -> World:
    """Let it happen; what the judge is to know of it."""
    if move not in _MOVES:
        raise ValueError(f"move {move!r}: expected one of {', '.join(MOVES)}")
    began_ms = stage.clock.now_ms()
    position = _position(stage)
    if position is None and move in _NEEDS_POSITION:
        return World()
    before = stage.model.revision
    try:
        world = _MOVES[move](_Scene(stage, draws, position))
    except hands.NotPossible as refusal:
        # For want of margin, or because the coin is gone; a part of it may have happened.
        _log.debug("%s did not happen as meant: %s", move, refusal)
        world = World(hand=stage.model.revision != before)
    stage.pass_time(_SETTLES_S)
    return replace(world, gap=world.gap or _feed(stage).has_gap(began_ms, stage.clock.now_ms()))


def is_possible(stage: Stage, move: str) -> bool:
    """Is there anything for this move to act on?"""
    return move not in _NEEDS_POSITION or _position(stage) is not None


def _position(stage: Stage) -> Position | None:
    """The largest position in which something of ours was traded; else the largest of all."""
    model, user = stage.model, stage.user
    ours = {(f.coin, f.leg) for f in model.fills(user) if decode(f.cloid) is not None}
    held = model.positions(user)

    def rank(position: Position) -> tuple[bool, Decimal, str]:
        value = abs(position.szi) * model.quote(position.coin).mark
        return (position.coin, position.leg) in ours, value, position.key

    return max(held, key=rank, default=None)


def _feed(stage: Stage) -> EpisodeFeed:
    feed = stage.feed
    if not isinstance(feed, EpisodeFeed):
        raise TypeError(f"prices of {type(feed).__name__}: only those of an episode can be moved")
    return feed


def _write(scene: _Scene, coin: str, make_bars: Callable[[float], list[Bar]]) -> None:
    """The next minutes of one coin, made from its last price; they pass."""
    stage, feed = scene.stage, _feed(scene.stage)
    begin_ms = feed.open_ms(coin, stage.clock.now_ms())
    bars = make_bars(feed.price_before(coin, begin_ms))
    feed.write(coin, bars, from_ms=begin_ms)
    stage.clock.advance_to(begin_ms + len(bars) * MINUTE_MS)
    stage.settle()


def _none(scene: _Scene) -> World:
    return World()


def _stop_out(scene: _Scene) -> World:
    """Price walks through the stop; it stays there, or is back before the minute is over."""
    level = scene.level(Trigger.STOP) or scene.mark * (1 - scene.sign * _FAR)
    beyond, comes_back = level * (1 - scene.sign * _BEYOND), scene.draws.chance(1, 2)

    def bars(last: float) -> list[Bar]:
        if comes_back:
            return [Bar(last, max(last, beyond), min(last, beyond), last, 5.0)]
        return walk(last, beyond)

    _write(scene, scene.held.coin, bars)
    return World()


def _gap(scene: _Scene) -> World:
    """Price opens beyond the stop."""
    level = scene.level(Trigger.STOP) or scene.mark * (1 - scene.sign * _FAR)
    opened = level * (1 - scene.sign * (1 + scene.draws.below(4)) / 100)
    _write(scene, scene.held.coin, lambda _last: [Bar(opened, opened, opened, opened, 5.0)])
    return World(gap=True)


def _target(scene: _Scene) -> World:
    """Price walks to what was hoped for."""
    level = scene.level(Trigger.TAKE) or scene.mark * (1 + scene.sign * _FAR)
    _write(scene, scene.held.coin, lambda last: walk(last, level * (1 + scene.sign * _BEYOND)))
    return World()


def _crash(scene: _Scene) -> World:
    """A quarter in three minutes, up or down, without a jump."""
    coin = "BTC" if scene.position is None else scene.position.coin
    step = (1 if scene.draws.chance(1, 2) else -1) * _CRASH / 3
    _write(scene, coin, lambda last: walk(last, *(last * (1 + step * n) for n in (1, 2, 3))))
    return World()


def _manual_close(scene: _Scene) -> World:
    share = scene.draws.pick((Decimal(1), Decimal(1), Decimal("0.4")))
    hands.close(scene.stage.model, scene.stage.user, scene.held, share)
    return World(hand=True)


def _manual_add(scene: _Scene) -> World:
    hands.add(scene.stage.model, scene.stage.user, scene.held, Decimal("0.5"))
    return World(hand=True)


def _manual_flip(scene: _Scene) -> World:
    """Somebody closes the position and opens as much on the other side."""
    model, user, position = scene.stage.model, scene.stage.user, scene.held
    hands.close(model, user, position)
    leg = hands.leg_held(model, user, position.coin, -scene.sign)
    hands.trade(model, user, position.coin, -position.szi, leg=leg)
    return World(hand=True)


def _manual_reopen(scene: _Scene) -> World:
    """Somebody closes the position and opens one of his own on the same side."""
    model, user, position = scene.stage.model, scene.stage.user, scene.held
    hands.close(model, user, position)
    hands.trade(model, user, position.coin, position.szi, leg=position.leg)
    return World(hand=True)


def _manual_stop_cancel(scene: _Scene) -> World:
    hands.cancel_stops(scene.stage.model, scene.stage.user, scene.held.coin, scene.held.leg)
    return World(hand=True)


def _manual_share(scene: _Scene) -> World:
    hands.share(scene.stage.model, scene.stage.user, scene.held)
    return World(hand=True)


def _manual_far_stop(scene: _Scene) -> World:
    hands.replace_stops(scene.stage.model, scene.stage.user, scene.held, away=Decimal("0.2"))
    return World(hand=True)


def _manual_order(scene: _Scene) -> World:
    """Somebody's limit order near enough to be filled one day."""
    model, user = scene.stage.model, scene.stage.user
    is_buy = scene.draws.chance(1, 2)
    away = Decimal("0.985") if is_buy else Decimal("1.015")
    size = hands.in_lots(model, "BTC", Decimal("0.002"))
    hands.rest(model, user, "BTC", model.quote("BTC").mark * away, size, is_buy=is_buy)
    return World(hand=True)


def _liquidation(scene: _Scene) -> World:
    """The venue asks for more margin while price goes the wrong way, until it takes the position."""
    stage, coin = scene.stage, scene.held.coin
    model = stage.model
    market = model.market(coin)
    if market is None:
        raise LookupError(f"{coin} is not listed")
    steep = maintenance_that_takes(model, stage.user, scene.held, away=_NEAR_LIQUIDATION)
    model.set_market(asking(market, steep))
    far = 1 - scene.sign * 1.5 * float(_NEAR_LIQUIDATION)
    _write(scene, coin, lambda last: walk(last, last * far))
    model.set_market(market)
    return World(forced=True)


def _adl(scene: _Scene) -> World:
    """The venue takes a part of the position, or all of it, to pay for somebody else's loss."""
    fraction = scene.draws.pick((Decimal("0.5"), Decimal(1)))
    scene.stage.model.adl(scene.stage.user, scene.held.coin, fraction, scene.held.leg)
    return World(forced=True)


def _funding(scene: _Scene) -> World:
    """Hours pass in which the position pays dearly."""
    model, coin = scene.stage.model, scene.held.coin
    usual = model.funding_rate(coin)
    model.set_funding_rate(coin, _RATE * scene.sign)
    scene.stage.pass_time(_HOURS_OF_FUNDING * 3_600)
    model.set_funding_rate(coin, usual)
    return World()


def _deposit(scene: _Scene) -> World:
    model, user = scene.stage.model, scene.stage.user
    amount = (model.account(user).total.account_value / 10).quantize(Decimal("0.01"))
    if amount > 0:
        model.deposit(user, amount)
    return World()


def _withdraw(scene: _Scene) -> World:
    """Half of what may be taken out."""
    model, user = scene.stage.model, scene.stage.user
    amount = (model.account(user).withdrawable / 2).quantize(Decimal("0.01"))
    if amount > 0:
        hands.withdraw(model, user, amount)
    return World()


def _delist(scene: _Scene) -> World:
    """The venue ends the coin: its orders are gone and positions settled."""
    model = scene.stage.model
    market = model.market("BTC" if scene.position is None else scene.position.coin)
    if market is not None and not market.is_delisted:
        model.set_market(replace(market, is_delisted=True))
    return World(venue_took=True, forced=True)


_MOVES: Mapping[str, Callable[[_Scene], World]] = {
    "none": _none,
    "stop_out": _stop_out,
    "gap": _gap,
    "target": _target,
    "crash": _crash,
    "manual_close": _manual_close,
    "manual_add": _manual_add,
    "manual_flip": _manual_flip,
    "manual_reopen": _manual_reopen,
    "manual_stop_cancel": _manual_stop_cancel,
    "manual_order": _manual_order,
    "liquidation": _liquidation,
    "adl": _adl,
    "funding": _funding,
    "deposit": _deposit,
    "withdraw": _withdraw,
    "delist": _delist,
    "manual_share": _manual_share,
    "manual_far_stop": _manual_far_stop,
}
MOVES: tuple[str, ...] = tuple(_MOVES)
_NEEDS_POSITION = frozenset(MOVES) - {"none", "crash", "manual_order", "deposit", "withdraw", "delist"}

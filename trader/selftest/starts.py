"""The ten states in which an episode finds an account, for every cell.

Rules: what is of ours was made by the program itself (accounts.py) and then changed by hand on the
exchange; an order that is to look like ours carries another attempt of an id that the program sent. Which
profile of the cell's strategy trades, and what prices do afterwards, is drawn. A start is a stage just
before a first run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.frozen import frozen
from trader.core.identity import STRATEGY_NUMBERS, Identity, Role, encode, market_code
from trader.core.market import Leg
from trader.exchange.orders import Order, Position
from trader.exchange.status import Trigger
from trader.rehearsal import Stage
from trader.selftest import hands
from trader.selftest.accounts import (
    COIN,
    GRID,
    OTHER,
    Profile,
    feed_of,
    held,
    new_stage,
    profiles,
    restored,
    waiting,
)
from trader.selftest.draws import Draws
from trader.selftest.futures import POOL, QUIET
from trader.selftest.givens import give
from trader.selftest.markets import CLOSE_MS
from trader.selftest.numbering import another_exit, earlier_entry, of_next_version
from trader.selftest.promised import terms_of
from trader.selftest.script import Cell

__all__ = ["STARTS", "build", "terms_of"]

_AGE_S = 20.0  # nobody waits any more for an entry that may belong to a stop placed by hand


@frozen
class Scene:
    """What a start is built from."""

    cell: Cell
    profile: Profile
    future: int
    draws: Draws

    def fresh(self, *, signals: bool) -> Stage:
        feed = feed_of(self.cell, self.profile, self.future, signals=signals)
        return new_stage(self.cell, self.profile, feed)

    def held(self) -> Stage:
        return restored(self.cell, self.profile, held(self.cell, self.profile), self.future)

    def waiting(self) -> Stage:
        return restored(self.cell, self.profile, waiting(self.cell, self.profile), self.future)


def build(cell: Cell, start: str, draws: Draws, given: Sequence[str] = ()) -> Stage:
    """A stage of this cell in this state, and what else is given, just before its first run."""
    if start not in _BUILDERS:
        raise ValueError(f"start {start!r}: expected one of {', '.join(STARTS)}")
    stage = _BUILDERS[start](_scene(cell, start, draws))
    if stage.model.history(stage.user):
        stage.pass_time(_AGE_S)
    give(stage, given)
    return stage


def _scene(cell: Cell, start: str, draws: Draws) -> Scene:
    possible = [p for p in profiles(cell) if _fits(cell, p, start)]
    course = draws.of("course")
    future = QUIET if course.chance(1, 2) else 1 + course.below(POOL - 1)
    return Scene(cell, draws.of("profile").pick(possible), future, draws.of("start"))


def _fits(cell: Cell, profile: Profile, start: str) -> bool:
    """Another configuration's coin is not in the file; legs that outweigh each other have no liquidation."""
    if start == "other-configuration":
        return OTHER not in profile.coins
    return start != "beyond-liquidation" or cell.strategy != GRID or profile.sign < 0


def _flat(scene: Scene) -> Stage:
    return scene.fresh(signals=False)


def _signal(scene: Scene) -> Stage:
    """Nothing is held and something is wanted; an entry that rests may have filled while nobody ran."""
    if scene.profile.rests and scene.draws.chance(1, 2):
        return scene.waiting()
    return scene.fresh(signals=True)


def position_of(stage: Stage, profile: Profile) -> Position:
    """What the program has entered in the first coin."""
    leg = hands.leg_held(stage.model, stage.user, COIN, profile.sign)
    found = stage.model.position(stage.user, COIN, leg)
    if found is None:
        raise RuntimeError(f"{COIN} {leg or ''} is flat: expected the position that the program entered")
    return found


def _taken_off(scene: Scene) -> tuple[Stage, Position, Order]:
    """A position whose stop somebody took off, and the stop as it was."""
    stage = scene.held()
    position = position_of(stage, scene.profile)
    own = hands.stops(stage.model, stage.user, COIN, position.leg)[0]
    hands.cancel_stops(stage.model, stage.user, COIN, position.leg)
    return stage, position, own


def _naked(scene: Scene) -> Stage:
    return _taken_off(scene)[0]


def _undersized(scene: Scene) -> Stage:
    stage, position, own = _taken_off(scene)
    _put_back(stage, position, own, size=hands.in_lots(stage.model, COIN, abs(position.szi) / 3))
    return stage


def _oversized(scene: Scene) -> Stage:
    """A stop of fixed size, and a position that somebody has made smaller since."""
    stage, position, own = _taken_off(scene)
    _put_back(stage, position, own, size=abs(position.szi))
    hands.close(stage.model, stage.user, position, Decimal("0.6"))
    return stage


def _beyond_liquidation(scene: Scene) -> Stage:
    """Money was taken out, and the stop lies where the venue has long closed the position."""
    stage, position, own = _taken_off(scene)
    model, user = stage.model, stage.user
    if position.collateral is None:
        hands.withdraw(model, user, model.account(user).withdrawable)
    liquidation = model.liquidation_px(user, COIN, position.leg)
    if liquidation is None:
        raise RuntimeError(f"{COIN}: no liquidation price after everything free was withdrawn")
    _put_back(stage, position, own, trigger=liquidation * (1 - _sign(position) * Decimal("0.02")))
    return stage


def _wrong_side(scene: Scene) -> Stage:
    """A stop that buys behind a long (or sells behind a short); of the other leg where there are two."""
    stage, position, own = _taken_off(scene)
    model, user, sign = stage.model, stage.user, _sign(position)
    leg = None if position.leg is None else hands.leg_held(model, user, COIN, -sign)
    level = model.quote(COIN).mark * (1 + sign * Decimal("0.04"))
    cloid = another_exit(own.cloid, leg=Leg.SHORT if sign > 0 else Leg.LONG)
    if leg is None:
        # It can only have been placed while nothing, or the other side, was held.
        hands.close(model, user, position)
        hands.exit_order(model, user, COIN, level, abs(position.szi), closes=-sign, cloid=cloid)
        hands.trade(model, user, COIN, position.szi, cloid=earlier_entry(own.cloid))
        return stage
    hands.exit_order(model, user, COIN, level, abs(position.szi), closes=-sign, leg=leg, cloid=cloid)
    return stage


def _orphan(scene: Scene) -> Stage:
    """Somebody closed the position; a stop of ours is still there, or of an older trade."""
    stage = scene.held()
    position = position_of(stage, scene.profile)
    own = hands.stops(stage.model, stage.user, COIN, position.leg)[0]
    hands.close(stage.model, stage.user, position)
    if not hands.stops(stage.model, stage.user, COIN, position.leg):
        _put_back(stage, position, own, size=abs(position.szi))
    return stage


def _foreign(scene: Scene) -> Stage:
    """Somebody else trades on the account: beside us in another coin, in ours before us, or with us."""
    return scene.draws.pick((_beside, _before_us, _with_us, _stop_of_another))(scene)


def _beside(scene: Scene) -> Stage:
    stage = scene.fresh(signals=True)
    _foreign_position(stage, OTHER, scene.profile.sign, Decimal("0.2"))
    far = stage.model.quote(COIN).mark * Decimal("0.985")
    hands.rest(
        stage.model, stage.user, COIN, far, hands.in_lots(stage.model, COIN, Decimal("0.001")), is_buy=True
    )
    return stage


def _before_us(scene: Scene) -> Stage:
    stage = scene.fresh(signals=True)
    _foreign_position(stage, COIN, -scene.profile.sign, Decimal("0.004"))
    return stage


def _with_us(scene: Scene) -> Stage:
    stage = scene.held()
    hands.add(stage.model, stage.user, position_of(stage, scene.profile), Decimal("0.4"))
    return stage


def _stop_of_another(scene: Scene) -> Stage:
    """Somebody took our stop off and put his own."""
    stage, position, own = _taken_off(scene)
    level = stage.model.quote(COIN).mark * (1 - _sign(position) * Decimal("0.018"))
    source = own.trigger.source if own.trigger is not None else "mark"
    hands.exit_order(
        stage.model, stage.user, COIN, level, abs(position.szi),
        closes=_sign(position), leg=position.leg, source=source,
    )  # fmt: skip
    return stage


def _foreign_position(stage: Stage, coin: str, sign: int, size: Decimal) -> None:
    model, user = stage.model, stage.user
    leg = hands.leg_held(model, user, coin, sign)
    hands.trade(model, user, coin, sign * size, leg=leg)
    level = model.quote(coin).mark * (1 - sign * Decimal("0.1"))
    hands.exit_order(model, user, coin, level, size, closes=sign, leg=leg)


def _other_configuration(scene: Scene) -> Stage:
    """What a file that named another coin and another strategy has left, some of it by another version."""
    stage = scene.fresh(signals=True)
    stage.pass_time(1)  # money that came in the same instant as a loss is no money that could be lost
    model, user, sign = stage.model, stage.user, scene.profile.sign
    prefix = "0x" if scene.cell.venue == "hyperliquid" else ""
    leg, size = hands.leg_held(model, user, OTHER, sign), Decimal("0.2")
    number = STRATEGY_NUMBERS["bollinger" if scene.cell.strategy == "breakout" else "breakout"]
    minute = (CLOSE_MS - DAY_MS) // MINUTE_MS
    side = Leg.LONG if sign > 0 else Leg.SHORT
    entry = Identity(stage.tag, market_code(OTHER), number, side, Role.ENTRY, minute, minute)
    hands.trade(model, user, OTHER, sign * size, leg=leg, cloid=prefix + encode(entry))
    level = model.quote(OTHER).mark * (1 - sign * Decimal("0.04"))
    stop = prefix + encode(replace(entry, role=Role.STOP))
    hands.exit_order(model, user, OTHER, level, size, closes=sign, leg=leg, cloid=stop)
    older = replace(entry, market=market_code(COIN), role=Role.STOP)
    own_leg = hands.leg_held(model, user, COIN, sign)
    far = model.quote(COIN).mark * (1 - sign * Decimal("0.08"))
    named = prefix + of_next_version(older) if scene.draws.chance(1, 2) else prefix + encode(older)
    hands.exit_order(model, user, COIN, far, Decimal("0.01"), closes=sign, leg=own_leg, cloid=named)
    return stage


def _sign(position: Position) -> int:
    return 1 if position.szi > 0 else -1


def _put_back(
    stage: Stage,
    position: Position,
    own: Order,
    *,
    size: Decimal | None = None,
    trigger: Decimal | None = None,
) -> None:
    """A stop with another id of the same trade, which differs from the one that was there."""
    if own.trigger is None:
        raise TypeError(f"order {own.oid} is no stop")
    hands.exit_order(
        stage.model,
        stage.user,
        COIN,
        own.trigger.px if trigger is None else trigger,
        abs(position.szi) if size is None else size,
        closes=_sign(position),
        kind=Trigger.STOP,
        leg=position.leg,
        cloid=another_exit(own.cloid),
        source=own.trigger.source,
    )


_BUILDERS: Mapping[str, Callable[[Scene], Stage]] = {
    "flat": _flat,
    "signal": _signal,
    "naked": _naked,
    "undersized": _undersized,
    "oversized": _oversized,
    "beyond-liquidation": _beyond_liquidation,
    "wrong-side": _wrong_side,
    "orphan": _orphan,
    "foreign": _foreign,
    "other-configuration": _other_configuration,
}
STARTS: tuple[str, ...] = tuple(_BUILDERS)

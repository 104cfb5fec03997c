"""What happens in the middle of a run that is no fault of the line: kills, signals, clocks, hands, markets.

Rules: each acts just before a request leaves. It says what a judge must know of it; one that could not happen
there (a hand closes where nothing is held) says so and counts as not met. What it leaves behind that no
process could know of (an offset of prices, a clock that is wrong) is put right when the run is over.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trader.clock import Deadline
from trader.core.frozen import frozen
from trader.core.ownership import is_opening
from trader.exchange.orders import Position
from trader.guard import STOP_GRACE_S
from trader.rehearsal import Host, Stage
from trader.selftest import hands
from trader.selftest.draws import Draws

KILL, KILL_BETWEEN = "kill", "kill-between"
KILLS = frozenset({KILL, KILL_BETWEEN})
SUSPENDED_MS, HOUR_MS = 600_000, 3_600_000
HAND, TOOK, GAP, FORCED, HOSTS, CLOCK = "hand", "took", "gap", "forced", "hosts", "clock"
JUMP = Decimal("0.1")
ALL = Decimal(1)
BEYOND = Decimal("0.0005")


@dataclass(slots=True)
class Scene:
    """One run that is under way. `second` lets another machine run, its clock off by so much; `undo` is done
    when the run is over; `paused_ms` is time in which this process did not run."""

    stage: Stage
    host: Host
    draws: Draws
    second: Callable[[int], None]
    undo: list[Callable[[], None]] = field(default_factory=list)
    paused_ms: int = 0

    def position(self) -> Position | None:
        """The one that a hand or the market is about."""
        held = self.stage.model.positions(self.stage.user)
        return self.draws.pick(held) if held else None

    def coin(self) -> str:
        """Of a position, else the first that is traded."""
        position = self.position()
        return position.coin if position is not None else next(iter(self.stage.settings.markets))


Act = Callable[[Scene], bool]
"""Do it; False where it cannot happen there."""


@frozen
class Happening:
    """One event: the family of the fault table it belongs to, what it excuses, and how it comes about."""

    name: str
    family: str
    act: Act
    tells: str = ""


def _shift(scene: Scene, coin: str, to: Decimal) -> None:
    """Every price of a coin stands there from now to the end of the run."""
    model = scene.stage.model
    amount = to - model.quote(coin).mark
    model.set_offsets(coin, mark=amount, mid=amount, oracle=amount)
    scene.undo.append(lambda: model.set_offsets(coin, mark=Decimal(0), mid=Decimal(0), oracle=Decimal(0)))


def _level(scene: Scene, position: Position) -> Decimal | None:
    """The stop that price meets first."""
    found = hands.stops(scene.stage.model, scene.stage.user, position.coin, position.leg)
    levels = [o.trigger.px for o in found if o.trigger is not None and o.is_buy == (position.szi < 0)]
    return (max(levels) if position.szi > 0 else min(levels)) if levels else None


def _gap(scene: Scene) -> bool:
    """Price jumps by a tenth, against the position where there is one."""
    position, coin = scene.position(), scene.coin()
    falls = position.szi > 0 if position is not None else scene.draws.chance(1, 2)
    if position is not None:
        coin = position.coin
    _shift(scene, coin, scene.stage.model.quote(coin).mark * (1 - JUMP if falls else 1 + JUMP))
    return True


def _past(scene: Scene, position: Position, level: Decimal | None, by: Decimal) -> bool:
    """Price goes so far past a level, if there is one."""
    if level is None or level <= 0:
        return False
    _shift(scene, position.coin, level * (1 - by if position.szi > 0 else 1 + by))
    return True


def _stop_fires(scene: Scene) -> bool:
    """Price goes just past the stop."""
    position = scene.position()
    return position is not None and _past(scene, position, _level(scene, position), BEYOND)


def _entry_fills(scene: Scene) -> bool:
    """Price goes just past the nearest entry of ours that waits on the venue."""
    model, user = scene.stage.model, scene.stage.user
    near = min(
        (
            (abs(level - model.quote(order.coin).mark), order.oid, level, order)
            for order in model.open_orders(user)
            if not order.reduce_only and is_opening(order.cloid, scene.stage.tag)
            for level in [order.trigger.px if order.trigger and order.waiting else order.px]
        ),
        default=None,
    )
    if near is None:
        return False
    _, _, level, order = near
    _shift(scene, order.coin, level * (1 - BEYOND if order.is_buy is not order.waiting else 1 + BEYOND))
    return True


def _liquidation(scene: Scene) -> bool:
    """Price goes past liquidation, if the position lives so long."""
    position, stage = scene.position(), scene.stage
    if position is None:
        return False
    level = stage.model.liquidation_px(stage.user, position.coin, position.leg)
    return _past(scene, position, level, Decimal("0.002"))


def _adl(scene: Scene) -> bool:
    position, stage = scene.position(), scene.stage
    if position is None:
        return False
    share = scene.draws.pick((Decimal("0.3"), Decimal("0.6"), ALL))
    stage.model.adl(stage.user, position.coin, share, position.leg)
    return True


def _delist(scene: Scene) -> bool:
    """A coin in which nothing is held is gone; it comes back after the run."""
    model, coin = scene.stage.model, next(iter(scene.stage.settings.markets))
    market = model.market(coin)
    if market is None or any(position.coin == coin for position in model.positions(scene.stage.user)):
        return False
    model.set_market(replace(market, is_delisted=True))
    scene.undo.append(lambda: model.set_market(market))
    return True


def _money_out(scene: Scene) -> bool:
    """The owner takes a tenth of what is free."""
    model, user = scene.stage.model, scene.stage.user
    amount = (model.account(user).withdrawable / 10).quantize(Decimal("0.01"))
    return amount > 0 and model.withdraw(user, amount) is None


def _money_in(scene: Scene) -> bool:
    scene.stage.model.deposit(scene.stage.user, Decimal(50))
    return True


def _by_hand(work: Callable[[Scene, Position], None]) -> Act:
    """A hand on the position; nothing where there is none, or where the exchange refuses."""

    def act(scene: Scene) -> bool:
        position = scene.position()
        if position is None:
            return False
        try:
            work(scene, position)
        except hands.NotPossible:
            return False
        return True

    return act


def _close(scene: Scene, position: Position) -> None:
    hands.close(scene.stage.model, scene.stage.user, position, scene.draws.pick((ALL, ALL, Decimal("0.5"))))


def _add(scene: Scene, position: Position) -> None:
    hands.add(scene.stage.model, scene.stage.user, position, Decimal("0.3"))


def _flip(scene: Scene, position: Position) -> None:
    """Close it, and open as much the other way."""
    model, user, sign = scene.stage.model, scene.stage.user, 1 if position.szi > 0 else -1
    hands.close(model, user, position)
    leg = hands.leg_held(model, user, position.coin, -sign)
    hands.trade(model, user, position.coin, -position.szi, leg=leg)


def _cancel_stops(scene: Scene, position: Position) -> None:
    if not hands.cancel_stops(scene.stage.model, scene.stage.user, position.coin, position.leg):
        raise hands.NotPossible(f"{position.coin} has no stop to cancel")


def _bot(scene: Scene) -> bool:
    """Another program buys a little and rests an order far away, without ids of ours."""
    model, user, coin = scene.stage.model, scene.stage.user, scene.coin()
    mark = model.quote(coin).mark
    size = hands.in_lots(model, coin, Decimal(60) / mark)
    try:
        hands.rest(model, user, coin, mark * Decimal("0.8"), size, is_buy=True)
        hands.trade(model, user, coin, size, leg=hands.leg_held(model, user, coin, 1))
    except hands.NotPossible:
        return False
    return True


def _second(skew_ms: int) -> Act:
    def act(scene: Scene) -> bool:
        scene.second(skew_ms)
        return True

    return act


def _term(scene: Scene) -> bool:
    """SIGTERM: a flag, and a deadline that comes nearer."""
    host = scene.host
    host.stop_requested = True
    if host.last_env is not None and isinstance(host.last_env.deadline, Deadline):
        host.last_env.deadline.shorten(STOP_GRACE_S)
    scene.undo.append(lambda: setattr(host, "stop_requested", False))
    return True


def _suspend(scene: Scene) -> bool:
    """The machine sleeps ten minutes; both clocks know it when it wakes."""
    scene.host.clock.advance(SUSPENDED_MS)
    scene.stage.settle()
    scene.paused_ms += SUSPENDED_MS
    return True


def _clock(step_ms: int) -> Act:
    def act(scene: Scene) -> bool:
        clock = scene.host.clock
        clock.step(step_ms)
        scene.undo.append(lambda: clock.step(-step_ms))
        return True

    return act


def _kill(_scene: Scene) -> bool:
    """Who lets the events happen knows kills by their names."""
    return True


_ROWS = (
    Happening("gap", "M1", _gap, GAP),
    Happening("liquidation", "M2", _liquidation, GAP),
    Happening("adl", "M3", _adl, FORCED),
    Happening("stop-fires", "M4", _stop_fires, GAP),
    Happening("entry-fills", "M4", _entry_fills, GAP),
    Happening("delist", "M7", _delist, TOOK),
    Happening("money-out", "V29", _money_out, HAND),
    Happening("money-in", "V29", _money_in, HAND),
    Happening("hand-close", "U1", _by_hand(_close), HAND),
    Happening("hand-add", "U1", _by_hand(_add), HAND),
    Happening("hand-flip", "U1", _by_hand(_flip), HAND),
    Happening("hand-cancel", "U1", _by_hand(_cancel_stops), HAND),
    Happening("second", "U2", _second(0), HOSTS),
    Happening("second-slow", "U2", _second(-HOUR_MS), HOSTS),
    Happening("second-fast", "U2", _second(HOUR_MS), HOSTS),
    Happening("bot", "U4", _bot, HAND),
    Happening(KILL, "P1", _kill),
    Happening(KILL_BETWEEN, "P1-between", _kill),
    Happening("term", "P2", _term),
    Happening("suspend", "P4", _suspend, CLOCK),
    Happening("clock-1h", "P9", _clock(-HOUR_MS), CLOCK),
    Happening("clock+1h", "P9", _clock(HOUR_MS), CLOCK),
)
HAPPENINGS: Mapping[str, Happening] = {row.name: row for row in _ROWS}

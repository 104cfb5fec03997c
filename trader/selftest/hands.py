"""What a person, or another program, does on the account by hand: trades, orders and stops without an id of
ours.

Rules: it goes to the exchange itself, past every wire; an order that the exchange refuses is an error here,
since a scene that did not happen must not be judged as if it had.
"""

from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.orders import LONG, Order, OrderSpec, Position, TriggerSpec
from trader.exchange.rules import ceil_tick, floor_lot, floor_tick
from trader.exchange.status import Grouping, Tif, Trigger

_REACH = Decimal("0.015")  # how far beyond mark a person's order at market may trade
_STOP_REACH = Decimal("0.1")  # the same of a stop's limit leg, from its trigger


class NotPossible(RuntimeError):
    """The exchange refused what a person was to do."""


def placed(model: Model, user: str, spec: OrderSpec, grouping: Grouping = Grouping.NONE) -> None:
    """Place one order; NotPossible when the exchange refuses it."""
    answer = model.place(user, [spec], grouping)[0]
    if answer.reason is not None:
        raise NotPossible(f"{spec.coin}: {answer.reason.value}: {spec}")


def leg_held(model: Model, user: str, coin: str, sign: int) -> str | None:
    """The leg under which this account holds a position of that side."""
    return (LONG if sign > 0 else "short") if model.is_two_sided(user) else None


def in_lots(model: Model, coin: str, size: Decimal) -> Decimal:
    """The largest size at or below this that the venue takes, and at least its smallest."""
    market = model.market(coin)
    if market is None:
        raise NotPossible(f"{coin} is not listed")
    return max(floor_lot(market, size), market.size_step, market.size_min)


def near(model: Model, coin: str, price: Decimal, *, up: bool) -> Decimal:
    """The next valid price at or above (or below) this one."""
    market = model.market(coin)
    if market is None:
        raise NotPossible(f"{coin} is not listed")
    return ceil_tick(market, price) if up else floor_tick(market, price)


def trade(
    model: Model, user: str, coin: str, signed: Decimal, *, leg: str | None = None, cloid: str | None = None
) -> None:
    """Buy (positive) or sell at market; `leg` names the position in a two-sided account."""
    is_buy = signed > 0
    bound = model.quote(coin).mark * (1 + _REACH if is_buy else 1 - _REACH)
    price = near(model, coin, bound, up=is_buy)
    placed(model, user, OrderSpec(coin, is_buy, price, abs(signed), Tif.IOC, cloid=cloid, leg=leg))


def close(model: Model, user: str, position: Position, share: Decimal = Decimal(1)) -> None:
    """Close a position, or a share of it."""
    size = min(abs(position.szi), in_lots(model, position.coin, abs(position.szi) * share))
    trade(model, user, position.coin, -size.copy_sign(position.szi), leg=position.leg)


def add(model: Model, user: str, position: Position, share: Decimal) -> None:
    """Add to a position a share of its own size."""
    size = in_lots(model, position.coin, abs(position.szi) * share)
    trade(model, user, position.coin, size.copy_sign(position.szi), leg=position.leg)


def exit_order(
    model: Model,
    user: str,
    coin: str,
    trigger: Decimal,
    size: Decimal,
    *,
    closes: int,
    kind: Trigger = Trigger.STOP,
    leg: str | None = None,
    cloid: str | None = None,
    source: str = "mark",
) -> None:
    """A conditional order that only reduces a position of this side (1 long, -1 short)."""
    is_buy = closes < 0
    level = near(model, coin, trigger, up=is_buy)
    bound = near(model, coin, level * (1 + _STOP_REACH if is_buy else 1 - _STOP_REACH), up=is_buy)
    fires = TriggerSpec(level, kind, is_market=True, source=source)
    placed(model, user, OrderSpec(coin, is_buy, bound, size, None, True, fires, cloid, leg))


def rest(model: Model, user: str, coin: str, price: Decimal, size: Decimal, *, is_buy: bool) -> None:
    """A limit order of somebody else's, far from the market."""
    level = near(model, coin, price, up=is_buy)
    leg = leg_held(model, user, coin, 1 if is_buy else -1)
    placed(model, user, OrderSpec(coin, is_buy, level, size, Tif.GTC, leg=leg))


def stops(model: Model, user: str, coin: str, leg: str | None = None) -> list[Order]:
    """Every stop of a coin's slot that has not fired; without a leg those of the whole coin."""
    return [
        order
        for order in model.open_orders(user, coin)
        if order.trigger is not None
        and order.trigger.kind is Trigger.STOP
        and order.waiting
        and (leg is None or order.leg == leg)
    ]


def withdraw(model: Model, user: str, amount: Decimal) -> None:
    """Take money out."""
    refusal = model.withdraw(user, amount)
    if refusal is not None:
        raise NotPossible(f"withdrawal of {amount}: {refusal.value}")


def cancel_stops(model: Model, user: str, coin: str, leg: str | None = None) -> int:
    """Take every stop off; how many there were."""
    return sum(model.cancel(user, order.oid) for order in stops(model, user, coin, leg))


def share(model: Model, user: str, position: Position) -> None:
    """Buy (or sell) as much again, with a stop for that much in the place of every other."""
    add(model, user, position, Decimal(1))
    replace_stops(model, user, position, away=Decimal("0.03"))


def replace_stops(model: Model, user: str, position: Position, *, away: Decimal) -> None:
    """Put one stop, so far from mark, in the place of every other."""
    sign = 1 if position.szi > 0 else -1
    source = next((o.trigger.source for o in stops(model, user, position.coin) if o.trigger), "mark")
    cancel_stops(model, user, position.coin, position.leg)
    level = model.quote(position.coin).mark * (1 - sign * away)
    size, leg = abs(position.szi), position.leg
    exit_order(model, user, position.coin, level, size, closes=sign, leg=leg, source=source)

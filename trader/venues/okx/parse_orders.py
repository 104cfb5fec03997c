"""Rows of both books, the normal orders and the conditional ones, as values.

* Only USDT-margined swaps; rows of other products are left out by their instrument.
* What a conditional order sent into the book is told by the id of that one: it has none of its own.
* In a two-sided account an order on the closing side of its leg can only close, whatever the row says.
* A conditional order counts as armed only while it is `live`: `pause` is neither dead nor protection.
* `effective` means that an order was sent, not that it filled. `order_failed` is dead, with its failCode.
* An order that had to act at once and filled nothing was refused in all but name.
"""

from collections.abc import Callable
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.market import Leg, Side
from trader.core.orders import Found, Kind, Order, Status
from trader.venues import strict
from trader.venues.okx.contracts import coin_of, coins_in
from trader.venues.okx.numbers import (
    amount_or_none,
    is_true,
    moment,
    number,
    positive_or_none,
    text_or_none,
)
from trader.venues.strict import Row

ContractOf = Callable[[str], Decimal | None]

_SIDES = {"buy": Side.BUY, "sell": Side.SELL}
_LEGS = {"net": None, "long": Leg.LONG, "short": Leg.SHORT}
_AT_MARKET = "-1"
_ZERO = Decimal(0)
_AT_ONCE = ("ioc", "fok", "market", "optimal_limit_ioc")
_WOULD_TAKE = "31"
_NORMAL_STATES = {
    "live": Status.LIVE,
    "partially_filled": Status.LIVE,
    "filled": Status.FILLED,
    "canceled": Status.CANCELLED,
    "mmp_canceled": Status.CANCELLED,
}
_ARMED = frozenset({"live"})
_ALGO_STATES = {
    "live": Status.LIVE,
    "pause": Status.LIVE,
    "effective": Status.TRIGGERED,
    "partially_effective": Status.TRIGGERED,
    "canceled": Status.CANCELLED,
    "order_failed": Status.REJECTED,
    "partially_failed": Status.REJECTED,
}


def side(row: Row, where: str) -> Side:
    return _SIDES[strict.choice(row, "side", where, tuple(_SIDES))]


def leg(row: Row, where: str) -> Leg | None:
    """The side of a two-sided account; None where the account has one."""
    return _LEGS[strict.choice(row, "posSide", where, tuple(_LEGS))]


def coin(row: Row, where: str) -> str | None:
    return coin_of(strict.text(row, "instId", where))


def normal_orders(data: list[object], contract_of: ContractOf) -> tuple[Order, ...]:
    """The live normal orders of a page."""
    where = "orders-pending"
    return tuple(
        normal(row, place, contract_of)
        for row, place in strict.rows(data, where)
        if coin(row, place) is not None
    )


def algo_orders(data: list[object], contract_of: ContractOf) -> tuple[Order, ...]:
    """The live conditional orders of a page."""
    where = "orders-algo-pending"
    found: list[Order] = []
    for row, place in strict.rows(data, where):
        if coin(row, place) is not None:
            found += algo(row, place, contract_of)
    return tuple(found)


def normal(row: Row, where: str, contract_of: ContractOf) -> Order:
    """One normal order; its size is what remains."""
    name, its_side, its_leg = _coin(row, where), side(row, where), leg(row, where)
    contract = contract_of(name)
    ordered, filled = strict.positive(row, "sz", where), strict.not_negative(row, "accFillSz", where)
    if filled > ordered:
        strict.wrong(filled, f"{where}.accFillSz", f"at most the size {ordered}")
    return Order(
        coin=name,
        side=its_side,
        kind=Kind.LIMIT,
        size=coins_in(ordered - filled, contract, where),
        price=positive_or_none(row, "px", where),
        order_id=number(row, "ordId", where),
        client_id=text_or_none(row, "algoClOrdId", where) or text_or_none(row, "clOrdId", where),
        placed_ms=moment(row, "cTime", where),
        is_market=strict.text(row, "ordType", where) == "market",
        reduce_only=_reduces(row, where, its_side, its_leg),
        leg=its_leg,
        filled=coins_in(filled, contract, where),
    )


def algo(row: Row, where: str, contract_of: ContractOf) -> list[Order]:
    """What one conditional row stands for: an exit, two of them (oco), or an entry that a price sets off."""
    kind = strict.choice(row, "ordType", where, ("conditional", "oco", "trigger"))
    if kind == "trigger":
        return [_triggered_entry(row, where, contract_of)]
    has_stop = text_or_none(row, "slTriggerPx", where) is not None
    has_target = text_or_none(row, "tpTriggerPx", where) is not None
    if not (has_stop or has_target):
        raise Malformed(f"{where}: a conditional order with neither a stop nor a target")
    found = [_exit(row, where, contract_of, "sl", Kind.STOP)] if has_stop else []
    if has_target and (kind == "oco" or not has_stop):
        found.append(_exit(row, where, contract_of, "tp", Kind.TARGET))
    return found


def _exit(row: Row, where: str, contract_of: ContractOf, prefix: str, kind: Kind) -> Order:
    its_side, its_leg = side(row, where), leg(row, where)
    bound = _is_bound(row, where)
    return Order(
        coin=_coin(row, where),
        side=its_side,
        kind=kind,
        size=_ZERO if bound else _algo_size(row, where, contract_of),
        price=_limit_leg(row, f"{prefix}OrdPx", where),
        order_id=number(row, "algoId", where),
        client_id=text_or_none(row, "algoClOrdId", where),
        placed_ms=moment(row, "cTime", where),
        trigger=strict.positive(row, f"{prefix}TriggerPx", where),
        is_market=strict.text(row, f"{prefix}OrdPx", where) == _AT_MARKET,
        reduce_only=_reduces(row, where, its_side, its_leg),
        position_bound=bound,
        is_armed=strict.text(row, "state", where) in _ARMED,
        trigger_source=strict.choice(row, f"{prefix}TriggerPxType", where, ("last", "mark", "index")),
        leg=its_leg,
    )


def _triggered_entry(row: Row, where: str, contract_of: ContractOf) -> Order:
    """A trigger order; on the closing side of a leg it can only close, and then it is a stop."""
    its_side, its_leg = side(row, where), leg(row, where)
    reduces = _reduces(row, where, its_side, its_leg)
    return Order(
        coin=_coin(row, where),
        side=its_side,
        kind=Kind.STOP if reduces else Kind.STOP_ENTRY,
        size=_algo_size(row, where, contract_of),
        price=_limit_leg(row, "ordPx", where),
        order_id=number(row, "algoId", where),
        client_id=text_or_none(row, "algoClOrdId", where),
        placed_ms=moment(row, "cTime", where),
        trigger=strict.positive(row, "triggerPx", where),
        is_market=strict.text(row, "ordPx", where) == _AT_MARKET,
        reduce_only=reduces,
        is_armed=strict.text(row, "state", where) in _ARMED,
        trigger_source=strict.choice(row, "triggerPxType", where, ("last", "mark", "index")),
        leg=its_leg,
    )


def _coin(row: Row, where: str) -> str:
    name = coin(row, where)
    if name is None:
        strict.wrong(row.get("instId"), f"{where}.instId", "a perpetual swap against USDT")
    return name


def _reduces(row: Row, where: str, its_side: Side, its_leg: Leg | None) -> bool:
    if its_leg is not None:
        return its_side is its_leg.closing
    return is_true(row, "reduceOnly", where)


def _is_bound(row: Row, where: str) -> bool:
    fraction = amount_or_none(row, "closeFraction", where)
    if fraction not in (None, _ZERO, Decimal(1)):
        strict.wrong(fraction, f"{where}.closeFraction", "1, or nothing")
    return fraction == 1


def _algo_size(row: Row, where: str, contract_of: ContractOf) -> Decimal:
    return coins_in(strict.positive(row, "sz", where), contract_of(_coin(row, where)), where)


def _limit_leg(row: Row, key: str, where: str) -> Decimal | None:
    return None if strict.text(row, key, where) == _AT_MARKET else strict.positive(row, key, where)


def found_normal(row: Row, where: str, contract_of: ContractOf) -> Found:
    """A record of a normal order, with where it stands."""
    state = strict.choice(row, "state", where, tuple(_NORMAL_STATES))
    order = normal(row, where, contract_of)
    status, detail = _NORMAL_STATES[state], state
    source = strict.optional_text(row, "cancelSource", where)
    if status is Status.CANCELLED:
        detail = f"{state}, cancelSource {source or 'not said'}"
        at_once = strict.text(row, "ordType", where) in _AT_ONCE or source == _WOULD_TAKE
        status = Status.REJECTED if at_once and not order.filled else status
    return Found(order, status, moment(row, "uTime", where), detail=strict.shown(detail))


def found_algo(row: Row, where: str, contract_of: ContractOf) -> Found:
    """A record of a conditional order, with where it stands; of two legs the stop speaks for both."""
    state = strict.choice(row, "state", where, tuple(_ALGO_STATES))
    failure = strict.optional_text(row, "failCode", where)
    told = state if failure in (None, "", "0") else f"{state}, failCode {failure}"
    return Found(
        algo(row, where, contract_of)[0], _ALGO_STATES[state], moment(row, "uTime", where), strict.shown(told)
    )

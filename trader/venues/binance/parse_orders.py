"""Rows of both order books as values: plain orders, and conditional ones until they are triggered.

* The two books are separate: a triggered order leaves the one and appears in the other under a new number,
  with the same client id.
* In an account with two sides every order on the closing side can only reduce, whatever the venue calls it.
* Kinds that are never ours (trailing stops) are read as what they can do at most, and count as no cover.
"""

from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import Leg, Side
from trader.core.orders import Found, Kind, Order, Status
from trader.venues import strict
from trader.venues.binance.symbols import coin_of
from trader.venues.strict import Row

_ZERO = Decimal(0)
_SIDES = {"BUY": Side.BUY, "SELL": Side.SELL}
_LEGS = {"BOTH": None, "LONG": Leg.LONG, "SHORT": Leg.SHORT}
_SOURCES = {"MARK_PRICE": "mark", "CONTRACT_PRICE": "last"}
_STOPS = frozenset({"STOP", "STOP_MARKET"})
_TARGETS = frozenset({"TAKE_PROFIT", "TAKE_PROFIT_MARKET"})
_TRAILING = "TRAILING_STOP_MARKET"
_PLAIN_STATUSES = {
    "NEW": Status.LIVE,
    "PARTIALLY_FILLED": Status.LIVE,
    "FILLED": Status.FILLED,
    "CANCELED": Status.CANCELLED,
    "EXPIRED": Status.CANCELLED,
    "EXPIRED_IN_MATCH": Status.CANCELLED,
    "REJECTED": Status.REJECTED,
}
_ALGO_STATUSES = {
    "NEW": Status.LIVE,
    "TRIGGERING": Status.TRIGGERED,
    "TRIGGERED": Status.TRIGGERED,
    "FINISHED": Status.TRIGGERED,
    "CANCELED": Status.CANCELLED,
    "CANCELLED": Status.CANCELLED,
    "EXPIRED": Status.CANCELLED,
    "REJECTED": Status.REJECTED,
}


@frozen
class Algo:
    """A conditional order, and what became of it once it was triggered, as far as its own book says.

    `actual` is the number of the plain order that it became; `actual_filled` how much of that was filled,
    None where the answer has no such field.
    """

    found: Found
    word: str
    actual: str | None
    actual_filled: Decimal | None


def side(row: Row, where: str) -> Side:
    return _SIDES[strict.choice(row, "side", where, tuple(_SIDES))]


def leg(row: Row, where: str) -> Leg | None:
    return _LEGS[strict.choice(row, "positionSide", where, tuple(_LEGS))]


def open_orders(value: object) -> tuple[Order, ...]:
    """The live plain orders."""
    found = [plain(row, where) for row, where in strict.rows(value, "openOrders")]
    return tuple(one.order for one in found if one.status is Status.LIVE)


def open_algo_orders(value: object) -> tuple[Order, ...]:
    """The conditional orders that still wait; one being triggered counts until the other book has it."""
    found = [algo(row, where) for row, where in strict.rows(value, "openAlgoOrders")]
    return tuple(one.found.order for one in found if one.word in ("NEW", "TRIGGERING"))


def plain(row: Row, where: str) -> Found:
    """A plain order, and where it stands. What remains of one that is over is nothing."""
    word = strict.choice(row, "status", where, tuple(_PLAIN_STATUSES))
    name = strict.text(row, "type", where)
    ordered, filled = (
        strict.not_negative(row, "origQty", where),
        strict.not_negative(row, "executedQty", where),
    )
    if filled > ordered > 0:
        raise Malformed(f"{where}: {filled} of {ordered} is filled")
    updated_ms = strict.moment(row, "updateTime", where)
    reduces = strict.flag(row, "reduceOnly", where)
    bound = strict.flag(row, "closePosition", where) if "closePosition" in row else False
    direction, side_of = leg(row, where), side(row, where)
    reduces = _closes(direction, side_of, says=reduces or bound)
    order = Order(
        coin=coin_of(strict.text(row, "symbol", where)),
        side=side_of,
        kind=_kind(name, where, reduces=reduces),
        size=_ZERO if bound else ordered - filled,
        price=_positive_or_none(row, "price", where),
        order_id=str(strict.whole(row, "orderId", where)),
        client_id=strict.text(row, "clientOrderId", where),
        placed_ms=strict.moment(row, "time", where) if "time" in row else updated_ms,
        trigger=_positive_or_none(row, "stopPrice", where) if name not in ("LIMIT", "MARKET") else None,
        is_market=name == "MARKET" or name.endswith("_MARKET"),
        reduce_only=reduces,
        position_bound=bound,
        trigger_source=_source(row, name, where),
        leg=direction,
        filled=filled,
        expires_ms=_expiry(row, where),
    )
    return Found(order, _PLAIN_STATUSES[word], updated_ms, detail=word)


def algo(row: Row, where: str) -> Algo:
    """A conditional order, as its own book tells it."""
    strict.choice(row, "algoType", where, ("CONDITIONAL",))
    word = strict.choice(row, "algoStatus", where, tuple(_ALGO_STATUSES))
    name = strict.text(row, "orderType", where)
    bound = strict.flag(row, "closePosition", where)
    direction, side_of = leg(row, where), side(row, where)
    reduces = _closes(direction, side_of, says=strict.flag(row, "reduceOnly", where) or bound)
    updated_ms = strict.moment(row, "updateTime", where)
    is_market = name.endswith("_MARKET")
    order = Order(
        coin=coin_of(strict.text(row, "symbol", where)),
        side=side_of,
        kind=_kind(name, where, reduces=reduces),
        size=_ZERO if bound else strict.not_negative(row, "quantity", where),
        price=None if is_market else _positive_or_none(row, "price", where),
        order_id=str(strict.whole(row, "algoId", where)),
        client_id=strict.text(row, "clientAlgoId", where),
        placed_ms=strict.moment(row, "createTime", where),
        trigger=_trigger(row, name, where),
        is_market=is_market,
        reduce_only=reduces,
        position_bound=bound,
        trigger_source=_source(row, name, where),
        leg=direction,
        expires_ms=_expiry(row, where),
    )
    return Algo(
        found=Found(order, _ALGO_STATUSES[word], updated_ms, detail=word),
        word=word,
        actual=strict.optional_text(row, "actualOrderId", where) or None,
        actual_filled=strict.not_negative(row, "actualQty", where) if row.get("actualQty") else None,
    )


def _closes(direction: Leg | None, side_of: Side, *, says: bool) -> bool:
    """Whether it can only reduce: said so in a one-way account, by its side in one with two."""
    return says if direction is None else side_of is direction.closing


def _kind(name: str, where: str, *, reduces: bool) -> Kind:
    if name in ("LIMIT", "MARKET", "LIQUIDATION"):
        return Kind.LIMIT
    if name not in _STOPS | _TARGETS | {_TRAILING}:
        strict.wrong(name, f"{where}.type", "a kind of order that is known")
    if not reduces:
        return Kind.STOP_ENTRY
    return Kind.TARGET if name in _TARGETS else Kind.STOP


def _trigger(row: Row, name: str, where: str) -> Decimal:
    """Where it acts; a trailing one has no fixed level, and shows the one from which it began to trail."""
    if name != _TRAILING:
        return strict.positive(row, "triggerPrice", where)
    begins = row.get("activatePrice")
    return strict.not_negative(row, "activatePrice", where) if begins else _ZERO


def _source(row: Row, name: str, where: str) -> str:
    """The price that it acts on; one that is held back while mark and last lie apart acts on none alone."""
    if name == _TRAILING:
        return "trailing"
    if row.get("workingType") is None:
        return "last"
    source = _SOURCES[strict.choice(row, "workingType", where, tuple(_SOURCES))]
    is_held_back = "priceProtect" in row and strict.flag(row, "priceProtect", where)
    return f"{source} with priceProtect" if is_held_back else source


def _positive_or_none(row: Row, key: str, where: str) -> Decimal | None:
    return strict.not_negative(row, key, where) or None


def _expiry(row: Row, where: str) -> int | None:
    """When the venue ends it by itself; 0 is never."""
    return strict.whole(row, "goodTillDate", where) or None if "goodTillDate" in row else None

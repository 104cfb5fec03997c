"""Order rows of `frontendOpenOrders`, `orderStatus` and `historicalOrders` as values.

* Only native perpetuals: rows of spot pairs and of other exchanges hosted by the venue are not this account's
  perps and are left out by their name.
* Statuses are matched by how they end, never by a closed list: the venue adds new ones.
* A child that is listed inside its parent waits for it: it is not armed, wherever else it is listed.
"""

from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.market import Side
from trader.core.orders import Absent, Found, Kind, Lookup, Order, Status
from trader.venues import strict
from trader.venues.strict import Row

_SIDES = {"B": Side.BUY, "A": Side.SELL}
_FOREIGN_MARKS = frozenset("@/:#+")
_ZERO = Decimal(0)


def is_native(coin: str) -> bool:
    """True for a perpetual of the venue itself; `@107`, `PURR/USDC` and `xyz:GOLD` are other things."""
    return _FOREIGN_MARKS.isdisjoint(coin)


def side(row: Row, where: str) -> Side:
    return _SIDES[strict.choice(row, "side", where, ("B", "A"))]


def client_id(row: Row, where: str) -> str | None:
    """The id its sender gave it, without the venue's prefix."""
    cloid = strict.optional_text(row, "cloid", where)
    return None if cloid is None else cloid.lower().removeprefix("0x")


def open_orders(value: object) -> tuple[Order, ...]:
    """The live orders of the account, each once."""
    found: dict[str, Order] = {}
    waiting: dict[str, Order] = {}
    for row, where in strict.rows(value, "frontendOpenOrders"):
        if is_native(strict.text(row, "coin", where)):
            one = order(row, where)
            found[one.order_id] = one
            waiting |= {c.order_id: c for c in children(row, where)}
    return tuple((found | waiting).values())


def children(row: Row, where: str) -> list[Order]:
    """Orders that are placed when this one is filled."""
    listed = strict.rows(strict.field(row, "children", where), f"{where}.children")
    return [order(inner, place, is_armed=False) for inner, place in listed]


def order(row: Row, where: str, *, is_armed: bool = True) -> Order:
    """One order row; its size is what remains."""
    is_trigger = strict.flag(row, "isTrigger", where)
    kind, is_market = _kind(row, where, is_trigger=is_trigger)
    remaining = strict.not_negative(row, "sz", where)
    ordered = strict.not_negative(row, "origSz", where)
    # A set of position stops with a size of its own is fixed: only the one without follows the position.
    bound = strict.flag(row, "isPositionTpsl", where) and ordered == 0
    reduces = strict.flag(row, "reduceOnly", where)
    return Order(
        coin=strict.text(row, "coin", where),
        side=side(row, where),
        kind=kind,
        size=_ZERO if bound else remaining,
        price=strict.not_negative(row, "limitPx", where),
        order_id=str(strict.whole(row, "oid", where)),
        client_id=client_id(row, where),
        placed_ms=strict.moment(row, "timestamp", where),
        trigger=strict.positive(row, "triggerPx", where) if is_trigger else None,
        is_market=is_market,
        reduce_only=reduces,
        position_bound=bound,
        is_armed=is_armed,
        filled=_ZERO if is_trigger or reduces else _filled(ordered, remaining, where),
    )


def _filled(ordered: Decimal, remaining: Decimal, where: str) -> Decimal:
    """What an entry has filled. One that only reduces shrinks without a fill, so it tells nothing."""
    if remaining > ordered:
        strict.wrong(remaining, f"{where}.sz", f"at most the {ordered} that were ordered")
    return ordered - remaining


def _kind(row: Row, where: str, *, is_trigger: bool) -> tuple[Kind, bool]:
    """What makes it act, and whether it then takes any price up to its limit leg."""
    name = strict.text(row, "orderType", where)
    if not is_trigger:
        return Kind.LIMIT, name == "Market"
    if name.startswith("Stop"):
        return Kind.STOP, name.endswith("Market")
    if name.startswith("Take Profit"):
        return Kind.TARGET, name.endswith("Market")
    strict.wrong(name, f"{where}.orderType", "a stop or a take profit, because isTrigger is true")


def status_of(name: str) -> Status | None:
    """Where an order stands; None for a word that ends like none we know."""
    word = name.lower()
    if word in ("open", "triggered", "filled"):
        return {"open": Status.LIVE, "triggered": Status.TRIGGERED, "filled": Status.FILLED}[word]
    if word.endswith("rejected"):
        return Status.REJECTED
    if word.endswith(("canceled", "cancelled", "cancel")):
        return Status.CANCELLED
    return None


def found(row: Row, where: str) -> Found:
    """A record of an order: the order itself, its status and since when."""
    name = strict.text(row, "status", where)
    status = status_of(name)
    if status is None:
        raise Malformed(f"{where}.status: {strict.shown(name)} is not a status that can be understood")
    inner = order(strict.child(row, "order", where), f"{where}.order")
    return Found(inner, status, strict.moment(row, "statusTimestamp", where), detail=strict.shown(name))


def lookup(value: object, client_id: str) -> Lookup:
    """The answer to `orderStatus`, which must be about the order that was asked for."""
    where = f"orderStatus of {client_id}"
    row = strict.as_row(value, where)
    if strict.choice(row, "status", where, ("order", "unknownOid")) == "unknownOid":
        return Absent()
    one = found(strict.child(row, "order", where), where)
    if one.order.client_id != client_id:
        raise Malformed(f"{where}: the answer is about {one.order.client_id}")
    return one


def latest(value: object) -> tuple[Found, ...]:
    """`historicalOrders`, which has a row for each change: the newest of each order, newest first.

    Of two changes in one millisecond the first row counts, because the venue lists the newest first.
    """
    best: dict[str, Found] = {}
    for row, where in strict.rows(value, "historicalOrders"):
        if not is_native(strict.text(strict.child(row, "order", where), "coin", where)):
            continue
        one = found(row, where)
        known = best.get(one.order.order_id)
        if known is None or one.at_ms > known.at_ms:
            best[one.order.order_id] = one
    return tuple(sorted(best.values(), key=lambda one: one.at_ms, reverse=True))

"""The account of the exchange in the words of the program: orders, positions, fills, the record of its money.

Rules: nothing is computed that the model knows. An order that is on its way has not come to the exchange, and
is in no list. Reads reach back in time as a venue's do.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trader.core.candles import DAY_MS
from trader.core.market import Leg, Side
from trader.core.orders import Fill, Found, Kind, Order, Status
from trader.core.past import Cause, Flow, Gain, Past
from trader.core.snapshot import Account, Holdings, Position
from trader.exchange import margin, orders, rows
from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import equity, leverage_of
from trader.exchange.quotes import mark
from trader.exchange.status import LIVE, Trigger
from trader.exchange.status import Status as Ended


class Reading:
    """Reads one account. An order or a fill that is what it was is put into words once."""

    def __init__(self, engine: BarEngine, user: str) -> None:
        self._engine = engine
        self._user = user
        self._orders: dict[int, tuple[orders.Order, Order]] = {}
        self._fills: list[Fill] = []

    def holdings(self, at_ms: int, fills_back_ms: int) -> Holdings:
        """Everything that the account holds now."""
        engine, user = self._engine, self._user
        since_ms = at_ms - fills_back_ms
        account = engine.account(user)
        _, need = margin.cross_value(engine, account)
        used, _ = margin.cross_used(engine, user)
        two_sided = account.two_sided
        return Holdings(
            at_ms=at_ms,
            account=Account(equity=equity(engine, user), margin_used=used, maintenance=need),
            positions=tuple(
                [
                    position_of(engine, user, position, two_sided=two_sided)
                    for _, position in sorted(account.positions.items())
                ]
            ),
            orders=self._live(at_ms),
            fills=self._since(since_ms),
            fills_since_ms=since_ms,
            fills_complete=True,
        )

    def _live(self, at_ms: int) -> tuple[Order, ...]:
        before, self._orders = self._orders, {}
        told: list[Order] = []
        for order in self._engine.orders_of(self._user):
            seen = before.get(order.oid)
            if seen is None or seen[0] is not order:
                seen = order, order_of(order)
            self._orders[order.oid] = seen
            if not _is_on_its_way(self._engine, order, at_ms):
                told.append(seen[1])
        return tuple(told)

    def _since(self, since_ms: int) -> tuple[Fill, ...]:
        """The executions since a moment, oldest first."""
        booked, words = self._engine.logs.fills.rows, self._fills
        words += [fill_of(row) for row in booked[len(words) :]]
        first = len(booked)
        while first and booked[first - 1].at_ms >= since_ms - DAY_MS:
            first -= 1
        return tuple(
            [
                word
                for row, word in zip(booked[first:], words[first:], strict=True)
                if row.at_ms >= since_ms and row.user == self._user
            ]
        )


def _is_on_its_way(engine: BarEngine, order: orders.Order, at_ms: int) -> bool:
    """An order that was sent before and has not come yet; its own tick sees it as taken."""
    due = engine.due.get(order.oid if order.parent is None or order.armed else order.parent)
    return due is not None and due.is_on_its_way and order.placed_ms < at_ms


def position_of(engine: BarEngine, user: str, held: orders.Position, *, two_sided: bool) -> Position:
    """One position at mark; whether its stop stands before mark is told by what would have fired it."""
    now, setting = mark(engine, held.coin), leverage_of(engine, user, held.coin)
    unrealised = held.szi * now - held.cost
    is_cross = held.collateral is None
    own = abs(held.szi) * now / setting.value if held.collateral is None else held.collateral + unrealised
    return Position(
        coin=held.coin,
        size=held.szi,
        entry_price=held.cost / held.szi,
        mark=whole(engine.fires[held.coin]) if held.coin in engine.fires else now,
        liquidation=margin.liquidation_px(engine, user, held.coin, held.leg),
        leverage=setting.value,
        cross=is_cross,
        margin_used=own,
        unrealised=unrealised,
        two_sided=two_sided,
    )


def order_of(order: orders.Order) -> Order:
    """One order, live or not."""
    trigger = order.trigger
    return Order(
        coin=order.coin,
        side=Side.BUY if order.is_buy else Side.SELL,
        kind=_kind(order),
        size=order.sz,
        price=order.px if order.px > 0 else None,
        order_id=str(order.oid),
        client_id=order.cloid,
        placed_ms=order.placed_ms,
        trigger=None if trigger is None else trigger.px,
        is_market=trigger is not None and trigger.is_market,
        reduce_only=order.reduce_only,
        position_bound=order.position_bound,
        is_armed=order.armed,
        trigger_source="mark" if trigger is None else trigger.source,
        leg=None if order.leg is None else Leg(order.leg),
        filled=order.filled,
    )


def _kind(order: orders.Order) -> Kind:
    if order.trigger is None:
        return Kind.LIMIT
    if not (order.reduce_only or order.position_bound):
        return Kind.STOP_ENTRY
    return Kind.STOP if order.trigger.kind is Trigger.STOP else Kind.TARGET


def fill_of(fill: rows.Fill) -> Fill:
    """One execution; its id sorts as it happened."""
    return Fill(
        coin=fill.coin,
        side=Side.BUY if fill.is_buy else Side.SELL,
        size=fill.sz,
        price=fill.px,
        fee=fill.fee,
        realised=fill.closed_pnl,
        at_ms=fill.at_ms,
        fill_id=f"{fill.tid:012d}",
        order_id=str(fill.oid),
        client_id=fill.cloid,
        position_before=fill.start_position,
        is_liquidation=fill.liquidation is not None,
        leg=None if fill.leg is None else Leg(fill.leg),
    )


def found_of(row: rows.HistoryRow) -> Found:
    """What became of an order."""
    return Found(order_of(row.order), _status(row.status), row.at_ms, row.status.value)


def _status(status: Ended) -> Status:
    if status is Ended.OPEN:
        return Status.LIVE
    if status is Ended.TRIGGERED:
        return Status.TRIGGERED
    if status is Ended.FILLED:
        return Status.FILLED
    return Status.REJECTED if status.value.lower().endswith("rejected") else Status.CANCELLED


def ended_since(engine: BarEngine, since_ms: int) -> tuple[Found, ...]:
    """The newest state of the orders that ended since a moment, newest first."""
    found: dict[int, rows.HistoryRow] = {}
    for row in reversed(engine.logs.history.rows):
        if row.at_ms < since_ms - DAY_MS:
            break
        if row.at_ms >= since_ms and row.order.oid not in found:
            found[row.order.oid] = row
    return tuple(found_of(row) for row in found.values() if row.status not in LIVE)


def past_of(engine: BarEngine, user: str, since_ms: int) -> Past:
    """What the account earned, paid and moved since a moment."""
    return Past(
        since_ms=since_ms,
        gains_since_ms=since_ms,
        gains=tuple(sorted(_gains(engine, user, since_ms), key=lambda gain: gain.at_ms)),
        flows=tuple(
            Flow(row.at_ms, row.usdc if row.kind == "deposit" else -row.usdc, row.kind)
            for row in engine.logs.ledger.of(user)
            if row.at_ms >= since_ms
        ),
    )


def _gains(engine: BarEngine, user: str, since_ms: int) -> Iterator[Gain]:
    for fill in _since(engine.logs.fills.rows, since_ms):
        if fill.closed_pnl:
            yield Gain(fill.at_ms, fill.closed_pnl, Cause.CLOSED, fill.coin)
        if fill.fee:
            yield Gain(fill.at_ms, -fill.fee, Cause.FEE, fill.coin)
    for row in reversed(engine.logs.funding.rows):
        if row.at_ms < since_ms:
            break
        yield Gain(row.at_ms, row.usdc, Cause.FUNDING, row.coin)


def _since(fills: Sequence[rows.Fill], since_ms: int) -> Iterator[rows.Fill]:
    for fill in reversed(fills):
        if fill.at_ms < since_ms - DAY_MS:
            return
        if fill.at_ms >= since_ms:
            yield fill


def whole(value: float) -> Decimal:
    """The shortest decimal that reads back as this number."""
    return Decimal(repr(value))

"""The book at its worst: every position, every resting entry and every new one filled, and then stopped.

Pure. Each part counts at the bound of its stop, the worst price at which that may fill, with the fee of
leaving (and of entering, where it still has to), and with the funding that may fall due until somebody looks
again. What is foreign and has no stop counts as moved by UNGUARDED_MOVE against the account: nobody has said
where it ends, and it must not count for less than one that somebody stops. Prices may gap past all of this.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import partial

from trader.bounds import STOP_ROOM
from trader.core.actions import Enter, Rest
from trader.core.candles import HOUR_MS
from trader.core.first_stops import stop_id_of
from trader.core.frozen import frozen
from trader.core.identity import Identity, decode
from trader.core.market import Leg, Side, Slot, exact
from trader.core.orders import Kind, Order, Unreadable
from trader.core.ownership import Owned
from trader.core.policy import Policy
from trader.core.snapshot import MarketView, Position, Quote
from trader.cover import margin_asked, misbuilt
from trader.rules.book import Book, worst_price

UNGUARDED_MOVE = Decimal("0.20")
_ZERO = Decimal(0)


@frozen
class Part:
    """Some of one slot. `price` is what it counts at now: mark, or where it is to fill.

    `worst` is where it may end; `margin` how much farther liquidation must be. `costs` are fees and funding.
    `strategy` is the number of the one that opened it, None for what is foreign.
    """

    slot: Slot
    leg: Leg
    cross: bool
    size: Decimal
    price: Decimal
    worst: Decimal
    margin: Decimal
    costs: Decimal
    strategy: int | None
    is_pending: bool = False
    unguarded: bool = False

    @property
    def coin(self) -> str:
        return self.slot.coin

    @property
    def notional(self) -> Decimal:
        return self.size * self.price

    @property
    def loss(self) -> Decimal:
        """What it costs from now until it is gone."""
        return self.loss_to(self.worst)

    @property
    def clear(self) -> Decimal:
        """The price at which equity must still be there for it."""
        return max(_ZERO, self.worst - self.margin * self.leg.sign)

    def loss_to(self, price: Decimal) -> Decimal:
        return self.size * max(_ZERO, (self.price - price) * self.leg.sign) + self.costs


def parts_of(book: Book) -> list[Part]:
    """Everything that the next entry joins."""
    let_through = (book.once(entry.client_id, partial(part_of, entry, book)) for entry in book.through)
    return [*book.once("parts", lambda: _standing(book)), *let_through]


def _standing(book: Book) -> list[Part]:
    """What is held and what rests."""
    found = [part for p in book.snapshot.holdings.positions for part in _held(p, book)]
    return found + [_waiting(order, book) for order in book.resting_orders()]


def part_of(entry: Enter | Rest, book: Book) -> Part:
    """One new entry, filled at its worst price."""
    policy, price = book.policy.markets[entry.coin], worst_price(entry)
    size, fee = entry.size, book.snapshot.taker_fee
    return Part(
        slot=book.snapshot.slot_of(entry.coin, entry.leg),
        leg=entry.leg,
        cross=policy.sizing.cross,
        size=size,
        price=price,
        worst=entry.stop_bound,
        margin=margin_asked(book.policy.stops, entry=price, mark=entry.mark, level=entry.stop),
        costs=size * (price + entry.stop_bound) * fee + _funding(entry.coin, entry.leg, size * price, book),
        strategy=policy.strategy_number,
        is_pending=True,
    )


def _held(position: Position, book: Book) -> Iterator[Part]:
    """A position, piece by piece as its stops would close it, the tightest first."""
    holdings, leg = book.snapshot.holdings, position.leg
    mine = book.share(position.slot)
    ours = mine.ours if isinstance(mine, Owned) else _ZERO
    strategy = mine.entry.strategy if isinstance(mine, Owned) and mine.entry is not None else None
    left = abs(position.size)
    for stop in _stops(position, holdings.orders_in(position.slot), book):
        size = left if stop.position_bound else min(left, stop.size)
        if size <= 0:
            break
        left -= size
        worst = stop.level * (1 - STOP_ROOM * leg.sign) if stop.price is None else stop.price
        yield _piece(position, size, stop.level, worst, strategy if ours else None, book)
    if left <= 0:
        return
    if ours and isinstance(mine, Owned) and mine.foreign == 0:
        level = position.entry_price * (1 - _fallback(position.coin, book.policy) * leg.sign)
        level = min(level, position.mark) if leg is Leg.LONG else max(level, position.mark)
        yield _piece(position, left, level, level * (1 - STOP_ROOM * leg.sign), strategy, book)
        return
    level = position.mark * (1 - UNGUARDED_MOVE * leg.sign)
    yield _piece(position, left, level, level, strategy if ours else None, book, unguarded=True)


def _stops(position: Position, orders: Sequence[Order], book: Book) -> list[Order]:
    """Those that would close this position, whoever placed them, in the order in which they act."""
    good = [o for o in orders if o.kind is Kind.STOP and misbuilt(o, position, book.policy.stops) is None]
    return sorted(good, key=lambda o: (-o.level * position.leg.sign, not o.position_bound, o.order_id))


def _piece(
    position: Position,
    size: Decimal,
    level: Decimal,
    worst: Decimal,
    strategy: int | None,
    book: Book,
    *,
    unguarded: bool = False,
) -> Part:
    mark, rules = position.mark, book.policy.stops
    margin = margin_asked(rules, entry=position.entry_price, mark=mark, level=level)
    fee = size * worst * book.snapshot.taker_fee
    return Part(
        slot=position.slot,
        leg=position.leg,
        cross=position.cross,
        size=size,
        price=mark,
        worst=worst,
        margin=_ZERO if unguarded else margin,
        costs=fee + _funding(position.coin, position.leg, size * mark, book),
        strategy=strategy,
        unguarded=unguarded,
    )


def _waiting(order: Order, book: Book) -> Part:
    """A live order that may open something, filled at its price. Whether it would close is not counted on."""
    leg = Leg.LONG if order.side is Side.BUY else Leg.SHORT
    price = order.level if order.price is None else order.price
    identity, market_policy = decode(order.client_id), book.policy.markets.get(order.coin)
    is_known = isinstance(identity, Identity) and identity.account == book.policy.account_tag
    level, worst = _stop_of(order, price, leg, book) if is_known else (_ZERO, _ZERO)
    if not is_known:
        level = worst = price * (1 - UNGUARDED_MOVE * leg.sign)
    held = book.snapshot.holdings.position_in(order.slot)
    by_file = market_policy.sizing.cross if market_policy is not None else True
    margin = margin_asked(book.policy.stops, entry=price, mark=price, level=level)
    return Part(
        slot=order.slot,
        leg=leg,
        cross=by_file if held is None else held.cross,
        size=order.size,
        price=price,
        worst=worst,
        margin=margin if is_known else _ZERO,
        costs=order.size * (price + worst) * book.snapshot.taker_fee
        + _funding(order.coin, leg, order.size * price, book),
        strategy=identity.strategy if isinstance(identity, Identity) and is_known else None,
        is_pending=True,
        unguarded=not is_known,
    )


def _stop_of(order: Order, price: Decimal, leg: Leg, book: Book) -> tuple[Decimal, Decimal]:
    """Where the stop of a live entry of ours acts, and may fill: its own one, or the fallback."""
    wanted = stop_id_of(order.client_id or "")
    for other in book.snapshot.holdings.orders_in(order.slot):
        if other.kind is Kind.STOP and other.client_id == wanted and (price - other.level) * leg.sign > 0:
            room = other.level * (1 - STOP_ROOM * leg.sign)
            return other.level, room if other.price is None else other.price
    level = price * (1 - _fallback(order.coin, book.policy) * leg.sign)
    return level, level * (1 - STOP_ROOM * leg.sign)


def _fallback(coin: str, policy: Policy) -> Decimal:
    """The distance of a stop that cannot be read, as a fraction of the entry price."""
    if coin in policy.adopt:
        return exact(policy.adopt[coin])
    market_policy = policy.markets.get(coin)
    return exact(market_policy.stop_fallback if market_policy else policy.stops.fallback)


def _funding(coin: str, leg: Leg, notional: Decimal, book: Book) -> Decimal:
    """What this side may have to pay until the next check; what it may receive is not counted.

    Of a coin whose rate was not read: the steepest that was.
    """
    quotes = {c: v.quote for c, v in book.snapshot.markets.items() if _is_read(v)}
    quote = quotes.get(coin)
    if isinstance(quote, Quote):
        return max(_ZERO, quote.funding_rate * leg.sign) * payments_due(quote, book) * notional
    steepest = [abs(q.funding_rate) * payments_due(q, book) for q in quotes.values() if isinstance(q, Quote)]
    return max(steepest, default=_ZERO) * notional


def _is_read(view: MarketView) -> bool:
    return not isinstance(view.quote, Unreadable)


def payments_due(quote: Quote, book: Book) -> int:
    """How many fundings may fall due until the next check; at least one where the venue does not say when."""
    window_ms, interval_ms = book.policy.check_every_ms, quote.funding_interval_ms or HOUR_MS
    if quote.funding_next_ms is None:
        return max(1, -(-window_ms // interval_ms))
    left_ms = book.snapshot.venue_ms + window_ms - quote.funding_next_ms
    return 0 if left_ms < 0 else 1 + left_ms // interval_ms

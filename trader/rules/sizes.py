"""How much an entry may commit, on its own and together with all that is held, rests or was let through.

Each rule answers None or why not, for entries at once and for those that rest alike: what rests counts as
filled at its price, on its side.
"""

from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.candles import MINUTE_MS
from trader.core.market import Leg, exact
from trader.core.orders import Unreadable
from trader.core.ownership import is_opening
from trader.rules.book import Book, notional, total, worst_price


def above(value: Decimal, limit: Decimal | None, name: str) -> str | None:
    return None if limit is None or value <= limit else f"{value:.2f} USD is above {name} {limit}"


def order_notional(entry: Enter | Rest, book: Book) -> str | None:
    return above(notional(entry), book.policy.limits.notional_max, "limits.notional_max")


def coin_notional(entry: Enter | Rest, book: Book) -> str | None:
    whole = book.of_coin(entry.coin) + notional(entry)
    return above(whole, book.policy.limits.coin_notional_max, "limits.coin_notional_max")


def side_notional(entry: Enter | Rest, book: Book) -> str | None:
    """All longs, or all shorts, of the account."""
    whole = book.of_side(entry.leg) + notional(entry)
    return above(whole, book.policy.limits.side_notional_max, "limits.side_notional_max")


def gross_notional(entry: Enter | Rest, book: Book) -> str | None:
    whole = book.gross() + notional(entry)
    return above(whole, book.policy.limits.gross_notional_max, "limits.gross_notional_max")


def net_notional(entry: Enter | Rest, book: Book) -> str | None:
    """Longs less shorts at their worst: all that rests on this side fills, and nothing on the other."""
    other = Leg.SHORT if entry.leg is Leg.LONG else Leg.LONG
    worst = book.of_side(entry.leg) - book.held(other) + notional(entry)
    return above(worst, book.policy.limits.net_notional_max, "limits.net_notional_max")


def leverage_used(entry: Enter | Rest, book: Book) -> str | None:
    limit, equity = book.policy.limits.leverage_used_max, book.snapshot.holdings.account.equity
    whole = book.gross() + notional(entry)
    if limit is None or whole <= exact(limit) * equity:
        return None
    return f"{whole:.2f} USD on an equity of {equity:.2f} is above limits.leverage_used_max {limit}"


def trade_loss(entry: Enter | Rest, book: Book) -> str | None:
    """What it loses at its stop when that fills as badly as it may, with the fees in and out."""
    into, out = worst_price(entry), entry.stop_bound
    fees = book.snapshot.taker_fee * (into + out)
    lost = entry.size * ((into - out) * entry.leg.sign + fees)
    return above(lost, book.policy.limits.trade_loss_max, "limits.trade_loss_max")


def positions(entry: Enter | Rest, book: Book) -> str | None:
    """How many positions there are when everything that rests has filled."""
    limit = book.policy.limits.positions_max
    count = len(book.slots() | {book.snapshot.slot_of(entry.coin, entry.leg)})
    if limit is None or count <= limit:
        return None
    return f"{count} positions would exceed limits.positions_max {limit}"


def margin(entry: Enter | Rest, book: Book) -> str | None:
    """What rests already is pledged in the venue's own count; what this plan adds is not."""
    account = book.snapshot.holdings.account
    pledged = total(notional(e) / _lever(e.coin, book) for e in book.through)
    free = account.equity - account.margin_used - pledged
    lever = _lever(entry.coin, book)
    needed = notional(entry) / lever
    return None if needed <= free else f"needs {needed:.2f} USD of margin at {lever}x, {free:.2f} are free"


def _lever(coin: str, book: Book) -> int:
    return book.policy.markets[coin].sizing.leverage


def resting_per_side(entry: Enter | Rest, book: Book) -> str | None:
    """How many orders wait on one side of one coin, whoever placed them."""
    limit = book.policy.limits.resting_per_side_max
    live = sum(o.side is entry.leg.opening for o in book.resting_orders(entry.coin))
    count = live + sum((r.coin, r.leg) == (entry.coin, entry.leg) for r in book.rested) + 1
    if limit is None or count <= limit:
        return None
    return (
        f"{count} orders would rest on the {entry.leg.value} side of {entry.coin}, "
        f"limits.resting_per_side_max is {limit}"
    )


def orders_per_run(entry: Enter | Rest, book: Book) -> str | None:
    limit = book.policy.limits.orders_per_run_max
    count = len(book.through) + 1
    if limit is None or count <= limit:
        return None
    return f"this run has let limits.orders_per_run_max {limit} through; the next run goes on"


def orders_per_minute(entry: Enter | Rest, book: Book) -> str | None:
    """Our entries that came to rest or filled in the last minute of venue time, and those of this run."""
    limit = book.policy.limits.orders_per_minute_max
    count = len(_recent(book)) + len(book.through) + 1
    if limit is None or count <= limit:
        return None
    return f"{count} entries within a minute would exceed limits.orders_per_minute_max {limit}"


def _recent(book: Book) -> set[str | None]:
    """The ids of our opening orders of the last minute, as far as the venue shows them."""
    reading, record = book.snapshot.holdings, book.snapshot.ended
    seen: list[tuple[str | None, int]] = []
    if not isinstance(reading.orders, Unreadable):
        seen += [(o.client_id, o.placed_ms) for o in reading.orders]
    if not isinstance(reading.fills, Unreadable):
        seen += [(f.client_id, f.at_ms) for f in reading.fills]
    if isinstance(record, tuple):
        seen += [(f.order.client_id, f.order.placed_ms) for f in record]
    since_ms = book.snapshot.venue_ms - MINUTE_MS
    return {i for i, at_ms in seen if at_ms > since_ms and is_opening(i, book.policy.account_tag)}

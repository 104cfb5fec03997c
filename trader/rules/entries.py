"""The rules an entry must pass, each a pure function of the entry and the book it would join.

A rule answers None or why not. Nothing here looks at reductions. Here is what an entry at once alone must
pass, with the table of all its rules.
"""

from collections.abc import Callable, Mapping

from trader.core.actions import Enter
from trader.core.identity import CLOSE_ROLES, Identity, Role, decode
from trader.core.market import exact
from trader.core.orders import Absent, Unreadable
from trader.core.ownership import Doubt, is_ours
from trader.rules import conditions, prices
from trader.rules.book import Book, notional
from trader.rules.both import FIRST, LAST, SIZE

Rule = Callable[[Enter, Book], str | None]


def naked_window(entry: Enter, book: Book) -> str | None:
    """Where nothing attaches and no stop can go first, the operator must have accepted what may happen."""
    abilities = book.snapshot.abilities
    if abilities.attach != "none" or abilities.stop_first:
        return None
    if book.policy.markets[entry.coin].naked_window_accepted:
        return None
    return (
        f"the venue takes no stop with or before an entry: if the process dies between the two, "
        f"{notional(entry):.2f} USD stand without a stop until the next run or check-sl; "
        f"`naked_window: accept` under markets.{entry.coin} accepts that"
    )


def one_position(entry: Enter, book: Book) -> str | None:
    for slot in book.snapshot.slots_of(entry.coin):
        mine = book.share(slot)
        if isinstance(mine, Doubt):
            return f"in doubt: {mine.why}"
        if mine.foreign != 0:
            return f"a foreign position of {mine.foreign} {entry.coin} is open"
        if mine.ours != 0:
            return f"a position of {mine.ours} {entry.coin} is open already"
    return None


def no_own_order(entry: Enter, book: Book) -> str | None:
    """An entry of ours that rests there and is not called off first, whichever configuration it is of."""
    for order in book.snapshot.holdings.orders_of(entry.coin):
        if (
            order.opens
            and order.order_id not in book.gone
            and is_ours(order.client_id, book.policy.account_tag)
        ):
            return f"an order of ours rests there already ({order.side.value} {order.size} at {order.level})"
    return None


def once(entry: Enter, book: Book) -> str | None:
    """A signal is entered at most once, whoever sent it and whatever became of it."""
    lookup = book.snapshot.lookups.get(entry.client_id)
    if isinstance(lookup, Unreadable):
        return f"whether this signal was entered could not be read: {lookup.why}"
    if not isinstance(lookup, Absent):
        return "this signal was entered before" if lookup else "this signal was not looked up"
    for fill in book.snapshot.holdings.fills_of(entry.coin):
        identity = decode(fill.client_id)
        if not isinstance(identity, Identity) or identity.account != book.policy.account_tag:
            continue
        if identity.role is Role.ENTRY and identity.signal_ms == entry.signal_ms:
            return "this signal was entered before"
    return None


def spent(entry: Enter, book: Book) -> str | None:
    """A bar on which an exit was sent is spent."""
    for fill in book.snapshot.holdings.fills_of(entry.coin):
        identity = decode(fill.client_id)
        if not isinstance(identity, Identity) or identity.account != book.policy.account_tag:
            continue
        if identity.bar_ms == entry.signal_ms and identity.role in (*CLOSE_ROLES, Role.TARGET):
            return "an exit was sent on this bar"
    return None


def age(entry: Enter, book: Book) -> str | None:
    limit = book.policy.markets[entry.coin].entries.max_signal_age_s
    late = (book.snapshot.venue_ms - entry.signal_close_ms) / 1000
    if late <= limit:
        return None
    return f"the signal is {late:.0f} s old, more than entries.max_signal_age_s {limit}"


def drift(entry: Enter, book: Book) -> str | None:
    view = book.view(entry.coin)
    if isinstance(view.candles, Unreadable) or isinstance(view.quote, Unreadable):
        return "prices could not be read"
    close = exact(view.candles.close[-1])
    limit = exact(book.policy.markets[entry.coin].entries.drift_max)
    moved = abs(view.quote.mark - close) / close
    if moved <= limit:
        return None
    return f"mark {view.quote.mark} left the close {close} by {moved:.4f}, above entries.drift_max {limit}"


ENTRY_RULES: Mapping[str, Rule] = {
    **FIRST,
    "naked_window": naked_window,
    "position": one_position,
    "orders": no_own_order,
    "once": once,
    "spent": spent,
    "age": age,
    "drift": drift,
    "leverage": conditions.leverage,
    "market_deviation": prices.market_deviation,
    **SIZE,
    **LAST,
}

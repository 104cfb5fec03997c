"""The rules an entry must pass, each a pure function of the entry and the book it would join.

A rule answers None or why not. Nothing here looks at reductions. The order is the order in which a person
would want to hear the reason.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.identity import CLOSE_ROLES, Identity, Role, decode
from trader.core.market import Trading, exact
from trader.core.orders import Absent, Unreadable
from trader.core.ownership import Doubt, is_ours, share
from trader.core.report import Unread, slot_of
from trader.examine import examine
from trader.rules.book import Book, notional

Rule = Callable[[Enter, Book], str | None]


def halted(entry: Enter | Rest, book: Book) -> str | None:
    return book.halted


def scope(entry: Enter | Rest, book: Book) -> str | None:
    if entry.coin in book.policy.entries_for:
        return None
    return f"this run enters only {', '.join(sorted(book.policy.entries_for)) or 'nothing'}"


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


def account(entry: Enter | Rest, book: Book) -> str | None:
    return book.snapshot.account_problem


def readable(entry: Enter | Rest, book: Book) -> str | None:
    holdings = book.snapshot.holdings
    for part in (holdings.orders, holdings.fills):
        if isinstance(part, Unreadable):
            return f"{part.what} could not be read: {part.why}"
    if not holdings.fills_complete:
        return "the fill history does not fit two pages, so attempts and ownership cannot be counted"
    return None


def clock(entry: Enter | Rest, book: Book) -> str | None:
    skew = book.snapshot.local_ms - book.snapshot.venue_ms
    limit = book.policy.limits.clock_skew_max_ms
    if abs(skew) <= limit:
        return None
    return (
        f"this machine's clock is {skew / 1000:+.1f} s off the venue's, more than {limit / 1000:g} s; set it"
    )


def trading(entry: Enter | Rest, book: Book) -> str | None:
    state = book.view(entry.coin).market.trading
    return None if state is Trading.OPEN else f"the venue trades {entry.coin} {state.value} only"


def cover(entry: Enter | Rest, book: Book) -> str | None:
    """No new risk beside a position of ours that is not covered, or not known to be."""
    proofs, cases = examine(book.snapshot.holdings, book.policy, book.snapshot.abilities)
    for case in cases:
        return f"{case.slot} is uncovered: {case.found.why}"
    for proof in proofs:
        if isinstance(proof, Unread) and proof.coin != entry.coin:
            return f"whether {slot_of(proof)} is covered could not be read: {proof.why}"
    return None


def one_position(entry: Enter, book: Book) -> str | None:
    for slot in book.snapshot.slots_of(entry.coin):
        mine = share(book.snapshot.holdings, slot, book.policy)
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


def leverage(entry: Enter | Rest, book: Book) -> str | None:
    setting = book.view(entry.coin).leverage
    wanted = book.policy.markets[entry.coin].sizing
    if isinstance(setting, Unreadable):
        return f"the leverage setting could not be read: {setting.why}"
    highest = book.view(entry.coin).market.leverage_max
    if wanted.leverage > highest:
        return f"sizing.leverage {wanted.leverage} is above the venue's {highest} for {entry.coin}"
    if wanted.cross and not book.view(entry.coin).market.cross_allowed:
        return f"the venue allows only isolated margin for {entry.coin}; set sizing.margin to isolated"
    return None


def order_notional(entry: Enter, book: Book) -> str | None:
    return above(notional(entry), book.policy.limits.notional_max, "limits.notional_max")


def coin_notional(entry: Enter, book: Book) -> str | None:
    total = book.of_coin(entry.coin) + notional(entry)
    return above(total, book.policy.limits.coin_notional_max, "limits.coin_notional_max")


def gross_notional(entry: Enter, book: Book) -> str | None:
    return above(
        book.gross() + notional(entry), book.policy.limits.gross_notional_max, "limits.gross_notional_max"
    )


def positions(entry: Enter, book: Book) -> str | None:
    limit = book.policy.limits.positions_max
    count = len(book.snapshot.holdings.positions) + len(book.added) + 1
    return (
        None
        if limit is None or count <= limit
        else f"{count} positions would exceed limits.positions_max {limit}"
    )


def margin(entry: Enter, book: Book) -> str | None:
    """The venue would refuse it; say so before it does."""
    account_now = book.snapshot.holdings.account
    lever = book.policy.markets[entry.coin].sizing.leverage
    pledged = sum(book.added.values(), Decimal(0)) / lever
    free = account_now.equity - account_now.margin_used - pledged
    needed = notional(entry) / lever
    return None if needed <= free else f"needs {needed:.2f} USD of margin at {lever}x, {free:.2f} are free"


def above(value: Decimal, limit: Decimal | None, name: str) -> str | None:
    return None if limit is None or value <= limit else f"{value:.2f} USD is above {name} {limit}"


ENTRY_RULES: Mapping[str, Rule] = {
    "halted": halted,
    "scope": scope,
    "account": account,
    "naked_window": naked_window,
    "readable": readable,
    "clock": clock,
    "trading": trading,
    "cover": cover,
    "position": one_position,
    "orders": no_own_order,
    "once": once,
    "spent": spent,
    "age": age,
    "drift": drift,
    "leverage": leverage,
    "notional": order_notional,
    "coin_notional": coin_notional,
    "gross_notional": gross_notional,
    "positions": positions,
    "margin": margin,
}

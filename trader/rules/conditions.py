"""What must hold for any new risk, whatever its size: the operator, the account, the venue and the reading.

Each rule answers None or why not, for entries at once and for those that rest alike. Nothing here looks at
reductions.
"""

from collections.abc import Iterator

from trader.core.actions import Enter, Rest
from trader.core.market import Trading
from trader.core.orders import Unreadable
from trader.core.report import Unread, slot_of
from trader.core.snapshot import Snapshot
from trader.examine import examine
from trader.rules.book import Book


def halted(entry: Enter | Rest, book: Book) -> str | None:
    return book.halted


def scope(entry: Enter | Rest, book: Book) -> str | None:
    if entry.coin in book.policy.entries_for:
        return None
    return f"this run enters only {', '.join(sorted(book.policy.entries_for)) or 'nothing'}"


def account(entry: Enter | Rest, book: Book) -> str | None:
    return book.snapshot.account_problem


def venue(entry: Enter | Rest, book: Book) -> str | None:
    """Maintenance, as far as the venue tells it."""
    return book.snapshot.venue_problem


def unfamiliar(entry: Enter | Rest, book: Book) -> str | None:
    """The canary: an answer that is not understood, about any coin, may mean that the venue has changed."""
    for part in _parts(book.snapshot):
        if isinstance(part, Unreadable) and part.answered:
            return f"the venue's answer about {part.what} is not understood: {part.why}"
    return None


def _parts(snapshot: Snapshot) -> Iterator[object]:
    yield from (snapshot.holdings.orders, snapshot.holdings.fills, snapshot.past, snapshot.ended)
    yield snapshot.budgets
    yield from snapshot.lookups.values()
    for view in snapshot.markets.values():
        yield from (view.quote, view.candles, view.leverage)


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
    if state is Trading.REDUCE_ONLY:
        return f"the venue lets positions in {entry.coin} only be reduced"
    return None if state is Trading.OPEN else f"the venue does not trade {entry.coin} now"


def cover(entry: Enter | Rest, book: Book) -> str | None:
    """No new risk beside a position of ours that is not covered, or not known to be."""
    snapshot = book.snapshot
    proofs, cases = book.once("cover", lambda: examine(snapshot.holdings, book.policy, snapshot.abilities))
    for case in cases:
        return f"{case.slot} is uncovered: {case.found.why}"
    for proof in proofs:
        if isinstance(proof, Unread) and proof.coin != entry.coin:
            return f"whether {slot_of(proof)} is covered could not be read: {proof.why}"
    return None


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


def budget(entry: Enter | Rest, book: Book) -> str | None:
    """The last quarter of what the venue allows is for protection alone.

    Of each limit that the venue told a quiet tick is planned to take at most half (the configuration is
    refused otherwise), and new risk may take up to three quarters: an entry passes when
    `4 * (used + planned) <= 3 * limit`. `planned` is what this plan writes with it: 1 for each cancel, exit,
    close and leverage setting, and for each entry let through 1, and 1 more for each exit that goes with or
    before it. So between a tick that takes all of its half and this bound lies a quarter for what an entry
    takes beyond the reading: the record of recent orders and the orders themselves.
    """
    budgets = book.snapshot.budgets
    if isinstance(budgets, Unreadable):
        return f"what is left of the venue's limits could not be read: {budgets.why}"
    planned = book.writes + sum(writes_of(e) for e in (*book.through, entry))
    for one in budgets:
        if not one.spares(planned):
            return (
                f"{one.used} of {one.limit} are used up of the venue's limit on {one.what}; with {planned} "
                "more less than a quarter would be left, which is kept for protection"
            )
    return None


def writes_of(entry: Enter | Rest) -> int:
    """How many orders an entry sends: itself, and each exit that goes with or before it."""
    if isinstance(entry, Enter):
        return 2 + (entry.target_id is not None)
    return 1 + (entry.stop_id is not None or entry.first_stop_id is not None)

"""Judges which entries were made on data or at times that allow none (I10, I11)."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trader.oracle.books import Found
from trader.oracle.entries import ROUND_MS, Opened
from trader.oracle.runs import TOO_MANY
from trader.oracle.seen import RunSeen, Terms, World
from trader.oracle.stops import told

# An entry that trades at once and is bounded farther from mark than this was priced by other numbers.
AWAY_MAX = Decimal("0.03")


def judge(terms: Terms, opened: Sequence[Opened], run: RunSeen, world: World) -> Iterator[Found]:
    """The entries that the exchange took while this run ran. What left in one round with the request that was
    answered 429 could not know: the answer is there when the round is over."""
    limits = (a.at_ms for a in run.asked if a.status == TOO_MANY and a.what not in terms.own_limits)
    limited_ms = min(limits, default=None)
    for entry in opened:
        where = told(entry.slot)
        since_ms = world.false_prices.get(entry.slot[0])
        if since_ms is not None and entry.at_ms >= since_ms:
            yield Found("I10", f"{where} was entered on data that cannot be true", frozenset({"late_twice"}))
        elif entry.away > AWAY_MAX:
            text = f"{where} was entered with a bound {100 * entry.away:.1f} % away from mark"
            yield Found("I10", text, frozenset({"venue_took", "gap"}))
        if limited_ms is not None and entry.at_ms >= limited_ms + ROUND_MS:
            yield Found("I11", f"{where} was entered after the venue had said 429", frozenset({"hosts"}))

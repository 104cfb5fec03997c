"""Funding payments since a moment: the bills, page by page, joined with the rates that were settled.

One page of rates is read for each coin; payments before it are told without theirs.
"""

from collections.abc import Sequence
from functools import partial

from trader.core.candles import DAY_MS, MINUTE_MS
from trader.core.orders import Funding, Unreadable
from trader.venues.okx import asking, parse_fills, parse_market
from trader.venues.okx.asking import RATES_A_PAGE, ROWS_A_PAGE
from trader.venues.okx.envelope import read
from trader.venues.okx.parse_fills import Payment
from trader.venues.okx.wire import Wire

PAGES_MAX = 10
_RECENT_MS = 7 * DAY_MS
# A payment is booked within a minute or so of its moment; well below the shortest interval.
_BOOKED_WITHIN_MS = 10 * MINUTE_MS


def funding(wire: Wire, since_ms: int) -> tuple[Funding, ...] | Unreadable:
    """All payments since then, oldest first."""
    paid = _paid(wire, since_ms)
    if isinstance(paid, Unreadable):
        return paid
    coins = sorted({payment.coin for payment in paid})
    answers = wire.ask([asking.funding_history(coin) for coin in coins])
    rates = {}
    for coin, answer in zip(coins, answers, strict=True):
        told = read(answer, "funding-rate-history", partial(parse_market.funding_rates, coin))
        if isinstance(told, Unreadable):
            return told
        rates[coin] = told
    found = []
    for payment in paid:
        settled = rates[payment.coin]
        rate = parse_fills.rate_at(settled, payment.at_ms, _BOOKED_WITHIN_MS)
        is_older = len(settled) >= RATES_A_PAGE and payment.at_ms < min(settled)
        if rate is None and not is_older:
            return Unreadable(
                "funding-rate-history", f"no rate of {payment.coin} was due at {payment.at_ms}", answered=True
            )
        found.append(Funding(payment.coin, payment.at_ms, payment.amount, rate))
    return tuple(found)


def _paid(wire: Wire, since_ms: int) -> Sequence[Payment] | Unreadable:
    """The bills of all pages, oldest first, each once."""
    is_recent = wire.time.now_ms() - since_ms < _RECENT_MS
    found: dict[str, Payment] = {}
    after: str | None = None
    for _ in range(PAGES_MAX):
        answer = wire.ask([asking.funding_bills(since_ms, is_recent=is_recent, after=after)])[0]
        page = read(answer, "bills", parse_fills.payments)
        if isinstance(page, Unreadable):
            return page
        payments, bills = page
        found |= {payment.bill: payment for payment in payments}
        if len(bills) < ROWS_A_PAGE:
            kept = (payment for payment in found.values() if payment.at_ms >= since_ms)
            return sorted(kept, key=lambda payment: (payment.at_ms, int(payment.bill)))
        after = min(bills, key=int)
    return Unreadable("bills", f"more than {PAGES_MAX} pages since {since_ms}")

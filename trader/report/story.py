"""Reads once what an account went through: trades, where their exits stood, prices, what is open now.

Rules: nothing is remembered; all of it is the venue's own record. What could not be read is said, and of
fills and payments nothing is told where one of the two is missing: a part of a tally is no tally.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from decimal import Decimal

from trader.core.candles import DAY_MS, Candles
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.orders import Fill, Found, Funding, Order, Unreadable
from trader.core.policy import Policy
from trader.core.ports import CandleNeed, Scope, Venue
from trader.core.reasons import role_of
from trader.core.snapshot import Holdings, Snapshot
from trader.core.text import plural
from trader.report.levels import inferring
from trader.report.page.document import Line
from trader.report.page.lines import lines_of
from trader.report.trades import Trade, rebuild

BARS_MAX = 1_440  # what every venue serves in few pages: thirty days of half hours


@frozen
class Story:
    """All that was read; `exits` are our orders as far as the venue's record of them reaches."""

    realm: str
    venue: str
    account: str
    since_ms: int
    now_ms: int
    equity: Decimal
    unrealised: Decimal
    trades: tuple[Trade, ...]
    exits: tuple[Order, ...] = ()
    candles: tuple[Candles, ...] = ()
    lines: Mapping[str, tuple[Line, ...]] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    @property
    def ours(self) -> tuple[Trade, ...]:
        return tuple(t for t in self.trades if t.ours)


@frozen
class Whose:
    """The account as people know it."""

    realm: str
    venue: str
    account: str


def story_of(
    venue: Venue, policy: Policy, whose: Whose, *, days: int, tolerance: Callable[[str], Decimal]
) -> Story:
    """Everything of the last days; `tolerance` is how near to a level an exit without our id must be."""
    needs = tuple(
        CandleNeed(coin, market.frame_ms, min(BARS_MAX, days * DAY_MS // market.frame_ms))
        for coin, market in sorted(policy.markets.items())
    )
    seen = venue.observe(Scope(candles=needs, fills_back_ms=days * DAY_MS))
    held, since_ms = seen.holdings, seen.venue_ms - days * DAY_MS
    history = venue.history()
    fills, payments = _money(held, venue.funding(since_ms))
    found = () if isinstance(history, Unreadable) else history
    near = inferring(found, policy.account_tag, tolerance)
    candles, notes = _candles(seen, needs, days)
    return Story(
        realm=whose.realm,
        venue=whose.venue,
        account=whose.account,
        since_ms=since_ms,
        now_ms=seen.venue_ms,
        equity=held.account.equity,
        unrealised=sum((p.unrealised for p in held.positions), Decimal(0)),
        trades=tuple(rebuild(fills, payments, policy.account_tag, inferred=near)),
        exits=_exits(held, found, policy.account_tag),
        candles=candles,
        lines={each.coin: lines_of(policy.markets[each.coin], each) for each in candles},
        notes=(*notes, *_gaps(held, history, days)),
    )


def _money(
    held: Holdings, payments: tuple[Funding, ...] | Unreadable
) -> tuple[tuple[Fill, ...], tuple[Funding, ...]]:
    for part in (held.fills, payments):
        if isinstance(part, Unreadable):
            raise Malformed(f"{part.what} could not be read: {part.why}; nothing is told rather than a part")
    fills = () if isinstance(held.fills, Unreadable) else held.fills
    return fills, () if isinstance(payments, Unreadable) else payments


def _candles(
    seen: Snapshot, needs: tuple[CandleNeed, ...], days: int
) -> tuple[tuple[Candles, ...], tuple[str, ...]]:
    found, notes = [], [f"{coin}: {why}" for coin, why in sorted(seen.missing.items())]
    for need in needs:
        view = seen.markets.get(need.coin)
        if view is None:
            continue
        if isinstance(view.candles, Unreadable):
            notes.append(f"{need.coin}: no prices: {view.candles.why}")
            continue
        found.append(view.candles)
        if need.bars * need.frame_ms < days * DAY_MS - need.frame_ms:
            notes.append(f"{need.coin}: prices are drawn for the last {plural(need.bars, 'bar')}")
    return tuple(found), tuple(notes)


def _exits(held: Holdings, history: tuple[Found, ...], tag: int) -> tuple[Order, ...]:
    """Orders of ours, live and ended, each once."""
    live = () if isinstance(held.orders, Unreadable) else held.orders
    orders = {order.order_id: order for order in (*(each.order for each in history), *live)}
    return tuple(order for order in orders.values() if role_of(order.client_id, tag) is not None)


def _gaps(held: Holdings, history: tuple[Found, ...] | Unreadable, days: int) -> list[str]:
    said = []
    if not held.fills_complete:
        said.append(f"older fills of these {days} days do not fit two pages and are not told")
    if isinstance(history, Unreadable):
        said.append(f"where stops and targets stood could not be read: {history.why}")
    return said

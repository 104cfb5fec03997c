"""The trades of an account as a comparison with its replay wants them: one for each signal.

Rules: only what happened before the end of the window counts, and what is open then is valued at the last
close, as the replay values it. Exits in several parts are one trade at their mean price. The mark at which
an entry was decided is read off its own limit, which stands `slippage_max` beyond it: to half a tick, and
only for entries that go to the market at once.
"""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from trader.bounds import entry_room
from trader.core.frozen import frozen
from trader.core.identity import Identity, Role
from trader.core.market import Market, exact
from trader.core.orders import Found, Kind, Order
from trader.core.policy import Policy
from trader.core.reasons import identity_of
from trader.report.drift import ZERO, Side
from trader.report.trades import Trade

END = "end"
DIGITS = Decimal("1e-12")  # of a price that was divided: products of it stay exact


@frozen
class Window:
    """Signals of bars that open in [start_ms, end_ms); `last` is the last close of each coin."""

    start_ms: int
    end_ms: int
    last: Mapping[str, Decimal]


@frozen
class Entries:
    """Entry orders of ours by their id's market, leg and signal."""

    found: Mapping[tuple[str, Identity], Order]

    def of(self, trade: Trade) -> Order | None:
        return None if trade.opened is None else self.found.get((trade.coin, trade.opened))


def entries_of(history: Sequence[Found], account: int) -> Entries:
    known = {}
    for each in history:
        identity = identity_of(each.order.client_id, account)
        if identity is not None and identity.role is Role.ENTRY:
            known[(each.order.coin, identity)] = each.order
    return Entries(known)


def own_sides(
    trades: Sequence[Trade],
    entries: Entries,
    policy: Policy,
    markets: Mapping[str, Market],
    window: Window,
    *,
    held: Collection[tuple[str, Identity]] = (),
) -> list[Side]:
    """One side for each signal of the window that the account entered, and for each of those it held before,
    whose entries are the same in both."""
    groups: dict[tuple[str, Identity], list[Trade]] = {}
    for trade in trades:
        signal = _signal_of(trade, policy)
        if signal is None:
            continue
        if window.start_ms <= signal.signal_ms < window.end_ms or (trade.coin, signal) in held:
            groups.setdefault((trade.coin, signal), []).append(trade)
    return [
        _side(parts, None if key in held else entries.of(parts[0]), policy, markets[key[0]], window)
        for key, parts in groups.items()
    ]


def _signal_of(trade: Trade, policy: Policy) -> Identity | None:
    """The entry of a trade of ours in a coin that is replayed."""
    is_known = trade.opened is not None and trade.opened.role is Role.ENTRY and trade.entry_price is not None
    return trade.opened if is_known and trade.coin in policy.markets else None


def _side(
    parts: Sequence[Trade], entry: Order | None, policy: Policy, market: Market, window: Window
) -> Side:
    first, last = parts[0], parts[-1]
    coin, frame_ms = first.coin, policy.markets[first.coin].frame_ms
    size = sum((part.size for part in parts), ZERO)
    is_open = any(part.exit_ms is None for part in parts)
    left_ms = window.end_ms - 1 if is_open or last.exit_ms is None else last.exit_ms
    closing = [
        (part.size, window.last[coin] if part.exit_price is None else part.exit_price) for part in parts
    ]
    entered_ms = first.entry_ms or window.start_ms
    return Side(
        coin=coin,
        leg=first.leg,
        signal_ms=first.opened.signal_ms if first.opened is not None else entered_ms,
        entry_bar_ms=entered_ms - entered_ms % frame_ms,
        entry_price=_mean([(part.size, part.entry_price or ZERO) for part in parts]),
        exit_bar_ms=left_ms - left_ms % frame_ms,
        exit_price=_mean(closing),
        reason=END if is_open else last.reason,
        size=size,
        fee=sum((part.fee for part in parts), ZERO),
        funding=sum((part.funding for part in parts), ZERO),
        ordered=None if entry is None else entry.size + entry.filled,
        decided=_decided(entry, first, policy, market),
    )


def _decided(entry: Order | None, trade: Trade, policy: Policy, market: Market) -> Decimal | None:
    """The mark that the entry's bound was made of; None for one that waits at a price of its own."""
    if entry is None or entry.price is None or entry.kind is not Kind.LIMIT:
        return None
    if getattr(policy.markets[trade.coin].params, "entry", "close") != "close":
        return None
    sign = trade.leg.sign
    room = entry_room(market, exact(policy.markets[trade.coin].entries.slippage_max))
    # The bound was rounded towards mark by less than a step: half of one is the middle of what it was.
    before = entry.price + market.price_step(entry.price) * sign / 2
    return (before / (1 + room * sign)).quantize(DIGITS)


def _mean(parts: Sequence[tuple[Decimal, Decimal]]) -> Decimal:
    if len({price for _, price in parts}) == 1:
        return parts[0][1]
    mean = sum((size * price for size, price in parts), ZERO) / sum((size for size, _ in parts), ZERO)
    return mean.quantize(DIGITS)

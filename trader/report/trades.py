"""Trades rebuilt from what the venue tells: fills and funding payments, nothing local.

Rules: a trade begins when a coin (in a two-sided account one leg of it) leaves flat; each order that reduces
it is a trade of its own, with its share of entry fee and funding. The reason is the venue's flag, else the
role in our id, else the nearest of stop and target within the tolerance, else manual. Where the fills that
opened a position were not read, or fills are missing between, its entry is not known, and no profit is
invented for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.identity import Identity
from trader.core.market import Leg, leg_of
from trader.core.orders import Fill, Funding
from trader.core.ownership import ordered
from trader.core.reasons import MANUAL, STRATEGY_REASONS, identity_of, told_reason
from trader.report.slots import by_slot, payments_of

OPEN = "open"


@frozen
class Trade:
    """An exit with its share of the entry, or what is still open (`exit_ms` None, reason "open").

    `pnl` is after fees and funding, None where the entry is not known; `funding` is positive when received.
    `opened` is what the id of the order that began it says, where that is ours.
    """

    coin: str
    leg: Leg
    size: Decimal
    entry_ms: int | None
    entry_price: Decimal | None
    exit_ms: int | None
    exit_price: Decimal | None
    reason: str
    fee: Decimal
    funding: Decimal
    pnl: Decimal | None
    ours: bool
    opened: Identity | None = None


@frozen
class Totals:
    """Closed trades summed; of the strategy and of its execution apart."""

    count: int
    fee: Decimal
    funding: Decimal
    pnl: Decimal
    unknown: int


@dataclass
class _Round:
    """One slot from flat to flat, while it is walked; `known` when it was seen to begin."""

    leg: Leg
    ours: bool
    known: bool
    size: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    entry_fee: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    entry_ms: int | None = None
    opened: Identity | None = None


def rebuild(
    fills: Sequence[Fill],
    payments: Sequence[Funding],
    account: int,
    *,
    inferred: Callable[[Fill], str | None] = lambda _fill: None,
) -> list[Trade]:
    """Every trade of these fills, in the order of their ends; what is open comes last.

    `inferred` is asked for the reason of an exit that carries no id of ours.
    """
    trades: list[Trade] = []
    for slot, its in by_slot(fills).items():
        paid = payments_of(slot, fills, payments)
        trades += _of_slot(ordered(its), paid, account, inferred)
    return sorted(trades, key=lambda t: (t.exit_ms is None, t.exit_ms or 0, t.coin))


def totals(trades: Sequence[Trade]) -> dict[str, Totals]:
    """Closed trades of ours: by the strategy's own reasons, by execution, and all."""
    closed = [t for t in trades if t.ours and t.exit_ms is not None]
    strategy = [t for t in closed if t.reason in STRATEGY_REASONS]
    execution = [t for t in closed if t.reason not in STRATEGY_REASONS]
    return {"strategy": _sum(strategy), "execution": _sum(execution), "all": _sum(closed)}


def _sum(trades: Sequence[Trade]) -> Totals:
    zero = Decimal(0)
    known = [t.pnl for t in trades if t.pnl is not None]
    return Totals(
        count=len(trades),
        fee=sum((t.fee for t in trades), zero),
        funding=sum((t.funding for t in trades), zero),
        pnl=sum(known, zero),
        unknown=len(trades) - len(known),
    )


def _of_slot(
    fills: Sequence[Fill],
    payments: Sequence[Funding],
    account: int,
    inferred: Callable[[Fill], str | None],
) -> list[Trade]:
    now: _Round | None = None
    waiting, trades, order_before = list(payments), list[Trade](), ""
    for fill in fills:
        now = _in_step(now, fill)
        _pay(now, waiting, fill.at_ms)
        opens = _opened_by(fill)
        if now is not None and fill.size > opens:
            reason = told_reason(fill, account) or inferred(fill) or MANUAL
            trade = _close(now, fill, fill.size - opens, reason)
            is_part = bool(trades) and order_before == fill.order_id
            if is_part:
                trade = _joined(trades.pop(), trade)
            trades.append(trade)
            order_before = fill.order_id
            now = None if fill.position_after == 0 or opens else now
        if opens:
            now, order_before = _open(now, fill, opens, account), ""
    if now is not None:
        _pay(now, waiting, None)
        trades.append(_still_open(now, fills[-1].coin))
    return trades


def _in_step(now: _Round | None, fill: Fill) -> _Round | None:
    """The round that this fill meets; where fills are missing, one whose beginning is not known."""
    before = now.size * now.leg.sign if now is not None else Decimal(0)
    if before == fill.position_before:
        return now
    if fill.position_before == 0:
        return None
    return _Round(leg_of(fill.position_before), ours=False, known=False, size=abs(fill.position_before))


def _opened_by(fill: Fill) -> Decimal:
    """How much of a fill adds to a position: all, none, or what goes through zero."""
    if fill.position_before == 0 or (fill.position_before > 0) == (fill.signed > 0):
        return fill.size
    return max(fill.size - abs(fill.position_before), Decimal(0))


def _open(now: _Round | None, fill: Fill, size: Decimal, account: int) -> _Round:
    if now is None:
        opened = identity_of(fill.client_id, account)
        ours = opened is not None
        now = _Round(leg_of(fill.signed), ours=ours, known=True, entry_ms=fill.at_ms, opened=opened)
    now.size += size
    now.cost += size * fill.price
    now.entry_fee += fill.fee * size / fill.size
    return now


def _pay(now: _Round | None, waiting: list[Funding], until_ms: int | None) -> None:
    """Give the payments up to this moment to the position that was open then."""
    while waiting and (until_ms is None or waiting[0].at_ms <= until_ms):
        payment = waiting.pop(0)
        if now is not None:
            now.funding += payment.amount


def _close(now: _Round, fill: Fill, size: Decimal, reason: str) -> Trade:
    """One exit: it takes its share of cost, entry fee and funding out of the round."""
    parts = (now.cost, now.entry_fee, now.funding)
    cost, entry_fee, funding = (part * size / now.size for part in parts)
    fee = entry_fee + fill.fee * size / fill.size
    now.size, now.cost = now.size - size, now.cost - cost
    now.entry_fee, now.funding = now.entry_fee - entry_fee, now.funding - funding
    return Trade(
        coin=fill.coin,
        leg=now.leg,
        size=size,
        entry_ms=now.entry_ms if now.known else None,
        entry_price=cost / size if now.known else None,
        exit_ms=fill.at_ms,
        exit_price=fill.price,
        reason=reason,
        fee=fee,
        funding=funding,
        pnl=(fill.price * size - cost) * now.leg.sign - fee + funding if now.known else None,
        ours=now.ours,
        opened=now.opened,
    )


def _joined(first: Trade, second: Trade) -> Trade:
    """Two fills of one exit order as one trade."""
    size = first.size + second.size
    return replace(
        second,
        size=size,
        entry_price=_mean(first.entry_price, first.size, second.entry_price, second.size),
        exit_price=_mean(first.exit_price, first.size, second.exit_price, second.size),
        fee=first.fee + second.fee,
        funding=first.funding + second.funding,
        pnl=None if first.pnl is None or second.pnl is None else first.pnl + second.pnl,
    )


def _mean(one: Decimal | None, weight: Decimal, other: Decimal | None, its_weight: Decimal) -> Decimal | None:
    if one is None or other is None:
        return None
    return (one * weight + other * its_weight) / (weight + its_weight)


def _still_open(now: _Round, coin: str) -> Trade:
    return Trade(
        coin=coin,
        leg=now.leg,
        size=now.size,
        entry_ms=now.entry_ms if now.known else None,
        entry_price=now.cost / now.size if now.known else None,
        exit_ms=None,
        exit_price=None,
        reason=OPEN,
        fee=now.entry_fee,
        funding=now.funding,
        pnl=None,
        ours=now.ours,
        opened=now.opened,
    )

"""Deals added up: by coin, by leg, by the reason of their end; and what was left open.

Rules: a sum is over what is known, and says how many deals it leaves out. "Before costs" is what prices
alone gave: the result with fees and funding taken out again.
"""

import math
from collections.abc import Callable, Sequence

from trader.core.frozen import frozen
from trader.core.text import number, plural, signed_usd, usd, utc
from trader.report.page.document import Deal
from trader.report.tables import Table

_HEADS = ("trades>", "won>", "mean win>", "mean loss>", "before costs>", "fees>", "funding>", "P&L>")
UNENDED = ("end", "open")  # not closed by anything that the strategy or the account did


@frozen
class Sum:
    """Deals with a known result, summed; `unknown` have none."""

    count: int
    wins: int
    won: float
    lost: float
    fee: float
    funding: float
    pnl: float
    unknown: int

    @property
    def losses(self) -> int:
        return self.count - self.wins

    @property
    def before_costs(self) -> float:
        """What prices alone gave."""
        return self.pnl + self.fee - self.funding


def summed(deals: Sequence[Deal]) -> Sum:
    known = [(d, d.pnl) for d in deals if d.pnl is not None]
    won = [pnl for _, pnl in known if pnl > 0]
    lost = [pnl for _, pnl in known if pnl <= 0]
    return Sum(
        count=len(known),
        wins=len(won),
        won=math.fsum(won),
        lost=math.fsum(lost),
        fee=math.fsum(d.fee for d, _ in known),
        funding=math.fsum(d.funding for d, _ in known),
        pnl=math.fsum(pnl for _, pnl in known),
        unknown=sum(d.pnl is None and d.exit_ms is not None for d in deals),
    )


def by_coin(deals: Sequence[Deal]) -> Table:
    return _table("By coin", "coin", deals, lambda d: d.coin)


def by_leg(deals: Sequence[Deal]) -> Table:
    return _table("By side", "side", deals, lambda d: d.leg)


def by_reason(deals: Sequence[Deal]) -> Table:
    return _table(
        "By reason of exit", "reason", [d for d in deals if d.exit_ms is not None], lambda d: d.reason
    )


def by_strategy(deals: Sequence[Deal]) -> Table:
    return _table("By strategy", "strategy", deals, lambda d: d.strategy)


def left_open(deals: Sequence[Deal]) -> Table | None:
    """What no exit of its own has ended; None where there is nothing."""
    rows = tuple(
        (
            d.coin,
            d.leg,
            number(d.size),
            "?" if d.entry_ms is None else utc(d.entry_ms)[:16],
            "?" if d.entry_price is None else number(float(f"{d.entry_price:.7g}")),
            "" if d.pnl is None else signed_usd(d.pnl),
        )
        for d in deals
        if d.reason in UNENDED
    )
    heads = ("coin", "side", "size>", "since (UTC)", "entry>", "P&L so far>")
    return Table("Left open", heads, rows) if rows else None


def _table(title: str, head: str, deals: Sequence[Deal], of: Callable[[Deal], str]) -> Table:
    groups: dict[str, list[Deal]] = {}
    for deal in deals:
        groups.setdefault(of(deal), []).append(deal)
    sums = {name: summed(groups[name]) for name in sorted(groups)}
    rows = [_row(name, each) for name, each in sums.items()]
    if len(sums) > 1:
        rows.append(_row("all", summed(deals)))
    unknown = sum(each.unknown for each in sums.values())
    notes = (f"left out: {plural(unknown, 'trade')} whose entry is not known",) if unknown else ()
    return Table(title, (head, *_HEADS), tuple(rows), notes)


def _row(name: str, each: Sum) -> tuple[str, ...]:
    return (
        name,
        f"{each.count:,}",
        f"{each.wins / each.count:.0%}".replace("%", " %") if each.count else "",
        usd(each.won / each.wins) if each.wins else "",
        usd(each.lost / each.losses) if each.losses else "",
        signed_usd(each.before_costs),
        signed_usd(-each.fee),
        signed_usd(each.funding),
        signed_usd(each.pnl),
    )

"""A comparison of an account with its replay as tables and as JSON.

Rules: lines and gap are in cents that add up; the JSON has the exact numbers too. A measured slippage is a
suggestion in words: nothing here changes a file.
"""

from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.core.text import average, number, plural, signed_usd, utc
from trader.report.drift import Cause, Drift, Pair, Side, in_cents, measured_slippage
from trader.report.drift_own import Window
from trader.report.tables import Table

SCHEMA = "trader.drift/1"


@frozen
class Told:
    """A comparison with the names of what was compared."""

    title: str
    drift: Drift
    window: Window
    notes: tuple[str, ...] = ()

    @property
    def own(self) -> list[Side]:
        return [pair.own for pair in self.drift.pairs if pair.own is not None]


def gap_table(told: Told) -> Table:
    """The replay, each cause, the account."""
    cents, gap = in_cents(told.drift.lines(), told.drift.gap)
    counts = told.drift.counts()
    replayed = sum(pair.replayed is not None for pair in told.drift.pairs)
    rows = [("the replay", str(replayed), signed_usd(told.drift.own.quantize(Decimal("0.01")) - gap))]
    rows += [(cause.value, str(counts[cause]), signed_usd(value)) for cause, value in cents.items()]
    rows += [("the account", str(len(told.own)), signed_usd(told.drift.own))]
    said = [f"gap {signed_usd(gap)} USD: the sum of the lines between", *told.notes]
    return Table(told.title, ("", "trades>", "USD>"), tuple(rows), (*said, suggestion(told)))


def pairs_table(told: Told) -> Table:
    """Each signal with both results."""
    rows = tuple(_row(pair) for pair in told.drift.pairs)
    heads = ("signal (UTC)", "coin", "side", "account", "replay", "P&L>", "replay's>", "gap>", "most by")
    return Table("", heads, rows) if rows else Table("no signal was entered by either", heads, ())


def suggestion(told: Told) -> str:
    found = measured_slippage(told.own)
    if found is None:
        return "no entry of this window tells the mark it was decided at: no slippage was measured"
    said = f"--set fills.slippage_bps={max(found.bps, Decimal(0)):.1f} (nothing was changed)"
    measured = f"measured slippage: {found.bps:.1f} bps over {plural(found.entries, 'trade')}"
    return f"{measured}; a suggestion for backtests: {said}"


def json_of(told: Told) -> dict[str, Any]:
    cents, gap = in_cents(told.drift.lines(), told.drift.gap)
    found = measured_slippage(told.own)
    return {
        "schema": SCHEMA,
        "title": told.title,
        "start_ms": told.window.start_ms,
        "end_ms": told.window.end_ms,
        "account": str(told.drift.own),
        "replay": str(told.drift.replayed),
        "gap": str(told.drift.gap),
        "lines": {cause.name.lower(): str(value) for cause, value in told.drift.lines().items()},
        "cents": {cause.name.lower(): str(value) for cause, value in cents.items()},
        "gap_cents": str(gap),
        "trades": [_pair_json(pair) for pair in told.drift.pairs],
        "slippage": None if found is None else {"entries": found.entries, "bps": float(found.bps)},
        "notes": list(told.notes),
    }


def _row(pair: Pair) -> tuple[str, ...]:
    (side, *_) = [each for each in (pair.own, pair.replayed) if each is not None]
    return (
        utc(side.signal_ms)[:16],
        side.coin,
        side.leg.value,
        _short(pair.own),
        _short(pair.replayed),
        "" if pair.own is None else signed_usd(pair.own.result),
        "" if pair.replayed is None else signed_usd(pair.replayed.result),
        signed_usd(pair.gap),
        _largest(pair),
    )


def _short(side: Side | None) -> str:
    if side is None:
        return "none"
    return f"{number(side.size)} at {average(side.entry_price)}, {side.reason} {average(side.exit_price)}"


def _largest(pair: Pair) -> str:
    """The cause that moved the most, where anything did."""
    cause = max(Cause, key=lambda each: abs(pair.parts.get(each, Decimal(0))))
    return cause.value if pair.parts.get(cause, Decimal(0)) else ""


def _pair_json(pair: Pair) -> dict[str, Any]:
    (side, *_) = [each for each in (pair.own, pair.replayed) if each is not None]
    return {
        "coin": side.coin,
        "leg": side.leg.value,
        "signal_ms": side.signal_ms,
        "account": _side_json(pair.own),
        "replay": _side_json(pair.replayed),
        "gap": str(pair.gap),
        "parts": {cause.name.lower(): str(value) for cause, value in pair.parts.items() if value},
    }


def _side_json(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    return {
        "entry_bar_ms": side.entry_bar_ms,
        "entry_price": str(side.entry_price),
        "exit_bar_ms": side.exit_bar_ms,
        "exit_price": str(side.exit_price),
        "reason": side.reason,
        "size": str(side.size),
        "fee": str(side.fee),
        "funding": str(side.funding),
        "pnl": str(side.result),
        "decided": None if side.decided is None else str(side.decided),
    }

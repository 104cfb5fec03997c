"""What people look at: a backtest as tables, from the whole to the parts.

Rules: the three bands come first, because no single number is the answer. USD are those of the account; a
share is of the net price result, and is left out where that says nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trader.backtest.answer import NOT_RUN, Answered
from trader.backtest.bands import Band
from trader.backtest.returns import monthly
from trader.backtest.study import Reason, Trade
from trader.backtest.summary import Part, by_coin, by_reason, drawdowns, part_of, win_rate
from trader.core.market import exact
from trader.core.text import average, number, percent, plural, signed_percent, signed_usd, utc, utc_day
from trader.report.tables import Table

_DRAWDOWNS_MAX = 5
_OPEN_MAX = 20
_YEAR = 4
_MONTHS = tuple(f"{month:02d}" for month in range(1, 13))


def tables(answered: Answered) -> Iterator[Table]:
    """All tables of one answer, in the order in which they are read."""
    yield bands_table(answered)
    if not answered.trades:
        return
    yield parts_table("by coin", by_coin(answered.trades), answered)
    yield parts_table("by exit", by_reason(answered.trades), answered)
    yield from open_table(answered.trades)
    yield from months_table(answered)
    yield from drawdowns_table(answered)


_BAND_HEADS = ("fills", "trades>", "won>", "net>", "return>", "drawdown>", "exposure>", "undecidable>")
_BAND_SPARE = ("exposure>",)


def bands_table(answered: Answered) -> Table:
    """The asked model where it is none of the three, and the three; then what is said of all of them."""
    bands = list(answered.banded.bands)
    if answered.study.model not in [band.model for band in bands]:
        bands.insert(0, replace(answered.asked, name=f"{answered.fills}, changed"))
    title = f"{traded(answered)}, {answered.engine} engine, {span_of(answered)}"
    rows = tuple(_band_row(band) for band in bands)
    return Table(title, _BAND_HEADS, rows, tuple(_said(answered)), _BAND_SPARE)


def _band_row(band: Band) -> tuple[str, ...]:
    found = band.summary
    if found is None:
        return (band.name, NOT_RUN, "", "", "", "", "", "")
    return (
        band.name,
        str(found.trades),
        str(found.wins),
        signed_usd(found.net),
        signed_percent(found.return_fraction),
        percent(found.drawdown_fraction_max),
        percent(found.exposure_fraction),
        percent(found.undecidable_fraction),
    )


def traded(answered: Answered) -> str:
    """Which strategies on which coins."""
    markets = answered.study.policy.markets
    strategies = ", ".join(sorted({market.strategy_name for market in markets.values()}))
    return f"{strategies} on {', '.join(sorted(answered.study.tapes))}"


def span_of(answered: Answered) -> str:
    """From which day to which."""
    run = answered.asked.run
    if run is None or not len(run.at_ms):
        return "no bar"
    first_ms, last_ms = int(run.at_ms[0]), int(run.at_ms[-1])
    return (
        f"{utc_day(first_ms)} to {utc_day(last_ms - 1)} ({(last_ms - first_ms) / 86_400_000:.0f} days, UTC)"
    )


def _said(answered: Answered) -> Iterator[str]:
    """Lines below the bands: costs, the win rate, fragility and every note."""
    rate = win_rate(answered.trades)
    if rate is None:
        yield f"no trade under {answered.fills}"
    else:
        whole = part_of("all", answered.trades)
        yield f"{answered.fills}: price {signed_usd(whole.price)}, {_costs(whole)}"
        must = (
            "" if rate.break_even is None else f", and must win {percent(rate.break_even)} to come out even"
        )
        yield f"won {percent(rate.actual)} of {plural(whole.trades, 'trade')}{must}"
    yield from answered.notes


def _costs(part: Part) -> str:
    return (
        f"fees {_share(-part.fees, part)}, funding {_share(part.funding, part)}, net {signed_usd(part.net)}"
    )


def _share(value: float, part: Part) -> str:
    """With the share of what price alone brought, where it brought something."""
    share = f" ({signed_percent(value / part.price)})" if part.price > 0.0 else ""
    return f"{signed_usd(value)}{share}"


_PART_HEADS = ("", "trades>", "won>", "price>", "fees>", "funding>", "net>", "return>")


def parts_table(title: str, parts: Sequence[Part], answered: Answered) -> Table:
    """Trades added up by something that they share, and all of them."""
    whole = [part_of("all", answered.trades)] if len(parts) > 1 else []
    rows = tuple(_part_row(part, answered.study.equity) for part in (*parts, *whole))
    return Table(title, _PART_HEADS, rows, (), ("price>",))


def _part_row(part: Part, equity: float) -> tuple[str, ...]:
    won = percent(part.wins / part.trades)
    money = (signed_usd(part.price), signed_usd(-part.fees), signed_usd(part.funding), signed_usd(part.net))
    return (part.name, str(part.trades), won, *money, signed_percent(part.net / equity))


def open_table(trades: Sequence[Trade]) -> Iterator[Table]:
    """What was still open at the end, and was closed at the last price."""
    left = [trade for trade in trades if trade.reason is Reason.END]
    if not left:
        return
    heads = ("coin", "leg", "size>", "entry", "price>", "last>", "P&L>")
    rows = tuple(
        (
            trade.coin,
            trade.leg.value,
            number(trade.size),
            utc(trade.entry_ms)[:16],
            average(exact(trade.entry_price)),
            average(exact(trade.exit_price)),
            signed_usd(trade.pnl),
        )
        for trade in left[:_OPEN_MAX]
    )
    more = (f"and {plural(len(left) - _OPEN_MAX, 'more')}",) if len(left) > _OPEN_MAX else ()
    yield Table("left open", heads, rows, more)


def months_table(answered: Answered) -> Iterator[Table]:
    """A row a year, a column a month."""
    run = answered.asked.run
    months = [] if run is None else monthly(run, answered.study.equity)
    if not months:
        return
    fractions = {month.name: month.fraction for month in months}
    rows = []
    for year in sorted({name[:_YEAR] for name in fractions}):
        cells = [fractions.get(f"{year}-{month}") for month in _MONTHS]
        whole = 1.0
        for fraction in cells:
            whole *= 1.0 + (fraction or 0.0)
        shown = ("" if fraction is None else f"{fraction * 100:+.1f}" for fraction in cells)
        rows.append((year, *shown, f"{(whole - 1.0) * 100:+.1f}"))
    yield Table("returns by month, %", ("", *(f"{m}>" for m in _MONTHS), "year>"), tuple(rows))


def drawdowns_table(answered: Answered) -> Iterator[Table]:
    """The deepest falls with their dates."""
    run = answered.asked.run
    falls = [] if run is None else drawdowns(run, answered.study.equity)
    if not falls:
        return
    deepest = sorted(falls, key=lambda fall: (-fall.fraction, fall.peak_ms))[:_DRAWDOWNS_MAX]
    rows = tuple(
        (
            percent(fall.fraction),
            utc(fall.peak_ms)[:16],
            utc(fall.trough_ms)[:16],
            "not yet" if fall.recovered_ms is None else utc(fall.recovered_ms)[:16],
        )
        for fall in deepest
    )
    yield Table("deepest drawdowns", ("depth>", "peak", "trough", "recovered"), rows)

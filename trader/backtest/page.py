"""A backtest as the page of `--html`: figures, candles with the trades of the asked model, curves of all."""

from collections.abc import Iterator, Sequence

from trader.backtest.answer import NOT_RUN, Answered
from trader.backtest.bands import Band
from trader.backtest.study import Study, Trade
from trader.backtest.summary import win_rate
from trader.backtest.tables import bands_table, span_of, traded
from trader.core.candles import Candles
from trader.core.text import percent, signed_percent, signed_usd, usd
from trader.report.page.document import Coin, Curve, Deal, Figure, LevelMove, Page, Step
from trader.report.page.lines import lines_of
from trader.report.page.thinning import BARS_MAX
from trader.report.tables import Table


def page_of(answered: Answered, *, audit: Sequence[Step] = (), more: Sequence[Table] = ()) -> Page:
    """Everything that the answer has to show."""
    run = answered.asked.run
    return Page(
        title=f"Backtest: {traded(answered)}",
        subtitle=span_of(answered),
        figures=tuple(_figures(answered)),
        facts=tuple(_facts(answered)),
        notes=answered.notes,
        coins=tuple(_coin(answered.study, coin) for coin in sorted(answered.study.tapes)),
        deals=tuple(_deal(trade) for trade in answered.trades),
        moves=() if run is None else tuple(LevelMove(m.trade, m.at_ms, m.stop, m.target) for m in run.moves),
        curves=tuple(_curves(answered)),
        audit=tuple(audit),
        tables=(bands_table(answered), *more),
    )


def _figures(answered: Answered) -> Iterator[Figure]:
    for band in answered.banded.bands:
        yield _figure(band)
    rate = win_rate(answered.trades)
    if rate is not None:
        must = "" if rate.break_even is None else f" (even at {percent(rate.break_even)})"
        yield Figure("won", f"{percent(rate.actual)}{must}")
    if answered.banded.fragile:
        yield Figure("verdict", "FRAGILE", "bad")


def _figure(band: Band) -> Figure:
    if band.summary is None:
        return Figure(band.name, NOT_RUN)
    tone = "good" if band.summary.net > 0.0 else "bad" if band.summary.net < 0.0 else ""
    value = f"{signed_percent(band.summary.return_fraction)} ({signed_usd(band.summary.net)})"
    return Figure(band.name, value, tone)


def _facts(answered: Answered) -> Iterator[tuple[str, str]]:
    study = answered.study
    yield "engine", answered.engine
    yield "fills", answered.fills
    yield "equity at the start", f"{usd(study.equity)} USD"
    yield "fees", f"maker {study.fees.maker * 1e4:g} bps, taker {study.fees.taker * 1e4:g} bps"


def _coin(study: Study, coin: str) -> Coin:
    """The bars with the strategy's lines; without them where the page puts bars together."""
    bars = study.tapes[coin].bars
    opened = bars.open_ms.tolist()
    columns = (bars.open, bars.high, bars.low, bars.close, bars.volume)
    candles = Candles(coin, bars.frame_ms, tuple(opened), *(tuple(column.tolist()) for column in columns))
    lines = () if len(bars) > BARS_MAX else lines_of(study.policy.markets[coin], candles)
    prices = (candles.open, candles.high, candles.low, candles.close)
    return Coin(coin, bars.frame_ms, opened, *prices, lines)


def _deal(trade: Trade) -> Deal:
    return Deal(
        coin=trade.coin,
        strategy=trade.strategy,
        leg=trade.leg.value,
        entry_ms=trade.entry_ms,
        entry_price=trade.entry_price,
        exit_ms=trade.exit_ms,
        exit_price=trade.exit_price,
        reason=trade.reason.value,
        size=trade.size,
        fee=trade.fee,
        funding=trade.funding,
        pnl=trade.pnl,
        pnl_fraction=trade.pnl_fraction,
        undecidable=trade.undecidable,
    )


def _curves(answered: Answered) -> Iterator[Curve]:
    """The asked one first: months and drawdowns are told of it."""
    asked = answered.asked
    others = [band for band in answered.banded.bands if band.model != asked.model]
    for band in (asked, *others):
        if band.run is not None:
            yield Curve(band.name, band.run.at_ms.tolist(), band.run.equity.tolist())

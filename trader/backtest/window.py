"""A live account's own window as a study, and the trades of its replay as a comparison wants them.

Rules: bars are the venue's own, candles standing in for marks; nothing slips, so that whatever the account
paid beyond is told as slippage. Funding is at the rates at which the account was paid itself, which follow
from the amount where the record tells none; where it held nothing they are not known. A trade that is open
at the end pays no fee for leaving, as an account's has not.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import numpy as np

from trader.backtest.study import Fees, Reason, Run, Study
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.candles import Candles
from trader.core.market import Market, exact
from trader.core.orders import Fill, Funding
from trader.core.ownership import ordered
from trader.core.policy import Policy
from trader.exchange.fill_model import FillModel
from trader.report.drift import Side

# As prices were: no slippage, gaps at the open, the stop first where a bar does not say.
AS_IT_WAS = FillModel(slippage_bps=0.0, ambiguous="stop")


def window_study(
    policy: Policy,
    candles: Sequence[Candles],
    payments: Sequence[Funding],
    fills: Sequence[Fill],
    *,
    markets: Mapping[str, Market],
    fees: Fees,
    equity: float,
    start_ms: int,
    end_ms: int,
) -> Study:
    """What the program would have done on these bars with this much money."""
    tapes = {
        each.coin: Tape(each.coin, _bars(each), funding=_rates(each, payments, fills)) for each in candles
    }
    return Study(
        policy=policy,
        markets={coin: markets[coin] for coin in tapes},
        tapes=tapes,
        model=AS_IT_WAS,
        fees=fees,
        equity=equity,
        start_ms=start_ms,
        end_ms=end_ms,
    )


def sides_of(run: Run, fees: Fees) -> list[Side]:
    """The replay's trades; floats become exact by their shortest text."""
    return [
        Side(
            coin=trade.coin,
            leg=trade.leg,
            signal_ms=trade.signal_ms,
            entry_bar_ms=trade.entry_ms,
            entry_price=exact(trade.entry_price),
            exit_bar_ms=trade.exit_ms,
            exit_price=exact(trade.exit_price),
            reason=trade.reason.value,
            size=exact(trade.size),
            fee=exact(trade.fee) - _leaving(trade.reason, trade.size, trade.exit_price, fees),
            funding=exact(trade.funding),
        )
        for trade in run.trades
    ]


def _leaving(reason: Reason, size: float, price: float, fees: Fees) -> Decimal:
    """The fee of a close that only the end of the bars made."""
    return exact(size) * exact(price) * exact(fees.taker) if reason is Reason.END else Decimal(0)


def _bars(candles: Candles) -> Bars:
    def column(values: Iterable[float]) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        return np.array(tuple(values), dtype=np.float64)

    return Bars(
        candles.frame_ms,
        np.array(candles.open_ms, dtype=np.int64),
        column(candles.open),
        column(candles.high),
        column(candles.low),
        column(candles.close),
        column(candles.volume),
    )


def _rates(candles: Candles, payments: Sequence[Funding], fills: Sequence[Fill]) -> Rates | None:
    """What was due at each moment at which the account paid or was paid."""
    own = ordered([fill for fill in fills if fill.coin == candles.coin])
    found = {p.at_ms: _rate(p, candles, own) for p in payments if p.coin == candles.coin}
    known = sorted((at_ms, rate) for at_ms, rate in found.items() if rate is not None)
    if not known:
        return None
    return Rates(
        np.array([at_ms for at_ms, _ in known], dtype=np.int64),
        np.array([rate for _, rate in known], dtype=np.float64),
    )


def _rate(payment: Funding, candles: Candles, fills: Sequence[Fill]) -> float | None:
    """The venue's own, or the one that makes this amount of what was held, at the open of its bar."""
    if payment.rate is not None:
        return float(payment.rate)
    place = bisect_right(candles.open_ms, payment.at_ms) - 1
    before = [fill for fill in fills if fill.at_ms <= payment.at_ms]
    held = before[-1].position_after if before else fills[0].position_before if fills else Decimal(0)
    if place < 0 or held == 0:
        return None
    return -float(payment.amount) / (float(held) * candles.open[place])

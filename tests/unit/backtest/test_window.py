"""An account's window as a study: its rates, its money at the start, the replay's trades made comparable."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.backtest_runs import a_run, a_trade
from tests.support.builders import (
    CLOSE_MS,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_snapshot,
    dec,
    flat_candles,
    holdings,
)
from tests.unit.report.test_standing import a_trade as an_own_trade
from trader.backtest.drifting import equity_before
from trader.backtest.study import Fees, Reason, Study
from trader.backtest.window import sides_of, window_study
from trader.core.candles import Candles
from trader.core.errors import Malformed
from trader.core.orders import Fill, Funding
from trader.report.drift_own import Window

FEES = Fees(maker=0.0002, taker=0.0005)
WINDOW = Window(CLOSE_MS, CLOSE_MS + 1_000_000, {"BTC": dec(100_000)})


def test_the_replays_trades_are_exact_and_pay_no_fee_for_the_end_of_the_bars() -> None:
    ended, left = a_trade(reason=Reason.TARGET), a_trade(reason=Reason.END)
    one, two = sides_of(a_run([ended, left]), FEES)
    assert (one.fee, one.reason) == (dec(ended.fee), "target")
    assert two.fee == dec(left.fee) - dec(left.size) * dec(left.exit_price) * dec(FEES.taker)
    assert (one.entry_price, one.exit_price, one.size) == (
        dec(ended.entry_price),
        dec(ended.exit_price),
        dec(ended.size),
    )
    assert (one.signal_ms, one.entry_bar_ms, one.exit_bar_ms) == (
        ended.signal_ms,
        ended.entry_ms,
        ended.exit_ms,
    )


def test_rates_are_those_that_the_account_was_paid_at() -> None:
    paid = [
        Funding("BTC", 7, dec("-0.1"), dec("0.0001")),
        Funding("BTC", 3, dec("0.1"), dec("-0.0002")),
        Funding("BTC", 7, dec("0.1"), dec("0.0001")),
        Funding("ETH", 3, dec("0.1"), None),
    ]
    candles = (flat_candles("BTC"), flat_candles("ETH"))
    study = asked(candles, paid)
    rates = study.tapes["BTC"].funding
    assert rates is not None
    assert (rates.at_ms.tolist(), rates.rate.tolist()) == ([3, 7], [-0.0002, 0.0001])
    assert study.tapes["ETH"].funding is None
    assert study.tapes["BTC"].bars.close.tolist() == list(candles[0].close)
    assert study.model.slippage_bps == study.model.spread_bps == 0.0


def asked(candles: tuple[Candles, ...], paid: Sequence[Funding], *fills: Fill) -> Study:
    return window_study(
        a_policy(),
        candles,
        paid,
        fills,
        markets={"BTC": a_market(), "ETH": a_market("ETH")},
        fees=FEES,
        equity=1000.0,
        start_ms=0,
        end_ms=CLOSE_MS,
    )


@pytest.mark.parametrize(("signed", "amount", "rate"), [("0.02", "-0.4", 0.0002), ("-0.02", "-0.4", -0.0002)])
def test_a_rate_that_is_not_told_follows_from_the_amount(signed: str, amount: str, rate: float) -> None:
    candles = flat_candles("BTC")
    at_ms = candles.open_ms[5] + 60_000
    price = Decimal(str(candles.open[5]))
    half = a_fill(Decimal(signed) / 2, at_ms=at_ms - 2, fill_id="1")
    rest = a_fill(Decimal(signed) / 2, Decimal(signed) / 2, at_ms=at_ms, fill_id="2")
    after = a_fill(-Decimal(signed), Decimal(signed), at_ms=at_ms + 1, fill_id="3")
    paid = Funding("BTC", at_ms, Decimal(amount) * price / 100_000, None)
    rates = asked((candles,), [paid], after, rest, half).tapes["BTC"].funding
    assert rates is not None
    assert rates.rate.tolist() == pytest.approx([rate])
    flat = asked((candles,), [replace(paid, at_ms=at_ms + 1)], after, rest, half).tapes["BTC"].funding
    assert flat is None
    unpriced = asked((candles,), [replace(paid, at_ms=candles.open_ms[0] - 1)], after).tapes["BTC"].funding
    assert unpriced is None
    held_before = asked((candles,), [replace(paid, at_ms=at_ms - 9)], after).tapes["BTC"].funding
    assert held_before is not None and held_before.rate.tolist() == pytest.approx([rate])


def test_the_money_at_the_start_is_what_leads_to_now() -> None:
    held = holdings((a_position(unrealised=dec("7")),))
    closed = an_own_trade(exit_ms=CLOSE_MS, pnl=dec("30"))
    earlier = an_own_trade(exit_ms=CLOSE_MS - 1, pnl=dec("500"))
    still = an_own_trade(exit_ms=None, exit_price=None, pnl=None, fee=dec("0.4"), funding=dec("-0.1"))
    assert equity_before(a_snapshot(held), [closed, earlier, still], WINDOW) == Decimal("963.5")


def test_more_withdrawn_than_there_was_is_refused() -> None:
    rich = [an_own_trade(exit_ms=CLOSE_MS, pnl=dec("1000"))]
    with pytest.raises(Malformed, match="more was withdrawn in it than it began with"):
        equity_before(a_snapshot(), rich, WINDOW)
    assert equity_before(a_snapshot(), [replace(rich[0], pnl=dec("999"))], WINDOW) == 1

"""Binance's own client trades on the embedded exchange over HTTP; nothing is changed but its base path."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from binance_common.errors import TooManyRequestsError, UnauthorizedError
from binance_sdk_derivatives_trading_usds_futures.rest_api.models import (
    PlaceMultipleOrdersBatchOrdersParameterInner as BatchOrder,
)

from tests.support.binance_client import (
    BTC,
    HOUR_MS,
    MINUTE_MS,
    NOW_MS,
    Session,
    client_session,
    complaints,
)
from trader.exchange.orders import Liquidity
from trader.sim.faults import Fault, Plan


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Iterator[Session]:
    yield from client_session(monkeypatch)
    assert complaints(caplog) == []


def test_a_stop_goes_first_and_a_whole_trade_follows(session: Session) -> None:
    first = session.stop("first-stop", 95_000.0, quantity=0.02, reduce_only="true")
    assert (first.algo_status, first.close_position, first.quantity) == ("NEW", False, "0.020")
    assert session.open_algos() == ["first-stop"]
    entry = session.buy(0.02, new_client_order_id="entry")
    assert (entry.status, entry.executed_qty) == ("FILLED", "0.020")
    session.stop("standing-stop", 95_000.0)
    session.stop("target", 110_000.0, type="TAKE_PROFIT_MARKET")
    session.api.cancel_algo_order(client_algo_id="first-stop")
    assert session.open_algos() == ["standing-stop", "target"]
    assert session.algo_status("first-stop") == "CANCELED"
    assert session.refused(session.stop, "second-stop", 96_000.0) == -4130
    # A stop is moved over a bridge: the old one goes only when another one stands.
    session.stop("bridge", 96_000.0, quantity=0.02, reduce_only="true")
    session.api.cancel_algo_order(client_algo_id="standing-stop")
    session.stop("moved-stop", 96_000.0)
    session.api.cancel_algo_order(client_algo_id="bridge")
    assert session.open_algos() == ["target", "moved-stop"]
    session.let_pass(3 * MINUTE_MS, BTC=95_500.0)
    assert session.amounts() == {}
    assert session.open_algos() == []
    fired = session.api.query_algo_order(client_algo_id="moved-stop").data()
    assert (fired.algo_status, fired.actual_qty) == ("FINISHED", "0.020")
    assert session.algo_status("target") == "EXPIRED"
    closing = session.api.query_order(symbol=BTC, orig_client_order_id="moved-stop").data()
    assert (str(closing.order_id), closing.status) == (fired.actual_order_id, "FILLED")
    trades = session.api.account_trade_list(symbol=BTC).data()
    assert [(row.order_id, row.side) for row in trades] == [
        (entry.order_id, "BUY"),
        (closing.order_id, "SELL"),
    ]
    assert Decimal(str(trades[1].realized_pnl)) < -80


def test_a_resting_order_is_changed_and_cancelled(session: Session) -> None:
    fields: dict[str, Any] = {"price": 90_000.0 + 6_000, "time_in_force": "GTX"}
    resting = session.buy(0.01, new_client_order_id="resting", **fields)
    assert resting.status == "NEW"
    changed = session.api.modify_order(
        symbol=BTC, side="BUY", quantity=0.02, price=96_500.0, order_id=resting.order_id
    ).data()
    assert (changed.order_id, changed.price, changed.orig_qty) == (resting.order_id, "96500.00", "0.020")
    rows = session.api.current_all_open_orders(symbol=BTC).data()
    assert [row.client_order_id for row in rows] == ["resting"]
    one = session.api.query_current_open_order(symbol=BTC, order_id=resting.order_id).data()
    assert one.orig_qty == "0.020"
    assert session.refused(session.buy, 0.01, new_client_order_id="resting", **fields) == -4116
    ended = session.api.cancel_order(symbol=BTC, orig_client_order_id="resting").data()
    assert ended.status == "CANCELED"
    assert session.refused(session.api.cancel_order, symbol=BTC, order_id=resting.order_id) == -2011
    history = session.api.all_orders(symbol=BTC).data()
    assert [(row.client_order_id, row.status) for row in history] == [("resting", "CANCELED")]


def test_an_entry_that_fills_in_part_and_a_close(session: Session) -> None:
    model = session.served.exchange.model
    model.set_liquidity("BTC", Liquidity(size=Decimal("0.004")))
    entry = session.buy(0.01)
    assert (entry.status, entry.executed_qty) == ("EXPIRED", "0.004")
    assert session.amounts() == {(BTC, "BOTH"): "0.004"}
    model.set_liquidity("BTC", Liquidity())
    closed = session.api.new_order(
        symbol=BTC,
        side="SELL",
        type="MARKET",
        quantity=0.004,
        reduce_only="true",
        new_order_resp_type="RESULT",
    ).data()
    assert (closed.status, closed.executed_qty, closed.reduce_only) == ("FILLED", "0.004", True)
    assert session.amounts() == {}
    again: dict[str, Any] = {"symbol": BTC, "side": "SELL", "type": "MARKET", "quantity": 0.004}
    assert session.refused(session.api.new_order, **again, reduce_only="true") == -2022


def test_both_sides_are_held_in_hedge_mode(session: Session) -> None:
    api = session.api
    assert api.change_position_mode(dual_side_position="true").data().msg == "success"
    assert session.refused(api.change_position_mode, dual_side_position="true") == -4059
    assert session.refused(session.buy, 0.01) == -4061
    long = {"position_side": "LONG"}
    session.stop("long-stop", 95_000.0, quantity=0.01, **long)
    session.buy(0.01, **long)
    session.stop("short-stop", 105_000.0, side="BUY", quantity=0.02, position_side="SHORT")
    session.buy(0.02, side="SELL", price=99_000.0, position_side="SHORT")
    assert session.amounts() == {(BTC, "LONG"): "0.010", (BTC, "SHORT"): "-0.020"}
    assert (
        session.refused(session.buy, 0.01, side="SELL", price=99_000.0, reduce_only="true", **long) == -1106
    )
    assert session.refused(session.buy, 0.011, side="SELL", price=99_000.0, **long) == -2022
    assert session.refused(api.change_position_mode, dual_side_position="false") in (-4067, -4068)
    session.let_pass(3 * MINUTE_MS, BTC=94_900.0)
    assert session.amounts() == {(BTC, "SHORT"): "-0.020"}
    assert session.algo_status("long-stop") == "FINISHED"
    assert session.algo_status("short-stop") == "NEW"
    quantiles = api.position_adl_quantile_estimation(symbol=BTC).data()
    assert [row.symbol for row in quantiles] == [BTC]
    risk = api.position_information_v2(symbol=BTC).data()
    assert sorted((row.position_side, row.position_amt) for row in risk) == [
        ("LONG", "0.000"),
        ("SHORT", "-0.020"),
    ]


def test_a_batch_has_an_answer_for_each(session: Session) -> None:
    rows = [
        BatchOrder(symbol=BTC, side="BUY", type="LIMIT", timeInForce="GTC", quantity=0.01, price=price)
        for price in (96_000.0, 96_000.01, 96_500.0)
    ]
    placed = session.api.place_multiple_orders(batch_orders=rows).data()
    assert [getattr(row, "code", None) for row in placed] == [None, -4014, None]
    ids = [row.order_id for row in placed if row.order_id is not None]
    ended = session.api.cancel_multiple_orders(symbol=BTC, order_id_list=ids).data()
    assert [row.status for row in ended] == ["CANCELED", "CANCELED"]
    session.buy(0.01, price=96_000.0, time_in_force="GTC")
    assert session.api.cancel_all_open_orders(symbol=BTC).data().code == 200
    assert session.api.current_all_open_orders().data() == []


def test_a_countdown_ends_entries_and_spares_stops(session: Session) -> None:
    session.stop("spared", 95_000.0, quantity=0.01, reduce_only="true")
    session.buy(0.01, price=96_000.0, time_in_force="GTC")
    started = session.api.auto_cancel_all_open_orders(symbol=BTC, countdown_time=5_000).data()
    assert (started.symbol, started.countdown_time) == (BTC, "5000")
    session.let_pass(6_000)
    assert session.api.current_all_open_orders().data() == []
    assert session.open_algos() == ["spared"]
    assert session.api.cancel_all_algo_open_orders(symbol=BTC).data().code == 200
    assert session.open_algos() == []


def test_funding_is_paid_and_told(session: Session) -> None:
    session.buy(0.01)
    session.let_pass(9 * HOUR_MS)
    rows = session.api.get_income_history(income_type="FUNDING_FEE").data()
    assert [row.income for row in rows] == ["-0.10000000"]
    assert [row.income_type for row in session.api.get_income_history().data()] == [
        "TRANSFER",
        "COMMISSION",
        "FUNDING_FEE",
    ]
    rates = session.api.get_funding_rate_history(symbol=BTC, start_time=NOW_MS).data()
    assert [row.funding_rate for row in rates] == ["0.00010000"]


def test_settings_and_account(session: Session) -> None:
    api = session.api
    assert api.change_initial_leverage(symbol=BTC, leverage=7).data().leverage == 7
    assert api.change_margin_type(symbol=BTC, margin_type="ISOLATED").data().msg == "success"
    assert session.refused(api.change_margin_type, symbol=BTC, margin_type="ISOLATED") == -4046
    setting = api.symbol_configuration(symbol=BTC).data()[0]
    assert (setting.margin_type, setting.leverage) == ("ISOLATED", 7)
    session.buy(0.01)
    account = api.account_information_v3().data()
    held = account.positions[0]
    assert (held.symbol, held.position_amt) == (BTC, "0.010")
    assert Decimal(str(held.isolated_wallet)) == pytest.approx(Decimal("142.87"), abs=Decimal("0.1"))
    assert len(api.account_information_v2().data().positions) == 3
    alias = api.futures_account_balance_v3().data()
    assert str(alias).count(session.served.keys.account_id) == 1
    assert api.futures_account_configuration().data().dual_side_position is False
    assert api.get_current_position_mode().data().dual_side_position is False
    assert api.get_current_multi_assets_mode().data().multi_assets_margin is False
    assert api.user_commission_rate(symbol=BTC).data().taker_commission_rate == "0.0005"
    assert api.get_bnb_burn_status().data().fee_burn is False
    assert len(api.query_user_rate_limit().data()) == 2
    assert api.users_force_orders().data() == []
    brackets = api.notional_and_leverage_brackets(symbol=BTC).data()
    assert brackets is not None


def test_market_data(session: Session) -> None:
    api = session.api
    assert api.check_server_time().data().server_time == NOW_MS
    assert api.test_connectivity().data() is not None
    listed = api.exchange_information().data().symbols
    assert [row.symbol for row in listed] == ["BTCUSDT", "ETHUSDT", "SOLUSDT"]
    rows = api.kline_candlestick_data(symbol=BTC, interval="1h", limit=5).data()
    assert len(rows) == 5
    assert api.mark_price(symbol=BTC) is not None
    assert len(api.mark_price_kline_candlestick_data(symbol=BTC, interval="1m", limit=3).data()) == 3
    assert api.order_book(symbol=BTC, limit=5).data().bids[0][0] == "99995.0"
    assert api.get_funding_rate_info().data() == []
    for read in (
        api.mark_price,
        api.symbol_price_ticker_v2,
        api.symbol_order_book_ticker,
        api.ticker24hr_price_change_statistics,
    ):
        assert BTC in str(read(symbol=BTC).data())
        assert BTC in str(read().data())


def test_limits_reach_the_client_as_its_own_errors(session: Session) -> None:
    used = session.api.exchange_information().rate_limits
    assert [(row.rateLimitType, row.count) for row in used] == [("REQUEST_WEIGHT", 1)]
    venue = session.served.exchange.venue
    venue.weights.limit = 1
    with pytest.raises(TooManyRequestsError) as limited:
        session.api.exchange_information()
    assert limited.value.retry_after == 60


def test_a_revoked_key_reaches_the_client_as_its_own_error(session: Session) -> None:
    session.served.server.line.arm(Plan.of(Fault("V20")))
    with pytest.raises(UnauthorizedError) as refused:
        session.api.futures_account_balance_v3()
    assert str(refused.value.status_code) == "-2015"

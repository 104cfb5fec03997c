"""OKX's Python client trades on the embedded exchange over HTTP; nothing is changed but its domain."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded_okx import HOUR_MS, stop
from tests.support.embedded_wire import MINUTE_MS, NOW_MS
from tests.support.okx_client import BTC, ETH, Session, client_session
from trader.exchange.orders import Liquidity
from trader.sim.faults import Fault, Plan

# The client hands its body to httpx in a way that httpx no longer likes; that is between the two of them.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")


@pytest.fixture(params=[True, False], ids=["long and short", "net"])
def session(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    yield from client_session(monkeypatch, two_sided=request.param)


def enter(session: Session, sz: str = "2", **more: Any) -> str:
    """An immediate long entry."""
    asked: dict[str, Any] = {"tdMode": "cross", "side": "buy", "ordType": "ioc", "px": "100300"}
    asked |= {"sz": sz, "posSide": session.leg("long"), "clOrdId": "entry"}
    return str(session.one(session.trade.place_order(BTC, **(asked | more)))["ordId"])


def protect(session: Session, trigger: str, **more: Any) -> Any:
    """A stop for the whole long position."""
    asked: dict[str, Any] = {"instId": BTC, "tdMode": "cross", "side": "sell", "ordType": "conditional"}
    asked |= {"closeFraction": "1", "slTriggerPx": trigger, "slOrdPx": "-1", "slTriggerPxType": "mark"}
    asked |= {"posSide": session.leg("long"), "reduceOnly": "" if session.is_two_sided else "true"}
    return session.trade.place_algo_order(**(asked | more))


def test_a_whole_trade(session: Session) -> None:
    session.one(session.account.set_leverage(5, "cross", instId=BTC))
    number = enter(session, attachAlgoOrds=stop("95000", attachAlgoClOrdId="attached1"))
    entry = session.order("entry")
    assert (entry["ordId"], entry["state"], entry["accFillSz"], entry["lever"]) == (
        number,
        "filled",
        "2",
        "5",
    )
    assert entry["attachAlgoOrds"][0]["attachAlgoClOrdId"] == "attached1"
    attached = session.algo("attached1")
    assert (attached["state"], attached["sz"], attached["slTriggerPx"]) == ("live", "2", "95000")
    # The standing stop belongs to the position and takes the place of the attached one.
    session.one(protect(session, "95000", algoClOrdId="standing1"))
    session.one(session.trade.cancel_algo_order([{"instId": BTC, "algoId": attached["algoId"]}]))
    assert session.waiting() == ["standing1"]
    assert session.algo("attached1")["state"] == "canceled"
    assert session.refusal(protect(session, "94000", algoClOrdId="second1")) == "51088"
    # It is moved where it stands.
    moved = session.trade.amend_algo_order(BTC, algoClOrdId="standing1", newSlTriggerPx="98000")
    assert session.one(moved)["algoId"] == session.algo("standing1")["algoId"]
    held = session.one(session.account.get_positions(instId=BTC))
    assert held["closeOrderAlgo"][0]["slTriggerPx"] == "98000"
    wrong = session.trade.amend_algo_order(BTC, algoClOrdId="standing1", newSlTriggerPx="100001")
    assert session.refusal(wrong) == "51304"
    # The stop fires, and its order is found by its number.
    session.let_pass(3 * MINUTE_MS, BTC=97_900.0)
    assert session.sizes() == {}
    fired = session.algo("standing1")
    assert (fired["state"], fired["actualSide"], fired["actualSz"]) == ("effective", "sl", "2")
    child = session.one(session.trade.get_order(BTC, ordId=fired["ordIdList"][0]))
    assert (child["source"], child["algoClOrdId"], child["state"]) == ("7", "standing1", "filled")
    fills = session.rows(session.trade.get_fills(instType="SWAP"))
    assert [(row["ordId"], row["side"]) for row in fills] == [(child["ordId"], "sell"), (number, "buy")]
    ended = session.one(session.account.get_positions_history(instId=BTC))
    total = sum(Decimal(row["fillPnl"]) + Decimal(row["fee"]) for row in fills)
    assert Decimal(ended["realizedPnl"]) == total < 0
    gone = session.one(session.account.get_positions(instId=BTC))
    assert gone["pos"] == "0"


def test_an_entry_that_fills_in_part(session: Session) -> None:
    session.served.exchange.model.set_liquidity("BTC", Liquidity(size=Decimal("0.005")))
    enter(session, attachAlgoOrds=stop("95000", attachAlgoClOrdId="attached1"))
    row = session.order("entry")
    assert (row["state"], row["accFillSz"], row["cancelSource"]) == ("canceled", "0.5", "14")
    assert session.waiting() == []
    assert session.refusal(session.trade.get_algo_order_details(algoClOrdId="attached1")) == "51603"
    session.one(protect(session, "95000", algoClOrdId="standing1"))
    assert list(session.sizes().values()) == ["0.5"]


def test_a_resting_order_is_changed_and_cancelled(session: Session) -> None:
    number = enter(session, ordType="post_only", px="99000", clOrdId="rests")
    assert session.order("rests")["state"] == "live"
    session.one(session.trade.amend_order(BTC, ordId=number, newPx="98500", newSz="3"))
    rows = session.rows(session.trade.get_order_list(instType="SWAP"))
    assert [(row["clOrdId"], row["px"], row["sz"]) for row in rows] == [("rests", "98500", "3")]
    again = session.trade.place_order(
        BTC, "cross", "buy", "limit", "1", clOrdId="rests", px="99000", posSide=session.leg("long")
    )
    assert session.refusal(again) == "51016"
    session.one(session.trade.cancel_order(BTC, clOrdId="rests"))
    assert session.refusal(session.trade.cancel_order(BTC, clOrdId="rests")) == "51400"
    rows = session.rows(session.trade.get_orders_history("SWAP", state="canceled"))
    assert [row["clOrdId"] for row in rows] == ["rests"]


def test_a_batch_that_succeeds_in_part(session: Session) -> None:
    one = {"instId": BTC, "tdMode": "cross", "side": "buy", "ordType": "limit", "px": "99000", "sz": "1"}
    one |= {"posSide": session.leg("long")}
    orders = [
        one | {"clOrdId": "first"},
        one | {"clOrdId": "second", "sz": "0.001"},
        one | {"clOrdId": "third"},
    ]
    said = session.trade.place_multiple_orders(orders)
    assert (said["code"], [row["sCode"] for row in said["data"]]) == ("2", ["0", "51020", "0"])
    cancels = [{"instId": BTC, "clOrdId": name} for name in ("first", "third")]
    assert len(session.rows(session.trade.cancel_multiple_orders(cancels))) == 2


def test_a_position_is_closed_at_market(session: Session) -> None:
    enter(session)
    session.one(session.trade.close_positions(BTC, "cross", posSide=session.leg("long"), clOrdId="closing1"))
    assert session.sizes() == {}
    assert session.order("closing1")["state"] == "filled"
    again = session.trade.close_positions(BTC, "cross", posSide=session.leg("long"))
    assert session.refusal(again) == "51023"


def test_a_target_beside_the_stop(session: Session) -> None:
    enter(session)
    session.one(protect(session, "95000", algoClOrdId="standing1"))
    target = {"instId": BTC, "tdMode": "cross", "side": "sell", "ordType": "conditional", "sz": "2"}
    target |= {"tpTriggerPx": "102000", "tpOrdPx": "-1", "tpTriggerPxType": "mark", "reduceOnly": "true"}
    target |= {"posSide": session.leg("long"), "algoClOrdId": "target1"}
    session.one(session.trade.place_algo_order(cxlOnClosePos="true", **target))
    session.let_pass(3 * MINUTE_MS, BTC=102_100.0)
    assert session.sizes() == {}
    assert session.algo("target1")["actualSide"] == "tp"
    assert session.algo("standing1")["state"] == "canceled"
    ended = session.rows(session.trade.order_algos_history("conditional", state="effective"))
    assert [row["algoClOrdId"] for row in ended] == ["target1"]


def test_funding_is_billed(session: Session) -> None:
    enter(session, sz="10")
    session.let_pass(9 * HOUR_MS)
    row = session.one(session.account.get_account_bills(instType="SWAP", type="8"))
    assert (row["subType"], row["instId"], Decimal(row["balChg"])) == ("173", BTC, Decimal(-1))
    assert session.one(session.account.get_positions())["fundingFee"] == "-1"
    archive = session.rows(session.account.get_account_bills_archive(instType="SWAP"))
    assert [bill["type"] for bill in archive] == ["8", "2"]


def test_the_account_s_money_is_told_whole(session: Session) -> None:
    """What came in and what positions realised, in parts and at the end, is what the account has."""
    user = session.served.exchange.user
    enter(session, sz="10")
    session.let_pass(9 * HOUR_MS, BTC=101_000.0)
    leg = session.leg("long")
    reduce: dict[str, Any] = {"reduceOnly": "" if session.is_two_sided else "true", "posSide": leg}
    for sz in ("4", "6"):
        session.one(session.trade.place_order(BTC, "cross", "sell", "market", sz, **reduce))
        session.let_pass(HOUR_MS)
    session.served.exchange.venue.move_money(user, Decimal(-300))
    transfers = session.rows(session.account.get_account_bills(type="1", ccy="USDT"))
    assert [(row["balChg"], row["subType"]) for row in transfers] == [("-300", "12"), ("10000", "11")]
    end, part = session.rows(session.account.get_positions_history(instType="SWAP"))
    assert (part["type"], end["type"]) == ("1", "2")
    older = session.account.get_positions_history(instType="SWAP", after=end["uTime"])
    assert session.rows(older) == [part]
    balance = session.one(session.account.get_account_balance(ccy="USDT"))["details"][0]
    assert Decimal(balance["eq"]) == 9700 + Decimal(end["realizedPnl"])
    bills = session.rows(session.account.get_account_bills_archive())
    assert sum(Decimal(row["balChg"]) for row in bills) == Decimal(balance["eq"])


def test_a_maintenance_is_announced_and_closes(session: Session) -> None:
    session.served.server.line.arm(Plan.of(Fault("V28", params={"service": "3", "serves": True})))
    assert session.one(session.status.status(state="ongoing"))["serviceType"] == "3"
    assert session.one(session.account.get_account_balance())["totalEq"] == "10000"
    session.served.server.line.arm(Plan.of(Fault("V28")))
    assert session.refusal(session.account.get_account_balance()) == "50001"


def test_both_sides_of_one_coin(session: Session) -> None:
    enter(session)
    short = session.trade.place_order(BTC, "cross", "sell", "market", "3", posSide=session.leg("short"))
    session.one(short)
    wanted = {"long": "2", "short": "3"} if session.is_two_sided else {"net": "-1"}
    assert session.sizes() == wanted


def test_the_position_mode_is_turned(session: Session) -> None:
    other = "net_mode" if session.is_two_sided else "long_short_mode"
    enter(session, clOrdId="first")
    assert session.refusal(session.account.set_position_mode(other)) == "59000"
    session.one(session.trade.close_positions(BTC, "cross", posSide=session.leg("long")))
    session.one(session.account.set_position_mode(other))
    assert session.one(session.account.get_account_config())["posMode"] == other
    enter(session, clOrdId="second")
    assert session.order("second")["posSide"] == (session.leg("long") or "net")


def test_an_account_is_read(session: Session) -> None:
    uid = session.served.keys.account_id
    config = session.one(session.account.get_account_config())
    assert (config["uid"], config["perm"]) == (uid, "read_only,trade")
    balance = session.one(session.account.get_account_balance())
    assert balance["details"][0]["eq"] == "10000"
    fee = session.one(session.account.get_fee_rates("SWAP", instFamily="BTC-USDT"))
    assert fee["taker"] == "-0.0005"
    levers = session.rows(session.account.get_leverage("cross", instId=BTC))
    assert len(levers) == (2 if session.is_two_sided else 1)
    assert session.one(session.account.get_max_order_size(BTC, "cross"))["ccy"] == "USDT"


def test_market_data(session: Session) -> None:
    rows = session.rows(session.public.get_instruments("SWAP"))
    assert [row["instId"] for row in rows] == [BTC, ETH, "SOL-USDT-SWAP"]
    assert session.one(session.public.get_system_time())["ts"] >= str(NOW_MS)
    assert session.one(session.market.get_ticker(BTC))["last"] == "100000"
    candles = session.rows(session.market.get_candlesticks(BTC, bar="1H", limit="3"))
    assert [row[8] for row in candles] == ["0", "1", "1"]
    older = session.rows(
        session.market.get_history_candlesticks(BTC, bar="1H", after=candles[0][0], limit="2")
    )
    assert older == candles[1:]
    assert session.one(session.public.get_price_limit(BTC))["enabled"] is True
    assert session.one(session.public.get_mark_price("SWAP", instId=BTC))["markPx"] == "100000"
    assert session.one(session.public.get_funding_rate(BTC))["fundingRate"] == "0.0001"
    assert len(session.rows(session.public.funding_rate_history(BTC, limit="2"))) == 2
    tiers = session.rows(session.public.get_position_tiers("SWAP", "cross", instFamily="BTC-USDT"))
    assert tiers[0]["maxLever"] == "100"
    assert session.rows(session.status.status()) == []


def test_an_order_that_fails_later_and_an_error_without_a_result(session: Session) -> None:
    enter(session)
    session.served.server.line.arm(Plan.of(Fault("V5", what="trade/order-algo")))
    assert session.one(protect(session, "95000", algoClOrdId="dies"))["sCode"] == "0"
    assert (session.algo("dies")["state"], session.algo("dies")["failCode"]) == ("order_failed", "1000")
    lost = Fault("V26", what="trade/order", is_write=True, params={"code": "51149", "applied": True})
    session.served.server.line.arm(Plan.of(lost))
    said = session.trade.place_order(
        BTC, "cross", "buy", "market", "1", clOrdId="unsure", posSide=session.leg("long")
    )
    assert session.refusal(said) == "51149"
    assert session.order("unsure")["state"] == "filled"

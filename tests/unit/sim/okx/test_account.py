"""The account: configuration, balance, positions and their history, leverage, position mode, bills, fees."""

from dataclasses import replace
from decimal import Decimal
from itertools import pairwise

import pytest

from tests.support.embedded_okx import BTC, ETH, HOUR_MS, EmbeddedOkx, net, two_sided
from trader.sim.okx.fills import bill_id


def test_configuration() -> None:
    exchange = net()
    row = exchange.one("account/config")
    assert (row["uid"], row["posMode"], row["acctLv"]) == (exchange.me.account_id, "net_mode", "2")
    assert (row["perm"], row["ip"], row["stgyType"], row["type"]) == (
        "read_only,trade",
        "127.0.0.1",
        "0",
        "0",
    )
    assert two_sided().one("account/config")["posMode"] == "long_short_mode"
    assert net(account_level="3").one("account/config")["acctLv"] == "3"
    assert net().rows("asset/currencies") == []


def test_balance_in_futures_and_other_accounts() -> None:
    row = net().one("account/balance")
    assert (row["totalEq"], row["adjEq"], row["mgnRatio"]) == ("10000", "", "")
    detail = row["details"][0]
    assert (detail["ccy"], detail["eq"], detail["cashBal"], detail["availEq"]) == (
        "USDT",
        "10000",
        "10000",
        "10000",
    )
    assert net().one("account/balance", ccy="USDC")["details"] == []
    other = net(account_level="3").one("account/balance")
    assert (other["adjEq"], other["availEq"]) == ("10000", "10000")


def test_the_numbers_of_a_position_agree_with_each_other() -> None:
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="5", mgnMode="cross")
    exchange.order("buy", "10")
    exchange.move("BTC", 101_000.0)
    position, balance = exchange.one("account/positions"), exchange.one("account/balance")["details"][0]
    size = Decimal("0.1")
    upl = size * (Decimal(101_000) - Decimal(100_005))
    assert Decimal(position["upl"]) == upl == Decimal(balance["upl"])
    assert Decimal(balance["eq"]) == Decimal(balance["cashBal"]) + upl
    assert Decimal(position["notionalUsd"]) == size * 101_000
    assert Decimal(position["imr"]) == size * 101_000 / 5
    assert Decimal(position["mmr"]) == size * 101_000 * Decimal("0.004")
    need = size * 101_000 * (Decimal("0.004") + Decimal("0.0005"))
    assert Decimal(position["mgnRatio"]) == pytest.approx(Decimal(balance["eq"]) / need)
    assert Decimal(balance["availEq"]) == pytest.approx(Decimal(balance["eq"]) - Decimal(position["imr"]))
    assert (position["lever"], position["mgnMode"], position["margin"]) == ("5", "cross", "")
    assert Decimal(position["realizedPnl"]) == Decimal(position["fee"]) < 0


def test_liquidation_follows_the_venues_formula() -> None:
    """(margin + upl) / (value x (rate + fee)) reaches one at `liqPx`; the same as the wire's `mgnRatio`."""
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="10", mgnMode="isolated", posSide="net")
    exchange.order("sell", "10", tdMode="isolated")
    row = exchange.one("account/positions")
    margin, entry, size = Decimal(row["margin"]), Decimal(row["avgPx"]), Decimal("0.1")
    rates = Decimal("0.004") + Decimal("0.0005")
    expected = (margin + entry * size) / (size * (1 + rates))
    assert Decimal(row["liqPx"]) == pytest.approx(expected)
    assert exchange.position() == -size
    exchange.move("BTC", float(expected) + 50)
    assert exchange.position() == 0
    ended = exchange.one("account/positions-history")
    assert (ended["type"], ended["direction"]) == ("3", "short")
    forced = exchange.rows("trade/orders-history", instType="SWAP")[0]
    assert forced["category"] == "full_liquidation"
    fill = exchange.rows("trade/fills")[0]
    assert (int(fill["tradeId"]) < 0, fill["subType"], fill["ordId"]) == (True, "105", forced["ordId"])
    assert exchange.rows("account/bills", type="5")[0]["subType"] == "105"


def test_a_deleveraging_is_told() -> None:
    exchange = net()
    exchange.order("buy", "10")
    exchange.venue.model.adl(exchange.user, "BTC", Decimal("0.5"))
    assert exchange.one("account/positions")["pos"] == "5"
    assert exchange.one("account/positions-history")["type"] == "6"
    assert exchange.rows("account/bills", type="9")[0]["subType"] == "125"
    assert exchange.rows("trade/orders-history", instType="SWAP")[0]["category"] == "adl"


def test_the_end_of_a_coin_is_told() -> None:
    exchange = net()
    exchange.order("sell", "10")
    market = exchange.venue.model.market("BTC")
    assert market is not None
    exchange.venue.model.set_market(replace(market, is_delisted=True))
    assert exchange.rows("account/positions") == []
    (forced, _) = exchange.rows("trade/orders-history", instType="SWAP")
    assert forced["category"] == "delivery"
    fill = exchange.rows("trade/fills")[0]
    assert (fill["subType"], fill["ordId"]) == ("113", forced["ordId"])
    assert exchange.rows("account/bills", type="3")[0]["subType"] == "113"


def test_a_closed_position_is_told_where_it_is_named() -> None:
    exchange = net()
    exchange.order("buy", "2")
    number = exchange.one("account/positions")["posId"]
    exchange.order("sell", "2")
    assert exchange.rows("account/positions") == []
    assert exchange.rows("account/positions", instId=ETH) == []
    row = exchange.one("account/positions", instId=BTC)
    assert (row["pos"], row["posId"], row["avgPx"], row["liqPx"]) == ("0", number, "", "")
    exchange.clock.advance(30 * 24 * HOUR_MS + 1)
    assert exchange.rows("account/positions", instId=BTC) == []


def test_the_history_of_positions() -> None:
    exchange = net()
    exchange.order("buy", "2")
    exchange.order("sell", "1")
    row = exchange.one("account/positions-history")
    assert (row["type"], row["closeTotalPos"], row["openMaxPos"]) == ("1", "1", "2")
    exchange.order("sell", "1")
    exchange.order("sell", "1", instId=ETH)
    exchange.order("buy", "1", instId=ETH)
    rows = exchange.rows("account/positions-history")
    assert [(row["instId"], row["type"], row["direction"]) for row in rows] == [
        (ETH, "2", "short"),
        (BTC, "2", "long"),
        (BTC, "1", "long"),
    ]
    assert (rows[1]["posId"], rows[1]["cTime"]) == (rows[2]["posId"], rows[2]["cTime"])
    assert [row["closeTotalPos"] for row in rows[1:]] == ["2", "1"]
    total = Decimal(rows[1]["pnl"]) + Decimal(rows[1]["fee"]) + Decimal(rows[1]["fundingFee"])
    assert Decimal(rows[1]["realizedPnl"]) == total
    older = exchange.rows("account/positions-history", after=rows[0]["uTime"])
    assert [row["instId"] for row in older] == [BTC, BTC]
    assert exchange.rows("account/positions-history", instId=ETH)[0]["uTime"] == rows[0]["uTime"]


def test_leverage_by_margin_and_side() -> None:
    exchange = two_sided()
    exchange.done("account/set-leverage", instId=BTC, lever="7", mgnMode="cross")
    fields = {"instId": BTC, "lever": "4", "mgnMode": "isolated"}
    assert exchange.refused("account/set-leverage", **fields) == "51000"
    row = exchange.done("account/set-leverage", posSide="long", **fields)
    assert (row["lever"], row["posSide"]) == ("4", "long")
    told = {
        (margin, row["posSide"]): row["lever"]
        for margin in ("cross", "isolated")
        for row in exchange.rows("account/leverage-info", instId=BTC, mgnMode=margin)
    }
    assert told == {
        ("cross", "long"): "7",
        ("cross", "short"): "7",
        ("isolated", "long"): "4",
        ("isolated", "short"): "3",
    }
    assert exchange.refused("account/set-leverage", instId=BTC, lever="101", mgnMode="cross") == "59102"
    assert exchange.refused("account/set-leverage", instId=BTC, lever="0.5", mgnMode="cross") == "51000"
    assert exchange.refused("account/set-leverage", instId=BTC, lever="0", mgnMode="cross") == "59105"
    exchange.order("buy", "10")
    assert exchange.one("account/positions")["lever"] == "7"


def test_lower_leverage_needs_the_margin() -> None:
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="20", mgnMode="cross")
    exchange.order("buy", "100")
    assert exchange.refused("account/set-leverage", instId=BTC, lever="1", mgnMode="cross") == "59109"
    assert exchange.one("account/leverage-info", instId=BTC, mgnMode="cross")["lever"] == "20"


def test_the_position_mode_changes_only_when_nothing_is_open() -> None:
    exchange = net()
    exchange.order("buy", "1", px="99000", clOrdId="rests")
    assert exchange.refused("account/set-position-mode", posMode="long_short_mode") == "59000"
    exchange.done("trade/cancel-order", instId=BTC, clOrdId="rests")
    exchange.order("buy", "1")
    assert exchange.refused("account/set-position-mode", posMode="long_short_mode") == "59000"
    exchange.order("sell", "1")
    assert exchange.done("account/set-position-mode", posMode="long_short_mode") == {
        "posMode": "long_short_mode"
    }
    assert exchange.one("account/config")["posMode"] == "long_short_mode"
    assert exchange.refused("account/set-position-mode", posMode="both") == "51000"


def isolated() -> EmbeddedOkx:
    exchange = net()
    exchange.order("buy", "10", tdMode="isolated")
    return exchange


def test_margin_of_an_isolated_position() -> None:
    exchange = isolated()
    before = Decimal(exchange.one("account/positions")["margin"])
    fields = {"instId": BTC, "posSide": "net", "amt": "100"}
    row = exchange.done("account/position/margin-balance", type="add", **fields)
    assert (row["amt"], row["type"], row["posSide"]) == ("100", "add", "net")
    assert Decimal(exchange.one("account/positions")["margin"]) == before + 100
    large = fields | {"amt": "100000"}
    assert exchange.refused("account/position/margin-balance", type="add", **large) == "59301"
    assert net().refused("account/position/margin-balance", type="add", **fields) == "59300"


def test_bills_tell_where_the_money_went() -> None:
    exchange = net()
    exchange.order("buy", "10")
    exchange.clock.advance(9 * HOUR_MS)
    exchange.order("sell", "10")
    rows = exchange.rows("account/bills")
    assert [(row["type"], row["subType"]) for row in rows] == [
        ("2", "2"),
        ("8", "173"),
        ("2", "1"),
        ("1", "11"),
    ]
    funding = rows[1]
    assert Decimal(funding["pnl"]) == Decimal(funding["balChg"]) == Decimal("-1")
    assert (funding["sz"], funding["ordId"]) == ("10", "")
    balance = exchange.one("account/balance")["details"][0]["cashBal"]
    assert rows[0]["bal"] == balance
    for newer, older in pairwise(rows):
        assert Decimal(newer["bal"]) - Decimal(newer["balChg"]) == Decimal(older["bal"])
    assert int(rows[0]["billId"]) > int(rows[1]["billId"]) > int(rows[2]["billId"])
    ended = exchange.one("account/positions-history")
    assert ended["fundingFee"] == "-1"
    assert exchange.rows("account/bills", type="8", instId=BTC) == [funding]
    assert exchange.rows("account/bills-archive", after=rows[1]["billId"], limit="1") == [rows[2]]
    assert exchange.rows("account/bills", before=rows[1]["billId"]) == [rows[0]]
    exchange.clock.advance(8 * 24 * HOUR_MS)
    assert exchange.rows("account/bills") == []
    assert len(exchange.rows("account/bills-archive")) == 4


def test_a_short_is_paid_while_the_rate_is_positive() -> None:
    exchange = net()
    exchange.order("sell", "10")
    exchange.clock.advance(9 * HOUR_MS)
    row = exchange.rows("account/bills", type="8")[0]
    assert (row["subType"], row["pnl"]) == ("174", "1")


def test_fees_are_negative_where_one_pays() -> None:
    row = net().one("account/trade-fee", instType="SWAP", instFamily="BTC-USDT")
    assert (row["taker"], row["maker"]) == ("-0.0005", "-0.0002")
    assert row["feeGroup"][0]["taker"] == "-0.0005"


def test_what_could_be_opened_in_contracts() -> None:
    exchange = net()
    exchange.done("account/set-leverage", instId=BTC, lever="10", mgnMode="cross")
    row = exchange.one("account/max-size", instId=BTC, tdMode="cross")
    assert row["maxBuy"] == row["maxSell"] == "100"


def test_bill_ids_grow_with_time() -> None:
    exchange = net()
    for _ in range(3):
        exchange.order("buy", "1")
    ids = [bill_id(fill) for fill in exchange.venue.model.fills(exchange.user)]
    assert ids == sorted(set(ids))
    assert len(str(ids[0])) == 19

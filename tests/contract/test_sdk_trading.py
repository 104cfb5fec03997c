"""The official client trades on the embedded exchange over HTTP; nothing is changed but its base URL."""

import itertools
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import eth_account
import pytest
from hyperliquid.exchange import Exchange
from hyperliquid.info import Info
from hyperliquid.utils import signing
from hyperliquid.utils.error import ClientError
from hyperliquid.utils.types import Cloid

from tests.support.embedded_wire import PRICES
from trader.parts.serving import Served, ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.sim.faults import Fault, Plan
from trader.sim.feed import ScriptedFeed, flat_feed

NOW_MS = 1_780_000_020_000
HOUR_MS = 3_600_000
CLIENTS_MODULE = "hyperliquid.exchange"


class Session:
    """One client against one exchange, on a clock that the test moves."""

    def __init__(self, served: Served, clock: ManualClock, feed: ScriptedFeed, exchange: Exchange) -> None:
        self.served, self.clock, self.feed, self.exchange = served, clock, feed, exchange
        self.address: str = exchange.wallet.address

    @property
    def info(self) -> Info:
        return self.exchange.info

    def position(self, coin: str) -> dict[str, Any] | None:
        rows = self.info.user_state(self.address)["assetPositions"]
        return next((row["position"] for row in rows if row["position"]["coin"] == coin), None)

    def statuses(self, reply: Any) -> list[Any]:
        assert reply["status"] == "ok", reply
        found: list[Any] = reply["response"]["data"]["statuses"]
        return found

    def let_pass(self, milliseconds: int, **prices: float) -> None:
        """Time passes; where a price is named it goes there in the next whole minute."""
        for coin, price in prices.items():
            begin = self.clock.now_ms() // 60_000 * 60_000 + 60_000
            self.feed.move(coin, price, from_ms=begin)
        self.clock.advance(milliseconds)


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    clock = ManualClock(NOW_MS)
    feed = flat_feed(PRICES, start_ms=NOW_MS - 24 * HOUR_MS, minutes=1)
    served = prepare(ServeOptions(feed=feed, equity=Decimal(10_000)), clock)
    # The client stamps nonces with the machine's time; here it has the exchange's, one more each.
    ticks = itertools.count()
    monkeypatch.setattr(f"{CLIENTS_MODULE}.get_timestamp_ms", lambda: clock.now_ms() + next(ticks))
    wallet = eth_account.Account.from_key("0x" + "42" * 32)
    with served.server:
        exchange = Exchange(wallet, base_url=served.server.url, timeout=10)
        yield Session(served, clock, feed, exchange)
        exchange.session.close()
        exchange.info.session.close()
    served.close()


def test_a_limit_order_rests_is_changed_and_cancelled_by_id(session: Session) -> None:
    gtc: Any = {"limit": {"tif": "Gtc"}}
    first = session.statuses(session.exchange.order("BTC", True, 0.001, 90_000, gtc))[0]["resting"]["oid"]
    assert session.info.query_order_by_oid(session.address, first)["order"]["status"] == "open"
    changed = session.exchange.modify_order(first, "BTC", True, 0.002, 90_500, gtc)
    second = session.statuses(changed)[0]["resting"]["oid"]
    assert second != first
    rows = session.info.open_orders(session.address)
    assert [(row["oid"], row["sz"], row["limitPx"]) for row in rows] == [(second, "0.002", "90500.0")]
    assert session.statuses(session.exchange.cancel("BTC", second)) == ["success"]
    assert "error" in session.statuses(session.exchange.cancel("BTC", second))[0]
    assert session.info.open_orders(session.address) == []


def test_a_client_id_finds_and_cancels_its_order(session: Session) -> None:
    cloid = Cloid.from_int(7)
    resting = session.exchange.order("ETH", False, 0.1, 2_100, {"limit": {"tif": "Alo"}}, cloid=cloid)
    assert session.statuses(resting)[0]["resting"]["cloid"] == cloid.to_raw()
    found = session.info.query_order_by_cloid(session.address, cloid)
    assert (found["order"]["status"], found["order"]["order"]["tif"]) == ("open", "Alo")
    assert session.statuses(session.exchange.cancel_by_cloid("ETH", cloid)) == ["success"]
    found = session.info.query_order_by_cloid(session.address, cloid)
    assert found["order"]["status"] == "canceled"


def test_market_orders_open_and_close(session: Session) -> None:
    opened = session.statuses(session.exchange.market_open("SOL", False, 2))[0]["filled"]
    assert (opened["totalSz"], opened["avgPx"]) == ("2.0", "149.99")
    held = session.position("SOL")
    assert held is not None
    assert held["szi"] == "-2.0"
    session.clock.advance(1_000)
    closed = session.statuses(session.exchange.market_close("SOL"))[0]["filled"]
    assert closed["totalSz"] == "2.0"
    assert session.position("SOL") is None
    fills = session.info.user_fills(session.address)
    assert [fill["dir"] for fill in fills] == ["Close Short", "Open Short"]
    later = session.info.user_fills_by_time(session.address, fills[0]["time"])
    assert [fill["tid"] for fill in later] == [fills[0]["tid"]]


def bracket(session: Session, entry: float, tif: signing.Tif) -> list[Any]:
    """An entry with target and stop attached."""
    wires: list[Any] = [
        {
            "coin": "BTC",
            "is_buy": True,
            "sz": 0.01,
            "limit_px": entry,
            "order_type": {"limit": {"tif": tif}},
            "reduce_only": False,
        }
    ]
    for kind, trigger_px, bound in (("tp", 110_000, 99_000), ("sl", 95_000, 85_000)):
        wires.append(
            {
                "coin": "BTC",
                "is_buy": False,
                "sz": 0.01,
                "limit_px": bound,
                "order_type": {"trigger": {"triggerPx": trigger_px, "isMarket": True, "tpsl": kind}},
                "reduce_only": True,
            }
        )
    return session.statuses(session.exchange.bulk_orders(wires, grouping="normalTpsl"))


def test_an_entry_with_target_and_stop_attached(session: Session) -> None:
    first, *children = bracket(session, 101_000, "Ioc")
    assert first["filled"]["totalSz"] == "0.01"
    assert children == ["waitingForFill", "waitingForFill"]
    rows = session.info.frontend_open_orders(session.address)
    assert {row["orderType"] for row in rows} == {"Stop Market", "Take Profit Market"}
    session.let_pass(180_000, BTC=94_000.0)
    assert session.position("BTC") is None
    assert session.info.frontend_open_orders(session.address) == []
    ended = session.info.historical_orders(session.address)
    statuses = {row["order"]["orderType"]: row["status"] for row in reversed(ended)}
    assert statuses["Stop Market"] == "filled"
    assert statuses["Take Profit Market"] == "siblingFilledCanceled"


def test_a_target_that_is_reached_takes_the_stop_with_it(session: Session) -> None:
    bracket(session, 101_000, "Ioc")
    session.let_pass(180_000, BTC=111_000.0)
    assert session.position("BTC") is None
    fill = session.info.user_fills(session.address)[0]
    assert (fill["dir"], fill["side"]) == ("Close Long", "A")
    assert Decimal(fill["closedPnl"]) > 90


def test_a_parent_that_rests_holds_its_children_back(session: Session) -> None:
    first, *_ = bracket(session, 99_000, "Gtc")
    rows = session.info.frontend_open_orders(session.address)
    assert len(next(row for row in rows if row["oid"] == first["resting"]["oid"])["children"]) == 2
    session.let_pass(180_000, BTC=98_500.0)
    held = session.position("BTC")
    assert held is not None
    assert held["szi"] == "0.01"
    assert len(session.info.frontend_open_orders(session.address)) == 2


def test_a_lone_stop_fires_on_mark(session: Session) -> None:
    session.exchange.market_open("ETH", True, 0.5)
    stop: Any = {"trigger": {"triggerPx": 1_900, "isMarket": True, "tpsl": "sl"}}
    placed = session.statuses(session.exchange.order("ETH", False, 0.5, 1_700, stop, reduce_only=True))
    oid = placed[0]["resting"]["oid"]
    session.let_pass(180_000, ETH=1_890.0)
    assert session.info.query_order_by_oid(session.address, oid)["order"]["status"] == "filled"
    assert session.position("ETH") is None


def test_leverage_and_isolated_margin(session: Session) -> None:
    assert session.exchange.update_leverage(5, "ETH", is_cross=False)["status"] == "ok"
    session.exchange.market_open("ETH", True, 0.5)
    before = session.position("ETH")
    assert session.exchange.update_isolated_margin(50, "ETH")["status"] == "ok"
    after = session.position("ETH")
    assert before is not None
    assert after is not None
    assert after["leverage"]["type"] == "isolated"
    assert Decimal(after["marginUsed"]) == Decimal(before["marginUsed"]) + 50
    assert Decimal(after["liquidationPx"]) < Decimal(before["liquidationPx"])
    refused = session.exchange.update_leverage(5, "ETH", is_cross=True)
    assert refused == {"status": "err", "response": "Cannot switch leverage type with open position."}


def test_funding_is_paid_and_told(session: Session) -> None:
    session.exchange.market_open("BTC", True, 0.01)
    session.let_pass(2 * HOUR_MS)
    paid = session.info.user_funding_history(session.address, NOW_MS)
    assert [row["delta"]["usdc"] for row in paid] == ["-0.0125", "-0.0125"]
    rates = session.info.funding_history("BTC", NOW_MS)
    assert [row["fundingRate"] for row in rates] == ["0.0000125"] * 2


def test_market_data(session: Session) -> None:
    assert session.info.all_mids()["BTC"] == "100000.0"
    assert [row["name"] for row in session.info.meta()["universe"]] == ["BTC", "ETH", "SOL"]
    assert len(session.info.meta_and_asset_ctxs()[1]) == 3
    assert session.info.l2_snapshot("ETH")["levels"][0][0]["px"] == "1999.9"
    rows = session.info.candles_snapshot("SOL", "1h", NOW_MS - 5 * HOUR_MS, NOW_MS)
    assert len(rows) == 6
    assert session.info.user_fees(session.address)["userCrossRate"] == "0.00045"
    assert session.info.portfolio(session.address)[0][0] == "day"
    assert session.info.user_role(session.address) == {"role": "missing"}


def test_an_agent_that_was_approved_trades_for_its_master(session: Session) -> None:
    session.exchange.market_open("BTC", True, 0.001)
    reply, key = session.exchange.approve_agent("bot")
    assert reply["status"] == "ok"
    agent = Exchange(
        eth_account.Account.from_key(key),
        base_url=session.served.server.url,
        account_address=session.address,
        timeout=10,
    )
    session.statuses(agent.market_close("BTC"))
    agent.session.close()
    agent.info.session.close()
    assert session.position("BTC") is None
    assert [row["name"] for row in session.info.extra_agents(session.address)] == ["bot"]


def test_an_expiry_is_signed_and_kept(session: Session) -> None:
    session.exchange.set_expires_after(session.clock.now_ms() - 1)
    refused = session.exchange.market_open("BTC", True, 0.001)
    assert refused == {"status": "err", "response": "Action already expired"}
    session.exchange.set_expires_after(session.clock.now_ms() + 10_000)
    assert "filled" in session.statuses(session.exchange.market_open("BTC", True, 0.001))[0]


def test_the_switch_that_needs_volume_a_transfer_and_a_noop(session: Session) -> None:
    session.exchange.market_open("BTC", True, 0.001)
    assert session.exchange.schedule_cancel(None)["response"].startswith("Cannot set scheduled cancel time")
    assert session.exchange.usd_transfer(1, "0x" + "22" * 20)["status"] == "err"
    assert session.exchange.noop(session.clock.now_ms() + 500)["status"] == "ok"
    assert "duplicate nonce" in session.exchange.noop(session.clock.now_ms() + 500)["response"]


def test_a_refused_rate_reaches_the_client_as_its_own_error(session: Session) -> None:
    session.served.server.line.arm(Plan.of(Fault("H1")))
    with pytest.raises(ClientError) as refused:
        session.info.all_mids()
    assert (refused.value.status_code, refused.value.error_message) == (429, "null")

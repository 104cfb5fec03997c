"""How long the venue tells of what is over: two hours, three days, seven days, three months."""

import pytest

from tests.support.embedded_okx import BTC, HOUR_MS, EmbeddedOkx, net

DAY_MS = 24 * HOUR_MS


def after(wait_ms: int, exchange: EmbeddedOkx) -> EmbeddedOkx:
    """An order that filled and one that was cancelled, so long ago."""
    exchange.order("buy", "1", clOrdId="filled")
    exchange.order("buy", "1", px="99000", clOrdId="gone")
    exchange.done("trade/cancel-order", instId=BTC, clOrdId="gone")
    exchange.clock.advance(wait_ms)
    return exchange


def listed(exchange: EmbeddedOkx, path: str) -> set[str]:
    return {row["clOrdId"] for row in exchange.rows(path, instType="SWAP")}


@pytest.mark.parametrize(
    ("wait_ms", "history", "archive"),
    [
        (HOUR_MS, {"filled", "gone"}, {"filled", "gone"}),
        (3 * HOUR_MS, {"filled"}, {"filled"}),
        (8 * DAY_MS, set(), {"filled"}),
        (100 * DAY_MS, set(), set()),
    ],
)
def test_orders(wait_ms: int, history: set[str], archive: set[str]) -> None:
    exchange = after(wait_ms, net())
    assert listed(exchange, "trade/orders-history") == history
    assert listed(exchange, "trade/orders-history-archive") == archive


def test_an_unfilled_cancelled_order_is_gone_after_two_hours() -> None:
    exchange = after(2 * HOUR_MS - 60_000, net())
    assert exchange.order_row("gone")["state"] == "canceled"
    exchange.clock.advance(2 * 60_000)
    assert exchange.read_refused("trade/order", instId=BTC, clOrdId="gone") == "51603"
    assert exchange.order_row("filled")["state"] == "filled"
    kept = after(3 * HOUR_MS, net(order_keeps_unfilled=True, archive_keeps_unfilled=True))
    assert kept.order_row("gone")["state"] == "canceled"
    assert listed(kept, "trade/orders-history-archive") == {"filled", "gone"}
    assert listed(kept, "trade/orders-history") == {"filled"}


def test_fills() -> None:
    exchange = after(4 * DAY_MS, net())
    assert exchange.rows("trade/fills") == []
    assert listed(exchange, "trade/fills-history") == {"filled"}
    assert exchange.read_refused("trade/fills-history") == "50014"
    exchange.clock.advance(90 * DAY_MS)
    assert listed(exchange, "trade/fills-history") == set()


def test_filters_of_fills_and_orders() -> None:
    exchange = net()
    exchange.order("buy", "1", clOrdId="one")
    exchange.clock.advance(HOUR_MS)
    exchange.order("buy", "2", clOrdId="two")
    rows = exchange.rows("trade/fills")
    assert [row["clOrdId"] for row in rows] == ["two", "one"]
    since = str(int(rows[0]["fillTime"]) - 1000)
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", begin=since)] == ["two"]
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", end=since)] == ["one"]
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", after=rows[0]["billId"])] == ["one"]
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", before=rows[1]["billId"])] == ["two"]
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", ordId=rows[1]["ordId"])] == ["one"]
    assert [row["clOrdId"] for row in exchange.rows("trade/fills", limit="1")] == ["two"]
    history = {"instType": "SWAP", "state": "filled"}
    assert len(exchange.rows("trade/orders-history", **history)) == 2
    assert [row["clOrdId"] for row in exchange.rows("trade/orders-history", begin=since, **history)] == [
        "two"
    ]
    assert exchange.rows("trade/orders-history", instType="SWAP", state="canceled") == []
    assert exchange.read_refused("trade/orders-history") == "50014"


def test_algos_are_told_for_three_months() -> None:
    exchange = net()
    exchange.order("buy", "1")
    exchange.algo("sell", sz="1", slTriggerPx="98000", algoClOrdId="stop1")
    exchange.write("trade/cancel-algos", [{"instId": BTC, "algoClOrdId": "stop1"}])
    exchange.clock.advance(89 * DAY_MS)
    listed_then = exchange.rows("trade/orders-algo-history", ordType="conditional", state="canceled")
    assert [row["algoClOrdId"] for row in listed_then] == ["stop1"]
    exchange.clock.advance(2 * DAY_MS)
    assert exchange.rows("trade/orders-algo-history", ordType="conditional", state="canceled") == []
    assert exchange.read_refused("trade/order-algo", algoClOrdId="stop1") == "51603"


def test_what_no_endpoint_shows_is_forgotten() -> None:
    exchange = after(0, net())
    exchange.algo("sell", sz="1", slTriggerPx="90000", algoClOrdId="waits")
    exchange.clock.advance(93 * DAY_MS)
    exchange.rows("account/balance")
    assert exchange.venue.book.orders == {}
    assert exchange.waiting() == ["waits"]

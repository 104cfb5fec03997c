"""The exchange in a file: what a process did is there for the next one, ids and algos included."""

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.embedded_okx import BTC, EmbeddedOkx, stop
from tests.support.embedded_wire import EQUITY, NOW_MS, PRICES
from trader.sim.clock import ManualClock
from trader.sim.feed import flat_feed
from trader.sim.line import Line
from trader.sim.mount import Mount
from trader.sim.okx.build import okx_bundle_feed, stored_app
from trader.sim.okx.switches import Switches


class Kept(EmbeddedOkx):
    """The same client, against an exchange in a file."""

    def __init__(self, path: Path, feed: Any, clock: ManualClock) -> None:
        super().__init__()
        self.clock = clock
        switches = Switches(equity=EQUITY, two_sided=False)
        self.stored = stored_app(path, feed, start_ms=NOW_MS, switches=switches)
        self.stored.declare(self.me, equity=EQUITY)
        self.line = Line(self.stored)
        self.mount = Mount(self.line, clock)


def test_another_process_finds_everything(tmp_path: Path) -> None:
    feed, clock = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1), ManualClock(NOW_MS)
    first = Kept(tmp_path / "okx.sqlite", feed, clock)
    first.order("buy", "2", clOrdId="entry", attachAlgoOrds=stop("98000", attachAlgoClOrdId="s1"))
    first.algo("sell", closeFraction="1", reduceOnly=True, slTriggerPx="97000", algoClOrdId="whole1")
    first.done("account/set-leverage", instId="ETH-USDT-SWAP", lever="9", mgnMode="cross")
    second = Kept(tmp_path / "okx.sqlite", feed, clock)
    assert second.order_row("entry") == first.order_row("entry")
    assert second.waiting() == ["whole1", "s1"]
    assert second.one("account/leverage-info", instId="ETH-USDT-SWAP", mgnMode="cross")["lever"] == "9"
    # Both take turns: what one does the other sees, and numbers are never given twice.
    one = second.order("buy", "1", px="99000", clOrdId="rests")["ordId"]
    two = first.order("buy", "1", px="98900", clOrdId="also")["ordId"]
    assert int(two) > int(one)
    assert {row["clOrdId"] for row in second.rows("trade/orders-pending")} == {"rests", "also"}
    feed.move("BTC", 97_900.0, from_ms=NOW_MS + 60_000)
    clock.advance(180_000)
    assert first.algo_row("s1")["state"] == "effective"
    assert second.algo_row("s1") == first.algo_row("s1")
    child = second.one("trade/order", instId=BTC, ordId=second.algo_row("s1")["ordId"])
    assert (child["algoClOrdId"], child["state"]) == ("s1", "filled")
    for each in (first, second):
        each.stored.close()


def test_the_shipped_prices_fit_the_venue() -> None:
    feed = okx_bundle_feed()
    for coin, decimals in (("BTC", 1), ("ETH", 2), ("SOL", 2)):
        bar = feed.minute(coin, NOW_MS)
        assert Decimal(str(bar.open)) == round(Decimal(str(bar.open)), decimals)


@pytest.mark.parametrize("equity", [None, Decimal(77)])
def test_a_paper_account_is_funded_once(tmp_path: Path, equity: Decimal | None) -> None:
    feed, clock = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1), ManualClock(NOW_MS)
    kept = Kept(tmp_path / "okx.sqlite", feed, clock)
    kept.stored.declare(kept.me, equity=equity)
    assert kept.one("account/balance")["totalEq"] == "10000"
    kept.stored.close()

"""OKX's Python client on a served exchange, its domain changed and nothing else, on a clock of the test."""

from collections.abc import Iterator
from decimal import Decimal
from functools import cached_property
from typing import Any

import okx.Account
import okx.MarketData
import okx.PublicData
import okx.Status
import okx.Trade
import pytest

from tests.support.embedded_okx import HOUR_MS, stamp_of
from tests.support.embedded_wire import MINUTE_MS, NOW_MS, PRICES
from trader.parts.serving import Served, ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.sim.feed import ScriptedFeed, flat_feed
from trader.sim.okx.switches import Switches

BTC, ETH = "BTC-USDT-SWAP", "ETH-USDT-SWAP"
_REAL = "0"


class Session:
    """One client against one exchange, on a clock that the test moves."""

    def __init__(self, served: Served, clock: ManualClock, feed: ScriptedFeed) -> None:
        self.served, self.clock, self.feed = served, clock, feed
        secrets = served.keys.secrets
        self._keys = [secrets[name] for name in ("API_KEY", "API_SECRET", "API_PASSPHRASE")]
        self._last: dict[str, Any] = {"flag": _REAL, "domain": served.server.url}
        self._opened: list[Any] = []

    def _open(self, client: Any) -> Any:
        self._opened.append(client)
        return client

    @cached_property
    def trade(self) -> Any:
        return self._open(okx.Trade.TradeAPI(*self._keys, **self._last))

    @cached_property
    def account(self) -> Any:
        return self._open(okx.Account.AccountAPI(*self._keys, **self._last))

    @cached_property
    def market(self) -> Any:
        return self._open(okx.MarketData.MarketAPI(**self._last))

    @cached_property
    def public(self) -> Any:
        return self._open(okx.PublicData.PublicAPI(**self._last))

    @cached_property
    def status(self) -> Any:
        return self._open(okx.Status.StatusAPI(**self._last))

    def close(self) -> None:
        for client in self._opened:
            client.close()

    @property
    def is_two_sided(self) -> bool:
        return bool(self.served.exchange.model.is_two_sided(self.served.exchange.user))

    def leg(self, name: str) -> str:
        """What an order says of its side."""
        return name if self.is_two_sided else ""

    def rows(self, said: Any) -> list[Any]:
        """The rows of an answer that must be a success, item by item."""
        assert said["code"] == "0", said
        assert all(row.get("sCode", "0") == "0" for row in said["data"] if isinstance(row, dict)), said
        found: list[Any] = said["data"]
        self.clock.advance(300)
        return found

    def one(self, said: Any) -> Any:
        found = self.rows(said)
        assert len(found) == 1, found
        return found[0]

    def refusal(self, said: Any) -> str:
        """The code of an answer that must not be a success."""
        assert said["code"] != "0", said
        self.clock.advance(300)
        return str(said["data"][0]["sCode"] if said["data"] else said["code"])

    def let_pass(self, milliseconds: int, **prices: float) -> None:
        """Time passes; where a price is named it goes there in the next whole minute."""
        for coin, price in prices.items():
            begin = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
            self.feed.move(coin, price, from_ms=begin)
        self.clock.advance(milliseconds)

    def sizes(self) -> dict[str, str]:
        """Contracts by side."""
        return {row["posSide"]: row["pos"] for row in self.rows(self.account.get_positions())}

    def waiting(self) -> list[str]:
        rows = self.rows(self.trade.order_algos_list(ordType="conditional,oco"))
        return [row["algoClOrdId"] for row in rows]

    def algo(self, client_id: str) -> Any:
        return self.one(self.trade.get_algo_order_details(algoClOrdId=client_id))

    def order(self, client_id: str, inst_id: str = BTC) -> Any:
        return self.one(self.trade.get_order(inst_id, clOrdId=client_id))


def client_session(monkeypatch: pytest.MonkeyPatch, *, two_sided: bool) -> Iterator[Session]:
    """A session, served for as long as it is wanted."""
    clock = ManualClock(NOW_MS)
    feed = flat_feed(PRICES, start_ms=NOW_MS - 24 * HOUR_MS, minutes=1)
    equity = Decimal(10_000)
    switches = Switches(equity=equity, two_sided=two_sided)
    served = prepare(ServeOptions(venue="okx", feed=feed, equity=equity, switches=switches), clock)
    # The client stamps requests with the machine's time; here it has the exchange's.
    monkeypatch.setattr("okx.utils.get_timestamp", lambda: stamp_of(clock.now_ms()))
    with served.server:
        session = Session(served, clock, feed)
        yield session
        session.close()
    served.close()

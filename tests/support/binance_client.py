"""Binance's own client on a served exchange, its base path changed and nothing else, on a clock of the test.

It reads every answer into strict models and complains in its log where one does not fit: see `complaints`.
"""

import logging
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from binance_common.configuration import ConfigurationRestAPI
from binance_common.errors import BadRequestError
from binance_sdk_derivatives_trading_usds_futures.rest_api import DerivativesTradingUsdsFuturesRestAPI

from trader.parts.serving import Served, ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.sim.feed import ScriptedFeed, flat_feed

NOW_MS = 1_780_000_020_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
PRICES = {"BTC": 100_000.0, "ETH": 2_000.0, "SOL": 150.0}
BTC = "BTCUSDT"


class Session:
    """One client against one exchange, on a clock that the test moves."""

    def __init__(
        self,
        served: Served,
        clock: ManualClock,
        feed: ScriptedFeed,
        api: DerivativesTradingUsdsFuturesRestAPI,
    ) -> None:
        self.served, self.clock, self.feed = served, clock, feed
        # Its generated types are unions that nobody could satisfy.
        self.api: Any = api

    def let_pass(self, milliseconds: int, **prices: float) -> None:
        """Time passes; where a price is named it goes there in the next whole minute."""
        for coin, price in prices.items():
            begin = self.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
            self.feed.move(coin, price, from_ms=begin)
        self.clock.advance(milliseconds)

    def amounts(self) -> dict[tuple[str, str], str]:
        rows = self.api.position_information_v3().data()
        return {(str(row.symbol), str(row.position_side)): str(row.position_amt) for row in rows}

    def buy(self, quantity: float, **fields: Any) -> Any:
        """An immediate entry."""
        asked: dict[str, Any] = {"symbol": BTC, "side": "BUY", "type": "LIMIT", "quantity": quantity}
        asked |= {"price": 101_000.0, "time_in_force": "IOC", "new_order_resp_type": "RESULT"}
        return self.api.new_order(**(asked | fields)).data()

    def stop(self, client_id: str, trigger: float, **fields: Any) -> Any:
        """A stop at market; for the whole position where no quantity is named."""
        asked: dict[str, Any] = {"algo_type": "CONDITIONAL", "symbol": BTC, "side": "SELL"}
        asked |= {"type": "STOP_MARKET", "trigger_price": trigger, "working_type": "MARK_PRICE"}
        asked |= {"client_algo_id": client_id}
        asked |= {} if "quantity" in fields else {"close_position": "true"}
        return self.api.new_algo_order(**(asked | fields)).data()

    def refused(self, act: Any, *arguments: Any, **fields: Any) -> int:
        with pytest.raises(BadRequestError) as caught:
            act(*arguments, **fields)
        return int(str(caught.value.status_code))

    def open_algos(self) -> list[str]:
        return [str(row.client_algo_id) for row in self.api.current_all_algo_open_orders().data()]

    def algo_status(self, client_id: str) -> str:
        return str(self.api.query_algo_order(client_algo_id=client_id).data().algo_status)


def client_session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A session, served for as long as it is wanted."""
    clock = ManualClock(NOW_MS)
    feed = flat_feed(PRICES, start_ms=NOW_MS - 24 * HOUR_MS, minutes=1)
    served = prepare(ServeOptions(venue="binance", feed=feed, equity=Decimal(10_000)), clock)
    # The client stamps requests with the machine's time; here it has the exchange's.
    monkeypatch.setattr("binance_common.utils.get_timestamp", clock.now_ms)
    secrets = served.keys.secrets
    with served.server:
        configuration = ConfigurationRestAPI(
            api_key=secrets["API_KEY"],
            api_secret=secrets["API_SECRET"],
            base_path=served.server.url,
            timeout=10_000,
            retries=0,
        )
        api = DerivativesTradingUsdsFuturesRestAPI(configuration)
        yield Session(served, clock, feed, api)
        api._session.close()
    served.close()


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the client said about answers that do not fit its models, while the test ran."""
    return [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.WARNING]

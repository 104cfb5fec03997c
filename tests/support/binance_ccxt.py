"""ccxt on a served exchange: its URLs stay the venue's, its socket goes elsewhere."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import requests
from ccxt import binanceusdm

from trader.parts.serving import Served, ServeOptions, prepare
from trader.sim.clock import ManualClock
from trader.sim.feed import flat_feed

NOW_MS = 1_780_000_020_000
PRICES = {"BTC": 100_000.0, "ETH": 2_000.0}
BTC = "BTC/USDT:USDT"


class Elsewhere(requests.adapters.HTTPAdapter):
    """Sends what is meant for the venue to a port on this machine."""

    def __init__(self, url: str) -> None:
        self._url = url
        super().__init__(max_retries=0)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **fields: Any) -> requests.Response:
        request.url = re.sub(r"^https://[^/]+", self._url, str(request.url))
        return super().send(request, *arguments, **fields)


class Client:
    """ccxt, and the exchange behind it."""

    def __init__(self, served: Served, clock: ManualClock) -> None:
        self.served, self.clock = served, clock
        options = {
            "fetchCurrencies": False,
            "fetchMargins": False,
            "recvWindow": 5_000,
            "fetchOpenOrders": {"warnWithoutSymbol": False},
        }
        secrets = served.keys.secrets
        keys = {"apiKey": secrets["API_KEY"], "secret": secrets["API_SECRET"]}
        self.ccxt: Any = binanceusdm({**keys, "enableRateLimit": False, "options": options})
        # Its nonce is the machine's time; here it has the exchange's.
        self.ccxt.milliseconds = clock.now_ms
        self.ccxt.session.mount("https://", Elsewhere(served.server.url))
        self.ccxt.load_markets()

    def stop(self, client_id: str, price: float, **fields: Any) -> Any:
        params = {"stopLossPrice": price, "clientAlgoId": client_id, "workingType": "MARK_PRICE", **fields}
        amount = None if "closePosition" in fields else 0.01
        return self.ccxt.create_order(BTC, "market", "sell", amount, None, params)


def ccxt_session() -> Iterator[Client]:
    """A client, served for as long as it is wanted."""
    clock = ManualClock(NOW_MS)
    feed = flat_feed(PRICES, start_ms=NOW_MS - 86_400_000, minutes=1)
    served = prepare(ServeOptions(venue="binance", feed=feed, equity=Decimal(10_000)), clock)
    with served.server:
        made = Client(served, clock)
        yield made
        made.ccxt.session.close()
    served.close()

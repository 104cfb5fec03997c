"""The questions that the adapter asks of `/info`, as requests: nothing else is ever asked.

The user is always the account: an agent's own address is answered with an empty account, not with an error.
Only what an address is may be asked of any.
"""

import json

from trader.core.ports import CandleNeed
from trader.core.wire import Request
from trader.venues.hyperliquid.parse_candles import INTERVALS

HEADERS = (("Content-Type", "application/json"),)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


class Questions:
    """Builds the reads of one account."""

    def __init__(self, base_url: str, account: str) -> None:
        self._url = f"{base_url}/info"
        self._account = account

    def _ask(self, kind: str, **more: object) -> Request:
        return self._post({"type": kind, **more})

    def _post(self, question: dict[str, object]) -> Request:
        return Request(self._url, _ENCODER.encode(question).encode(), headers=HEADERS)

    def market_table(self) -> Request:
        return self._ask("metaAndAssetCtxs")

    def open_orders(self) -> Request:
        return self._ask("frontendOpenOrders", user=self._account)

    def abstraction(self) -> Request:
        return self._ask("userAbstraction", user=self._account)

    def fees(self) -> Request:
        return self._ask("userFees", user=self._account)

    def leverage(self, coin: str) -> Request:
        return self._ask("activeAssetData", user=self._account, coin=coin)

    def state(self) -> Request:
        return self._ask("clearinghouseState", user=self._account)

    def order(self, client_id: str) -> Request:
        return self._ask("orderStatus", user=self._account, oid=f"0x{client_id}")

    def history(self) -> Request:
        return self._ask("historicalOrders", user=self._account)

    def fills(self, start_ms: int, end_ms: int | None = None) -> Request:
        until = {} if end_ms is None else {"endTime": end_ms}
        return self._ask("userFillsByTime", user=self._account, startTime=start_ms, **until)

    def funding(self, start_ms: int, end_ms: int | None = None) -> Request:
        until = {} if end_ms is None else {"endTime": end_ms}
        return self._ask("userFunding", user=self._account, startTime=start_ms, **until)

    def ledger(self, start_ms: int, end_ms: int | None = None) -> Request:
        until = {} if end_ms is None else {"endTime": end_ms}
        return self._ask("userNonFundingLedgerUpdates", user=self._account, startTime=start_ms, **until)

    def portfolio(self) -> Request:
        return self._ask("portfolio", user=self._account)

    def action_limits(self) -> Request:
        return self._ask("userRateLimit", user=self._account)

    def status(self) -> Request:
        return self._ask("exchangeStatus")

    def role(self, address: str) -> Request:
        return self._ask("userRole", user=address)

    def agents(self) -> Request:
        return self._ask("extraAgents", user=self._account)

    def candles(self, need: CandleNeed, start_ms: int) -> Request:
        """Without an end: the answer runs up to the bar now forming, which proves the one before closed."""
        asked = {"coin": need.coin, "interval": INTERVALS[need.frame_ms], "startTime": start_ms}
        return self._ask("candleSnapshot", req=asked)

"""The questions that the adapter asks, as targets of GET requests: nothing else is ever asked.

Values that need it are percent-encoded here, once, because what is sent is what is signed.
"""

from functools import lru_cache
from urllib.parse import quote

from trader.core.frozen import frozen
from trader.venues.okx.contracts import inst_id
from trader.venues.okx.parse_candles import BARS

CURRENCY = "USDT"
ROWS_A_PAGE = 100
BARS_A_PAGE = 300
RATES_A_PAGE = 400
RECENT_BARS = 1440
FULL_STATES = ("effective", "canceled", "order_failed")
EXITS = "conditional,oco"
TRIGGERS = "trigger"


@frozen
class Question:
    """One read; `what` is the endpoint for limits and messages, `target` what is sent and signed."""

    what: str
    target: str
    is_private: bool


@lru_cache(maxsize=128)
def _ask(path: str, *, is_private: bool = True, **query: str | int | None) -> Question:
    """The last ones are kept: a run asks most of its questions several times."""
    told = "&".join(
        f"{key}={quote(str(value), safe='')}" for key, value in query.items() if value is not None
    )
    whole = f"/api/v5/{path}"
    return Question(path, f"{whole}?{told}" if told else whole, is_private)


def clock() -> Question:
    return _ask("public/time", is_private=False)


def instruments() -> Question:
    return _ask("public/instruments", is_private=False, instType="SWAP")


def marks() -> Question:
    return _ask("public/mark-price", is_private=False, instType="SWAP")


def ticker(coin: str) -> Question:
    return _ask("market/ticker", is_private=False, instId=inst_id(coin))


def index(coin: str) -> Question:
    return _ask("market/index-tickers", is_private=False, instId=f"{coin}-USDT")


def price_limit(coin: str) -> Question:
    return _ask("public/price-limit", is_private=False, instId=inst_id(coin))


def funding_rate(coin: str) -> Question:
    return _ask("public/funding-rate", is_private=False, instId=inst_id(coin))


def tiers(coin: str, *, cross: bool) -> Question:
    kind = "cross" if cross else "isolated"
    return _ask(
        "public/position-tiers", is_private=False, instType="SWAP", tdMode=kind, instFamily=f"{coin}-USDT"
    )


def candles(coin: str, frame_ms: int, *, older_than_ms: int | None, back: int) -> Question:
    """A page of bars, newest first; `back` is how many bars before the newest it begins."""
    path = "market/candles" if back + BARS_A_PAGE <= RECENT_BARS else "market/history-candles"
    return _ask(
        path,
        is_private=False,
        instId=inst_id(coin),
        bar=BARS[frame_ms],
        after=older_than_ms,
        limit=BARS_A_PAGE,
    )


def config() -> Question:
    return _ask("account/config")


def balance() -> Question:
    return _ask("account/balance", ccy=CURRENCY)


def positions() -> Question:
    return _ask("account/positions")


def leverage(coin: str, *, cross: bool) -> Question:
    return _ask("account/leverage-info", instId=inst_id(coin), mgnMode="cross" if cross else "isolated")


def fees(coin: str) -> Question:
    return _ask("account/trade-fee", instType="SWAP", instFamily=f"{coin}-USDT")


def open_orders(after: str | None = None) -> Question:
    return _ask("trade/orders-pending", instType="SWAP", after=after, limit=ROWS_A_PAGE)


def open_algos(kinds: str, after: str | None = None) -> Question:
    return _ask("trade/orders-algo-pending", ordType=kinds, instType="SWAP", after=after, limit=ROWS_A_PAGE)


def order(coin: str, client_id: str) -> Question:
    return _ask("trade/order", instId=inst_id(coin), clOrdId=client_id)


def order_by_number(coin: str, order_id: str) -> Question:
    return _ask("trade/order", instId=inst_id(coin), ordId=order_id)


def algo(client_id: str) -> Question:
    return _ask("trade/order-algo", algoClOrdId=client_id)


def orders_history(after: str | None = None) -> Question:
    return _ask("trade/orders-history", instType="SWAP", after=after, limit=ROWS_A_PAGE)


def older_orders(until_ms: int, after: str | None = None) -> Question:
    """Those of the last three months that were made until a moment."""
    return _ask("trade/orders-history-archive", instType="SWAP", end=until_ms, after=after, limit=ROWS_A_PAGE)


def algos_history(kinds: str, state: str) -> Question:
    return _ask("trade/orders-algo-history", ordType=kinds, state=state, instType="SWAP", limit=ROWS_A_PAGE)


def fills(since_ms: int, after: str | None = None) -> Question:
    """The last three days, as fresh as they are."""
    return _ask("trade/fills", instType="SWAP", begin=since_ms, after=after, limit=ROWS_A_PAGE)


def older_fills(since_ms: int, until_ms: int, after: str | None = None) -> Question:
    return _ask(
        "trade/fills-history", instType="SWAP", begin=since_ms, end=until_ms, after=after, limit=ROWS_A_PAGE
    )


def funding_bills(since_ms: int, *, is_recent: bool, after: str | None = None) -> Question:
    """Payments; the last seven days, or the last three months."""
    path = "account/bills" if is_recent else "account/bills-archive"
    return _ask(path, instType="SWAP", type=8, begin=since_ms, after=after, limit=ROWS_A_PAGE)


def bills_of_day(since_ms: int, after: str | None = None) -> Question:
    """Whatever moved the account's money since a moment of the last seven days."""
    return _ask("account/bills", ccy=CURRENCY, begin=since_ms, after=after, limit=ROWS_A_PAGE)


def transfers(since_ms: int, *, is_recent: bool, after: str | None = None) -> Question:
    """Money that came or went; of the last seven days, or of the last three months."""
    path = "account/bills" if is_recent else "account/bills-archive"
    return _ask(path, ccy=CURRENCY, type=1, begin=since_ms, after=after, limit=ROWS_A_PAGE)


def ended_positions(after: str | None = None) -> Question:
    """Positions that were closed, or a part of them, newest first; `after` is a moment."""
    return _ask("account/positions-history", after=after, limit=ROWS_A_PAGE)


def status() -> Question:
    return _ask("system/status", is_private=False)


def funding_history(coin: str) -> Question:
    return _ask("public/funding-rate-history", is_private=False, instId=inst_id(coin), limit=RATES_A_PAGE)

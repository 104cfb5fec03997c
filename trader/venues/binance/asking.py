"""The questions that the adapter asks, each with the weight that the venue counts for it.

Open orders are asked for the whole account (40 each book) or coin by coin (1 each): which is rounds.py's to
choose.
"""

from functools import lru_cache

from trader.core.candles import DAY_MS, HOUR_MS, MINUTE_MS
from trader.venues.binance.signing import Question
from trader.venues.binance.symbols import symbol_of

INTERVALS = {
    MINUTE_MS: "1m",
    3 * MINUTE_MS: "3m",
    5 * MINUTE_MS: "5m",
    15 * MINUTE_MS: "15m",
    30 * MINUTE_MS: "30m",
    HOUR_MS: "1h",
    2 * HOUR_MS: "2h",
    4 * HOUR_MS: "4h",
    6 * HOUR_MS: "6h",
    8 * HOUR_MS: "8h",
    12 * HOUR_MS: "12h",
    DAY_MS: "1d",
}
ROWS_A_PAGE = 1_000
BARS_A_PAGE = 1_500
_WEIGHT_OF_BARS = ((100, 1), (500, 2), (1_001, 5))

TIME = Question("/fapi/v1/time", is_signed=False, weight=1)
RULES = Question("/fapi/v1/exchangeInfo", is_signed=False, weight=1)
FUNDING_INTERVALS = Question("/fapi/v1/fundingInfo", is_signed=False, weight=0)  # counted apart
TIERS = Question("/fapi/v1/leverageBracket", weight=1)
ACCOUNT = Question("/fapi/v3/account")
BALANCE = Question("/fapi/v3/balance")
POSITIONS = Question("/fapi/v3/positionRisk")
ACCOUNT_SETTINGS = Question("/fapi/v1/accountConfig")
COIN_SETTINGS = Question("/fapi/v1/symbolConfig")
KEY_RIGHTS = Question("/sapi/v1/account/apiRestrictions", of_wallet=True, weight=0)


@lru_cache(maxsize=128)
def _asked(
    path: str, coin: str | None = None, *, is_signed: bool = True, weight: int = 5, **more: object
) -> Question:
    # The last ones are kept: a run asks most of its questions several times.
    named = {} if coin is None else {"symbol": symbol_of(coin)}
    given = {name: str(value) for name, value in more.items() if value is not None}
    return Question(path, tuple((named | given).items()), is_signed=is_signed, weight=weight)


def open_orders(coin: str | None = None) -> Question:
    return _asked("/fapi/v1/openOrders", coin, weight=40 if coin is None else 1)


def open_algo_orders(coin: str | None = None) -> Question:
    return _asked("/fapi/v1/openAlgoOrders", coin, weight=40 if coin is None else 1)


def order(coin: str, client_id: str) -> Question:
    return _asked("/fapi/v1/order", coin, weight=1, origClientOrderId=client_id)


def order_by_number(coin: str, order_id: str) -> Question:
    return _asked("/fapi/v1/order", coin, weight=1, orderId=order_id)


def algo_order(client_id: str) -> Question:
    return _asked("/fapi/v1/algoOrder", weight=1, clientAlgoId=client_id)


def all_orders(coin: str, *, from_order: str | None = None, since_ms: int | None = None) -> Question:
    """Of the last seven days, or from a number or a moment on."""
    return _asked("/fapi/v1/allOrders", coin, orderId=from_order, startTime=since_ms, limit=ROWS_A_PAGE)


def all_algo_orders(coin: str, *, since_ms: int | None = None) -> Question:
    return _asked("/fapi/v1/allAlgoOrders", coin, startTime=since_ms, limit=ROWS_A_PAGE)


def trades(coin: str, *, start_ms: int, end_ms: int | None = None) -> Question:
    return _asked("/fapi/v1/userTrades", coin, startTime=start_ms, endTime=end_ms, limit=ROWS_A_PAGE)


def trades_from(coin: str, trade_id: int) -> Question:
    return _asked("/fapi/v1/userTrades", coin, fromId=trade_id, limit=ROWS_A_PAGE)


def forced_orders(coin: str, *, start_ms: int) -> Question:
    return _asked("/fapi/v1/forceOrders", coin, weight=20, startTime=start_ms, limit=100)


def fee_rates(coin: str) -> Question:
    return _asked("/fapi/v1/commissionRate", coin, weight=20)


def funding_paid(start_ms: int) -> Question:
    kind = "FUNDING_FEE"
    return _asked("/fapi/v1/income", weight=30, incomeType=kind, startTime=start_ms, limit=ROWS_A_PAGE)


def income(start_ms: int, *, page: int) -> Question:
    """All kinds, oldest first."""
    return _asked("/fapi/v1/income", weight=30, startTime=start_ms, page=page, limit=ROWS_A_PAGE)


def mark_price(coin: str | None) -> Question:
    return _asked("/fapi/v1/premiumIndex", coin, is_signed=False, weight=1 if coin else 10)


def best_prices(coin: str | None) -> Question:
    return _asked("/fapi/v1/ticker/bookTicker", coin, is_signed=False, weight=2 if coin else 5)


def bars(coin: str, frame_ms: int, *, limit: int, start_ms: int | None = None) -> Question:
    """The newest bars, or those from a moment on; the last one may still be forming."""
    return _asked(
        "/fapi/v1/klines",
        coin,
        is_signed=False,
        weight=next((weight for below, weight in _WEIGHT_OF_BARS if limit < below), 10),
        interval=INTERVALS[frame_ms],
        startTime=start_ms,
        limit=limit,
    )

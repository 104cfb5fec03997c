"""Every path that is served: its endpoint, who may ask, its budget, and the shape of its envelope.

Rules: a path that is not listed does not exist. Budgets are per two seconds unless the endpoint's page says
otherwise; a batch of orders spends one for each, from the budget of batches.
"""

from collections.abc import Callable

from trader.core.frozen import frozen
from trader.sim.okx import (
    account_read,
    account_write,
    algos_read,
    algos_write,
    market_read,
    orders_read,
    orders_write,
    positions,
    public_read,
)
from trader.sim.okx.budgets import Budget
from trader.sim.okx.calls import Call, Raw, Reply, Row
from trader.sim.okx.keys import READ, TRADE

Endpoint = Callable[[Call], "list[Row] | Reply | Raw"]
API = "/api/v5/"


@frozen
class Route:
    """One endpoint. `permission` "" is public; `is_timed`: the envelope carries the gateway's times."""

    endpoint: Endpoint
    budget: Budget
    permission: str = ""
    is_array: bool = False
    is_timed: bool = False

    @property
    def is_write(self) -> bool:
        return self.permission == TRADE


def _public(name: str, endpoint: Endpoint, limit: int, scope: str = "ip", window_ms: int = 2_000) -> Route:
    return Route(endpoint, Budget(name, limit, scope, window_ms))


def _read(name: str, endpoint: Endpoint, limit: int, scope: str = "user", window_ms: int = 2_000) -> Route:
    return Route(endpoint, Budget(name, limit, scope, window_ms), READ)


def _write(
    name: str,
    endpoint: Endpoint,
    limit: int,
    scope: str = "user_inst",
    window_ms: int = 2_000,
    *,
    is_array: bool = False,
    is_timed: bool = False,
) -> Route:
    return Route(endpoint, Budget(name, limit, scope, window_ms), TRADE, is_array, is_timed)


_PUBLIC: dict[str, tuple[Endpoint, int, str]] = {
    "public/instruments": (public_read.instruments, 20, "ip"),
    "public/mark-price": (public_read.mark_price, 10, "ip_inst"),
    "public/price-limit": (public_read.price_limit, 20, "ip"),
    "public/funding-rate": (public_read.funding_rate, 10, "ip_inst"),
    "public/funding-rate-history": (public_read.funding_rate_history, 10, "ip_inst"),
    "public/time": (public_read.server_time, 10, "ip"),
    "public/position-tiers": (public_read.position_tiers, 10, "ip"),
    "market/ticker": (market_read.ticker, 20, "ip"),
    "market/tickers": (market_read.tickers, 20, "ip"),
    "market/index-tickers": (market_read.index_tickers, 20, "ip"),
    "market/books": (market_read.books, 40, "ip"),
    "market/candles": (market_read.candles, 40, "ip"),
    "market/history-candles": (market_read.history_candles, 20, "ip"),
    "market/mark-price-candles": (market_read.mark_candles, 20, "ip"),
    "market/history-mark-price-candles": (market_read.history_mark_candles, 10, "ip"),
}
_READS: dict[str, tuple[Endpoint, int]] = {
    "asset/currencies": (public_read.no_rows, 12),
    "account/instruments": (public_read.instruments, 20),
    "account/config": (account_read.config, 5),
    "account/balance": (account_read.balance, 10),
    "account/positions": (positions.positions, 10),
    "account/positions-history": (positions.positions_history, 10),
    "account/leverage-info": (account_read.leverage_info, 20),
    "account/trade-fee": (account_read.trade_fee, 5),
    "account/max-size": (account_read.max_size, 20),
    "account/bills-archive": (account_read.bills_archive, 5),
    "trade/orders-pending": (orders_read.pending, 60),
    "trade/orders-history": (orders_read.history, 40),
    "trade/orders-history-archive": (orders_read.archive, 20),
    "trade/fills": (orders_read.fills, 60),
    "trade/fills-history": (orders_read.fills_history, 10),
    "trade/order-algo": (algos_read.get_algo, 20),
    "trade/orders-algo-pending": (algos_read.pending, 20),
    "trade/orders-algo-history": (algos_read.history, 20),
}
ROUTES: dict[tuple[str, str], Route] = {
    **{("GET", path): _public(path, end, limit, scope) for path, (end, limit, scope) in _PUBLIC.items()},
    **{("GET", path): _read(path, end, limit) for path, (end, limit) in _READS.items()},
    ("GET", "system/status"): _public("system/status", public_read.system_status, 1, "ip", 5_000),
    ("GET", "trade/order"): _read("get order", orders_read.get_order, 60, "user_inst"),
    ("GET", "account/bills"): _read("account/bills", account_read.bills, 5, "user", 1_000),
    ("POST", "trade/order"): _write("place", orders_write.place_order, 60, is_timed=True),
    ("POST", "trade/batch-orders"): _write(
        "place batch", orders_write.batch_orders, 300, is_array=True, is_timed=True
    ),
    ("POST", "trade/cancel-order"): _write("cancel", orders_write.cancel_order, 60, is_timed=True),
    ("POST", "trade/cancel-batch-orders"): _write(
        "cancel batch", orders_write.cancel_batch_orders, 300, is_array=True, is_timed=True
    ),
    ("POST", "trade/amend-order"): _write("amend", orders_write.amend_order, 60, is_timed=True),
    ("POST", "trade/amend-batch-orders"): _write(
        "amend batch", orders_write.amend_batch_orders, 300, is_array=True, is_timed=True
    ),
    ("POST", "trade/close-position"): _write("close", orders_write.close_position, 20),
    ("POST", "trade/cancel-all-after"): _write("timer", orders_write.cancel_all_after, 1, "user", 1_000),
    ("POST", "trade/order-algo"): _write("place algo", algos_write.order_algo, 20),
    ("POST", "trade/cancel-algos"): _write("cancel algo", algos_write.cancel_algos, 20, is_array=True),
    ("POST", "trade/amend-algos"): _write("amend algo", algos_write.amend_algos, 20),
    ("POST", "account/set-leverage"): _write("leverage", account_write.set_leverage, 20, "user"),
    ("POST", "account/set-position-mode"): _write(
        "position setting", account_write.set_position_mode, 5, "user"
    ),
    ("POST", "account/position/margin-balance"): _write("margin", account_write.margin_balance, 20, "user"),
}
# A batch of one counts as the single request.
SINGLE_OF = {"place batch": "place", "cancel batch": "cancel", "amend batch": "amend"}

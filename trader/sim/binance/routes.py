"""Every endpoint: its method and path, what it demands, what it costs, and who answers it.

Rules: a path that is not here does not exist. Weights are the documentation's; those of reads without a
symbol are the higher ones. Orders cost no weight and count against the account instead.
"""

from collections.abc import Callable
from enum import Enum
from functools import lru_cache

from trader.core.frozen import frozen
from trader.sim.binance import (
    account_read,
    algo_placing,
    exchange_info,
    income,
    klines,
    market_read,
    order_changes,
    order_reads,
    placing,
    settings,
)
from trader.sim.binance.parameters import Parameters
from trader.sim.binance.requests import Endpoint

Weigh = Callable[[Parameters], int]


class Security(Enum):
    """What a request must carry."""

    NONE = "nothing"
    SIGNED = "key and signature"


@frozen
class Route:
    """One endpoint. `orders` are its counts in ten seconds and in a minute; `tells_weight`: in a header.

    `of_wallet`: it is another host's, with a weight of its own.
    """

    endpoint: Endpoint
    weigh: Weigh
    security: Security = Security.SIGNED
    is_write: bool = False
    orders: tuple[int, int] = (0, 0)
    tells_weight: bool = True
    of_wallet: bool = False


def _fixed(weight: int) -> Weigh:
    return lambda parameters: weight


def _by_symbol(one: int, every: int) -> Weigh:
    return lambda parameters: one if parameters.text("symbol") is not None else every


def _limit(parameters: Parameters, default: int) -> int:
    """The limit as far as it can be read; an endpoint refuses the rest."""
    text = parameters.text("limit") or ""
    return int(text) if text.isdigit() else default


def _klines(parameters: Parameters) -> int:
    return klines.weight_of(_limit(parameters, klines.LIMIT_DEFAULT))


def _depth(parameters: Parameters) -> int:
    return market_read.depth_weight(_limit(parameters, 500))


def _public(endpoint: Endpoint, weigh: Weigh) -> Route:
    return Route(endpoint, weigh, Security.NONE)


def _apart(endpoint: Endpoint) -> Route:
    """Counted in a pool of its own, which is never told."""
    return Route(endpoint, _fixed(0), Security.NONE, tells_weight=False)


def _signed(endpoint: Endpoint, weight: int) -> Route:
    return Route(endpoint, _fixed(weight))


def _write(endpoint: Endpoint, weight: int, orders: tuple[int, int] = (0, 0)) -> Route:
    return Route(endpoint, _fixed(weight), is_write=True, orders=orders)


ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/fapi/v1/ping"): _public(market_read.ping, _fixed(1)),
    ("GET", "/fapi/v1/time"): _public(market_read.server_time, _fixed(1)),
    ("GET", "/fapi/v1/exchangeInfo"): _public(exchange_info.exchange_info, _fixed(1)),
    ("GET", "/fapi/v1/klines"): _public(klines.klines, _klines),
    ("GET", "/fapi/v1/continuousKlines"): _public(klines.continuous_klines, _klines),
    ("GET", "/fapi/v1/markPriceKlines"): _public(klines.mark_price_klines, _klines),
    ("GET", "/fapi/v1/indexPriceKlines"): _public(klines.index_price_klines, _klines),
    ("GET", "/fapi/v1/premiumIndexKlines"): _public(klines.premium_index_klines, _klines),
    ("GET", "/fapi/v1/premiumIndex"): _public(market_read.premium_index, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/fundingRate"): _apart(market_read.funding_rate),
    ("GET", "/fapi/v1/fundingInfo"): _apart(market_read.funding_info),
    ("GET", "/fapi/v1/ticker/price"): _public(market_read.ticker_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v2/ticker/price"): _public(market_read.ticker_price, _by_symbol(1, 2)),
    ("GET", "/fapi/v1/ticker/bookTicker"): _public(market_read.book_ticker, _by_symbol(2, 5)),
    ("GET", "/fapi/v1/ticker/24hr"): _public(market_read.day_ticker, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/depth"): _public(market_read.depth, _depth),
    ("GET", "/fapi/v2/account"): _signed(account_read.account_v2, 5),
    ("GET", "/fapi/v3/account"): _signed(account_read.account_v3, 5),
    ("GET", "/fapi/v2/balance"): _signed(account_read.balance, 5),
    ("GET", "/fapi/v3/balance"): _signed(account_read.balance, 5),
    ("GET", "/fapi/v2/positionRisk"): _signed(account_read.position_risk_v2, 5),
    ("GET", "/fapi/v3/positionRisk"): _signed(account_read.position_risk_v3, 5),
    ("GET", "/fapi/v1/accountConfig"): _signed(settings.account_config, 5),
    ("GET", "/fapi/v1/symbolConfig"): _signed(settings.symbol_config, 5),
    ("GET", "/fapi/v1/positionSide/dual"): _signed(settings.position_mode, 30),
    ("POST", "/fapi/v1/positionSide/dual"): _write(settings.set_position_mode, 1),
    ("GET", "/fapi/v1/multiAssetsMargin"): _signed(settings.multi_assets, 30),
    ("POST", "/fapi/v1/multiAssetsMargin"): _write(settings.set_multi_assets, 1),
    ("POST", "/fapi/v1/leverage"): _write(settings.set_leverage, 1),
    ("POST", "/fapi/v1/marginType"): _write(settings.set_margin_type, 1),
    ("GET", "/fapi/v1/leverageBracket"): _signed(settings.leverage_brackets, 1),
    ("GET", "/fapi/v1/commissionRate"): _signed(settings.commission_rate, 20),
    ("GET", "/fapi/v1/income"): _signed(income.income, 30),
    ("GET", "/fapi/v1/adlQuantile"): _signed(settings.adl_quantile, 5),
    ("GET", "/fapi/v1/forceOrders"): Route(order_reads.forced_orders, _by_symbol(20, 50)),
    ("GET", "/fapi/v1/rateLimit/order"): _signed(settings.order_limits, 1),
    ("GET", "/fapi/v1/apiTradingStatus"): Route(settings.trading_status, _by_symbol(1, 10)),
    ("GET", "/fapi/v1/feeBurn"): _signed(settings.fee_burn, 30),
    ("POST", "/fapi/v1/order"): _write(placing.new_order, 0, (1, 1)),
    ("GET", "/fapi/v1/order"): _signed(order_reads.query_order, 1),
    ("DELETE", "/fapi/v1/order"): _write(order_changes.cancel_order, 1),
    ("PUT", "/fapi/v1/order"): _write(order_changes.amend_order, 1, (1, 1)),
    ("GET", "/fapi/v1/openOrder"): _signed(order_reads.query_open_order, 1),
    ("GET", "/fapi/v1/openOrders"): Route(order_reads.open_orders, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allOrders"): _signed(order_reads.all_orders, 5),
    ("DELETE", "/fapi/v1/allOpenOrders"): _write(order_changes.cancel_all_orders, 1),
    ("POST", "/fapi/v1/batchOrders"): _write(order_changes.batch_place, 5, (5, 1)),
    ("DELETE", "/fapi/v1/batchOrders"): _write(order_changes.batch_cancel, 1),
    ("POST", "/fapi/v1/countdownCancelAll"): _write(order_changes.countdown, 10),
    ("GET", "/fapi/v1/userTrades"): _signed(order_reads.user_trades, 5),
    ("POST", "/fapi/v1/algoOrder"): _write(algo_placing.new_algo_order, 0, (1, 1)),
    ("GET", "/fapi/v1/algoOrder"): _signed(order_reads.query_algo, 1),
    ("DELETE", "/fapi/v1/algoOrder"): _write(order_changes.cancel_algo, 1),
    ("GET", "/fapi/v1/openAlgoOrders"): Route(order_reads.open_algo_orders, _by_symbol(1, 40)),
    ("GET", "/fapi/v1/allAlgoOrders"): _signed(order_reads.all_algo_orders, 5),
    ("DELETE", "/fapi/v1/algoOpenOrders"): _write(order_changes.cancel_all_algo, 1),
    ("GET", "/sapi/v1/account/apiRestrictions"): Route(settings.api_restrictions, _fixed(1), of_wallet=True),
}


@lru_cache(maxsize=128)
def what_of(method: str, path: str) -> str:
    """The name by which a fault picks an endpoint: "POST order", "GET openAlgoOrders"."""
    return f"{method} {path.removeprefix('/fapi/').removeprefix('/sapi/').partition('/')[2]}"

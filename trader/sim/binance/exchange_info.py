"""`exchangeInfo`: limits, assets and each symbol's filters.

Rules: `orderTypes` lists the conditional types although the plain order endpoint refuses them, as the
venue does. Tick, step and trading status are the model's, everything else the table's.
"""

from typing import Any

from trader.sim.binance.decimals import fixed, plain
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import QUOTE, SymbolRules
from trader.sim.binance.upkeep import is_settling
from trader.sim.binance.venue import Venue

_ORDER_TYPES = [
    "LIMIT",
    "MARKET",
    "STOP",
    "STOP_MARKET",
    "TAKE_PROFIT",
    "TAKE_PROFIT_MARKET",
    "TRAILING_STOP_MARKET",
]
_TIMES_IN_FORCE = ["GTC", "IOC", "FOK", "GTX", "GTD", "RPI"]
_PERPETUAL_DELIVERY_MS = 4_133_404_800_000
_ONBOARD_MS = 1_569_398_400_000


def exchange_info(asked: Asked) -> Any:
    venue, switches = asked.venue, asked.venue.switches
    return {
        "timezone": "UTC",
        "serverTime": venue.now_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            _limit("REQUEST_WEIGHT", "MINUTE", 1, switches.weight_per_minute),
            _limit("ORDERS", "MINUTE", 1, switches.orders_per_minute),
            _limit("ORDERS", "SECOND", 10, switches.orders_per_ten_seconds),
        ],
        "exchangeFilters": [],
        "assets": [
            {"asset": QUOTE, "marginAvailable": True, "autoAssetExchange": "-10000"},
            {"asset": "BNB", "marginAvailable": True, "autoAssetExchange": "-10"},
        ],
        "symbols": [_symbol(venue, rules) for rules in venue.symbols.values()],
    }


def _limit(kind: str, interval: str, number: int, limit: int) -> dict[str, Any]:
    return {"rateLimitType": kind, "interval": interval, "intervalNum": number, "limit": limit}


def _symbol(venue: Venue, rules: SymbolRules) -> dict[str, Any]:
    market = venue.market_of(rules.coin)
    return {
        "symbol": rules.symbol,
        "pair": rules.symbol,
        "contractType": "PERPETUAL",
        "deliveryDate": _PERPETUAL_DELIVERY_MS,
        "onboardDate": _ONBOARD_MS,
        "status": "SETTLING" if market.is_delisted or is_settling(venue) else "TRADING",
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": rules.coin,
        "quoteAsset": QUOTE,
        "marginAsset": QUOTE,
        "pricePrecision": rules.price_precision,
        "quantityPrecision": rules.quantity_precision,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": ["PoW"],
        "settlePlan": 0,
        "triggerProtect": fixed(rules.trigger_protect, 4),
        "liquidationFee": "0.012500",
        "marketTakeBound": plain(rules.market_take_bound),
        "maxMoveOrderLimit": 10000,
        "filters": _filters(venue, rules),
        "orderTypes": list(_ORDER_TYPES),
        "timeInForce": list(_TIMES_IN_FORCE),
        "permissionSets": ["GRID", "COPY", "RPI"],
    }


def _filters(venue: Venue, rules: SymbolRules) -> list[dict[str, Any]]:
    market = venue.market_of(rules.coin)
    tick, step = format(market.price_step, "f"), format(market.size_step, "f")
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": format(rules.min_price, "f"),
            "maxPrice": format(rules.max_price, "f"),
            "tickSize": tick,
        },
        {"filterType": "LOT_SIZE", "minQty": step, "maxQty": format(rules.max_qty, "f"), "stepSize": step},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": step,
            "maxQty": format(rules.market_max_qty, "f"),
            "stepSize": step,
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": rules.orders_max},
        {"filterType": "MIN_NOTIONAL", "notional": format(rules.min_notional, "f")},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": fixed(rules.multiplier_up, 4),
            "multiplierDown": fixed(rules.multiplier_down, 4),
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]

"""`POST /info`: which request type is answered by which function, and what it weighs.

Rules: the weight of a type is charged before the answer, that of its rows after it. A type that is not
here is a body the venue could not have decoded.
"""

from collections.abc import Callable
from typing import Any

from trader.sim.hyperliquid import info_account, info_market, info_orders
from trader.sim.hyperliquid.info_market import Body
from trader.sim.hyperliquid.parsing import Unparsable, member
from trader.sim.hyperliquid.portfolio import portfolio
from trader.sim.hyperliquid.venue import Venue

Read = Callable[[Venue, Body], Any]
READS: dict[str, Read] = {
    "meta": info_market.meta,
    "metaAndAssetCtxs": info_market.meta_and_asset_ctxs,
    "allMids": info_market.all_mids,
    "l2Book": info_market.l2_book,
    "candleSnapshot": info_market.candle_snapshot,
    "fundingHistory": info_market.funding_history,
    "exchangeStatus": info_market.exchange_status,
    "perpDexs": info_market.perp_dexs,
    "spotMeta": info_market.spot_meta,
    "spotMetaAndAssetCtxs": info_market.spot_meta_and_asset_ctxs,
    "maxMarketOrderNtls": info_market.max_market_order_ntls,
    "perpsAtOpenInterestCap": info_market.perps_at_open_interest_cap,
    "clearinghouseState": info_account.clearinghouse_state,
    "spotClearinghouseState": info_account.spot_clearinghouse_state,
    "activeAssetData": info_account.active_asset_data,
    "userRateLimit": info_account.user_rate_limit,
    "userRole": info_account.user_role,
    "extraAgents": info_account.extra_agents,
    "userAbstraction": info_account.user_abstraction,
    "maxBuilderFee": info_account.max_builder_fee,
    "userFees": info_account.user_fees,
    "userNonFundingLedgerUpdates": info_account.ledger_updates,
    "openOrders": info_orders.open_orders,
    "frontendOpenOrders": info_orders.frontend_open_orders,
    "orderStatus": info_orders.order_status,
    "historicalOrders": info_orders.historical_orders,
    "userFills": info_orders.user_fills,
    "userFillsByTime": info_orders.user_fills_by_time,
    "userFunding": info_orders.user_funding,
    "userTwapSliceFills": info_orders.twap_slice_fills,
    "portfolio": portfolio,
}
_LIGHT = frozenset(
    {"l2Book", "allMids", "clearinghouseState", "orderStatus", "spotClearinghouseState", "exchangeStatus"}
)
_ROWS_A_POINT = {
    "historicalOrders": 20,
    "userFills": 20,
    "userFillsByTime": 20,
    "fundingHistory": 20,
    "userFunding": 20,
    "userNonFundingLedgerUpdates": 20,
    "userTwapSliceFills": 20,
    "candleSnapshot": 60,
}


def kind_of(body: Body) -> str:
    """The request type, which must be one of READS."""
    kind: str = member(body, "type", str)
    if kind not in READS:
        raise Unparsable(f"unknown variant `{kind}` for field `type`")
    return kind


def weight_before(kind: str) -> int:
    """What a read costs whatever it returns."""
    if kind in _LIGHT:
        return 2
    return 60 if kind == "userRole" else 20


def weight_after(kind: str, rows: int) -> int:
    """What its rows cost on top."""
    return rows // _ROWS_A_POINT[kind] if kind in _ROWS_A_POINT else 0

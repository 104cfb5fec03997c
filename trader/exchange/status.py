"""The words an order, an event and a refusal can carry.

Order statuses are written as the venue's history writes them, because they are matched by suffix there
(`...Canceled`, `...Rejected`) and a second vocabulary would only add a place to be wrong.
"""

from enum import StrEnum


class Tif(StrEnum):
    """How long a limit order lives. MARKET is an IOC that is labelled as a market order; ALO adds only."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
    ALO = "alo"
    MARKET = "market"
    LIQUIDATION = "liquidation"


class Grouping(StrEnum):
    """How the orders of one placement belong together.

    ATTACHED: a parent and its children. POSITION: one or two triggers that belong to the position.
    PAIR: two triggers that only cancel each other.
    """

    NONE = "none"
    ATTACHED = "attached"
    PAIR = "pair"
    POSITION = "position"


class Trigger(StrEnum):
    """Which way a trigger protects: a stop fires against the position, a take-profit with it."""

    STOP = "sl"
    TAKE = "tp"


class Status(StrEnum):
    """What happened to an order; one history row per change."""

    OPEN = "open"
    FILLED = "filled"
    CANCELED = "canceled"
    TRIGGERED = "triggered"
    REJECTED = "rejected"
    MARGIN_CANCELED = "marginCanceled"
    SELF_TRADE_CANCELED = "selfTradeCanceled"
    REDUCE_ONLY_CANCELED = "reduceOnlyCanceled"
    SIBLING_FILLED_CANCELED = "siblingFilledCanceled"
    DELISTED_CANCELED = "delistedCanceled"
    LIQUIDATED_CANCELED = "liquidatedCanceled"
    SCHEDULED_CANCEL = "scheduledCancel"
    EXPIRED = "expired"
    PAIR_CANCELED = "pairTriggeredCanceled"
    TICK_REJECTED = "tickRejected"
    MIN_NOTIONAL_REJECTED = "minTradeNtlRejected"
    MARGIN_REJECTED = "perpMarginRejected"
    REDUCE_ONLY_REJECTED = "reduceOnlyRejected"
    ALO_REJECTED = "badAloPxRejected"
    IOC_REJECTED = "iocCancelRejected"
    FOK_REJECTED = "fokCancelRejected"
    TRIGGER_REJECTED = "badTriggerPxRejected"
    NO_LIQUIDITY_REJECTED = "marketOrderNoLiquidityRejected"
    ORACLE_REJECTED = "oracleRejected"
    POSITION_REJECTED = "perpMaxPositionRejected"
    TOO_MANY_REJECTED = "tooManyOpenOrdersRejected"
    RULE_REJECTED = "ruleRejected"


LIVE = frozenset({Status.OPEN, Status.TRIGGERED})


class Reason(StrEnum):
    """Why a request was refused; the wire layer turns it into the venue's words."""

    UNKNOWN_COIN = "unknown_coin"
    UNKNOWN_USER = "unknown_user"
    DELISTED = "delisted"
    EMPTY = "empty"
    BAD_GROUP = "bad_group"
    SIZE_ZERO = "size_zero"
    SIZE_STEP = "size_step"
    SIZE_MIN = "size_min"
    SIZE_MAX = "size_max"
    PRICE_ZERO = "price_zero"
    PRICE_TICK = "price_tick"
    PRICE_BAND = "price_band"
    MIN_NOTIONAL = "min_notional"
    MARGIN = "margin"
    REDUCE_ONLY = "reduce_only"
    REDUCE_ONLY_SIZE = "reduce_only_size"
    LEG_MISSING = "leg_missing"
    LEG_UNWANTED = "leg_unwanted"
    NOT_CLOSING = "not_closing"
    BOUND_EXISTS = "bound_exists"
    ALO_CROSSES = "alo_crosses"
    IOC_NO_MATCH = "ioc_no_match"
    FOK_NO_MATCH = "fok_no_match"
    EXPIRY_PAST = "expiry_past"
    NO_LIQUIDITY = "no_liquidity"
    TRIGGER_PRICE = "trigger_price"
    TRIGGER_NOT_REDUCING = "trigger_not_reducing"
    TRIGGER_SIDE = "trigger_side"
    FAR_FROM_ORACLE = "far_from_oracle"
    FAR_FROM_REFERENCE = "far_from_reference"
    POSITION_TIER = "position_tier"
    TOO_MANY_ORDERS = "too_many_orders"
    DUPLICATE_ID = "duplicate_id"
    PARENT_REFUSED = "parent_refused"
    CHILD_REFUSED = "child_refused"
    NOT_OPEN = "not_open"
    MODIFY_KIND = "modify_kind"
    NO_CHANGE = "no_change"
    LEVERAGE_RANGE = "leverage_range"
    MODE_WITH_POSITION = "mode_with_position"
    MODE_WITH_ORDERS = "mode_with_orders"
    CROSS_NOT_ALLOWED = "cross_not_allowed"
    LEVERAGE_MARGIN_ISOLATED = "leverage_margin_isolated"
    LEVERAGE_MARGIN_CROSS = "leverage_margin_cross"
    NOT_ISOLATED = "not_isolated"
    WITHDRAWABLE = "withdrawable"


# Refusals of an order that still leave a row in its history, with the status of that row. A reason that is
# not listed stopped the whole placement before any order existed.
REJECTED_AS = {
    Reason.PRICE_TICK: Status.TICK_REJECTED,
    Reason.MIN_NOTIONAL: Status.MIN_NOTIONAL_REJECTED,
    Reason.MARGIN: Status.MARGIN_REJECTED,
    Reason.REDUCE_ONLY: Status.REDUCE_ONLY_REJECTED,
    Reason.REDUCE_ONLY_SIZE: Status.REDUCE_ONLY_REJECTED,
    Reason.ALO_CROSSES: Status.ALO_REJECTED,
    Reason.IOC_NO_MATCH: Status.IOC_REJECTED,
    Reason.FOK_NO_MATCH: Status.FOK_REJECTED,
    Reason.NO_LIQUIDITY: Status.NO_LIQUIDITY_REJECTED,
    Reason.TRIGGER_PRICE: Status.TRIGGER_REJECTED,
    Reason.FAR_FROM_ORACLE: Status.ORACLE_REJECTED,
    Reason.POSITION_TIER: Status.POSITION_REJECTED,
    Reason.TOO_MANY_ORDERS: Status.TOO_MANY_REJECTED,
}


class Kind(StrEnum):
    """What an event tells."""

    ORDER_PLACED = "order_placed"
    ORDER_REFUSED = "order_refused"
    ORDER_ARMED = "order_armed"
    ORDER_TRIGGERED = "order_triggered"
    ORDER_RESIZED = "order_resized"
    ORDER_AMENDED = "order_amended"
    ORDER_FILLED = "order_filled"
    ORDER_ENDED = "order_ended"
    POSITION = "position"
    MARGIN = "margin"
    FUNDING = "funding"
    LIQUIDATION = "liquidation"
    CASH = "cash"
    CLOCK = "clock"

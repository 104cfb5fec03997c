"""The venue's sentences for each refusal of the model.

Rules: wording as observed live, matched by prefix by real clients. Per-order sentences carry
" asset=N" at their end on the live venue, which its documentation leaves out.
"""

from decimal import Decimal

from trader.exchange.orders import Quote
from trader.exchange.status import Reason
from trader.sim.hyperliquid.decimals import short

NOT_LIVE = "Order was never placed, already canceled, or filled."
NOT_MODIFIABLE = "Cannot modify canceled or filled order"
OVER_WEIGHT = "Signed action over weight limit of 200."
EXPIRED = "Action already expired"
BUILDER_NOT_APPROVED = "Builder fee has not been approved."

# Refusals of rules that this venue does not have; no request of it can meet them.
_ELSEWHERE = (
    *(Reason.SIZE_MIN, Reason.SIZE_MAX, Reason.PRICE_BAND, Reason.REDUCE_ONLY_SIZE, Reason.FOK_NO_MATCH),
    *(Reason.LEG_MISSING, Reason.LEG_UNWANTED, Reason.NOT_CLOSING, Reason.BOUND_EXISTS, Reason.EXPIRY_PAST),
    *(Reason.CHILD_REFUSED, Reason.MODE_WITH_ORDERS, Reason.NO_CHANGE),
)

_TEXTS = {
    **dict.fromkeys(_ELSEWHERE, "Order is not valid on this venue."),
    Reason.UNKNOWN_COIN: "Invalid asset.",
    Reason.UNKNOWN_USER: "Must deposit before performing actions.",
    Reason.DELISTED: "Trading is halted for this asset.",
    Reason.EMPTY: "Order list is empty.",
    Reason.BAD_GROUP: "Invalid order grouping.",
    Reason.SIZE_ZERO: "Order has zero size.",
    Reason.SIZE_STEP: "Order has invalid size.",
    Reason.PRICE_ZERO: "Order has invalid price.",
    Reason.PRICE_TICK: "Price must be divisible by tick size.",
    Reason.MIN_NOTIONAL: "Order must have minimum value of $10.",
    Reason.MARGIN: "Insufficient margin to place order.",
    Reason.REDUCE_ONLY: "Reduce only order would increase position.",
    Reason.IOC_NO_MATCH: "Order could not immediately match against any resting orders.",
    Reason.NO_LIQUIDITY: "No liquidity available for market order.",
    Reason.TRIGGER_PRICE: "Invalid TP/SL price.",
    Reason.TRIGGER_NOT_REDUCING: "Trigger order is not reduce only.",
    Reason.TRIGGER_SIDE: "Trigger order has unexpected side.",
    Reason.FAR_FROM_ORACLE: "Price too far from oracle",
    Reason.FAR_FROM_REFERENCE: "Order price cannot be more than 80% away from the reference price",
    Reason.POSITION_TIER: "Order would cause position to exceed margin tier limit at current leverage",
    Reason.TOO_MANY_ORDERS: "Too many open orders",
    Reason.DUPLICATE_ID: "Duplicate client order id.",
    Reason.PARENT_REFUSED: "Parent order was rejected.",
    Reason.NOT_OPEN: NOT_MODIFIABLE,
    Reason.MODIFY_KIND: "Cannot modify to an order that could execute at once.",
    Reason.LEVERAGE_RANGE: "Invalid leverage value.",
    Reason.MODE_WITH_POSITION: "Cannot switch leverage type with open position.",
    Reason.CROSS_NOT_ALLOWED: "Cross margin is not allowed for this asset.",
    Reason.LEVERAGE_MARGIN_ISOLATED: (
        "Isolated position does not have sufficient margin available to decrease leverage. "
        "To decrease leverage, add margin to the position."
    ),
    Reason.LEVERAGE_MARGIN_CROSS: (
        "Cross position does not have sufficient margin available to decrease leverage. "
        "To decrease leverage, add margin to the position."
    ),
    Reason.NOT_ISOLATED: "Position does not use isolated margin.",
    Reason.WITHDRAWABLE: "Insufficient margin available to remove from the position.",
}


def refusal_text(reason: Reason, quote: Quote | None = None) -> str:
    """The sentence without its asset suffix; a post-only refusal names the best prices."""
    if reason is Reason.ALO_CROSSES:
        bid, ask = (quote.bid, quote.ask) if quote is not None else (Decimal(0), Decimal(0))
        return f"Post only order would have immediately matched, bbo was {short(bid)}@{short(ask)}."
    return _TEXTS[reason]

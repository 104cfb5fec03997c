"""What the model refuses, in the venue's codes."""

from trader.exchange.model import Model
from trader.exchange.rules import Market, ceil_tick, floor_tick
from trader.exchange.status import Reason
from trader.sim.okx.numbers import text
from trader.sim.okx.refusals import Refusal

_CODES = {
    Reason.UNKNOWN_COIN: "51001",
    Reason.DELISTED: "51028",
    Reason.SIZE_ZERO: "51020",
    Reason.SIZE_STEP: "51121",
    Reason.SIZE_MIN: "51020",
    Reason.SIZE_MAX: "51005",
    Reason.MARGIN: "51008",
    Reason.REDUCE_ONLY: "51169",
    Reason.REDUCE_ONLY_SIZE: "51112",
    Reason.NOT_CLOSING: "51331",
    Reason.BOUND_EXISTS: "51088",
    Reason.TOO_MANY_ORDERS: "51102",
    Reason.DUPLICATE_ID: "51016",
    Reason.LEVERAGE_MARGIN_CROSS: "59109",
    Reason.LEVERAGE_MARGIN_ISOLATED: "59109",
    Reason.LEVERAGE_RANGE: "59102",
    Reason.MODE_WITH_POSITION: "59000",
    Reason.MODE_WITH_ORDERS: "59000",
    Reason.NOT_OPEN: "51503",
    Reason.NOT_ISOLATED: "59300",
}
_PARAMETERS = {
    Reason.PRICE_TICK: "px",
    Reason.PRICE_ZERO: "px",
    Reason.LEG_MISSING: "posSide",
    Reason.LEG_UNWANTED: "posSide",
    Reason.BAD_GROUP: "attachAlgoOrds",
}


def price_limits(model: Model, market: Market) -> tuple[str, str]:
    """(highest for buys, lowest for sells); empty where the market has no band."""
    band, mark = market.limit_band, model.quote(market.coin).mark
    if band is None:
        return "", ""
    return text(floor_tick(market, mark * (1 + band))), text(ceil_tick(market, mark * (1 - band)))


def refusal_for(reason: Reason, model: Model, market: Market, *, is_buy: bool = False) -> Refusal:
    """The venue's code for a refusal of the model; `is_buy` says which limit a price was beyond."""
    if reason is Reason.PRICE_BAND:
        highest, lowest = price_limits(model, market)
        return Refusal("51137", highest) if is_buy else Refusal("51138", lowest)
    if reason is Reason.POSITION_TIER:
        return Refusal("51004", sub_code="1101")
    if reason is Reason.MARGIN:
        return Refusal("51008", sub_code="1001")
    if reason in _PARAMETERS:
        return Refusal("51000", _PARAMETERS[reason])
    return Refusal(_CODES.get(reason, "50026"))

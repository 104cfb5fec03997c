"""How the venue says no: a status, a code and a sentence.

Rules: `Refused` is raised anywhere below the app and becomes one error body there, or one element of a
batch. Texts are the venue's own; where only a code is documented the text is the documentation's.
"""

from trader.exchange.status import Reason


class Refused(Exception):
    """One error answer of the venue."""

    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


TEXTS: dict[int, str] = {
    -1001: "Internal error; unable to process your request. Please try again.",
    -1008: "Request throttled by system-level protection. Reduce-only/close-position orders are exempt. "
    "Please try again.",
    -1016: "This service is no longer available.",
    -1021: "Timestamp for this request is outside of the recvWindow.",
    -1022: "Signature for this request is not valid.",
    -1111: "Precision is over the maximum defined for this asset.",
    -1114: "TimeInForce parameter sent when not required.",
    -1115: "Invalid timeInForce.",
    -1116: "Invalid orderType.",
    -1117: "Invalid side.",
    -1120: "Invalid interval.",
    -1121: "Invalid symbol.",
    -1128: "Combination of optional parameters invalid.",
    -2011: "Unknown order sent.",
    -2013: "Order does not exist.",
    -2014: "API-key format invalid.",
    -2015: "Invalid API-key, IP, or permissions for action.",
    -2019: "Margin is insufficient.",
    -2020: "Unable to fill.",
    -2021: "Order would immediately trigger.",
    -2022: "ReduceOnly Order is rejected.",
    -2025: "Reach max open order limit.",
    -2027: "Exceeded the maximum allowable position at current leverage.",
    -4003: "Quantity less than or equal to zero.",
    -4004: "Quantity less than minimum quantity.",
    -4005: "Quantity greater than maximum quantity.",
    -4013: "Price less than min price.",
    -4014: "Price not increased by tick size.",
    -4015: "Client order id length should be less than 36 chars",
    -4023: "Qty not increased by step size.",
    -4028: "Leverage is not valid.",
    -4045: "Reach max stop order limit.",
    -4046: "No need to change margin type.",
    -4047: "Margin type cannot be changed if there exists open orders.",
    -4048: "Margin type cannot be changed if there exists position.",
    -4059: "No need to change position side.",
    -4060: "Invalid position side.",
    -4061: "Order's position side does not match user's setting.",
    -4067: "Position side cannot be changed if there exists open orders.",
    -4068: "Position side cannot be changed if there exists position.",
    -4116: "ClientOrderId is duplicated.",
    -4117: "Stop order is triggering.",
    -4120: "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    -4130: "An open stop or take profit order with GTE and closePosition in the direction is existing.",
    -4131: "The counterparty's best price does not meet the PERCENT_PRICE filter limit.",
    -4136: "Target strategy invalid for orderType or closePosition.",
    -4137: "Quantity must be zero with closePosition equals true.",
    -4138: "Reduce only must be true with closePosition equals true.",
    -4140: "Invalid symbol status for opening position.",
    -4161: "Leverage reduction is not supported in Isolated Margin Mode with open positions.",
    -4164: "Order's notional must be no smaller than {0} (unless you choose reduce only).",
    -4168: "Unable to adjust to isolated-margin mode under the Multi-Assets mode.",
    -4171: "No need to change Multi-Assets mode.",
    -4509: "Time in Force (TIF) GTE can only be used with open positions. "
    "Please ensure that positions are available.",
    -5021: "Due to the order could not be filled immediately, the FOK order has been rejected. "
    "The order will not be recorded in the order history.",
    -5022: "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history.",
    -5027: "No need to modify the order.",
    -5040: "The goodTillDate timestamp must be greater than the current time plus 600 seconds "
    "and smaller than 253402300799000.",
}


def refused(code: int, *values: object, status: int = 400) -> Refused:
    """The venue's sentence for a code, with its blanks filled."""
    text = TEXTS[code]
    return Refused(code, text.format(*values) if values else text, status=status)


def missing(name: str) -> Refused:
    return Refused(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def unwanted(name: str) -> Refused:
    return Refused(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str) -> Refused:
    return Refused(-1130, f"Data sent for parameter '{name}' is not valid.")


# Refusals of the model, where the checks of this dialect did not speak first.
CODES: dict[Reason, int] = {
    Reason.SIZE_ZERO: -4003,
    Reason.SIZE_STEP: -4023,
    Reason.PRICE_ZERO: -4013,
    Reason.PRICE_TICK: -4014,
    Reason.MARGIN: -2019,
    Reason.REDUCE_ONLY: -2022,
    Reason.REDUCE_ONLY_SIZE: -2022,
    Reason.NOT_CLOSING: -2022,
    Reason.BOUND_EXISTS: -4130,
    Reason.LEG_MISSING: -4061,
    Reason.LEG_UNWANTED: -4061,
    Reason.SIZE_MIN: -4004,
    Reason.SIZE_MAX: -4005,
    Reason.EXPIRY_PAST: -5040,
    Reason.FOK_NO_MATCH: -5021,
    Reason.NO_CHANGE: -5027,
    Reason.MODE_WITH_ORDERS: -4067,
    Reason.TRIGGER_NOT_REDUCING: -2022,
    Reason.ALO_CROSSES: -5022,
    Reason.TRIGGER_PRICE: -2021,
    Reason.POSITION_TIER: -2027,
    Reason.TOO_MANY_ORDERS: -2025,
    Reason.DUPLICATE_ID: -4116,
    Reason.NOT_OPEN: -2011,
    Reason.DELISTED: -4140,
    Reason.UNKNOWN_COIN: -1121,
    Reason.LEVERAGE_RANGE: -4028,
    Reason.MODE_WITH_POSITION: -4048,
    Reason.LEVERAGE_MARGIN_ISOLATED: -4161,
    Reason.LEVERAGE_MARGIN_CROSS: -2019,
}


def from_model(reason: Reason | None) -> Refused:
    """What the venue would have said to what the model refused."""
    code = CODES.get(reason) if reason is not None else None
    if code is None:
        return Refused(-2010, f"NEW_ORDER_REJECTED: {reason}")
    return refused(code)

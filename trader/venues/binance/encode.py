"""Actions as the venue's parameters; pure.

* In an account with two sides every order names its leg and none says `reduceOnly`: there the side of the
  order says whether it closes. In a one-way account an order that closes says `reduceOnly` and names no leg.
* An exit without a size is bound to the position: it has no quantity and says nothing else.
* Conditional orders act on one price, and no gap between mark and last holds them back.
* A resting entry with an end is good till that end; the venue has no order that is that and post-only too,
  and the end comes first, because nobody may be there to take the order off.
"""

from decimal import Decimal
from typing import assert_never

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Broken, require
from trader.core.frozen import frozen
from trader.core.identity import STOP_ROLES, Identity, Role, decode
from trader.core.market import Leg, Side
from trader.core.orders import Kind
from trader.venues.binance.signing import Params, Question
from trader.venues.binance.symbols import symbol_of

ORDER = "/fapi/v1/order"
ALGO_ORDER = "/fapi/v1/algoOrder"
_EXITS = STOP_ROLES | {Role.TARGET}


_SOURCES = {"mark": "MARK_PRICE", "last": "CONTRACT_PRICE"}


@frozen
class Terms:
    """How many the account has, and the price that its conditional orders act on."""

    two_sided: bool
    trigger: str = "mark"

    def of(self, leg: Leg, side: Side) -> dict[str, str]:
        """What an order must say so that it opens only, or closes only, what is meant."""
        if self.two_sided:
            return {"positionSide": leg.name}
        return {"reduceOnly": "true"} if side is leg.closing else {}


def digits(value: Decimal) -> str:
    """A number above zero as short as it can be written without an exponent."""
    require(value.is_finite() and value > 0, f"{value} is not a number that can be sent")
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def encode(action: Action, terms: Terms) -> tuple[Question, ...]:
    """The requests of an action: one, but two for leverage and margin type."""
    match action:
        case Enter():
            return (_placed(ORDER, _immediate(action, action.leg.opening, terms)),)
        case Close():
            return (_placed(ORDER, _immediate(action, action.leg.closing, terms)),)
        case Rest():
            return (_placed(ORDER if action.trigger is None else ALGO_ORDER, resting(action, terms)),)
        case PlaceExit():
            return (_placed(ALGO_ORDER, _exit(action, terms)),)
        case Cancel():
            return (_cancel(action),)
        case SetLeverage():
            return _leverage(action)
        case AmendStop():
            raise Broken("the trigger of a live stop cannot be changed on this venue: place another")
        case _:
            assert_never(action)


def _placed(path: str, named: dict[str, str]) -> Question:
    return Question(path, tuple(named.items()), method="POST")


def _immediate(action: Enter | Close, side: Side, terms: Terms) -> dict[str, str]:
    return {
        "symbol": symbol_of(action.coin),
        "side": side.name,
        "type": "LIMIT",
        "timeInForce": "IOC",
        "quantity": digits(action.size),
        "price": digits(action.bound),
        **terms.of(action.leg, side),
        "newClientOrderId": action.client_id,
        "newOrderRespType": "RESULT",
    }


def resting(action: Rest, terms: Terms) -> dict[str, str]:
    """An entry that waits, in the plain book or, with a trigger, in the other one."""
    side = action.leg.opening
    common = {
        "symbol": symbol_of(action.coin),
        "side": side.name,
        "quantity": digits(action.size),
        "price": digits(action.price),
        **terms.of(action.leg, side),
        **_life(action),
    }
    if action.trigger is None:
        return {**common, "type": "LIMIT", "newClientOrderId": action.client_id, "newOrderRespType": "RESULT"}
    return {**common, **_conditional("STOP", action.trigger, action.client_id, terms)}


def _life(action: Rest) -> dict[str, str]:
    """Until when it may fill; a triggered entry without an end takes what is there and rests no more."""
    if action.expires_ms is not None:
        return {"timeInForce": "GTD", "goodTillDate": str(action.expires_ms // 1000 * 1000)}
    if action.trigger is not None:
        return {"timeInForce": "IOC"}
    return {"timeInForce": "GTX" if action.post_only else "GTC"}


def _exit(action: PlaceExit, terms: Terms) -> dict[str, str]:
    require(action.role in _EXITS, f"{action.role.name} of {action.coin} is neither a stop nor a target")
    side = action.leg.closing
    says = terms.of(action.leg, side)
    if action.size is None:
        says.pop("reduceOnly", None)
        says["closePosition"] = "true"
    else:
        says["quantity"] = digits(action.size)
    sort = "STOP_MARKET" if action.role in STOP_ROLES else "TAKE_PROFIT_MARKET"
    return {
        "symbol": symbol_of(action.coin),
        "side": side.name,
        **says,
        **_conditional(sort, action.trigger, action.client_id, terms),
    }


def _conditional(sort: str, trigger: Decimal, client_id: str, terms: Terms) -> dict[str, str]:
    return {
        "algoType": "CONDITIONAL",
        "type": sort,
        "triggerPrice": digits(trigger),
        "workingType": _SOURCES[terms.trigger],
        "priceProtect": "false",
        "clientAlgoId": client_id,
    }


def is_conditional(action: Cancel) -> bool:
    """In which book the order stands: its kind says so, and so does its role if it is one of ours."""
    identity = decode(action.client_id)
    is_exit = isinstance(identity, Identity) and identity.role in _EXITS
    return action.kind is not Kind.LIMIT or is_exit


def _cancel(action: Cancel) -> Question:
    require(
        action.order_id.isascii() and action.order_id.isdigit(),
        f"{action.order_id!r} is not an order number of this venue",
    )
    if is_conditional(action):
        return Question(ALGO_ORDER, (("algoId", action.order_id),), method="DELETE")
    named: Params = (("symbol", symbol_of(action.coin)), ("orderId", action.order_id))
    return Question(ORDER, named, method="DELETE")


def _leverage(action: SetLeverage) -> tuple[Question, ...]:
    symbol = ("symbol", symbol_of(action.coin))
    kind = ("marginType", "CROSSED" if action.cross else "ISOLATED")
    return (
        Question("/fapi/v1/marginType", (symbol, kind), method="POST"),
        Question("/fapi/v1/leverage", (symbol, ("leverage", str(action.leverage))), method="POST"),
    )

"""Actions as the venue's request bodies; pure.

* Sizes are sent in contracts, prices and sizes as strings without an exponent, and every order with an id of
  its own and no broker's tag.
* In a two-sided account every order names its leg, and what is on the leg's closing side can only close. In a
  one-way account what closes says `reduceOnly`.
* A stop or target is `conditional` with one side only (with both the venue ignores one in silence), acts on
  the price that the operator chose and then takes the market.
* An exit is of the margin kind of the position that it guards.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.actions import AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import require
from trader.core.frozen import frozen
from trader.core.identity import STOP_ROLES, Role
from trader.core.market import Leg, Market, Side, Slot
from trader.venues.okx.contracts import contracts_in, inst_id

Body = dict[str, object]
_AT_MARKET = "-1"


@frozen
class Ground:
    """What an order depends on beside the action: the coin's rules and how the account is set up."""

    market: Market
    two_sided: bool
    isolated: frozenset[str]
    cross_of: Mapping[Slot, bool]
    trigger_source: str


def wire_number(value: Decimal) -> str:
    """Digits as short as they can be written without an exponent."""
    require(value.is_finite() and value > 0, f"{value} is not a number that can be sent")
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def entry(action: Enter, ground: Ground) -> Body:
    """An entry that takes what it finds within its bound, its stop attached; the target follows later."""
    body = _order(action.coin, action.leg, action.leg.opening, ground, is_exit=False)
    return body | {
        "ordType": "ioc",
        "sz": _size(action.size, ground),
        "px": wire_number(action.bound),
        "clOrdId": action.client_id,
        "attachAlgoOrds": [_attached(action.stop_id, action.stop, ground)],
    }


def resting(action: Rest, ground: Ground) -> Body:
    """A limit that waits."""
    body = _order(action.coin, action.leg, action.leg.opening, ground, is_exit=False)
    body |= {
        "ordType": "post_only" if action.post_only else "limit",
        "sz": _size(action.size, ground),
        "px": wire_number(action.price),
        "clOrdId": action.client_id,
    }
    if action.stop_id is not None:
        body["attachAlgoOrds"] = [_attached(action.stop_id, action.stop, ground)]
    return body


def stop_entry(action: Rest, ground: Ground) -> Body:
    """An entry that a price sets off, as a limit at its price."""
    require(action.trigger is not None, f"a stop entry of {action.coin} needs a trigger")
    body = _order(action.coin, action.leg, action.leg.opening, ground, is_exit=False)
    body |= {
        "ordType": "trigger",
        "sz": _size(action.size, ground),
        "triggerPx": wire_number(action.trigger or action.price),
        "triggerPxType": ground.trigger_source,
        "orderPx": wire_number(action.price),
        "algoClOrdId": action.client_id,
    }
    if action.stop_id is not None:
        body["attachAlgoOrds"] = [_attached(action.stop_id, action.stop, ground)]
    return body


def close(action: Close, ground: Ground) -> Body:
    """Take what is found within the bound, and never open."""
    body = _order(action.coin, action.leg, action.leg.closing, ground, is_exit=True)
    return body | {
        "ordType": "ioc",
        "sz": _size(action.size, ground),
        "px": wire_number(action.bound),
        "clOrdId": action.client_id,
    }


def place_exit(action: PlaceExit, ground: Ground) -> Body:
    """A stop or a target; without a size it closes whatever the position is."""
    is_target = action.role is Role.TARGET
    require(
        is_target or action.role in STOP_ROLES,
        f"{action.role.name} of {action.coin} is neither a stop nor a target",
    )
    prefix = "tp" if is_target else "sl"
    body = _order(action.coin, action.leg, action.leg.closing, ground, is_exit=True)
    body |= {
        "ordType": "conditional",
        f"{prefix}TriggerPx": wire_number(action.trigger),
        f"{prefix}TriggerPxType": ground.trigger_source,
        f"{prefix}OrdPx": _AT_MARKET,
        "algoClOrdId": action.client_id,
    }
    if action.size is None:
        return body | {"closeFraction": "1"}
    body["sz"] = _size(action.size, ground)
    if is_target and not ground.two_sided:
        body["cxlOnClosePos"] = True
    return body


def amend(action: AmendStop) -> Body:
    """Only the trigger moves: nothing else of an order that is bound to a position may change."""
    return {
        "instId": inst_id(action.coin),
        "algoId": _number(action.order_id),
        "newSlTriggerPx": wire_number(action.trigger),
    }


def cancel(action: Cancel, *, is_algo: bool) -> Body:
    key = "algoId" if is_algo else "ordId"
    return {"instId": inst_id(action.coin), key: _number(action.order_id)}


def leverage(action: SetLeverage, *, two_sided: bool) -> list[Body]:
    """One request, or on isolated margin of a two-sided account one for each leg."""
    kind = "cross" if action.cross else "isolated"
    body: Body = {"instId": inst_id(action.coin), "lever": str(action.leverage), "mgnMode": kind}
    if action.cross:
        return [body]
    return [body | {"posSide": side} for side in (("long", "short") if two_sided else ("net",))]


def _order(coin: str, leg: Leg, side: Side, ground: Ground, *, is_exit: bool) -> Body:
    slot = Slot(coin, leg if ground.two_sided else None)
    configured = coin not in ground.isolated
    cross = ground.cross_of.get(slot, configured) if is_exit else configured
    body: Body = {
        "instId": inst_id(coin),
        "tdMode": "cross" if cross else "isolated",
        "side": side.value,
        "posSide": leg.value if ground.two_sided else "net",
    }
    if is_exit and not ground.two_sided:
        body["reduceOnly"] = True
    return body


def _attached(stop_id: str, stop: Decimal, ground: Ground) -> Body:
    return {
        "attachAlgoClOrdId": stop_id,
        "slTriggerPx": wire_number(stop),
        "slTriggerPxType": ground.trigger_source,
        "slOrdPx": _AT_MARKET,
    }


def _size(size: Decimal, ground: Ground) -> str:
    return wire_number(contracts_in(size, ground.market))


def _number(order_id: str) -> str:
    require(order_id.isascii() and order_id.isdigit(), f"{order_id!r} is not an order number of this venue")
    return order_id

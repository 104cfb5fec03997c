"""Actions as the venue's wire dictionaries; pure.

* The order of the keys is part of what is signed: it is the one the venue documents.
* Numbers have no exponent and no zero at their end: the venue hashes the short form, and a longer one makes
  the signature somebody else's.
* Each order of a group has an id of its own. No builder fee, no referral, no leverage inside an order.
"""

from decimal import Decimal
from typing import assert_never

from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import Broken, require
from trader.core.identity import STOP_ROLES, Role
from trader.core.market import Side

Wire = dict[str, object]
_WHOLE_POSITION = Decimal(0)


def wire_number(value: Decimal) -> str:
    """Digits as short as they can be written without an exponent."""
    require(value.is_finite() and value >= 0, f"{value} is not a number that can be sent")
    digits = f"{value:f}"
    return digits.rstrip("0").rstrip(".") or "0" if "." in digits else digits


def encode(action: Action, asset: int) -> Wire:
    """The action as it is hashed, signed and sent."""
    match action:
        case Enter():
            return _enter(action, asset)
        case PlaceExit():
            return _place_exit(action, asset)
        case Rest():
            return _rest(action, asset)
        case Close():
            return _group([_close(action, asset)], "na")
        case Cancel():
            require(action.order_id.isdigit(), f"{action.order_id!r} is not an order number of this venue")
            return {"type": "cancel", "cancels": [{"a": asset, "o": int(action.order_id)}]}
        case AmendStop():
            raise Broken("AmendStop is not an action of this venue")
        case SetLeverage():
            return {
                "type": "updateLeverage",
                "asset": asset,
                "isCross": action.cross,
                "leverage": action.leverage,
            }
        case _:
            assert_never(action)


def orders_in(wire: Wire) -> int:
    """How many answers a wire action gets."""
    for key in ("orders", "cancels"):
        listed = wire.get(key)
        if isinstance(listed, list):
            return len(listed)
    return 0


def _enter(action: Enter, asset: int) -> Wire:
    """The entry, then its target, then its stop; the venue arms both when the entry is filled whole."""
    side, closing = action.leg.opening, action.leg.closing
    orders = [_limit(asset, side, "Ioc", action.bound, size=action.size, client_id=action.client_id)]
    if action.target is not None:
        require(
            action.target_bound is not None and action.target_id is not None,
            f"the target of {action.coin} has a trigger but no bound or no id",
        )
        orders.append(
            _trigger(
                asset,
                closing,
                "tp",
                action.target,
                action.target_bound,
                size=action.size,
                client_id=action.target_id,
            )
        )
    orders.append(
        _trigger(
            asset, closing, "sl", action.stop, action.stop_bound, size=action.size, client_id=action.stop_id
        )
    )
    return _group(orders, "normalTpsl")


def _rest(action: Rest, asset: int) -> Wire:
    """A limit that waits, and behind it its stop, which the venue arms when all of it has filled."""
    name = f"the resting entry of {action.coin}"
    require(action.trigger is None, f"{name} has a trigger: conditional orders here can only reduce")
    require(action.expires_ms is None, f"{name} is to end by itself: no order of this venue does")
    side, tif = action.leg.opening, "Alo" if action.post_only else "Gtc"
    entry = _limit(asset, side, tif, action.price, size=action.size, client_id=action.client_id)
    if action.stop_id is None:
        return _group([entry], "na")
    stop = _trigger(
        asset,
        action.leg.closing,
        "sl",
        action.stop,
        action.stop_bound,
        size=action.size,
        client_id=action.stop_id,
    )
    return _group([entry, stop], "normalTpsl")


def _place_exit(action: PlaceExit, asset: int) -> Wire:
    require(
        action.role in STOP_ROLES or action.role is Role.TARGET,
        f"{action.role.name} of {action.coin} is neither a stop nor a target",
    )
    order = _trigger(
        asset,
        action.leg.closing,
        "sl" if action.role in STOP_ROLES else "tp",
        action.trigger,
        action.bound,
        size=_WHOLE_POSITION if action.size is None else action.size,
        client_id=action.client_id,
    )
    return _group([order], "positionTpsl" if action.size is None else "na")


def _close(action: Close, asset: int) -> Wire:
    side, size = action.leg.closing, action.size
    return _limit(asset, side, "Ioc", action.bound, size=size, client_id=action.client_id, reduces=True)


def _group(orders: list[Wire], grouping: str) -> Wire:
    return {"type": "order", "orders": orders, "grouping": grouping}


def _limit(
    asset: int,
    side: Side,
    tif: str,
    price: Decimal,
    *,
    size: Decimal,
    client_id: str,
    reduces: bool = False,
) -> Wire:
    return {
        "a": asset,
        "b": side is Side.BUY,
        "p": wire_number(price),
        "s": wire_number(size),
        "r": reduces,
        "t": {"limit": {"tif": tif}},
        "c": f"0x{client_id}",
    }


def _trigger(
    asset: int,
    side: Side,
    tpsl: str,
    trigger: Decimal,
    bound: Decimal | None,
    *,
    size: Decimal,
    client_id: str | None,
) -> Wire:
    require(bound is not None, f"a {tpsl} order needs a bound")
    return {
        "a": asset,
        "b": side is Side.BUY,
        "p": wire_number(bound or trigger),
        "s": wire_number(size),
        "r": True,
        "t": {"trigger": {"isMarket": True, "triggerPx": wire_number(trigger), "tpsl": tpsl}},
        "c": f"0x{client_id}",
    }

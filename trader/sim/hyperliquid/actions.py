"""The trading actions: what an account does once its signature, nonce and budget have passed.

Rules: each function gets the account and the parsed action and returns the inner `response`; Refused
is a whole-action refusal, Unparsable a body the venue could not have decoded. Nothing here knows of
signatures or HTTP.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader.exchange.orders import OrderSpec
from trader.exchange.status import LIVE, Reason
from trader.sim.faults import Fault
from trader.sim.hyperliquid import texts
from trader.sim.hyperliquid.parsing import (
    Refused,
    Unparsable,
    address_of,
    cloid_text,
    coin_of,
    grouping_of,
    member,
    optional,
    order_spec,
)
from trader.sim.hyperliquid.placing import Status, error_text, order_status, place
from trader.sim.hyperliquid.texts import refusal_text
from trader.sim.hyperliquid.venue import Venue

Action = Mapping[str, Any]
Reply = dict[str, Any]
DEFAULT: Reply = {"type": "default"}
_USD_SCALE = Decimal(1_000_000)


def _batch(kind: str, statuses: Sequence[Status]) -> Reply:
    return {"type": kind, "data": {"statuses": list(statuses)}}


def order(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    specs = [order_spec(venue.model, wire) for wire in member(action, "orders", list)]
    grouping = grouping_of(action)
    builder = optional(action, "builder", Mapping)
    if builder is not None:
        _check_builder(venue, user, builder)
    return _batch("order", place(venue, user, specs, grouping, lies))


def _check_builder(venue: Venue, user: str, builder: Mapping[str, Any]) -> None:
    """A builder fee would be charged on the real venue; it is not modelled, so it is never taken silently."""
    fee = member(builder, "f", int)
    if fee > venue.accounts.builder_fee(user, address_of(builder, "b")):
        raise Refused(texts.BUILDER_NOT_APPROVED)
    if fee:
        raise Refused("Builder fees are not modelled here: send orders without a builder.")


def cancel(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    statuses: list[Status] = []
    for item in member(action, "cancels", list):
        coin, oid = coin_of(venue.model, member(item, "a", int)), member(item, "o", int)
        row = venue.model.order(user, oid)
        done = row is not None and row.order.coin == coin and venue.model.cancel(user, oid)
        statuses.append(_cancelled(venue, coin, done))
    return _batch("cancel", statuses)


def cancel_by_cloid(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    statuses: list[Status] = []
    for item in member(action, "cancels", list):
        coin = coin_of(venue.model, member(item, "asset", int))
        done = venue.model.cancel_by_cloid(user, coin, cloid_text(item.get("cloid")))
        statuses.append(_cancelled(venue, coin, done))
    return _batch("cancel", statuses)


def _cancelled(venue: Venue, coin: str, done: bool) -> Status:
    return "success" if done else {"error": error_text(venue, texts.NOT_LIVE, coin)}


def _modified(venue: Venue, user: str, item: Mapping[str, Any], *, always: bool) -> tuple[OrderSpec, Status]:
    spec = order_spec(venue.model, member(item, "order", Mapping))
    target = member(item, "oid", (int, str))
    oid = _live_oid(venue, user, target) if isinstance(target, str) else target
    placed = venue.model.modify(user, oid, spec, always_place=always)
    if placed.reason is Reason.NOT_OPEN:
        return spec, {"error": texts.NOT_MODIFIABLE}
    return spec, order_status(venue, spec, placed)


def _live_oid(venue: Venue, user: str, cloid: str) -> int:
    rows = venue.model.orders_by_cloid(user, cloid_text(cloid))
    return next((row.order.oid for row in rows if row.status in LIVE), -1)


def modify(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    always = bool(optional(action, "a", bool))
    _, status = _modified(venue, user, action, always=always)
    if isinstance(status, dict) and "error" in status:
        raise Refused(status["error"])
    return DEFAULT


def batch_modify(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    items = member(action, "modifies", list)
    # Absent `a` is refused by the venue for crossing orders only in the single form as far as is known.
    always = optional(action, "a", bool) is not False
    return _batch("order", [_modified(venue, user, item, always=always)[1] for item in items])


def update_leverage(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    coin = coin_of(venue.model, member(action, "asset", int))
    value, is_cross = member(action, "leverage", int), member(action, "isCross", bool)
    _refuse_by_fault(lies, "Cannot switch leverage type with open position.")
    _check(venue.model.set_leverage(user, coin, value=value, is_cross=is_cross))
    return DEFAULT


def update_isolated_margin(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    coin = coin_of(venue.model, member(action, "asset", int))
    member(action, "isBuy", bool)
    _refuse_by_fault(lies, "Position does not use isolated margin.")
    amount = Decimal(member(action, "ntli", int)) / _USD_SCALE
    _check(venue.model.add_isolated_margin(user, coin, amount))
    return DEFAULT


def _refuse_by_fault(lies: Sequence[Fault], words: str) -> None:
    for fault in lies:
        if fault.kind == "V16":
            raise Refused(str(fault.params.get("text", words)))


def _check(reason: Reason | None) -> None:
    if reason is not None:
        raise Refused(refusal_text(reason))


def schedule_cancel(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    time_ms = optional(action, "time", int)
    words = venue.schedule.refusal(user, time_ms, volume=venue.volume(user), now_ms=venue.now_ms)
    if words is not None:
        raise Refused(words)
    venue.schedule.set(user, time_ms)
    return DEFAULT


def noop(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    return DEFAULT


def set_referrer(venue: Venue, user: str, action: Action, lies: Sequence[Fault]) -> Reply:
    member(action, "code", str)
    return DEFAULT


Perform = Callable[[Venue, str, Action, Sequence[Fault]], Reply]
ACTIONS: dict[str, Perform] = {
    "order": order,
    "cancel": cancel,
    "cancelByCloid": cancel_by_cloid,
    "modify": modify,
    "batchModify": batch_modify,
    "updateLeverage": update_leverage,
    "updateIsolatedMargin": update_isolated_margin,
    "scheduleCancel": schedule_cancel,
    "noop": noop,
    "setReferrer": set_referrer,
}
_COUNTED = {"order": "orders", "cancel": "cancels", "cancelByCloid": "cancels", "batchModify": "modifies"}


def item_count(action: Action) -> int:
    """How many orders, cancels or changes an action carries; one for any other."""
    key = _COUNTED.get(str(action.get("type")))
    if key is None:
        return 1
    items = action.get(key)
    if not isinstance(items, list):
        raise Unparsable(f"missing field `{key}`")
    return max(1, len(items))

"""A new conditional order: stops and take-profits, sized or for whatever the position is.

Rules: no margin is looked at until the trigger. closePosition takes no quantity and no reduceOnly, is for
*_MARKET types alone, once per type and direction, and ends with the position (its time in force is
GTE_GTC). A trigger that is already reached is refused.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.status import Grouping, Reason, Status, Trigger
from trader.sim.binance.decimals import fixed
from trader.sim.binance.details import Details
from trader.sim.binance.filters import check_notional, check_price, check_quantity, check_trigger_price
from trader.sim.binance.lies import Twist, twisted
from trader.sim.binance.lookup import current, open_algo
from trader.sim.binance.parameters import Parameters
from trader.sim.binance.placing import ALGO_TYPES, price_text
from trader.sim.binance.refusals import Refused, from_model, missing, refused, unwanted
from trader.sim.binance.requests import Asked
from trader.sim.binance.rows import algo_row
from trader.sim.binance.terms import (
    Direction,
    direction_of,
    good_till_of,
    quantity_of,
    reads_reduce_only,
    response_is_result,
    stp_of,
)
from trader.sim.binance.upkeep import require_open

_TIFS = frozenset({"GTC", "IOC", "FOK", "GTX", "GTD", "GTE_GTC"})
_SOURCES = {"MARK_PRICE": "mark", "CONTRACT_PRICE": "last"}


@frozen
class Wanted:
    """A conditional order as it was asked for."""

    coin: str
    type: str
    direction: Direction
    close_position: bool
    quantity: Decimal
    price: Decimal | None
    trigger_price: Decimal
    time_in_force: str
    working_type: str
    price_protect: bool
    good_till_ms: int
    client_id: str | None
    stp: str

    @property
    def is_stop(self) -> bool:
        return self.type.startswith("STOP")

    @property
    def at_market(self) -> bool:
        return self.type.endswith("_MARKET")

    @property
    def only_reduces(self) -> bool:
        return self.close_position or self.direction.only_reduces


def new_algo_order(asked: Asked) -> Any:
    """POST algoOrder."""
    parameters = asked.parameters
    response_is_result(parameters)
    wanted = read(asked, parameters)
    require_open(asked.venue, only_reduces=wanted.only_reduces)
    check(asked, wanted)
    twist = twisted(asked.venue.model, [spec_of(asked, wanted)], asked.lies)
    details = _placed(asked, wanted, twist)
    row = current(asked.venue, details, {})
    if row is None:
        raise refused(-1001)
    return algo_row(asked.venue, row, details, shape="placed") | {"algoStatus": "NEW"}


def read(asked: Asked, parameters: Parameters) -> Wanted:
    """The parameters of one conditional order."""
    if parameters.required("algoType") != "CONDITIONAL":
        raise Refused(-1130, "Data sent for parameter 'algoType' is not valid.")
    coin = asked.venue.rules_of(parameters.required("symbol")).coin
    kind = parameters.required("type")
    # A trailing stop has no counterpart in the model; it is refused rather than taken and never fired.
    if kind not in ALGO_TYPES or kind == "TRAILING_STOP_MARKET":
        raise refused(-1116)
    direction = direction_of(asked, parameters)
    close_position = bool(parameters.boolean("closePosition"))
    working_type = parameters.text("workingType") or "CONTRACT_PRICE"
    if working_type not in _SOURCES:
        raise Refused(-1130, "Data sent for parameter 'workingType' is not valid.")
    trigger_price = parameters.decimal("triggerPrice")
    if trigger_price is None:
        raise missing("triggerprice")
    price = parameters.decimal("price")
    if not kind.endswith("_MARKET") and price is None:
        raise missing("price")
    if close_position:
        _require_whole(parameters, kind, direction)
    time_in_force = parameters.text("timeInForce") or "GTC"
    if time_in_force not in _TIFS:
        raise refused(-1115)
    return Wanted(
        coin=coin,
        type=kind,
        direction=direction,
        close_position=close_position,
        quantity=Decimal(0) if close_position else quantity_of(parameters),
        price=None if kind.endswith("_MARKET") else price,
        trigger_price=trigger_price,
        time_in_force="GTE_GTC" if close_position else time_in_force,
        working_type=working_type,
        price_protect=bool(parameters.boolean("priceProtect")),
        good_till_ms=good_till_of(parameters, time_in_force, now_ms=asked.now_ms),
        client_id=parameters.client_id("clientAlgoId"),
        stp=stp_of(parameters),
    )


def _require_whole(parameters: Parameters, kind: str, direction: Direction) -> None:
    """What closePosition does not go together with."""
    if not kind.endswith("_MARKET"):
        raise refused(-4136)
    if parameters.decimal("quantity"):
        raise refused(-4137)
    if parameters.boolean("reduceOnly"):
        raise unwanted("reduceonly")
    if direction.leg is not None and not direction.closes_leg:
        raise refused(-4136)


def check(asked: Asked, wanted: Wanted) -> None:
    """Client id, filters and limits; the trigger's side of price is the model's question."""
    venue, coin = asked.venue, wanted.coin
    waiting = open_algo(venue, asked.user)
    used = [details for _, details in waiting]
    if not venue.switches.algo_id_reuse:
        used = [details for details in venue.details.of(asked.user) if details.is_algo]
    if wanted.client_id is not None and any(details.client_id == wanted.client_id for details in used):
        raise refused(venue.switches.duplicate_algo_code)
    if not wanted.close_position:
        check_quantity(venue, coin, wanted.quantity, at_market=wanted.at_market)
    if wanted.price is not None:
        check_price(venue, coin, wanted.price)
    check_trigger_price(venue, coin, wanted.trigger_price)
    price = wanted.price or wanted.trigger_price
    check_notional(venue, coin, wanted.quantity, price, only_reduces=wanted.only_reduces)
    if len(waiting) >= venue.switches.algo_orders_max:
        raise refused(-4045)
    is_flat = venue.model.position(asked.user, coin, wanted.direction.leg) is None
    if is_flat and wanted.time_in_force == "GTE_GTC" and venue.switches.bound_while_flat == "reject":
        raise refused(-4509)
    _check_count(asked, wanted, [details for _, details in waiting])


def _check_count(asked: Asked, wanted: Wanted, waiting: list[Details]) -> None:
    """How many sized stops one side of a position may have, where there is a limit."""
    most = asked.venue.switches.sized_stops_max
    if most is None or wanted.close_position or not wanted.is_stop or not wanted.only_reduces:
        return
    alike = [
        details
        for details in waiting
        if details.coin == wanted.coin
        and details.position_side == wanted.direction.position_side
        and details.type == wanted.type
        and not details.close_position
        and details.reduce_only
    ]
    if len(alike) >= most:
        raise refused(-4045)


def spec_of(asked: Asked, wanted: Wanted) -> OrderSpec:
    """The same for the model."""
    kind = Trigger.STOP if wanted.is_stop else Trigger.TAKE
    source = _SOURCES[wanted.working_type]
    gap_max = asked.venue.symbols[wanted.coin].trigger_protect if wanted.price_protect else None
    return OrderSpec(
        coin=wanted.coin,
        is_buy=wanted.direction.is_buy,
        px=wanted.price or Decimal(0),
        sz=wanted.quantity,
        tif=None,
        reduce_only=wanted.direction.reduce_only or wanted.close_position,
        trigger=TriggerSpec(wanted.trigger_price, kind, wanted.at_market, source, gap_max),
        cloid=wanted.client_id,
        leg=wanted.direction.leg,
        expires_ms=wanted.good_till_ms or None,
        ends_with_position=wanted.time_in_force == "GTE_GTC" and not wanted.close_position,
    )


def _placed(asked: Asked, wanted: Wanted, twist: Twist) -> Details:
    """Hand it to the model and remember what was asked for."""
    venue = asked.venue
    if twist.refusals:
        raise twist.refusals[0]
    twist.before(venue.model)
    grouping = Grouping.POSITION if wanted.close_position else Grouping.NONE
    placed = venue.model.place(asked.user, twist.specs, grouping)
    first = placed[0]
    if first.oid is None or first.reason is not None:
        is_second = first.reason is Reason.BOUND_EXISTS
        raise refused(-4130) if is_second else from_model(first.reason)
    twist.after(venue, asked.user, placed)
    trigger, sizes = twist.specs[0].trigger, venue.symbols[wanted.coin].quantity_precision
    details = Details(
        oid=first.oid,
        user=asked.user,
        coin=wanted.coin,
        client_id=wanted.client_id or venue.next_client_id(),
        type=wanted.type,
        time_in_force=wanted.time_in_force,
        position_side=wanted.direction.position_side,
        price=price_text(venue, wanted.coin, wanted.price),
        quantity="0" if wanted.close_position else fixed(twist.specs[0].sz, sizes),
        reduce_only=wanted.close_position or reads_reduce_only(asked, wanted.direction),
        placed_ms=venue.now_ms,
        is_algo=True,
        trigger_price=price_text(venue, wanted.coin, wanted.trigger_price if trigger is None else trigger.px),
        working_type=wanted.working_type,
        price_protect=wanted.price_protect,
        close_position=wanted.close_position,
        stp=wanted.stp,
        good_till_ms=wanted.good_till_ms,
        visible_from_ms=twist.visible_from_ms,
    )
    if twist.is_doomed:
        venue.model.cancel(asked.user, first.oid, status=Status.REJECTED)
        details = replace(details, is_doomed=True)
    venue.details.put(details)
    return details

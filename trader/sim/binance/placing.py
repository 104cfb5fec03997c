"""A new plain order: LIMIT or MARKET.

Rules: conditional types are refused here, they have an endpoint of their own. Checked in this order:
parameters, mode of the account, client id, filters, then whatever the model refuses. A refused order leaves
no trace; an immediate one that finds nothing is an order that EXPIRED.
"""

from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.orders import OrderSpec, Placed
from trader.exchange.status import Reason, Tif
from trader.sim.binance.decimals import fixed
from trader.sim.binance.details import Details
from trader.sim.binance.filters import (
    check_band,
    check_market_band,
    check_notional,
    check_price,
    check_quantity,
    decimals_of,
)
from trader.sim.binance.lies import Twist, twisted
from trader.sim.binance.lookup import current, live_orders, open_plain
from trader.sim.binance.parameters import Parameters
from trader.sim.binance.refusals import from_model, missing, refused, unwanted
from trader.sim.binance.requests import Asked
from trader.sim.binance.rows import acknowledged, order_row
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
from trader.sim.binance.venue import Venue

ALGO_TYPES = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET"})
TIFS = {"GTC": Tif.GTC, "GTD": Tif.GTC, "IOC": Tif.IOC, "FOK": Tif.FOK, "GTX": Tif.ALO, "RPI": Tif.ALO}
# Refusals after which the venue remembers an order that ended at once.
EXPIRED_AT_ONCE = frozenset({Reason.IOC_NO_MATCH, Reason.NO_LIQUIDITY})
_REFUSED_BY_TIF = frozenset({Reason.ALO_CROSSES, Reason.FOK_NO_MATCH})


@frozen
class Wanted:
    """A plain order as it was asked for."""

    coin: str
    type: str
    direction: Direction
    quantity: Decimal
    price: Decimal | None
    time_in_force: str
    good_till_ms: int
    client_id: str | None


def new_order(asked: Asked) -> Any:
    """POST order."""
    return place(asked, asked.parameters)


def place(asked: Asked, parameters: Parameters) -> dict[str, Any]:
    """One order; what the venue answers, or Refused."""
    is_result = response_is_result(parameters)
    wanted = read(asked, parameters)
    stp = stp_of(parameters)
    require_open(asked.venue, only_reduces=wanted.direction.only_reduces)
    check(asked, wanted)
    twist = twisted(asked.venue.model, [spec_of(wanted)], asked.lies)
    details = _placed(asked, wanted, stp, twist)
    row = current(asked.venue, details, live_orders(asked.venue, asked.user))
    if row is None:
        raise refused(-1001)
    answer = order_row(asked.venue, row, details, is_query=False)
    return answer if is_result else acknowledged(answer)


def read(asked: Asked, parameters: Parameters) -> Wanted:
    """The parameters of one plain order."""
    coin = asked.venue.rules_of(parameters.required("symbol")).coin
    kind = parameters.required("type")
    if kind in ALGO_TYPES:
        raise refused(-4120)
    if kind not in ("LIMIT", "MARKET"):
        raise refused(-1116)
    direction = direction_of(asked, parameters)
    time_in_force = parameters.text("timeInForce")
    if kind == "MARKET":
        for name in ("timeInForce", "price"):
            if parameters.text(name) is not None:
                raise unwanted(name.lower())
        time_in_force = "GTC"
    elif time_in_force is None:
        raise missing("timeinforce")
    elif time_in_force not in TIFS:
        raise refused(-1115)
    price = parameters.decimal("price")
    if kind == "LIMIT" and price is None:
        raise missing("price")
    return Wanted(
        coin=coin,
        type=kind,
        direction=direction,
        quantity=quantity_of(parameters),
        price=price,
        time_in_force=time_in_force,
        good_till_ms=good_till_of(parameters, time_in_force, now_ms=asked.now_ms),
        client_id=parameters.client_id("newClientOrderId"),
    )


def check(asked: Asked, wanted: Wanted) -> None:
    """Client id and filters."""
    venue, coin = asked.venue, wanted.coin
    resting = open_plain(venue, asked.user)
    if wanted.client_id is not None and any(d.client_id == wanted.client_id for _, d in resting):
        raise refused(-4116)
    check_quantity(venue, coin, wanted.quantity, at_market=wanted.price is None)
    price = venue.model.quote(coin).mark
    if wanted.price is None:
        check_market_band(venue, coin, is_buy=wanted.direction.is_buy)
    else:
        price = wanted.price
        check_price(venue, coin, price)
        check_band(venue, coin, price, is_buy=wanted.direction.is_buy)
    spared = wanted.direction.reduce_only
    if wanted.direction.closes_leg:
        spared = venue.switches.closing_below_minimum
    check_notional(venue, coin, wanted.quantity, price, only_reduces=spared)
    if sum(details.coin == coin for _, details in resting) >= venue.symbols[coin].orders_max:
        raise refused(-2025)


def spec_of(wanted: Wanted) -> OrderSpec:
    """The same for the model; an order at market has no price of its own."""
    is_market = wanted.price is None
    return OrderSpec(
        coin=wanted.coin,
        is_buy=wanted.direction.is_buy,
        px=wanted.price or Decimal(0),
        sz=wanted.quantity,
        tif=Tif.MARKET if is_market else TIFS[wanted.time_in_force],
        reduce_only=wanted.direction.reduce_only,
        cloid=wanted.client_id,
        leg=wanted.direction.leg,
        expires_ms=wanted.good_till_ms or None,
    )


def _placed(asked: Asked, wanted: Wanted, stp: str, twist: Twist) -> Details:
    """Hand it to the model and remember what was asked for."""
    venue = asked.venue
    if twist.refusals:
        raise twist.refusals[0]
    twist.before(venue.model)
    placed = venue.model.place(asked.user, twist.specs)
    twist.after(venue, asked.user, placed)
    first = placed[0]
    expired_as = _require_taken(venue.switches.refused_tif_recorded, first)
    if first.oid is None:
        raise from_model(first.reason)
    details = Details(
        oid=first.oid,
        user=asked.user,
        coin=wanted.coin,
        client_id=wanted.client_id or venue.next_client_id(),
        type=wanted.type,
        time_in_force=wanted.time_in_force,
        position_side=wanted.direction.position_side,
        price=price_text(venue, wanted.coin, wanted.price),
        quantity=fixed(twist.specs[0].sz, venue.symbols[wanted.coin].quantity_precision),
        reduce_only=reads_reduce_only(asked, wanted.direction),
        placed_ms=venue.now_ms,
        stp=stp,
        good_till_ms=wanted.good_till_ms,
        visible_from_ms=twist.visible_from_ms,
        expired_as=expired_as,
    )
    venue.details.put(details)
    if expired_as == "EXPIRED" and first.reason in _REFUSED_BY_TIF:
        raise from_model(first.reason)
    return details


def _require_taken(keeps_refused: bool, placed: Placed) -> str:
    """Refused for good, or an order that ended at once; how its status reads then."""
    if placed.reason is None:
        return ""
    if placed.reason in EXPIRED_AT_ONCE:
        return "EXPIRED"
    if keeps_refused and placed.reason in _REFUSED_BY_TIF and placed.oid is not None:
        return "EXPIRED"
    raise from_model(placed.reason)


def price_text(venue: Venue, coin: str, price: Decimal | None) -> str:
    """At the symbol's precision, or at its own where that is finer."""
    if price is None:
        return ""
    return fixed(price, max(venue.symbols[coin].price_precision, decimals_of(price)))

"""Stops and targets as the wire words them: read, checked against prices, turned into the model's triggers.

Rules: a limit of "-1" means at market. Which side of a price a trigger may lie on depends on what it closes;
each refusal names the price it was compared with. The default price that fires a trigger is the last one.
"""

from dataclasses import replace
from decimal import Decimal

from trader.exchange.orders import OrderSpec, Quote, TriggerSpec
from trader.exchange.rules import Market, on_tick
from trader.exchange.status import Tif, Trigger
from trader.sim.okx.calls import Call
from trader.sim.okx.numbers import text
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import ALIVE, Attached, Exits

SOURCES = ("last", "mark", "index")
AT_MARKET = "-1"
# (the exit closes a short, is a target, watches) -> what the venue says when the trigger lies wrong.
SIDE_CODES = {
    (True, True): {"last": "51277", "mark": "51300", "index": "51305"},
    (True, False): {"last": "51278", "mark": "51302", "index": "51306"},
    (False, True): {"last": "51279", "mark": "51303", "index": "51307"},
    (False, False): {"last": "51280", "mark": "51304", "index": "51308"},
}
# (the parent buys, is a target) -> against its own price, and at market against the best price.
_PARENT_CODES = {
    (True, True): ("51046", "51050"),
    (True, False): ("51047", "51051"),
    (False, True): ("51048", "51052"),
    (False, False): ("51049", "51053"),
}


def watched(quote: Quote, source: str) -> Decimal:
    """The price that fires a trigger."""
    return {"last": quote.last, "mark": quote.mark, "index": quote.oracle}[source]


def read_exits(params: Parameters, market: Market) -> Exits:
    """Stop and target of one object; a trigger price without its limit is refused."""
    exits = Exits()
    if params.has("slTriggerPx"):
        exits.sl_trigger = trigger_price(params, "slTriggerPx", market)
        exits.sl_px = limit_price(params, "slOrdPx", market)
        exits.sl_type = params.word("slTriggerPxType", SOURCES, "last")
    if params.has("tpTriggerPx"):
        exits.tp_trigger = trigger_price(params, "tpTriggerPx", market)
        exits.tp_px = limit_price(params, "tpOrdPx", market)
        exits.tp_type = params.word("tpTriggerPxType", SOURCES, "last")
    if params.text("tpOrdKind", "condition") != "condition":
        raise Refusal("51000", "tpOrdKind")
    return exits


def trigger_price(params: Parameters, name: str, market: Market) -> str:
    price = params.positive(name)
    if not on_tick(market, price):
        raise Refusal("51000", name)
    return text(price)


def limit_price(params: Parameters, name: str, market: Market) -> str:
    """The limit of a triggered order, "-1" at market."""
    if params.required(name) == AT_MARKET:
        return AT_MARKET
    price = params.positive(name)
    if not on_tick(market, price):
        raise Refusal("51000", name)
    return text(price)


def specs_of(exits: Exits, plain: OrderSpec) -> list[OrderSpec]:
    """The model's orders for a stop and a target that close what `plain` describes."""
    found = []
    if exits.sl_trigger:
        found.append(_spec(plain, exits.sl_trigger, exits.sl_px, exits.sl_type, Trigger.STOP))
    if exits.tp_trigger:
        found.append(_spec(plain, exits.tp_trigger, exits.tp_px, exits.tp_type, Trigger.TAKE))
    return found


def _spec(plain: OrderSpec, trigger: str, limit: str, source: str, kind: Trigger) -> OrderSpec:
    is_market = limit == AT_MARKET
    return replace(
        plain,
        px=Decimal(0) if is_market else Decimal(limit),
        tif=None,
        trigger=TriggerSpec(Decimal(trigger), kind, is_market, source),
    )


def check_side(exits: Exits, quote: Quote, *, is_buy: bool) -> None:
    """A stop or target that its price has passed already is refused, not executed."""
    for trigger, source, is_target in (
        (exits.sl_trigger, exits.sl_type, False),
        (exits.tp_trigger, exits.tp_type, True),
    ):
        if not trigger:
            continue
        now, px = watched(quote, source), Decimal(trigger)
        # Closing a short with a stop, and a long with a target, waits for a rise.
        waits_for_rise = is_buy != is_target
        if px <= now if waits_for_rise else px >= now:
            raise Refusal(SIDE_CODES[is_buy, is_target][source])


def read_attached(call: Call, params: Parameters, spec: OrderSpec, market: Market) -> Attached | None:
    """The exits attached to an order; one object, a stop, a target or both."""
    items = params.objects("attachAlgoOrds")
    if not items:
        return None
    if spec.reduce_only:
        raise Refusal("51100")
    if spec.closes_leg:
        raise Refusal("51333")
    # Several targets that split the size are beyond what the model attaches.
    if len(items) > 1:
        raise Refusal("51000", "attachAlgoOrds")
    item = items[0]
    exits = read_exits(item, market)
    if not exits.sl_trigger and not exits.tp_trigger:
        raise Refusal("51000", "attachAlgoOrds")
    client_id = item.client_id("attachAlgoClOrdId")
    check_algo_id(call, client_id)
    if spec.trigger is None:
        check_parent(exits, spec, call.model.quote(market.coin))
    return Attached(call.venue.book.new_id(), client_id, exits)


def check_parent(exits: Exits, spec: OrderSpec, quote: Quote) -> None:
    """Exits must lie beyond the order's own price, at market beyond the best price of the other side."""
    is_market = spec.tif is Tif.MARKET
    own = (quote.ask if spec.is_buy else quote.bid) if is_market else spec.px
    for trigger, is_target in ((exits.tp_trigger, True), (exits.sl_trigger, False)):
        if not trigger:
            continue
        must_be_higher = spec.is_buy == is_target
        if Decimal(trigger) <= own if must_be_higher else Decimal(trigger) >= own:
            raise Refusal(_PARENT_CODES[spec.is_buy, is_target][is_market])


def attached_specs(call: Call, spec: OrderSpec, attached: Attached) -> list[OrderSpec]:
    """The exits of an order as its children in the model."""
    plain = replace(
        spec,
        is_buy=not spec.is_buy,
        reduce_only=spec.leg is None and call.switches.attached_reduces,
        cloid=attached.client_id or None,
        trigger=None,
    )
    return specs_of(attached.exits, plain)


def check_algo_id(call: Call, client_id: str) -> None:
    """Ids of algos and of attached exits are one name space."""
    if not client_id:
        return
    for algo in call.venue.book.algos.values():
        is_taken = algo.state == ALIVE or not call.switches.algo_id_reuse
        if is_taken and algo.user == call.user and algo.client_id == client_id:
            raise Refusal("51065")
    for order in call.model.open_orders(call.user):
        ticket = call.venue.book.order_for(order.oid)
        attached = None if ticket is None else ticket.attached
        if attached is not None and attached.client_id == client_id:
            raise Refusal("51068", client_id)

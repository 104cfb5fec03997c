"""An algo order from the wire into the model: conditional, oco and trigger orders.

Rules: accepted means taken by the algo engine, no more: size, margin and position are looked at when it
triggers. What can be refused here is its shape, its id, and a trigger that its price has already passed.
"""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

from trader.exchange.orders import OrderSpec, Placed, TriggerSpec
from trader.exchange.rules import Market
from trader.exchange.status import Grouping, Trigger
from trader.sim.okx.calls import Call, Row, item_success
from trader.sim.okx.contracts import coins_of, market_of, size_text
from trader.sim.okx.exits import (
    AT_MARKET,
    SOURCES,
    attached_specs,
    check_algo_id,
    check_side,
    limit_price,
    read_attached,
    read_exits,
    specs_of,
    trigger_price,
    watched,
)
from trader.sim.okx.lies import Twist, twisted
from trader.sim.okx.numbers import text
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.placing import check_size, read_leg, read_margin, use_margin
from trader.sim.okx.reasons import refusal_for
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import AlgoTicket, Exits

_TYPES = ("conditional", "oco", "trigger")
_PER_SLOT_MAX = 100


def place_algo(call: Call, params: Parameters) -> Row:
    """Place one algo order; its row of the answer."""
    market = market_of(call.model, params.required("instId"))
    td_mode = read_margin(call, params)
    is_buy = params.word("side", ("buy", "sell")) == "buy"
    ord_type = params.word("ordType", _TYPES)
    leg = read_leg(call, params)
    client_id = algo_client_id(call, params)
    check_algo_id(call, client_id)
    plain = OrderSpec(market.coin, is_buy, Decimal(0), Decimal(0), cloid=client_id or None, leg=leg)
    ticket = AlgoTicket(
        algo_id=call.venue.book.new_id(), user=call.user, coin=market.coin, is_buy=is_buy,
        ord_type=ord_type, td_mode=td_mode, leg=leg, created_ms=call.now_ms, updated_ms=call.now_ms,
        client_id=client_id, tag=params.tag(), reduce_only=params.flag("reduceOnly"),
        ends_with_position=params.flag("cxlOnClosePos"), last=text(call.model.quote(market.coin).last),
        lever=str(call.venue.lever(call.user, market.coin, td_mode, leg)),
    )  # fmt: skip
    if ord_type == "trigger":
        specs, grouping = read_trigger(call, params, market, plain, ticket)
    else:
        specs, grouping = read_conditional(call, params, market, plain, ticket)
    check_count(call, market.coin)
    use_margin(call, market, td_mode, leg)
    admit(call, ticket, twisted(call.venue, specs, call.lies), grouping, market)
    return {
        "algoId": str(ticket.algo_id),
        "clOrdId": "",
        "algoClOrdId": client_id,
        "tag": ticket.tag,
    } | item_success()


def failed_row(params: Parameters) -> Row:
    """The row of an algo that was refused, before the reason."""
    said = params.text("algoClOrdId")
    return {"algoId": "", "clOrdId": "", "algoClOrdId": said, "tag": params.text("tag")}


def algo_client_id(call: Call, params: Parameters) -> str:
    """The algo's own id; the deprecated parameter counts where the switch says so."""
    said = params.client_id("algoClOrdId")
    if not said and call.switches.algo_takes_cl_ord_id:
        return params.client_id("clOrdId")
    return said


def read_conditional(
    call: Call, params: Parameters, market: Market, plain: OrderSpec, ticket: AlgoTicket
) -> tuple[list[OrderSpec], Grouping]:
    """A stop, a target, or both that cancel each other."""
    exits = read_exits(params, market)
    if ticket.ord_type == "oco" and not (exits.sl_trigger and exits.tp_trigger):
        raise Refusal("50014", "tpTriggerPx" if exits.sl_trigger else "slTriggerPx")
    if ticket.ord_type == "conditional" and exits.sl_trigger:
        # Of a stop and a target in one conditional order, the target is silently ignored.
        exits = Exits(exits.sl_trigger, exits.sl_px, exits.sl_type)
    if not exits.sl_trigger and not exits.tp_trigger:
        raise Refusal("50015", "tpTriggerPx", "slTriggerPx")
    ticket.exits = exits
    plain = replace(plain, reduce_only=ticket.reduce_only and plain.leg is None)
    check_links(params, ticket, plain)
    if params.has("closeFraction"):
        read_close_fraction(params, ticket, plain, exits)
        grouping = Grouping.POSITION
    else:
        plain = replace(
            plain, sz=read_size(params, market, exits), ends_with_position=ticket.ends_with_position
        )
        ticket.sz = size_text(market, plain.sz)
        grouping = Grouping.PAIR if ticket.ord_type == "oco" else Grouping.NONE
    check_position(call, plain)
    check_side(exits, call.model.quote(market.coin), is_buy=plain.is_buy)
    return specs_of(exits, plain), grouping


def read_size(params: Parameters, market: Market, exits: Exits) -> Decimal:
    size = coins_of(market, params.positive("sz"))
    check_size(market, size, is_market=AT_MARKET in (exits.sl_px, exits.tp_px))
    return size


def check_links(params: Parameters, ticket: AlgoTicket, plain: OrderSpec) -> None:
    """Which of the flags go together."""
    if ticket.ends_with_position and not ticket.reduce_only:
        raise Refusal("51000", "cxlOnClosePos")
    if plain.leg is not None and ticket.reduce_only and not plain.closes_leg:
        raise Refusal("51205")


def read_close_fraction(params: Parameters, ticket: AlgoTicket, plain: OrderSpec, exits: Exits) -> None:
    """The whole position, whatever it is when the algo triggers."""
    fraction = params.number("closeFraction")
    if fraction != 1 or params.has("sz"):
        raise Refusal("51000", "closeFraction")
    if {exits.sl_px, exits.tp_px} - {"", AT_MARKET}:
        raise Refusal("51330")
    if plain.leg is None and not ticket.reduce_only:
        raise Refusal("51328")
    if plain.leg is not None and not plain.closes_leg:
        raise Refusal("51331")
    ticket.close_fraction = "1"


def check_position(call: Call, plain: OrderSpec) -> None:
    """An exit without a position, or on the side that opens."""
    must_reduce = plain.reduce_only or plain.closes_leg
    position = call.model.position(call.user, plain.coin, plain.leg)
    if position is None:
        if not call.switches.conditional_while_flat:
            raise Refusal("51058")
        return
    if must_reduce and plain.is_buy == (position.szi > 0):
        raise Refusal("51205")


def read_trigger(
    call: Call, params: Parameters, market: Market, plain: OrderSpec, ticket: AlgoTicket
) -> tuple[list[OrderSpec], Grouping]:
    """An order that is sent when a price is reached from where it is now."""
    if plain.leg is None and not call.switches.triggers_in_net:
        raise Refusal("51298")
    size = coins_of(market, params.positive("sz"))
    ticket.trigger_px = trigger_price(params, "triggerPx", market)
    ticket.trigger_type = params.word("triggerPxType", SOURCES, "last")
    ticket.order_px = limit_price(params, "orderPx", market)
    ticket.sz = size_text(market, size)
    is_market = ticket.order_px == AT_MARKET
    check_size(market, size, is_market=is_market)
    px, now = Decimal(ticket.trigger_px), watched(call.model.quote(market.coin), ticket.trigger_type)
    kind = Trigger.STOP if (px > now) == plain.is_buy else Trigger.TAKE
    honoured = ticket.reduce_only and plain.leg is None and call.switches.triggers_reduce
    ticket.reduce_only = honoured
    spec = replace(
        plain,
        px=Decimal(0) if is_market else Decimal(ticket.order_px),
        sz=size,
        tif=None,
        reduce_only=honoured,
        trigger=TriggerSpec(px, kind, is_market, ticket.trigger_type),
    )
    ticket.attached = read_attached(call, params, spec, market)
    if ticket.attached is None:
        return [spec], Grouping.NONE
    return [spec, *attached_specs(call, spec, ticket.attached)], Grouping.ATTACHED


def check_count(call: Call, coin: str) -> None:
    """So many algos may wait on one instrument."""
    waiting = (
        a for a in call.venue.book.algos.values() if a.user == call.user and a.coin == coin and a.is_alive
    )
    if sum(1 for _ in waiting) >= _PER_SLOT_MAX:
        raise Refusal("51261")


def admit(call: Call, ticket: AlgoTicket, twist: Twist, grouping: Grouping, market: Market) -> None:
    """Give the algo to the model; what the model refuses leaves no trace."""
    placed: Sequence[Placed] = ()
    reason = call.model.prevalidate(twist.specs, grouping)
    if reason is None:
        twist.before(call.venue)
        call.venue.book.expect(ticket)
        placed = call.model.place(call.user, twist.specs, grouping)
        call.venue.book.expect(None)
        reason = next((answer.reason for answer in placed if answer.reason is not None), None)
    if reason is not None:
        for oid in ticket.oids:
            call.model.cancel(call.user, oid)
        call.venue.book.forget_algo(ticket.algo_id)
        raise refusal_for(reason, call.model, market, is_buy=ticket.is_buy)
    sizes = [spec.sz for spec in twist.specs if spec.sz]
    if sizes and ticket.sz:
        ticket.sz = size_text(market, sizes[0])
    twist.after(call.venue, ticket, placed)

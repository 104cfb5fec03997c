"""A normal order from the wire into the model: what it says, whether it may be, and what came of it.

Rules: the venue's own checks come first, in the words of its codes; what the model refuses is translated.
An order that is taken and then ends by itself (IOC without a match, post-only that would take) is a success
on the wire and a cancelled order afterwards. Sizes turn from contracts into coins here and nowhere else.
"""

from collections.abc import Sequence
from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange.orders import Liquidity, OrderSpec, Placed
from trader.exchange.rules import Market
from trader.exchange.status import Grouping, Reason, Tif
from trader.sim.okx.calls import Call, Row, item_success
from trader.sim.okx.contracts import coins_of, market_of, size_text
from trader.sim.okx.exits import attached_specs, read_attached
from trader.sim.okx.lies import Twist, twisted
from trader.sim.okx.numbers import text
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.reasons import refusal_for
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.tickets import Attached, OrderTicket
from trader.sim.okx.venue import CROSS, ISOLATED

LONG, SHORT = "long", "short"
TIFS = {
    "market": Tif.MARKET,
    "limit": Tif.GTC,
    "post_only": Tif.ALO,
    "fok": Tif.FOK,
    "ioc": Tif.IOC,
    "optimal_limit_ioc": Tif.MARKET,
}
AT_MARKET = ("market", "optimal_limit_ioc")
# Refusals of the model that are an accepted order on the wire, which then ends unfilled; and why it says.
ENDED_AT_ONCE = {
    Reason.IOC_NO_MATCH: "14",
    Reason.FOK_NO_MATCH: "13",
    Reason.ALO_CROSSES: "31",
    Reason.NO_LIQUIDITY: "15",
}


@frozen
class Asked:
    """One order as it was asked for."""

    market: Market
    spec: OrderSpec
    ord_type: str
    td_mode: str
    client_id: str
    tag: str
    px: str
    attached: Attached | None


def place(call: Call, params: Parameters) -> Row:
    """Place one order; its row of the answer."""
    asked = read(call, params)
    use_margin(call, asked.market, asked.td_mode, asked.spec.leg)
    children = [] if asked.attached is None else attached_specs(call, asked.spec, asked.attached)
    twist = twisted(call.venue, [asked.spec, *children], call.lies)
    ticket = new_ticket(call, asked, twist.specs[0])
    placed = perform(call, ticket, twist)
    first = placed[0]
    if first.reason is not None and first.reason not in ENDED_AT_ONCE:
        call.venue.book.forget_order(ticket.ord_id)
        raise refusal_for(first.reason, call.model, asked.market, is_buy=asked.spec.is_buy)
    note_end(call, ticket, first)
    twist.after(call.venue, ticket, placed)
    return {
        "clOrdId": asked.client_id,
        "ordId": str(ticket.ord_id),
        "tag": asked.tag,
        "ts": str(call.now_ms),
    } | item_success("Order placed")


def failed_row(params: Parameters) -> Row:
    """The row of an order that was refused, before the reason."""
    return {"clOrdId": params.text("clOrdId"), "ordId": "", "tag": params.text("tag"), "ts": ""}


def read(call: Call, params: Parameters) -> Asked:
    """Everything the wire says about one order, checked as far as it can be without the book."""
    market = market_of(call.model, params.required("instId"))
    td_mode = read_margin(call, params)
    is_buy = params.word("side", ("buy", "sell")) == "buy"
    ord_type = params.word("ordType", tuple(TIFS))
    leg = read_leg(call, params)
    client_id, tag = params.client_id("clOrdId"), params.tag()
    size = coins_of(market, params.positive("sz"))
    limit = None if ord_type in AT_MARKET else params.positive("px")
    reduce_only = params.flag("reduceOnly") and leg is None
    check_size(market, size, is_market=ord_type in AT_MARKET)
    check_pending_id(call, client_id)
    spec = OrderSpec(
        coin=market.coin, is_buy=is_buy, px=Decimal(0) if limit is None else limit, sz=size,
        tif=TIFS[ord_type], reduce_only=reduce_only, cloid=client_id or None, leg=leg,
    )  # fmt: skip
    check_reducing(call, spec)
    attached = read_attached(call, params, spec, market)
    return Asked(
        market, spec, ord_type, td_mode, client_id, tag, "" if limit is None else text(limit), attached
    )


def read_margin(call: Call, params: Parameters) -> str:
    """The margin mode of an order."""
    said = params.word("tdMode", (CROSS, ISOLATED))
    if said == ISOLATED and not call.switches.isolated_allowed:
        raise Refusal("51010")
    return said


def read_leg(call: Call, params: Parameters) -> str | None:
    """The side of the account: mandatory where it has two, unwanted where it has one."""
    if call.is_two_sided:
        return params.word("posSide", (LONG, SHORT), "none")
    params.word("posSide", ("net",), "net")
    return None


def check_size(market: Market, size: Decimal, *, is_market: bool) -> None:
    """Below the minimum, between two lots, or more than one order may have."""
    if size < market.size_min:
        raise Refusal("51020")
    if size % market.size_step != 0:
        raise Refusal("51121")
    if is_market and market.market_size_max is not None and size > market.market_size_max:
        raise Refusal("51202")
    if market.size_max is not None and size > market.size_max:
        raise Refusal("51005")


def check_pending_id(call: Call, client_id: str) -> None:
    """An id must be new among the orders that are pending now, and only among them."""
    if not client_id:
        return
    for order in call.model.open_orders(call.user):
        ticket = call.venue.book.order_for(order.oid)
        if ticket is not None and ticket.client_id == client_id:
            raise Refusal("51016")


def check_reducing(call: Call, spec: OrderSpec) -> None:
    """What may only reduce needs something to reduce."""
    if not (spec.reduce_only or spec.closes_leg):
        return
    position = call.model.position(call.user, spec.coin, spec.leg)
    if position is None:
        raise Refusal("51169")
    if spec.is_buy == (position.szi > 0):
        raise Refusal("51170")
    if spec.closes_leg:
        # In a two-sided account resting closing orders hold what they would close.
        resting = (
            order.sz
            for order in call.model.open_orders(call.user, spec.coin)
            if order.leg == spec.leg and order.reduce_only and order.resting
        )
        if spec.sz > abs(position.szi) - sum(resting, Decimal(0)):
            raise Refusal("51112")


def use_margin(call: Call, market: Market, td_mode: str, leg: str | None) -> None:
    """Let the model count with the leverage that is set for this margin mode."""
    wanted = call.venue.lever(call.user, market.coin, td_mode, leg)
    current = call.model.leverage(call.user, market.coin)
    if (current.value, current.is_cross) == (wanted, td_mode == CROSS):
        return
    reason = call.model.set_leverage(call.user, market.coin, value=wanted, is_cross=td_mode == CROSS)
    if reason is Reason.MODE_WITH_POSITION:
        # The model holds a coin in one margin mode at a time.
        raise Refusal("51000", "tdMode")
    if reason is not None:
        raise refusal_for(reason, call.model, market)


def new_ticket(call: Call, asked: Asked, spec: OrderSpec) -> OrderTicket:
    """The order's record on the wire; the model's number comes when it is taken."""
    return OrderTicket(
        ord_id=call.venue.book.new_id(), oid=0, user=call.user, coin=spec.coin, is_buy=spec.is_buy,
        ord_type=asked.ord_type, td_mode=asked.td_mode, leg=spec.leg, created_ms=call.now_ms, px=asked.px,
        sz=size_text(asked.market, spec.sz), client_id=asked.client_id, tag=asked.tag,
        reduce_only=spec.reduce_only or spec.closes_leg, attached=asked.attached,
        lever=str(call.venue.lever(call.user, spec.coin, asked.td_mode, spec.leg)),
    )  # fmt: skip


def perform(call: Call, ticket: OrderTicket, twist: Twist) -> Sequence[Placed]:
    """Give the order to the model, with its exits as children."""
    grouping = Grouping.ATTACHED if len(twist.specs) > 1 else Grouping.NONE
    book = call.venue.book
    twist.before(call.venue)
    book.expect(ticket)
    if ticket.coin in call.venue.dry:
        call.model.set_liquidity(ticket.coin, Liquidity())
    placed = call.model.place(call.user, twist.specs, grouping)
    if ticket.coin in call.venue.dry:
        call.model.set_liquidity(ticket.coin, Liquidity(size=Decimal(0)))
    book.expect(None)
    fit_exits(call, ticket)
    if ticket.oid == 0 and placed[0].oid is not None:
        ticket.oid = placed[0].oid
        book.add_order(ticket)
    return placed


def fit_exits(call: Call, ticket: OrderTicket) -> None:
    """Exits of an order that was cut are for the part that filled, where they come to be at all."""
    if ticket.attached is None or not call.switches.attached_after_cut:
        return
    filled = sum((fill.sz for fill in call.model.fills_of(call.user, ticket.oid)), Decimal(0))
    for order in call.model.open_orders(call.user, ticket.coin):
        if order.oid in ticket.attached.oids and order.armed and order.sz > filled:
            call.model.amend(call.user, order.oid, sz=filled)


def note_end(call: Call, ticket: OrderTicket, placed: Placed) -> None:
    """Why an order that is over already did not fill."""
    if placed.reason in ENDED_AT_ONCE:
        ticket.cancel_source = ENDED_AT_ONCE[placed.reason]
    elif ticket.ord_type not in ("limit", "post_only"):
        ticket.cancel_source = "15" if ticket.ord_type in AT_MARKET else "14"

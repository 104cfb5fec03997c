"""Settings of an account: leverage, position mode, isolated margin."""

from decimal import Decimal

from trader.exchange.status import Reason
from trader.sim.okx.calls import Call, Row
from trader.sim.okx.contracts import market_of
from trader.sim.okx.numbers import text
from trader.sim.okx.reasons import refusal_for
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.venue import CROSS, ISOLATED

_POSITION_SETTINGS = ("net_mode", "long_short_mode")


def set_leverage(call: Call) -> list[Row]:
    """Of a coin in one margin mode; on isolated margin with two sides, of one leg."""
    params = call.params
    for fault in call.lies:
        if fault.kind == "V16":
            raise Refusal(str(fault.params.get("code", "59107")))
    market = market_of(call.model, params.required("instId"))
    margin = params.word("mgnMode", (CROSS, ISOLATED))
    lever = params.number("lever")
    params.required("lever")
    if lever is None or lever != lever.to_integral_value():
        raise Refusal("51000", "lever")
    leg = None
    if call.is_two_sided and margin == ISOLATED:
        leg = params.word("posSide", ("long", "short"), "none")
    if lever < 1:
        raise Refusal("59105", "1")
    if lever > market.max_leverage:
        raise Refusal("59102")
    _apply(call, market.coin, margin, leg, int(lever))
    call.venue.set_lever(call.user, market.coin, margin, leg, int(lever))
    return [
        {
            "lever": text(lever),
            "mgnMode": margin,
            "instId": params.text("instId"),
            "posSide": leg or ("net" if not call.is_two_sided else ""),
        }
    ]


def _apply(call: Call, coin: str, margin: str, leg: str | None, lever: int) -> None:
    """What is open or resting in this margin mode counts with the new leverage at once."""
    current = call.model.leverage(call.user, coin)
    if current.is_cross != (margin == CROSS):
        return
    reason = call.model.set_leverage(call.user, coin, value=lever, is_cross=margin == CROSS)
    if reason is not None:
        market = call.model.market(coin)
        if market is None:
            raise Refusal("51001")
        raise refusal_for(reason, call.model, market)


def set_position_mode(call: Call) -> list[Row]:
    """One position a coin, or a long and a short one; refused while anything is open."""
    wanted = call.params.word("posMode", _POSITION_SETTINGS)
    reason = call.model.set_two_sided(call.user, wanted == _POSITION_SETTINGS[1])
    if reason is not None:
        raise Refusal("59000")
    return [{"posMode": wanted}]


def margin_balance(call: Call) -> list[Row]:
    """Move margin into an isolated position or out of it."""
    params = call.params
    market = market_of(call.model, params.required("instId"))
    sides = ("long", "short") if call.is_two_sided else ("net",)
    side = params.word("posSide", sides, "none")
    kind, amount = params.word("type", ("add", "reduce")), params.positive("amt")
    signed = amount if kind == "add" else -amount
    leg = side if call.is_two_sided else None
    reason = call.model.add_isolated_margin(call.user, market.coin, signed, leg)
    if reason is Reason.NOT_ISOLATED:
        raise Refusal("59300")
    if reason is not None:
        raise Refusal("59301")
    lever = call.venue.lever(call.user, market.coin, ISOLATED, leg)
    return [
        {
            "amt": text(Decimal(amount)),
            "ccy": "USDT",
            "instId": params.text("instId"),
            "leverage": str(lever),
            "posSide": side,
            "type": kind,
        }
    ]

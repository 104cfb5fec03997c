"""Modes, leverage, fees and what else an account is set to.

Rules: what already stands is refused with a code of its own (-4046, -4059, -4171), which clients treat as
done; leverage alone may be repeated. Position and margin modes change only without orders and positions.
"""

from typing import Any

from trader.exchange.status import Reason
from trader.sim.binance.decimals import plain
from trader.sim.binance.positions import sides
from trader.sim.binance.refusals import Refused, from_model, illegal, missing, refused
from trader.sim.binance.requests import Asked
from trader.sim.binance.symbols import SymbolRules

_SUCCESS = {"code": 200, "msg": "success"}


def account_config(asked: Asked) -> Any:
    return {
        "feeTier": 0,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "dualSidePosition": asked.venue.is_two_sided(asked.user),
        "updateTime": 0,
        "multiAssetsMargin": asked.user in asked.venue.multi_assets,
        "tradeGroupId": -1,
    }


def symbol_config(asked: Asked) -> Any:
    venue = asked.venue
    found = []
    for coin in asked.coins():
        setting = venue.model.leverage(asked.user, coin)
        rules = venue.symbols[coin]
        found.append(
            {
                "symbol": rules.symbol,
                "marginType": "CROSSED" if setting.is_cross else "ISOLATED",
                "isAutoAddMargin": False,
                "leverage": setting.value,
                "maxNotionalValue": plain(rules.notional_max(setting.value)),
            }
        )
    return found


def position_mode(asked: Asked) -> Any:
    return {"dualSidePosition": asked.venue.is_two_sided(asked.user)}


def set_position_mode(asked: Asked) -> Any:
    wanted = asked.parameters.boolean("dualSidePosition")
    if wanted is None:
        raise missing("dualSidePosition")
    venue = asked.venue
    if wanted == venue.is_two_sided(asked.user):
        raise refused(-4059)
    refusal = venue.model.set_two_sided(asked.user, wanted)
    if refusal is Reason.MODE_WITH_ORDERS:
        raise refused(-4067)
    if refusal is Reason.MODE_WITH_POSITION:
        raise refused(-4068)
    if refusal is not None:
        raise from_model(refusal)
    return dict(_SUCCESS)


def multi_assets(asked: Asked) -> Any:
    return {"multiAssetsMargin": asked.user in asked.venue.multi_assets}


def set_multi_assets(asked: Asked) -> Any:
    wanted = asked.parameters.boolean("multiAssetsMargin")
    if wanted is None:
        raise missing("multiAssetsMargin")
    venue, user = asked.venue, asked.user
    if wanted == (user in venue.multi_assets):
        raise refused(-4171)
    if wanted and any(not venue.model.leverage(user, coin).is_cross for coin in venue.symbols):
        raise refused(-4168)
    if wanted:
        venue.multi_assets.add(user)
    else:
        venue.multi_assets.discard(user)
    return dict(_SUCCESS)


def require_leverage_lie(asked: Asked) -> None:
    """V16: the change is refused."""
    for fault in asked.lies:
        if fault.kind == "V16":
            text = str(fault.params.get("text", "Leverage is not valid."))
            raise Refused(int(fault.params.get("code", -4028)), text)


def set_leverage(asked: Asked) -> Any:
    require_leverage_lie(asked)
    venue, coin = asked.venue, asked.coin()
    value = asked.parameters.required_integer("leverage")
    setting = venue.model.leverage(asked.user, coin)
    refusal = venue.model.set_leverage(asked.user, coin, value=value, is_cross=setting.is_cross)
    if refusal is not None:
        raise from_model(refusal)
    rules = venue.symbols[coin]
    return {"symbol": rules.symbol, "leverage": value, "maxNotionalValue": plain(rules.notional_max(value))}


def set_margin_type(asked: Asked) -> Any:
    require_leverage_lie(asked)
    venue, coin, user = asked.venue, asked.coin(), asked.user
    wanted = asked.parameters.required("marginType")
    if wanted not in ("ISOLATED", "CROSSED"):
        raise illegal("marginType")
    setting = venue.model.leverage(user, coin)
    if setting.is_cross == (wanted == "CROSSED"):
        raise refused(-4046)
    if wanted == "ISOLATED" and user in venue.multi_assets:
        raise refused(-4168)
    if any(not order.waiting for order in venue.model.open_orders(user, coin)):
        raise refused(-4047)
    if any(row.size for row in sides(venue, user, (coin,), with_flat=False)):
        raise refused(-4048)
    refusal = venue.model.set_leverage(user, coin, value=setting.value, is_cross=wanted == "CROSSED")
    if refusal is not None:
        raise from_model(refusal)
    return dict(_SUCCESS)


def leverage_brackets(asked: Asked) -> Any:
    return [_brackets(asked.venue.symbols[coin]) for coin in asked.coins()]


def _brackets(rules: SymbolRules) -> dict[str, Any]:
    rows = [
        {
            "bracket": bracket.number,
            "initialLeverage": bracket.leverage,
            "notionalCap": int(bracket.cap),
            "notionalFloor": int(bracket.floor),
            "maintMarginRatio": float(bracket.maintenance),
            "cum": int(bracket.cum) if bracket.cum == int(bracket.cum) else float(bracket.cum),
        }
        for bracket in rules.brackets
    ]
    return {"symbol": rules.symbol, "notionalCoef": 1.0, "brackets": rows}


def commission_rate(asked: Asked) -> Any:
    symbol = asked.venue.symbols[asked.coin()].symbol
    maker, taker = asked.venue.model.fee_rates(asked.user)
    return {
        "symbol": symbol,
        "makerCommissionRate": format(maker, "f"),
        "takerCommissionRate": format(taker, "f"),
        "rpiCommissionRate": "0.00005",
    }


def adl_quantile(asked: Asked) -> Any:
    """Where each position stands in the queue: always in the middle."""
    venue, user = asked.venue, asked.user
    found = []
    for coin in asked.coins():
        rows = sides(venue, user, (coin,), with_flat=True)
        if not any(row.size for row in rows):
            continue
        if venue.is_two_sided(user):
            held = {"LONG" if row.leg == "long" else "SHORT": int(bool(row.size)) for row in rows}
            found.append({"symbol": venue.symbols[coin].symbol, "adlQuantile": held | {"HEDGE": 0}})
        else:
            side = "LONG" if rows[0].size > 0 else "SHORT"
            quantile = {"LONG": 0, "SHORT": 0, "BOTH": 0} | {side: 1}
            found.append({"symbol": venue.symbols[coin].symbol, "adlQuantile": quantile})
    return found


def order_limits(asked: Asked) -> Any:
    chosen = asked.venue.switches
    rows = (("SECOND", 10, chosen.orders_per_ten_seconds), ("MINUTE", 1, chosen.orders_per_minute))
    return [
        {"rateLimitType": "ORDERS", "interval": interval, "intervalNum": number, "limit": limit}
        for interval, number, limit in rows
    ]


def trading_status(asked: Asked) -> Any:
    return {"indicators": {}, "updateTime": asked.now_ms}


def fee_burn(asked: Asked) -> Any:
    return {"feeBurn": False}


def api_restrictions(asked: Asked) -> Any:
    """What this key may do."""
    key = asked.key
    if key is None:
        raise refused(-2014, status=401)
    return {
        "ipRestrict": key.is_ip_restricted,
        "createTime": key.created_ms,
        "enableReading": True,
        "enableWithdrawals": key.may_withdraw,
        "enableInternalTransfer": key.may_transfer,
        "enableMargin": False,
        "enableFutures": key.may_trade_futures,
        "permitsUniversalTransfer": key.may_transfer_anywhere,
        "enableVanillaOptions": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": False,
        "enablePortfolioMarginTrading": False,
    }

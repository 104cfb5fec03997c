"""Public endpoints about instruments: rules, prices, limits, funding, tiers, time and the venue's state."""

from decimal import Decimal

from trader.exchange.rules import Market, Tier
from trader.sim.okx.calls import Call, Row
from trader.sim.okx.contracts import family_of, inst_id_of, market_of, size_text
from trader.sim.okx.numbers import derived, text
from trader.sim.okx.reasons import price_limits

_LISTED_MS = 1_573_557_408_000
_RATES_KEPT_MS = 90 * 86_400_000
_EMPTY = ("alias", "baseCcy", "quoteCcy", "optType", "stk", "expTime", "maxMktAmt", "openType")
_ZONE_WIDTH = Decimal("0.00375")


def instruments(call: Call) -> list[Row]:
    """What can be traded."""
    if call.params.word("instType", ("SWAP", "SPOT", "MARGIN", "FUTURES", "OPTION")) != "SWAP":
        return []
    inst_id = call.params.text("instId")
    if inst_id:
        market_of(call.model, inst_id)
    family = call.params.text("instFamily") or call.params.text("uly")
    return [
        instrument_row(market)
        for market in call.model.markets
        if inst_id in ("", inst_id_of(market.coin)) and family in ("", family_of(market.coin))
    ]


def instrument_row(market: Market) -> Row:
    step, size_max = size_text(market, market.size_step), market.size_max
    most = "" if size_max is None else size_text(market, size_max)
    at_market = market.market_size_max
    return dict.fromkeys(_EMPTY, "") | {
        "instType": "SWAP",
        "instId": inst_id_of(market.coin),
        "instIdCode": 10_459 + market.index,
        "uly": family_of(market.coin),
        "instFamily": family_of(market.coin),
        "groupId": "4",
        "category": "1",
        "instCategory": "1",
        "settleCcy": "USDT",
        "ctVal": text(market.contract),
        "ctMult": "1",
        "ctValCcy": market.coin,
        "ctType": "linear",
        "listTime": str(_LISTED_MS),
        "lever": str(market.max_leverage),
        "tickSz": text(market.price_step),
        "lotSz": step,
        "minSz": size_text(market, market.size_min),
        "state": "suspend" if market.is_delisted else "live",
        "ruleType": "normal",
        "maxLmtSz": most,
        "maxMktSz": most if at_market is None else size_text(market, at_market),
        "maxLmtAmt": "20000000",
        "maxTwapSz": most,
        "maxIcebergSz": most,
        "maxTriggerSz": most,
        "maxStopSz": most if at_market is None else size_text(market, at_market),
        "futureSettlement": False,
        "tradeQuoteCcyList": [],
        "upcChg": [],
    }


def server_time(call: Call) -> list[Row]:
    return [{"ts": str(call.now_ms)}]


def mark_price(call: Call) -> list[Row]:
    inst_id = call.params.text("instId")
    markets = [market_of(call.model, inst_id)] if inst_id else list(call.model.markets)
    return [
        {
            "instType": "SWAP",
            "instId": inst_id_of(market.coin),
            "markPx": text(call.model.quote(market.coin).mark),
            "ts": str(call.now_ms),
        }
        for market in markets
    ]


def price_limit(call: Call) -> list[Row]:
    market = market_of(call.model, call.params.required("instId"))
    highest, lowest = price_limits(call.model, market)
    return [
        {
            "instType": "SWAP",
            "instId": inst_id_of(market.coin),
            "buyLmt": highest,
            "sellLmt": lowest,
            "ts": str(call.now_ms),
            "enabled": highest != "",
        }
    ]


def funding_rate(call: Call) -> list[Row]:
    inst_id = call.params.required("instId")
    if inst_id == "ANY":
        return [_rate_row(call, market) for market in call.model.markets]
    return [_rate_row(call, market_of(call.model, inst_id))]


def _rate_row(call: Call, market: Market) -> Row:
    """The forecast for the next settlement; what was settled last is the same rate here."""
    due_ms = call.model.funding_next_ms()
    rate = text(call.model.funding_rate(market.coin))
    quote = call.model.quote(market.coin)
    return {
        "instType": "SWAP",
        "instId": inst_id_of(market.coin),
        "method": "current_period",
        "formulaType": "withRate",
        "fundingRate": rate,
        "nextFundingRate": "",
        "fundingTime": str(due_ms),
        "nextFundingTime": str(due_ms + call.model.rules.funding_interval_ms),
        "minFundingRate": text(-_ZONE_WIDTH),
        "maxFundingRate": text(_ZONE_WIDTH),
        "interestRate": "0.0001",
        "impactValue": "20000",
        "settState": "settled",
        "settFundingRate": rate,
        "premium": derived((quote.mid - quote.oracle) / quote.oracle),
        "ts": str(call.now_ms),
    }


def funding_rate_history(call: Call) -> list[Row]:
    """Rates of the last three months; the model keeps the rate of now, which stands for the past as well."""
    market = market_of(call.model, call.params.required("instId"))
    interval, rate = call.model.rules.funding_interval_ms, text(call.model.funding_rate(market.coin))
    after, before = call.params.integer("after"), call.params.integer("before")
    limit = call.params.limit(most=400, default=400)
    moment = call.now_ms - call.now_ms % interval
    if after is not None and after <= moment:
        moment = (after - 1) - (after - 1) % interval
    rows: list[Row] = []
    while len(rows) < limit and moment > max(call.now_ms - _RATES_KEPT_MS, before or 0):
        rows.append(
            {
                "instType": "SWAP",
                "instId": inst_id_of(market.coin),
                "formulaType": "withRate",
                "fundingRate": rate,
                "realizedRate": rate,
                "fundingTime": str(moment),
                "method": "current_period",
            }
        )
        moment -= interval
    return rows


def position_tiers(call: Call) -> list[Row]:
    """The margin tiers of one family, sizes in contracts."""
    params = call.params
    params.word("tdMode", ("cross", "isolated"))
    if params.word("instType", ("SWAP", "FUTURES", "OPTION", "MARGIN")) != "SWAP":
        return []
    rows: list[Row] = []
    for family in (params.text("instFamily") or params.required("uly")).split(","):
        market = market_of(call.model, family + "-SWAP")
        tiers = market.tiers
        uppers = [tier.lower_bound for tier in tiers[1:]] + [market.size_max or tiers[-1].lower_bound * 10]
        rows += [
            _tier_row(market, tier, number, upper)
            for number, (tier, upper) in enumerate(zip(tiers, uppers, strict=True), start=1)
        ]
    wanted = params.text("tier")
    return [row for row in rows if wanted in ("", row["tier"])]


def _tier_row(market: Market, tier: Tier, number: int, upper: Decimal) -> Row:
    return {
        "uly": family_of(market.coin),
        "instFamily": family_of(market.coin),
        "instId": "",
        "tier": str(number),
        "minSz": size_text(market, tier.lower_bound),
        "maxSz": size_text(market, upper),
        "mmr": text(tier.rate),
        "imr": derived(1 / Decimal(tier.max_leverage)),
        "maxLever": str(tier.max_leverage),
        "optMgnFactor": "0",
        "quoteMaxLoan": "",
        "baseMaxLoan": "",
    }


def system_status(call: Call) -> list[Row]:
    """Nothing, or the maintenance that there is."""
    maintenance = call.venue.maintenance
    if maintenance is None:
        return []
    hour = 3_600_000
    row = {
        "title": "Trading account maintenance",
        "state": maintenance.state,
        "begin": str(call.now_ms - call.now_ms % hour),
        "end": str(call.now_ms - call.now_ms % hour + hour),
        "preOpenBegin": "",
        "href": "",
        "serviceType": maintenance.service,
        "maintType": "1",
        "env": maintenance.env,
        "system": "unified",
        "scheDesc": "",
    }
    wanted = call.params.text("state")
    return [row] if wanted in ("", row["state"]) else []


def no_rows(call: Call) -> list[Row]:
    """An endpoint that clients ask and that has nothing to tell here."""
    return []

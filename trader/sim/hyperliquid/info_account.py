"""`/info` about an account: its money, positions, limits, fees, role and agents.

Rules: an unknown user reads as an empty account. A flat coin is absent from the positions. In a unified
mode the perpetual account is a sub-ledger, and what looks like equity there is not the account's.
"""

from decimal import Decimal
from typing import Any

from trader.exchange.orders import Leverage
from trader.exchange.views import PositionView, Summary
from trader.sim.hyperliquid.decimals import text
from trader.sim.hyperliquid.flows import STRANGER, ledger_row
from trader.sim.hyperliquid.info_market import ROWS_MAX, Body, market_named
from trader.sim.hyperliquid.parsing import address_of, member, optional
from trader.sim.hyperliquid.venue import Venue

_TEN_PLACES = Decimal("0.0000000001")
_ROLE_OWNERS = {"agent": "user", "subAccount": "master"}
UNIFIED = frozenset({"unifiedAccount", "portfolioMargin"})


def clearinghouse_state(venue: Venue, body: Body) -> Any:
    view = venue.model.account(address_of(body))
    return {
        "marginSummary": _summary(view.total),
        "crossMarginSummary": _summary(view.cross),
        "crossMaintenanceMarginUsed": text(view.cross_maintenance),
        "withdrawable": text(view.withdrawable),
        "assetPositions": [{"type": "oneWay", "position": _position(row)} for row in view.positions],
        "time": view.at_ms,
    }


def _summary(summary: Summary) -> dict[str, str]:
    return {
        "accountValue": text(summary.account_value),
        "totalNtlPos": text(summary.total_notional),
        "totalRawUsd": text(summary.total_raw_usd),
        "totalMarginUsed": text(summary.total_margin_used),
    }


def _leverage(leverage: Leverage, raw_usd: Decimal | None) -> dict[str, Any]:
    row: dict[str, Any] = {"type": "cross" if leverage.is_cross else "isolated", "value": leverage.value}
    if not leverage.is_cross and raw_usd is not None:
        row["rawUsd"] = text(raw_usd)
    return row


def _position(view: PositionView) -> dict[str, Any]:
    return {
        "coin": view.coin,
        "szi": text(view.szi),
        "leverage": _leverage(view.leverage, view.raw_usd),
        "entryPx": text(view.entry_px),
        "positionValue": text(view.value),
        "unrealizedPnl": text(view.unrealized),
        "returnOnEquity": text(view.return_on_equity.quantize(_TEN_PLACES)),
        "liquidationPx": _liquidation(view.liquidation_px),
        "marginUsed": text(view.margin_used),
        "maxLeverage": view.max_leverage,
        "cumFunding": {
            "allTime": text(view.funding_all),
            "sinceOpen": text(view.funding_open),
            "sinceChange": text(view.funding_change),
        },
    }


def _liquidation(px: Decimal | None) -> str | None:
    return None if px is None else text(px.quantize(_TEN_PLACES))


def spot_clearinghouse_state(venue: Venue, body: Body) -> Any:
    """Nothing, but in a unified mode, where the account's dollars are kept here."""
    user = address_of(body)
    if venue.abstraction not in UNIFIED or not venue.is_account(user):
        return {"balances": []}
    total = text(venue.model.account(user).total.account_value)
    return {"balances": [{"coin": "USDC", "token": 0, "total": total, "hold": "0.0", "entryNtl": "0.0"}]}


def active_asset_data(venue: Venue, body: Body) -> Any:
    user, coin = address_of(body), member(body, "coin", str)
    market_named(venue, coin)
    buy, sell = venue.model.max_trade_sizes(user, coin)
    mark = venue.model.quote(coin).mark
    leverage = venue.model.leverage(user, coin)
    raw_usd = next((row.raw_usd for row in venue.model.account(user).positions if row.coin == coin), None)
    margins = [(size * mark / leverage.value).quantize(Decimal("0.000001")) for size in (buy, sell)]
    return {
        "user": user,
        "coin": coin,
        "leverage": _leverage(leverage, Decimal(0) if raw_usd is None else raw_usd),
        "maxTradeSzs": [text(buy), text(sell)],
        "availableToTrade": [text(margin) for margin in margins],
        "markPx": text(mark),
    }


def user_rate_limit(venue: Venue, body: Body) -> Any:
    user = address_of(body)
    volume = venue.volume(user)
    return {
        "cumVlm": text(volume),
        "nRequestsUsed": venue.address_budget.used(user),
        "nRequestsCap": venue.address_budget.cap(volume),
        "nRequestsSurplus": 0,
    }


def user_role(venue: Venue, body: Body) -> Any:
    user = address_of(body)
    said = venue.roles.get(user)
    if said is not None:
        owner = _ROLE_OWNERS.get(said)
        return {"role": said} if owner is None else {"role": said, "data": {owner: STRANGER}}
    master = venue.accounts.master_of(user, at_ms=venue.now_ms)
    if master is not None:
        return {"role": "agent", "data": {"user": master}}
    return {"role": "user" if venue.is_account(user) else "missing"}


def extra_agents(venue: Venue, body: Body) -> Any:
    return [
        {"name": agent.name, "address": agent.address, "validUntil": agent.valid_until_ms}
        for agent in venue.accounts.named_agents(address_of(body))
    ]


def user_abstraction(venue: Venue, body: Body) -> Any:
    address_of(body)
    return venue.abstraction


def max_builder_fee(venue: Venue, body: Body) -> Any:
    return venue.accounts.builder_fee(address_of(body), address_of(body, "builder"))


def user_fees(venue: Venue, body: Body) -> Any:
    maker, taker = venue.model.fee_rates(address_of(body))
    rules = venue.model.rules
    schedule = {
        "cross": text(rules.taker_rate),
        "add": text(rules.maker_rate),
        "spotCross": "0.0007",
        "spotAdd": "0.0004",
        "tiers": {"vip": [], "mm": []},
        "referralDiscount": "0.04",
        "stakingDiscountTiers": [],
    }
    return {
        "dailyUserVlm": [],
        "feeSchedule": schedule,
        "userCrossRate": text(taker),
        "userAddRate": text(maker),
        "userSpotCrossRate": "0.0007",
        "userSpotAddRate": "0.0004",
        "activeReferralDiscount": "0.0",
        "trial": None,
        "feeTrialReward": "0.0",
        "nextTrialAvailableTimestamp": None,
        "stakingLink": None,
        "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
    }


def ledger_updates(venue: Venue, body: Body) -> Any:
    """Money in and out, oldest first."""
    start_ms, end_ms = optional(body, "startTime", int) or 0, optional(body, "endTime", int)
    rows = [
        row
        for row in venue.model.ledger(address_of(body))
        if start_ms <= row.at_ms and (end_ms is None or row.at_ms <= end_ms)
    ]
    return [ledger_row(venue, row) for row in rows[:ROWS_MAX]]

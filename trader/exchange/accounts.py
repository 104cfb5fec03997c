"""Accounts: how a client reads one, and the requests that change leverage, collateral and cash."""

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import leverage_of, move_cash
from trader.exchange.margin import (
    TENTH,
    closing_fee,
    cross_used,
    cross_value,
    free,
    isolated_value,
    liquidation_px,
    position_need,
    tier_at,
    withdrawable,
)
from trader.exchange.orders import ZERO, Leverage, Position
from trader.exchange.quotes import mark
from trader.exchange.rules import floor_lot
from trader.exchange.status import Kind, Reason
from trader.exchange.views import AccountView, PositionView, Summary

EMPTY = Summary(ZERO, ZERO, ZERO, ZERO)


def view(engine: Engine, user: str) -> AccountView:
    """The whole account now. The last answer is kept while nothing changes: a request asks several times."""
    seen = engine.views_seen.get(user)
    if seen is not None and seen[0] == engine.now_ms and seen[1] == engine.state.revision:
        return seen[2]
    viewed = _viewed(engine, user)
    engine.views_seen[user] = (engine.now_ms, engine.state.revision, viewed)
    return viewed


def _viewed(engine: Engine, user: str) -> AccountView:
    account = engine.state.accounts.get(user)
    if account is None:
        return AccountView(user, engine.now_ms, EMPTY, EMPTY, ZERO, ZERO, ZERO, ())
    order = list(engine.markets)
    held = sorted(account.positions.values(), key=lambda each: (order.index(each.coin), each.key))
    views = tuple(view_position(engine, user, position) for position in held)
    value, need = cross_value(engine, account)
    used, notional = cross_used(engine, user)
    cost = sum((p.cost for p in held if p.collateral is None), ZERO)
    cross = Summary(value, notional, account.cash - cost, used)
    apart = [v for v in views if v.raw_usd is not None]
    total = Summary(
        value + sum((v.margin_used for v in apart), ZERO),
        notional + sum((v.value for v in apart), ZERO),
        cross.total_raw_usd + sum((v.raw_usd or ZERO for v in apart), ZERO),
        used + sum((v.margin_used for v in apart), ZERO),
    )
    return AccountView(
        user, engine.now_ms, total, cross, need, withdrawable(engine, user), free(engine, user), views
    )


def view_position(engine: Engine, user: str, position: Position) -> PositionView:
    """One position now."""
    market = engine.markets[position.coin]
    setting = leverage_of(engine, user, position.coin)
    worth = position.szi * mark(engine, position.coin)
    unrealized = worth - position.cost
    isolated = position.collateral is not None
    chosen = setting if setting.is_cross != isolated else replace(setting, is_cross=not isolated)
    used = (position.collateral or ZERO) + unrealized if isolated else abs(worth) / setting.value
    entry = (position.cost / position.szi).quantize(market.price_step, rounding=ROUND_DOWN)
    tier, _, _ = tier_at(market, abs(worth), abs(position.szi))
    account = engine.account(user)
    return PositionView(
        coin=position.coin, szi=position.szi, leverage=chosen,
        raw_usd=(position.collateral or ZERO) - position.cost if isolated else None,
        entry_px=entry, value=abs(worth), unrealized=unrealized,
        return_on_equity=unrealized / (abs(position.cost) / setting.value),
        liquidation_px=liquidation_px(engine, user, position.coin, position.leg), margin_used=used,
        maintenance=position_need(engine, position, worth, closing_fee(engine, account)),
        max_leverage=tier.max_leverage, funding_all=account.funding_paid.get(position.key, ZERO),
        funding_open=position.funding_open, funding_change=position.funding_change, leg=position.leg,
    )  # fmt: skip


def set_leverage(engine: Engine, user: str, coin: str, wanted: Leverage) -> Reason | None:
    """Change the setting of one coin; an open position keeps its margin mode."""
    market = engine.markets.get(coin)
    account = engine.state.accounts.get(user)
    if market is None or account is None:
        return Reason.UNKNOWN_COIN if market is None else Reason.UNKNOWN_USER
    if not 1 <= wanted.value <= market.max_leverage:
        return Reason.LEVERAGE_RANGE
    if wanted.is_cross and market.only_isolated:
        return Reason.CROSS_NOT_ALLOWED
    current = leverage_of(engine, user, coin)
    for position in (each for each in account.positions.values() if each.coin == coin):
        if (position.collateral is None) != wanted.is_cross:
            return Reason.MODE_WITH_POSITION
        if wanted.value < current.value:
            refusal = refuses_lower(engine, user, position, wanted, current)
            if refusal is not None:
                return refusal
    account.leverages[coin] = wanted
    engine.changed()
    engine.emit(Kind.MARGIN, user, coin)
    return None


def refuses_lower(
    engine: Engine, user: str, position: Position, wanted: Leverage, current: Leverage
) -> Reason | None:
    """Lower leverage needs more margin behind the open position."""
    notional = abs(position.szi) * mark(engine, position.coin)
    if position.collateral is not None:
        value, _ = isolated_value(engine, engine.account(user), position)
        return Reason.LEVERAGE_MARGIN_ISOLATED if value < notional / wanted.value else None
    more = notional / wanted.value - notional / current.value
    return Reason.LEVERAGE_MARGIN_CROSS if free(engine, user) < more else None


def set_two_sided(engine: Engine, user: str, *, on: bool) -> Reason | None:
    """Hold both legs of each coin apart, or not; only an account without positions and orders changes."""
    account = engine.state.accounts.get(user)
    if account is None:
        return Reason.UNKNOWN_USER
    if account.two_sided == on:
        return None
    if account.positions:
        return Reason.MODE_WITH_POSITION
    if engine.orders_of(user):
        return Reason.MODE_WITH_ORDERS
    account.two_sided = on
    engine.changed()
    engine.emit(Kind.MARGIN, user, "")
    return None


def add_isolated_margin(
    engine: Engine, user: str, coin: str, leg: str | None, amount: Decimal
) -> Reason | None:
    """Move cash into an isolated position, or out of it down to its initial margin."""
    position = engine.position(user, coin, leg)
    if position is None or position.collateral is None:
        return Reason.NOT_ISOLATED
    if amount > 0 and amount > withdrawable(engine, user):
        return Reason.MARGIN
    if amount < 0:
        notional = abs(position.szi) * mark(engine, coin)
        floor = max(notional / leverage_of(engine, user, coin).value, TENTH * notional)
        if isolated_value(engine, engine.account(user), position)[0] + amount < floor:
            return Reason.MARGIN
    account = engine.account(user)
    account.cash -= amount
    account.positions[position.key] = replace(position, collateral=position.collateral + amount)
    engine.changed()
    engine.emit(Kind.MARGIN, user, coin)
    return None


def withdraw(engine: Engine, user: str, amount: Decimal) -> Reason | None:
    """Cash out, as far as margin allows."""
    if user not in engine.state.accounts:
        return Reason.UNKNOWN_USER
    if amount <= 0 or amount > withdrawable(engine, user):
        return Reason.WITHDRAWABLE
    move_cash(engine, user, -amount, "withdraw")
    return None


def max_trade_sizes(engine: Engine, user: str, coin: str) -> tuple[Decimal, Decimal]:
    """(buy, sell) in lots: what the free margin opens, and on the other side the position first.

    In an account with two sides: what either leg could open.
    """
    if user not in engine.state.accounts:
        return ZERO, ZERO
    market = engine.markets[coin]
    now = mark(engine, coin)
    room = max(ZERO, free(engine, user)) * leverage_of(engine, user, coin).value / now
    szi = engine.szi(user, coin)
    buy = room + max(ZERO, -2 * szi)
    sell = room + max(ZERO, 2 * szi)
    return floor_lot(market, buy), floor_lot(market, sell)

"""Money: fills, funding, flows, and what they do to cash, cost and collateral.

Every amount is rounded to the cash decimals once, when it arises, and then only added: equity is therefore
conserved to the last digit. Rounding goes against the account (fees up).
"""

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_HALF_EVEN, Decimal
from functools import lru_cache

from trader.core.frozen import frozen
from trader.exchange.engine import Engine
from trader.exchange.orders import LONG, ZERO, Leverage, Order, Position, slot_key
from trader.exchange.quotes import mark, quote
from trader.exchange.rows import EquityRow, Fill, FundingRow, LedgerRow, LiquidationMark
from trader.exchange.state import Account
from trader.exchange.status import Kind


class WrongSide(RuntimeError):
    """One leg of a two-sided account would turn round: a flaw of the model."""


@frozen
class Execution:
    """One execution before it is booked. `oid` may belong to no order; `words` replace the display text."""

    user: str
    coin: str
    is_buy: bool
    px: Decimal
    sz: Decimal
    oid: int
    crossed: bool
    rate: Decimal
    cloid: str | None = None
    liquidation: LiquidationMark | None = None
    words: str | None = None
    leg: str | None = None


@frozen
class Booked:
    """What an execution did to the position: how much it closed and opened, and what closing earned."""

    position: Position | None
    closed: Decimal
    opened: Decimal
    pnl: Decimal


def cents(engine: Engine, amount: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """An amount in the smallest unit of cash."""
    return amount.quantize(Decimal(1).scaleb(-engine.rules.cash_decimals), rounding=rounding)


def leverage_of(engine: Engine, user: str, coin: str) -> Leverage:
    """The setting, or the venue's default within the market's maximum."""
    account = engine.state.accounts.get(user)
    market = engine.markets[coin]
    if account is not None and coin in account.leverages:
        return account.leverages[coin]
    return _usual(min(engine.rules.leverage_default, market.max_leverage), not market.only_isolated)


@lru_cache(maxsize=64)
def _usual(value: int, is_cross: bool) -> Leverage:
    """One value for all who never chose."""
    return Leverage(value, is_cross)


def equity(engine: Engine, user: str) -> Decimal:
    """Cash, collateral and what open positions are worth at mark."""
    account = engine.account(user)
    total = account.cash
    for position in account.positions.values():
        worth = position.szi * mark(engine, position.coin)
        total += worth - position.cost + (position.collateral or ZERO)
    return total


def split(
    engine: Engine, position: Position | None, *, delta: Decimal, px: Decimal, coin: str, leg: str | None
) -> Booked:
    """Close first, open with the rest; the released cost is rounded, what remains is exact."""
    start = ZERO if position is None else position.szi
    cost = ZERO if position is None else position.cost
    closing = ZERO if start * delta >= 0 else min(abs(delta), abs(start))
    pnl = ZERO
    if closing:
        released = cost if closing == abs(start) else cents(engine, cost * closing / abs(start))
        signed = closing.copy_sign(delta)
        pnl = -signed * px - released
        start, cost = start + signed, cost - released
        delta -= signed
    szi = start + delta
    if szi == 0:
        return Booked(None, closing, abs(delta), pnl)
    keeps = position is not None and position.szi * szi > 0
    new = Position(coin, ZERO, ZERO, engine.now_ms, leg=leg)
    kept = position if keeps and position is not None else new
    if leg is not None and (szi > 0) != (leg == LONG):
        raise WrongSide(f"{coin} {leg} would hold {szi}: a closing order was larger than its leg")
    after = replace(kept, szi=szi, cost=cost + delta * px, funding_change=ZERO)
    return Booked(after, closing, abs(delta), pnl)


def recollateral(
    engine: Engine, user: str, before: Position | None, booked: Booked, px: Decimal
) -> tuple[Position | None, Decimal]:
    """The position with its isolated collateral, and the cash that moves back (negative: set aside)."""
    after = booked.position
    coin = before.coin if before is not None else (after.coin if after is not None else "")
    setting = leverage_of(engine, user, coin)
    held = before.collateral if before is not None else None
    isolated = held is not None if before is not None else not setting.is_cross
    if not isolated:
        return after, ZERO
    back = ZERO
    rest = held or ZERO
    if booked.closed and before is not None:
        share = booked.closed == abs(before.szi)
        back = rest if share else cents(engine, rest * booked.closed / abs(before.szi), ROUND_DOWN)
        rest -= back
    if booked.opened and after is not None:
        need = cents(engine, booked.opened * px / setting.value, ROUND_CEILING)
        rest += need
        back -= need
    return (None if after is None else replace(after, collateral=rest)), back


def direction(start: Decimal, delta: Decimal, liquidation: LiquidationMark | None, *, isolated: bool) -> str:
    """The display text of a fill."""
    side = "Long" if start > 0 else "Short"
    if liquidation is not None:
        return f"Liquidated {'Isolated' if isolated else 'Cross'} {side}"
    if start == 0 or start * delta > 0:
        return f"Open {'Long' if delta > 0 else 'Short'}"
    if abs(delta) > abs(start):
        return f"{side} > {'Short' if side == 'Long' else 'Long'}"
    return f"Close {side}"


def book(engine: Engine, execution: Execution) -> Fill:
    """Apply one execution to position and cash, and remember it."""
    user, coin, px, sz = execution.user, execution.coin, execution.px, execution.sz
    account = engine.account(user)
    slot = slot_key(coin, execution.leg)
    before = account.positions.get(slot)
    start = ZERO if before is None else before.szi
    delta = sz if execution.is_buy else -sz
    booked = split(engine, before, delta=delta, px=px, coin=coin, leg=execution.leg)
    fee = cents(engine, sz * px * execution.rate, ROUND_CEILING)
    after, back = recollateral(engine, user, before, booked, px)
    account.cash += booked.pnl - fee + back
    isolated = before is not None and before.collateral is not None
    if after is None:
        account.positions.pop(slot, None)
    else:
        account.positions[slot] = after
    state = engine.state
    fill = Fill(
        seq=engine.logs.fills.next_seq, tid=state.next_tid, oid=execution.oid, user=user, coin=coin,
        is_buy=execution.is_buy, px=px, sz=sz, at_ms=state.now_ms, start_position=start,
        direction=execution.words or direction(start, delta, execution.liquidation, isolated=isolated),
        closed_pnl=booked.pnl, fee=fee, fee_asset=engine.rules.fee_asset, crossed=execution.crossed,
        cloid=execution.cloid, liquidation=execution.liquidation, leg=execution.leg,
    )  # fmt: skip
    state.next_tid += 1
    engine.logs.fills.append(fill)
    engine.logs.index_fill(fill)
    engine.changed()
    return fill


def execution_of(engine: Engine, order: Order, *, px: Decimal, sz: Decimal, crossed: bool) -> Execution:
    """An order's execution at its user's rate."""
    account = engine.account(order.user)
    rate = account.taker_rate if crossed else account.maker_rate
    return Execution(
        order.user, order.coin, order.is_buy, px, sz, order.oid, crossed, rate, order.cloid, leg=order.leg
    )


def pay_funding(engine: Engine) -> None:
    """Each position pays or receives for its own notional; to the cross balance, or to its collateral."""
    state = engine.state
    for user in sorted(state.accounts):
        account = state.accounts[user]
        for slot in sorted(account.positions):
            _pay_one(engine, user, account, slot)


def _pay_one(engine: Engine, user: str, account: Account, slot: str) -> None:
    position = account.positions[slot]
    coin = position.coin
    rate = engine.coin(coin).funding_rate
    quoted = quote(engine, coin)
    px = quoted.mark if engine.rules.funding_at == "mark" else quoted.oracle
    usdc = cents(engine, -position.szi * px * rate)
    account.funding_paid[slot] = account.funding_paid.get(slot, ZERO) - usdc
    paid = replace(
        position,
        funding_open=position.funding_open - usdc,
        funding_change=position.funding_change - usdc,
    )
    if position.collateral is None:
        account.cash += usdc
    else:
        paid = replace(paid, collateral=position.collateral + usdc)
    account.positions[slot] = paid
    log, now = engine.logs.funding, engine.now_ms
    log.append(FundingRow(log.next_seq, user, coin, now, usdc, position.szi, rate, px, position.leg))
    engine.changed()
    engine.emit(Kind.FUNDING, user, coin)


def move_cash(engine: Engine, user: str, amount: Decimal, kind: str) -> None:
    """Money in (positive) or out; a user exists from the first deposit on."""
    state = engine.state
    if user not in state.accounts:
        state.accounts[user] = Account(engine.rules.maker_rate, engine.rules.taker_rate)
    account = state.accounts[user]
    account.cash += amount
    account.flows += amount
    engine.logs.ledger.append(LedgerRow(engine.logs.ledger.next_seq, user, engine.now_ms, kind, abs(amount)))
    engine.changed()
    sample(engine, user)
    engine.emit(Kind.CASH, user, "")


def sample(engine: Engine, user: str) -> None:
    """Remember what the account is worth now."""
    value = equity(engine, user)
    profit = value - engine.account(user).flows
    engine.logs.equity.append(EquityRow(engine.logs.equity.next_seq, user, engine.now_ms, value, profit))

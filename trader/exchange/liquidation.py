"""Forced closing: liquidation below maintenance, and auto-deleveraging by hand.

Below maintenance the venue closes whole positions at bid or ask, the largest first, until the account is
sound; below two thirds of it (a rule) the backstop takes all at mark without a fee. Open orders end first.
What an account cannot pay is paid by the venue and written down as `insurance`.
"""

from decimal import Decimal

from trader.exchange.engine import Engine
from trader.exchange.ledger import Execution, book, sample
from trader.exchange.lifecycle import after_position, end
from trader.exchange.margin import cross_value, isolated_value, liquidation_px
from trader.exchange.orders import Position
from trader.exchange.quotes import mark, quote
from trader.exchange.rows import LedgerRow, LiquidationMark
from trader.exchange.rules import floor_lot
from trader.exchange.status import Kind, Status

# Display texts of what the venue takes for other reasons than this account's equity.
UNFORCED = {"adl": "Auto-Deleveraging", "settlement": "Settlement"}


def liquidate(engine: Engine, user: str) -> None:
    """Close what must be closed now."""
    account = engine.account(user)
    for slot in sorted(account.positions):
        position = account.positions.get(slot)
        if position is not None and position.collateral is not None:
            value, need = isolated_value(engine, account, position)
            if value < need:
                for order in engine.slot_orders(user, position.coin, position.leg):
                    end(engine, order.oid, Status.LIQUIDATED_CANCELED)
                method = "market" if value >= need * engine.rules.backstop_fraction else "backstop"
                before = account.cash
                force_close(engine, user, position, abs(position.szi), method)
                insure(engine, user, before - account.cash)
    value, need = cross_value(engine, account)
    if need and value < need:
        liquidate_cross(engine, user)


def liquidate_cross(engine: Engine, user: str) -> None:
    """Close cross positions, the largest first, until equity suffices."""
    for order in engine.orders_of(user):
        end(engine, order.oid, Status.LIQUIDATED_CANCELED)
    account = engine.account(user)
    while True:
        value, need = cross_value(engine, account)
        crossed = [p for p in account.positions.values() if p.collateral is None]
        if not crossed or value >= need:
            break
        method = "market" if value >= need * engine.rules.backstop_fraction else "backstop"
        largest = max(crossed, key=lambda p: (abs(p.szi) * mark(engine, p.coin), p.key))
        force_close(engine, user, largest, abs(largest.szi), method)
    if not any(p.collateral is None for p in account.positions.values()):
        insure(engine, user, -account.cash)


def force_close(engine: Engine, user: str, position: Position, size: Decimal, method: str) -> None:
    """Take part of a position at the venue's hand; only what maintenance forced is marked as liquidation."""
    coin, leg = position.coin, position.leg
    szi = engine.szi(user, coin, leg)
    if size == 0:
        return
    quoted = quote(engine, coin)
    px, rate = quoted.mark, Decimal(0)
    if method == "market":
        px = quoted.ask if szi < 0 else quoted.bid
        rate = engine.account(user).taker_rate
    note = None if method in UNFORCED else LiquidationMark(user, quoted.mark, method)
    words = UNFORCED.get(method)
    booked = book(
        engine,
        Execution(user, coin, szi < 0, px, size, engine.next_oid(), True, rate, None, note, words, leg),
    )
    engine.emit(Kind.LIQUIDATION, user, coin, fill=booked)
    after_position(engine, user, coin, leg, before=szi, executing=None)
    sample(engine, user)


def insure(engine: Engine, user: str, amount: Decimal) -> None:
    """The venue pays what a closed-out account owes."""
    if amount <= 0:
        return
    engine.account(user).cash += amount
    engine.logs.ledger.append(
        LedgerRow(engine.logs.ledger.next_seq, user, engine.now_ms, "insurance", amount)
    )
    engine.changed()
    sample(engine, user)
    engine.emit(Kind.CASH, user, "")


def adl(engine: Engine, user: str, coin: str, leg: str | None, fraction: Decimal) -> None:
    """Take a fraction of a position at mark, at least one lot."""
    position = engine.position(user, coin, leg)
    if position is None:
        return
    market, held = engine.markets[coin], abs(position.szi)
    size = max(market.size_step, floor_lot(market, held * min(fraction, Decimal(1))))
    force_close(engine, user, position, min(size, held), "adl")


def delist(engine: Engine, coin: str) -> None:
    """End the coin's orders and settle its positions at mark, for every user."""
    for user in sorted(engine.state.accounts):
        for order in engine.orders_of(user, coin):
            end(engine, order.oid, Status.DELISTED_CANCELED)
        for position in list(engine.account(user).positions.values()):
            if position.coin == coin:
                force_close(engine, user, position, abs(position.szi), "settlement")


def nearness(engine: Engine, user: str, previous: dict[str, float]) -> float:
    """How early on the way from the previous prices the liquidation came, as a part of price."""
    nearest = float("inf")
    for position in engine.account(user).positions.values():
        px = liquidation_px(engine, user, position.coin, position.leg)
        was = previous[position.coin]
        if px is not None:
            nearest = min(nearest, abs(float(px) - was) / was)
    return nearest

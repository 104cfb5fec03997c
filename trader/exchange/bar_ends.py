"""What whole bars do to an account beside its orders: funding that is paid, and liquidation at mark.

Where a stop would act before margin has run out, the stop acts. Else the position ends at the first mark of
the bar's way at which the account is below maintenance, as the model closes it.
"""

from dataclasses import replace
from decimal import Decimal

from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import cents
from trader.exchange.liquidation import liquidate
from trader.exchange.margin import is_liquidatable
from trader.exchange.orders import ZERO, Position
from trader.exchange.rows import FundingRow

HALVINGS = 60


def pay(
    engine: BarEngine, user: str, position: Position, *, at_ms: int, rate: float, price: float, flow: float
) -> None:
    """Book what a position receives (negative: pays) at a funding instant."""
    account = engine.account(user)
    amount = cents(engine, Decimal(repr(flow)))
    account.funding_paid[position.key] = account.funding_paid.get(position.key, ZERO) - amount
    held = replace(
        position,
        funding_open=position.funding_open - amount,
        funding_change=position.funding_change - amount,
    )
    if position.collateral is None:
        account.cash += amount
    else:
        held = replace(held, collateral=position.collateral + amount)
    account.positions[position.key] = held
    log = engine.logs.funding
    row = FundingRow(
        log.next_seq, user, position.coin, at_ms, amount, position.szi, Decimal(repr(rate)),
        Decimal(repr(price)), position.leg,
    )  # fmt: skip
    log.append(row)
    engine.changed()


def liquidate_between(engine: BarEngine, user: str, coin: str, *, start: float, end: float) -> bool:
    """Liquidate where mark, on its way from `start` to `end`, leaves the account below maintenance."""
    was = engine.price[coin]
    if not _falls_short(engine, user, coin, end):
        engine.stand_at(coin, was)
        return False
    sound, short = start, end
    if _falls_short(engine, user, coin, start):
        short = start
    else:
        for _ in range(HALVINGS):
            middle = (sound + short) / 2.0
            if _falls_short(engine, user, coin, middle):
                short = middle
            else:
                sound = middle
    engine.stand_at(coin, short)
    engine.changed()
    liquidate(engine, user)
    engine.stand_at(coin, was)
    return True


def is_short_at(engine: BarEngine, user: str, coin: str, mark: float) -> bool:
    """Is the account below maintenance where the coin's mark stands there? Price stays where it was."""
    was = engine.price[coin]
    is_short = _falls_short(engine, user, coin, mark)
    engine.stand_at(coin, was)
    return is_short


def _falls_short(engine: BarEngine, user: str, coin: str, mark: float) -> bool:
    engine.stand_at(coin, mark)
    return is_liquidatable(engine, user, engine.now_ms)

"""What becomes of a replay's account after the last bar.

Rules: what is still open is closed at its last close, with the taker's fee; orders that wait are dropped.
"""

from collections.abc import Mapping

from trader.backtest.replay.reading import whole
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.replay.trades import Trades
from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import Execution, book


def close_what_is_left(engine: BarEngine, user: str, tapes: Mapping[str, CoinTape], trades: Trades) -> bool:
    """Close every position; was there any?"""
    account = engine.account(user)
    found = [account.positions[slot] for slot in sorted(account.positions)]
    for position in found:
        tape = tapes[position.coin]
        engine.be_at(tape.open_ms[-1] + 2)
        is_buy, size, oid = position.szi < 0, abs(position.szi), engine.next_oid()
        px, taker, leg = whole(tape.close[-1]), account.taker_rate, position.leg
        book(engine, Execution(user, position.coin, is_buy, px, size, oid, True, taker, leg=leg))
        trades.read()
    return bool(found)

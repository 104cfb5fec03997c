"""What becomes of a replay's account after the last bar.

Rules: what is still open is closed at its last close, with the taker's fee, which is in the last of the finer
bars where these are walked; orders that wait are dropped.
"""

from collections.abc import Mapping

from trader.backtest.replay.reading import whole
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.replay.trades import Trades
from trader.exchange.bar_engine import BarEngine
from trader.exchange.bar_tape import inner_ms_of
from trader.exchange.ledger import Execution, book


def close_what_is_left(engine: BarEngine, user: str, tapes: Mapping[str, CoinTape], trades: Trades) -> bool:
    """Close every position; was there any?"""
    account = engine.account(user)
    found = [account.positions[slot] for slot in sorted(account.positions)]
    for position in found:
        tape = tapes[position.coin]
        bar = tape.bar(len(tape) - 1)
        trades.inner_ms = inner_ms_of(bar)
        engine.be_at((bar.inner[-1] if bar.inner else bar.whole).open_ms + 2)
        is_buy, size, oid = position.szi < 0, abs(position.szi), engine.next_oid()
        px, taker, leg = whole(tape.close[-1]), account.taker_rate, position.leg
        book(engine, Execution(user, position.coin, is_buy, px, size, oid, True, taker, leg=leg))
        trades.read()
    return bool(found)

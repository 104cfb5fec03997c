"""Positions that are there when the span of a replay begins, as a live account's own window has them.

Rules: each is booked under the id of its own entry, at its price and with its fee, before the first bar of
the span is walked. Its exits stand where the strategy wants them at the last close before; the account's own
may have stood elsewhere.
"""

from collections.abc import Mapping

from trader.backtest.replay.levels import Levels
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.replay.trades import Trades
from trader.backtest.replay.venue import ReplayVenue
from trader.backtest.study import Held, Study
from trader.core.market import Leg
from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import Execution, book


def bring(
    study: Study,
    engine: BarEngine,
    user: str,
    *,
    venue: ReplayVenue,
    tapes: Mapping[str, CoinTape],
    trades: Trades,
    levels: Levels,
) -> None:
    """Everything that is held, in the order in which it was entered."""
    start_ms = study.start_ms or 0
    for held in sorted(study.held, key=lambda one: (one.entry_at_ms, one.coin)):
        tape = tapes[held.coin]
        before = max(i for i, at_ms in enumerate(tape.open_ms) if at_ms < start_ms)
        venue.at_ms, venue.last[held.coin] = start_ms, before
        engine.stand_at(held.coin, tape.close[before])
        engine.fires[held.coin] = tape.fired_by(before)
        trades.sized_by[held.client_id] = study.equity
        _book(engine, user, held)
        trades.read()
        engine.be_at(start_ms)
        levels.entered(held.coin, None)


def _book(engine: BarEngine, user: str, held: Held) -> None:
    engine.be_at(held.entry_at_ms)
    is_buy, rate = held.leg is Leg.LONG, held.fee / (held.size * held.entry_price)
    oid = engine.next_oid()
    price, size, client_id = held.entry_price, held.size, held.client_id
    book(engine, Execution(user, held.coin, is_buy, price, size, oid, True, rate, client_id))

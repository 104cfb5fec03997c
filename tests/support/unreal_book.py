"""The account of an emulated system: one position, what it cost, and what each bar does to it.

Rules: the outcomes are those of docs/backtest.md, asked of the functions that both engines ask.
"""

from dataclasses import dataclass
from typing import TypeAlias

from trader.backtest.study import Fees, Reason, Study, Trade
from trader.backtest.tape import Bars
from trader.core.errors import require
from trader.core.market import Leg, Market, exact
from trader.exchange.bar_fills import (
    NOTHING,
    STOP,
    adverse_fraction,
    outcome_after_entry,
    outcome_at_open,
    outcome_inside,
    stop_entry,
    taken,
)
from trader.exchange.fill_model import FillModel
from trader.strategies.bollinger_params import BollingerParams
from trader.strategies.signals import level

_COLUMNS = ("open", "high", "low", "close", "volume")
Columns: TypeAlias = "dict[str, list[float]]"


def columns_of(bars: Bars) -> Columns:
    """Columns as a tick sees them."""
    return {name: getattr(bars, name).tolist() for name in _COLUMNS}


@dataclass(slots=True)
class Waiting:
    """An order for the next bar: at a level, or at the market where the level is None."""

    k: int
    sign: int
    level: float | None
    size: float
    equity: float


@dataclass(slots=True)
class Held:
    """A position and what it has cost so far."""

    k: int
    e: int
    sign: int
    entry: float
    size: float
    stop: float
    target: float
    fee: float
    equity: float
    undecidable: bool = False


class Book:
    """Cash, one position, and the trades that were made."""

    def __init__(self, study: Study, coin: str) -> None:
        tape = study.tapes[coin]
        trigger = study.trigger
        self.coin = coin
        self.name = study.policy.markets[coin].strategy_name
        self.times: list[int] = tape.bars.open_ms.tolist()
        self.bars = columns_of(tape.bars)
        self.fires = columns_of(tape.mark) if trigger == "mark" and tape.mark is not None else self.bars
        self.frame_ms = tape.bars.frame_ms
        self.params: BollingerParams = study.policy.markets[coin].params
        self.market: Market = study.markets[coin]
        self.model: FillModel = study.model
        self.fees: Fees = study.fees
        self.cash = study.equity
        self.waiting: Waiting | None = None
        self.held: Held | None = None
        self.is_closing = False
        self.trades: list[Trade] = []

    def rounded(self, price: float) -> float:
        return float(self.market.price(exact(price)))

    def value_at(self, price: float) -> float:
        """Cash and position together."""
        return self.cash if self.held is None else self.cash + self._price_result(self.held, price)

    def fill(self, i: int) -> None:
        """Everything that a bar does before its close."""
        if self.held is not None and self.is_closing:
            self.leave(i, self.bars["open"][i], Reason.TIME)
        elif self.held is not None:
            self._outcome(i, self._at_open(i))
        if self.held is not None:
            self._outcome(i, self._inside(i))
        waiting, self.waiting = self.waiting, None
        if waiting is not None:
            self._enter(i, waiting)

    def _enter(self, i: int, waiting: Waiting) -> None:
        times, model = self.times, self.model
        opened = self.bars["open"][i]
        filled, price, at_open = True, opened, True
        if waiting.level is not None:
            if times[i] - times[waiting.k] != self.frame_ms:
                return
            last, fires = self._range(self.bars, i), self._range(self.fires, i)
            ends = (self.fires["open"][i], *fires)
            filled, price, at_open = stop_entry(
                waiting.sign, waiting.level, opened, *last, *ends, model.gap == "open"
            )
        if not filled:
            return
        price = taken(price, waiting.sign, self._adverse(waiting.size, i))
        fee = waiting.size * price * self.fees.taker
        self.cash -= fee
        stop = self.rounded(level(price, waiting.sign, -self.params.stop))
        target = self.rounded(level(price, waiting.sign, self.params.target))
        place = (waiting.k, i, waiting.sign, price, waiting.size)
        self.held = Held(*place, stop, target, fee, waiting.equity)
        self._outcome(i, self._inside(i) if at_open else self._after_entry(i))

    def _at_open(self, i: int) -> tuple[int, float, bool]:
        held, model = self._position(), self.model
        prices = (self.bars["open"][i], self.fires["open"][i])
        gaps = (model.gap == "open", model.target_gap == "open")
        return outcome_at_open(held.sign, held.stop, held.target, *prices, *gaps)

    def _inside(self, i: int) -> tuple[int, float, bool]:
        held, model = self._position(), self.model
        wide = (*self._range(self.bars, i), *self._range(self.fires, i))
        gaps = (model.gap == "open", model.target_gap == "open", model.stop_first)
        return outcome_inside(held.sign, held.stop, held.target, *wide, *gaps)

    def _after_entry(self, i: int) -> tuple[int, float, bool]:
        held, model = self._position(), self.model
        wide = (*self._range(self.bars, i), *self._range(self.fires, i))
        gaps = (model.gap == "open", model.target_gap == "open", model.stop_first)
        told = (*wide, self.fires["close"][i], False, *gaps)
        return outcome_after_entry(held.sign, held.stop, held.target, *told)

    def _outcome(self, i: int, outcome: tuple[int, float, bool]) -> None:
        code, price, undecidable = outcome
        self._position().undecidable |= undecidable
        if code != NOTHING:
            self.leave(i, price, Reason.STOP if code == STOP else Reason.TARGET)

    def leave(self, i: int, price: float, reason: Reason, *, slips: bool = True) -> None:
        """End the position at this price, before slippage."""
        held = self._position()
        got = taken(price, -held.sign, self._adverse(held.size, i)) if slips else price
        fee, result = held.size * got * self.fees.taker, self._price_result(held, got)
        self.cash += result - fee
        pnl = result - held.fee - fee
        times = self.times
        self.trades.append(
            Trade(
                coin=self.coin,
                strategy=self.name,
                leg=Leg.LONG if held.sign > 0 else Leg.SHORT,
                signal_ms=times[held.k],
                entry_ms=times[held.e],
                entry_price=held.entry,
                exit_ms=times[i],
                exit_price=got,
                reason=reason,
                size=held.size,
                fee=held.fee + fee,
                funding=0.0,
                pnl=pnl,
                pnl_fraction=pnl / held.equity,
                undecidable=held.undecidable,
            )
        )
        self.held, self.is_closing = None, False

    def _position(self) -> Held:
        require(self.held is not None, "an emulated system holds nothing")
        held: Held = self.held  # type: ignore[assignment]  # required just above
        return held

    def _price_result(self, held: Held, price: float) -> float:
        return held.sign * held.size * (price - held.entry)

    def _adverse(self, size: float, i: int) -> float:
        model, volume = self.model, self.bars["volume"][max(0, i - 1)]
        return adverse_fraction(model.slippage_bps, model.spread_bps, model.impact, size, volume)

    def _range(self, bars: Columns, i: int) -> tuple[float, float]:
        return bars["high"][i], bars["low"][i]

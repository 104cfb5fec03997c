"""backtesting.py: one combination after the other, its `next` called for every bar.

What it has no rule for: a stop or target in the very bar of an entry (the price of the entry is not known
before that bar is over), slippage of exits. Targets that move with the regime are left out.
"""

from typing import Any

import numpy as np
from backtesting import Strategy
from backtesting.lib import FractionalBacktest

from scripts.backtest_bench.peers.asked import Asked, Signals, asked


def strategy_of(params: dict[str, Any], signs: Any, regime: Any, ratio: float) -> type[Strategy]:
    """The strategy of one combination."""

    class Breakout(Strategy):  # type: ignore[misc]
        def init(self) -> None:
            self.sign = self.I(lambda: signs, plot=False)
            self.regime = self.I(lambda: regime, plot=False)
            self.is_trend = False

        def next(self) -> None:
            if self.position:
                self.hold(self.trades[0])
            elif self.sign[-1] != 0:
                self.is_trend = bool(self.regime[-1])
                (self.buy if self.sign[-1] > 0 else self.sell)(size=ratio)

        def hold(self, trade: Any) -> None:
            sign = 1 if trade.is_long else -1
            if trade.sl is None:
                kind = "trend" if self.is_trend else "range"
                trade.sl = trade.entry_price * (1.0 - sign * params[f"{kind}_stop"])
                trade.tp = trade.entry_price * (1.0 + sign * params[f"{kind}_target"])
            held = len(self.data) - trade.entry_bar
            if held == params["early_bars"] + 1:
                after = slice(-params["early_bars"], None)
                best = self.data.High[after].max() if sign > 0 else self.data.Low[after].min()
                if sign * (best - trade.entry_price) / trade.entry_price < params["early_mfe"]:
                    trade.close()
            elif held >= params["hold_bars"]:
                trade.close()

    return Breakout


def run(it: Asked) -> list[Any]:
    """(entry bar, sign) of each trade of each combination."""
    signals, found = Signals(it.bars), []
    data = it.bars.rename(columns=str.capitalize)
    for one in it.combinations:
        signs, regime = signals.of(one)
        backtest = FractionalBacktest(
            data,
            strategy_of(one, signs, regime, it.account["ratio"]),
            cash=it.account["equity"],
            spread=it.account["slippage"],
            commission=it.account["taker"],
            margin=1.0 / 3.0,
            finalize_trades=True,
            fractional_unit=1e-5,
        )
        trades = backtest.run()["_trades"]
        pairs = np.column_stack((trades["EntryBar"], np.sign(trades["Size"]))).astype(int)
        found.append(sorted(pairs.tolist()))
    return found


if __name__ == "__main__":
    asked().answer(run, 1)

"""Does a strategy know what it cannot know? The prefix test, over a whole run.

Rules: a run on bars that end at some moment must make the trades that the whole run made until then: every
trade that had ended, and the entry of the one that was open. The moments are spread over the run, and stand
where trades begin and end. An entry must be the same, too, when price has halved or doubled at the close of
the bar in which it filled: that comes after the fill. Any difference is a decision that saw the future.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from trader.backtest.study import Reason, Run, Study, Trade
from trader.backtest.tape import Bars, Tape
from trader.core.frozen import frozen

CUTS = 12
ENDS = (0.5, 2.0)  # what a close is multiplied by: far enough to turn any average


@frozen
class Foreseen:
    """A decision that was another one when the future was not there."""

    cut_ms: int
    coin: str
    signal_ms: int


@frozen
class Prefixes:
    """How many prefixes were run, and what differed in them; nothing is what one wants."""

    cuts: int
    foreseen: tuple[Foreseen, ...]


def prefixes(study: Study, whole: Run, answer: Callable[[Study], Run], *, cuts: int = CUTS) -> Prefixes:
    """Run the study on prefixes of its bars and hold them against the whole run."""
    found: list[Foreseen] = []
    made = 0
    for cut_ms in _moments(whole.trades, cuts):
        run = answer(_cut(study, cut_ms))
        found += _differences(whole.trades, run.trades, cut_ms)
        entered = {_key(trade): trade for trade in whole.trades if trade.entry_ms == cut_ms}
        ends = ENDS if entered else ()
        for end in ends:
            again = {_key(trade): trade for trade in answer(_cut(study, cut_ms, end)).trades}
            found += [
                Foreseen(cut_ms, *key[:2])
                for key in entered
                if _entry(again.get(key)) != _entry(entered[key])
            ]
        made += 1 + len(ends)
    return Prefixes(made, tuple(dict.fromkeys(found)))


def _cut(study: Study, cut_ms: int, end: float | None = None) -> Study:
    return replace(study, tapes={coin: until(tape, cut_ms, end) for coin, tape in study.tapes.items()})


def _key(trade: Trade) -> tuple[str, int, str]:
    return trade.coin, trade.signal_ms, trade.leg.value


def _entry(trade: Trade | None) -> tuple[int, float] | None:
    return None if trade is None else (trade.entry_ms, trade.entry_price)


def _moments(trades: Sequence[Trade], cuts: int) -> list[int]:
    """Ends of the bars in which some of the trades, evenly chosen, began and ended."""
    if not trades:
        return []
    chosen = np.unique(np.linspace(0, len(trades) - 1, max(1, cuts // 2)).astype(int)).tolist()
    return sorted({moment for at in chosen for moment in (trades[at].entry_ms, trades[at].exit_ms)})


def until(tape: Tape, cut_ms: int, end: float | None = None) -> Tape:
    """The tape as it stood when the bar that opened then had closed, there or at so many times that price."""
    end_ms = cut_ms + tape.bars.frame_ms
    bars = _bars(tape.bars, end_ms)
    if end is not None and len(bars) and bars.open_ms[-1] == cut_ms:
        close = float(bars.close[-1]) * end
        bars = replace(
            bars,
            high=np.append(bars.high[:-1], max(float(bars.high[-1]), close)),
            low=np.append(bars.low[:-1], min(float(bars.low[-1]), close)),
            close=np.append(bars.close[:-1], close),
        )
    return replace(
        tape,
        bars=bars,
        inner=None if tape.inner is None else _bars(tape.inner, end_ms),
        mark=None if tape.mark is None else _bars(tape.mark, end_ms),
        inner_mark=None if tape.inner_mark is None else _bars(tape.inner_mark, end_ms),
    )


def _bars(bars: Bars, end_ms: int) -> Bars:
    """Those that have closed by then."""
    count = int(np.searchsorted(bars.open_ms, end_ms - bars.frame_ms, side="right"))
    return replace(
        bars,
        open_ms=bars.open_ms[:count],
        open=bars.open[:count],
        high=bars.high[:count],
        low=bars.low[:count],
        close=bars.close[:count],
        volume=bars.volume[:count],
    )


def _differences(whole: Sequence[Trade], prefix: Sequence[Trade], cut_ms: int) -> Iterator[Foreseen]:
    """What was entered by then, and how it ended where it had ended."""
    then, now = _known(whole, cut_ms), _known(prefix, cut_ms)
    for key in sorted(then.keys() | now.keys()):
        if then.get(key) != now.get(key):
            yield Foreseen(cut_ms, *key[:2])


def _known(trades: Sequence[Trade], cut_ms: int) -> dict[tuple[str, int, str], tuple[object, ...]]:
    """What of each trade had happened at the close of the bar of the cut. An end at the last bar is no
    decision."""
    found: dict[tuple[str, int, str], tuple[object, ...]] = {}
    for trade in trades:
        if trade.entry_ms > cut_ms:
            continue
        ended = trade.exit_ms <= cut_ms and trade.reason is not Reason.END
        end = (trade.exit_ms, trade.exit_price, trade.reason) if ended else ()
        found[_key(trade)] = (trade.entry_ms, trade.entry_price, *end)
    return found

"""Does a strategy know what it cannot know? The prefix test, over a whole run.

Rules: a run on bars that end at some moment must make the trades that the whole run made until then: every
trade that had ended, and the entry of the one that was open. The moments are spread over the run, and stand
where trades begin and end. An entry must be the same, too, when the bar in which it filled closes elsewhere:
that close comes after the fill. Any difference is a decision that saw the future.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from trader.backtest.study import Reason, Run, Study, Trade
from trader.backtest.tape import Bars, Tape

CUTS = 12


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A decision that was another one when the future was not there."""

    cut_ms: int
    coin: str
    signal_ms: int


@dataclass(frozen=True, slots=True)
class Prefixes:
    """How many prefixes were run, and what differed in them; nothing is what one wants."""

    cuts: int
    foreseen: tuple[Foreseen, ...]


def prefixes(study: Study, whole: Run, answer: Callable[[Study], Run], *, cuts: int = CUTS) -> Prefixes:
    """Run the study on prefixes of its bars and hold them against the whole run."""
    found: list[Foreseen] = []
    made = 0
    for cut_ms in _moments(whole.trades, cuts):
        ends: tuple[str | None, ...] = (None, "high", "low") if _enters_at(whole.trades, cut_ms) else (None,)
        for end in ends:
            tapes = {coin: until(tape, cut_ms, end) for coin, tape in study.tapes.items()}
            run = answer(replace(study, tapes=tapes))
            made += 1
            found += _differences(whole.trades, run.trades, cut_ms, entries_alone=end is not None)
    return Prefixes(made, tuple(dict.fromkeys(found)))


def _enters_at(trades: Sequence[Trade], cut_ms: int) -> bool:
    return any(trade.entry_ms == cut_ms for trade in trades)


def _moments(trades: Sequence[Trade], cuts: int) -> list[int]:
    """Ends of the bars in which some of the trades, evenly chosen, began and ended."""
    if not trades:
        return []
    chosen = np.unique(np.linspace(0, len(trades) - 1, max(1, cuts // 2)).astype(int)).tolist()
    return sorted({moment for at in chosen for moment in (trades[at].entry_ms, trades[at].exit_ms)})


def until(tape: Tape, cut_ms: int, close_at: str | None = None) -> Tape:
    """The tape as it stood when the bar that opened then had closed, or had closed at its high or low."""
    end_ms = cut_ms + tape.bars.frame_ms
    bars = _bars(tape.bars, end_ms)
    if close_at is not None and len(bars) and bars.open_ms[-1] == cut_ms:
        bars = replace(bars, close=np.append(bars.close[:-1], getattr(bars, close_at)[-1]))
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


def _differences(
    whole: Sequence[Trade], prefix: Sequence[Trade], cut_ms: int, *, entries_alone: bool
) -> Iterator[Foreseen]:
    """What was entered by then, and how it ended where it had ended before or, if asked, in the last bar."""
    then, now = _known(whole, cut_ms, entries_alone), _known(prefix, cut_ms, entries_alone)
    for key in sorted(then.keys() | now.keys()):
        if then.get(key) != now.get(key):
            yield Foreseen(cut_ms, key[0], key[1])


def _known(
    trades: Sequence[Trade], cut_ms: int, entries_alone: bool
) -> dict[tuple[str, int, str], tuple[object, ...]]:
    """By coin, signal and leg: what of each trade had happened at the close of the bar of the cut. An end
    at the last bar is no decision."""
    found: dict[tuple[str, int, str], tuple[object, ...]] = {}
    for trade in trades:
        if trade.entry_ms > cut_ms:
            continue
        ended = trade.exit_ms <= cut_ms and trade.reason is not Reason.END
        counts = ended and not (entries_alone and trade.exit_ms == cut_ms)
        end = (trade.exit_ms, trade.exit_price, trade.reason) if counts else ()
        found[trade.coin, trade.signal_ms, trade.leg.value] = (trade.entry_ms, trade.entry_price, *end)
    return found

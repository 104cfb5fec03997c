"""One coin's tape from its files: bars of the strategy's frame, and what fits them."""

from pathlib import Path

from trader.backtest.data.bad_data import BadData, Tell, unheard
from trader.backtest.data.bars import read_bars
from trader.backtest.data.fitting import aligned_marks, fitting_inner, of_frame
from trader.backtest.data.frames import frame_name
from trader.backtest.data.rates import read_rates
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.text import plural, utc


def tape_of(
    coin: str,
    *,
    frame_ms: int,
    candles: str | Path,
    inner: str | Path | None = None,
    mark: str | Path | None = None,
    funding: str | Path | float | None = None,
    bars_needed: int = 1,
    drop_unfinished: bool = False,
    now_ms: int | None = None,
    tell: Tell = unheard,
) -> Tape:
    """Read what belongs to one coin and fit it together; `funding` is a file or a rate per 8 hours."""

    def read(path: str | Path, *, marks: bool = False) -> Bars:
        return read_bars(path, marks=marks, drop_unfinished=drop_unfinished, now_ms=now_ms, tell=tell)

    path = Path(candles)
    bars = of_frame(path, read(path), frame_ms, what="candles", tell=tell)
    if len(bars) < bars_needed:
        what = (
            f"{plural(len(bars), 'bar')} of {frame_name(frame_ms)}, and {coin} needs {bars_needed} to begin"
        )
        raise BadData(path, what, fix="Fetch earlier bars too, or shorten the windows of the strategy")
    if not bars.volume.any():
        tell(f"{path}: no bar has any volume: are these marks? What is asked of volume is true of each bar")
    finer = None if inner is None else fitting_inner(Path(inner), read(inner), bars, tell)
    marks = inner_marks = None
    if mark is not None:
        told = read(mark, marks=True)
        marks = aligned_marks(Path(mark), told, bars, tell)
        if finer is not None and finer.frame_ms % told.frame_ms == 0:
            inner_marks = aligned_marks(Path(mark), told, finer, unheard)
    return Tape(coin, bars, finer, marks, inner_marks, _rates(funding, bars, tell))


def _rates(source: str | Path | float | None, bars: Bars, tell: Tell) -> Rates | None:
    if source is None:
        return None
    first, end = int(bars.open_ms[0]), int(bars.open_ms[-1]) + bars.frame_ms
    rates = read_rates(source, first_ms=first, end_ms=end, tell=tell)
    inside = (rates.at_ms >= first) & (rates.at_ms <= end)
    if not inside.any():
        what = f"has no payment between {utc(first)} and {utc(end)}"
        raise BadData(Path(str(source)), what, fix="Take funding of the time of the candles")
    return rates

"""One coin's tape from its files: bars of the strategy's frame, finer bars, marks and funding that fit them.

Rules: inner bars of a bar are all there or none is, and where they contradict the bar they are left out, so
that whoever walks them can trust them. Each bar has a mark bar; where the file has none, the candle stands
in. Both are counted and told. What cannot be meant (another coin, coarser marks) is refused.
"""

from pathlib import Path

import numpy as np

from trader.backtest.data.bad_data import BadData, Tell, unheard
from trader.backtest.data.bars import read_bars
from trader.backtest.data.frames import frame_name, frozen, resampled, taken, whole_groups
from trader.backtest.data.rates import read_rates
from trader.backtest.data.times import Flags
from trader.backtest.tape import Bars, Rates, Tape, Times
from trader.core.text import plural, utc

AGREES_FRACTION = 0.0001  # of price: what rounding and another moment of reading can explain
_DISAGREE_MAX = 0.01  # of bars: one in a hundred and more is another market or a shift
_MARK_AWAY_MAX = 0.02  # half of all closes further away: the marks of another coin


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
    finer = None if inner is None else fitting_inner(Path(inner), read(inner), bars, tell)
    marks = inner_marks = None
    if mark is not None:
        told = read(mark, marks=True)
        marks = aligned_marks(Path(mark), told, bars, tell)
        if finer is not None and finer.frame_ms % told.frame_ms == 0:
            inner_marks = aligned_marks(Path(mark), told, finer, unheard)
    return Tape(coin, bars, finer, marks, inner_marks, _rates(funding, bars, tell))


def of_frame(path: Path, bars: Bars, frame_ms: int, *, what: str, tell: Tell) -> Bars:
    """The same bars, or longer ones put together from them."""
    if bars.frame_ms == frame_ms:
        return bars
    have, want = frame_name(bars.frame_ms), frame_name(frame_ms)
    if frame_ms % bars.frame_ms:
        fix = f"{want} bars are put together from {want} or a frame that divides it"
        raise BadData(path, f"{what} of {have} cannot make {want} bars", fix=fix)
    made = resampled(bars, frame_ms)
    if len(made) == 0:
        raise BadData(path, f"no complete {want} bar in it", fix="Fetch more bars")
    unused = len(bars) - len(made) * (frame_ms // bars.frame_ms)
    left = f"; {plural(unused, 'bar')} of incomplete groups left out" if unused else ""
    tell(f"{path}: {plural(len(made), want + ' bar')} put together from {have} {what}{left}")
    return made


def fitting_inner(path: Path, inner: Bars, bars: Bars, tell: Tell) -> Bars:
    """The finer bars of those bars that have all of theirs and agree with them."""
    have, want = frame_name(inner.frame_ms), frame_name(bars.frame_ms)
    if inner.frame_ms >= bars.frame_ms or bars.frame_ms % inner.frame_ms:
        raise BadData(path, f"inner bars of {have} do not divide {want} bars", fix="Expected a finer frame")
    groups = whole_groups(inner, bars.frame_ms)
    places, present = _places(inner.open_ms[groups], bars.open_ms)
    groups, places = groups[present], places[present]
    if len(groups) == 0:
        what = f"has all inner bars of no {want} bar"
        raise BadData(path, what, fix="Take files of the same coin and time")
    agrees = _agree(resampled(inner, bars.frame_ms), bars)[places]
    _judge_disagreement(path, bars.open_ms[places[~agrees]], len(places), want, tell)
    count = bars.frame_ms // inner.frame_ms
    rows = (groups[agrees][:, None] + np.arange(count)[None, :]).ravel()
    whole = plural(int(agrees.sum()), f"{want} bar")
    tell(f"{path}: {have} bars inside {whole} of {len(bars)}; the others have none that can be used")
    return taken(inner, rows)


def _places(times: Times, among: Times) -> tuple[Times, Flags]:
    """Where each time stands among others, and whether it does."""
    places = np.minimum(np.searchsorted(among, times), len(among) - 1)
    return places, among[places] == times


def _agree(made: Bars, bars: Bars) -> Flags:
    """For each bar: is what its finer bars make of it the same? True where there is nothing to compare."""
    places, present = _places(made.open_ms, bars.open_ms)
    agrees: Flags = np.ones(len(bars), dtype=np.bool_)
    mine = places[present]
    for one, other in (
        (made.open, bars.open),
        (made.high, bars.high),
        (made.low, bars.low),
        (made.close, bars.close),
    ):
        agrees[mine] &= np.abs(one[present] - other[mine]) <= AGREES_FRACTION * other[mine]
    return agrees


def _judge_disagreement(path: Path, at_ms: Times, compared: int, frame: str, tell: Tell) -> None:
    if len(at_ms) == 0:
        return
    shown = ", ".join(utc(int(each)) for each in at_ms[:3]) + (", ..." if len(at_ms) > 3 else "")
    what = (
        f"inner bars disagree with {len(at_ms)} of {compared} {frame} bars by more than "
        f"{AGREES_FRACTION:.2%} of price: {shown}"
    )
    if len(at_ms) > max(1, _DISAGREE_MAX * compared):
        raise BadData(
            path, what, fix="Are both files of one market, and their times UTC? `trader data check`"
        )
    tell(f"{path}: {what}; they are left out there")


def aligned_marks(path: Path, marks: Bars, bars: Bars, tell: Tell) -> Bars:
    """A mark bar for each bar."""
    if marks.frame_ms > bars.frame_ms:
        have, want = frame_name(marks.frame_ms), frame_name(bars.frame_ms)
        what = f"marks of {have} for {want} bars: nobody can say in which {want} bar mark was there"
        raise BadData(path, what, fix=f"Fetch marks of {want} or finer")
    made = of_frame(path, marks, bars.frame_ms, what="marks", tell=tell)
    places, present = _places(made.open_ms, bars.open_ms)
    rows = places[present]
    if len(rows) == 0:
        raise BadData(path, "has a mark for none of the bars", fix="Take files of the same coin and time")
    away = float(np.median(np.abs(made.close[present] / bars.close[rows] - 1.0)))
    if away > _MARK_AWAY_MAX:
        what = f"half of all marks are more than {away:.1%} away from the candles' closes"
        raise BadData(path, what, fix="Take the marks of the same coin, and see that both are in UTC")
    if len(rows) < len(bars):
        missing = np.ones(len(bars), dtype=np.bool_)
        missing[rows] = False
        first = utc(int(bars.open_ms[int(np.argmax(missing))]))
        count = len(bars) - len(rows)
        tell(f"{path}: no mark for {count} of {len(bars)} bars, first {first}: the candles stand in there")
    columns = []
    for name in ("open", "high", "low", "close", "volume"):
        column = getattr(bars, name).copy()
        column[rows] = getattr(made, name)[present]
        columns.append(column)
    return frozen(bars.frame_ms, bars.open_ms, *columns)


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

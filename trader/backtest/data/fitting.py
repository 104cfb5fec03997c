"""Finer bars and marks fitted to the bars of a strategy.

Rules: inner bars of a bar are all there or none is, and where they contradict the bar they are left out, so
that whoever walks them can trust them. Each bar has a mark bar; where the file has none, the candle stands
in. Both are counted and told. What cannot be meant (another coin, coarser marks) is refused.
"""

from pathlib import Path

import numpy as np

from trader.backtest.data.bad_data import BadData, Tell
from trader.backtest.data.frames import fixed_bars, frame_name, resampled, taken, whole_groups
from trader.backtest.data.times import Flags
from trader.backtest.tape import Bars, Times
from trader.core.text import plural, utc

AGREES_FRACTION = 0.0001  # of price: what rounding and another moment of reading can explain
DISAGREE_MAX = 0.01  # of bars: one in a hundred and more is another market or a shift
_MARK_AWAY_MAX = 0.02  # half of all closes further away: the marks of another coin


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
    places, present = places_of(inner.open_ms[groups], bars.open_ms)
    groups, places = groups[present], places[present]
    if len(groups) == 0:
        what = f"has all inner bars of no {want} bar"
        raise BadData(path, what, fix="Take files of the same coin and time")
    agrees = agreement(resampled(inner, bars.frame_ms), bars)[0][places]
    _judge_disagreement(path, bars.open_ms[places[~agrees]], len(places), want, tell)
    each = bars.frame_ms // inner.frame_ms
    rows = (groups[agrees][:, None] + np.arange(each)[None, :]).ravel()
    count = int(agrees.sum())
    some = f"{plural(count, f'{want} bar')} of {len(bars)}; the others have none that can be used"
    tell(f"{path}: {have} bars inside {some if count < len(bars) else f'each {want} bar'}")
    return taken(inner, rows)


def places_of(times: Times, among: Times) -> tuple[Times, Flags]:
    """Where each time stands among others, and whether it does."""
    places = np.minimum(np.searchsorted(among, times), len(among) - 1)
    return places, among[places] == times


def agreement(made: Bars, bars: Bars) -> tuple[Flags, Flags]:
    """For each bar: do the other's prices agree with it, and was there one to compare?"""
    places, present = places_of(bars.open_ms, made.open_ms)
    agrees: Flags = present.copy()
    theirs = places[present]
    for one, other in (
        (made.open, bars.open),
        (made.high, bars.high),
        (made.low, bars.low),
        (made.close, bars.close),
    ):
        agrees[present] &= np.abs(one[theirs] - other[present]) <= AGREES_FRACTION * other[present]
    return agrees, present


def _judge_disagreement(path: Path, at_ms: Times, compared: int, frame: str, tell: Tell) -> None:
    if len(at_ms) == 0:
        return
    shown = ", ".join(utc(int(each)) for each in at_ms[:3]) + (", ..." if len(at_ms) > 3 else "")
    what = (
        f"inner bars disagree with {len(at_ms)} of {compared} {frame} bars by more than "
        f"{AGREES_FRACTION:.2%} of price: {shown}"
    )
    if len(at_ms) > max(1, DISAGREE_MAX * compared):
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
    places, present = places_of(made.open_ms, bars.open_ms)
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
    return fixed_bars(bars.frame_ms, bars.open_ms, *columns)

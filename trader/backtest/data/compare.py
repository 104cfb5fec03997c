"""Two files of one coin held against each other: do they tell of the same market at the same times?

Rules: the finer file is put together to the coarser one's bars, and only complete groups are compared.
Candles must agree with candles to a stated fraction of price, and where few do, a shift is looked for.
Candles against marks are looked through for wicks: extremes of last price that mark never saw.
"""

import numpy as np

from trader.backtest.data.bad_data import BadData
from trader.backtest.data.findings import LISTED_MAX, Finding, Inspection
from trader.backtest.data.fitting import AGREES_FRACTION, DISAGREE_MAX, agreement, places_of
from trader.backtest.data.frames import fixed_bars, frame_name, resampled
from trader.backtest.tape import Bars, Times
from trader.core.candles import HOUR_MS
from trader.core.text import plural, utc

WICK_FRACTION = 0.01
_SHIFTED_MIN = 0.9  # of bars agree once a shift is undone
_HOURS = 14  # time zones reach from -12 to +14


def compare(one: Inspection, other: Inspection) -> list[Finding]:
    """What the second file says about the first; nothing where either could not be read."""
    if one.bars is None or other.bars is None:
        return []
    try:
        mine, theirs = _of_one_frame(one, other)
    except BadData as error:
        return [Finding("against", True, str(error))]
    if "marks" in (one.holds, other.holds) and one.holds != other.holds:
        candles, marks = (mine, theirs) if other.holds == "marks" else (theirs, mine)
        return _wicks(candles, marks)
    return _disagreements(mine, theirs)


def _of_one_frame(one: Inspection, other: Inspection) -> tuple[Bars, Bars]:
    mine, theirs = one.bars, other.bars
    if mine is None or theirs is None:
        raise BadData(one.path, "has no bars that can be compared", fix="Mend its faults first")
    frame_ms = max(mine.frame_ms, theirs.frame_ms)
    if frame_ms % mine.frame_ms or frame_ms % theirs.frame_ms:
        names = f"{frame_name(mine.frame_ms)} and {frame_name(theirs.frame_ms)}"
        raise BadData(one.path, f"{names} do not divide each other", fix="Compare frames of which one does")
    made = [bars if bars.frame_ms == frame_ms else resampled(bars, frame_ms) for bars in (mine, theirs)]
    return made[0], made[1]


def _disagreements(mine: Bars, theirs: Bars) -> list[Finding]:
    compared, apart = _apart(mine, theirs)
    frame = frame_name(mine.frame_ms)
    if compared == 0:
        return [Finding("against", True, "no bar of the two files is of the same time: nothing to compare")]
    if len(apart) == 0:
        text = f"{plural(compared, frame + ' bar')} agree to {AGREES_FRACTION:.2%} of price"
        return [Finding("agrees", False, text, compared)]
    if len(apart) > (1.0 - _SHIFTED_MIN) * compared:
        shift_ms = _shift(mine, theirs)
        if shift_ms is not None:
            way = "later" if shift_ms > 0 else "earlier"
            by = frame_name(abs(shift_ms))
            text = f"the bars agree once the other file's times are {by} {way}: one of the two is shifted"
            return [Finding("shift", True, text, len(apart), _listed(apart))]
    text = f"{len(apart)} of {compared} {frame} bars disagree by more than {AGREES_FRACTION:.2%} of price"
    is_fault = len(apart) > max(1, DISAGREE_MAX * compared)
    return [Finding("disagreement", is_fault, text + _hours(apart), len(apart), _listed(apart))]


def _apart(mine: Bars, theirs: Bars) -> tuple[int, Times]:
    """How many bars were compared, and when those opened that differ."""
    agrees, compared = agreement(theirs, mine)
    return int(compared.sum()), mine.open_ms[compared & ~agrees]


def _shift(mine: Bars, theirs: Bars) -> int | None:
    """By how much the other file's times have to be moved for nearly all bars to agree."""
    hours = [sign * hour * HOUR_MS for hour in range(1, _HOURS + 1) for sign in (1, -1)]
    for shift_ms in (mine.frame_ms, -mine.frame_ms, *hours):
        columns = (theirs.open, theirs.high, theirs.low, theirs.close, theirs.volume)
        moved = fixed_bars(theirs.frame_ms, theirs.open_ms + shift_ms, *columns)
        compared, apart = _apart(mine, moved)
        if compared > 0 and len(apart) <= (1.0 - _SHIFTED_MIN) * compared:
            return shift_ms
    return None


def _wicks(candles: Bars, marks: Bars) -> list[Finding]:
    places, present = places_of(candles.open_ms, marks.open_ms)
    if not present.any():
        return [Finding("against", True, "no mark is of the time of a candle: nothing to compare")]
    rows = places[present]
    above = candles.high[present] / marks.high[rows] - 1.0
    below = 1.0 - candles.low[present] / marks.low[rows]
    wick = np.maximum(above, below)
    at_ms = candles.open_ms[present][wick > WICK_FRACTION]
    compared = plural(int(present.sum()), frame_name(candles.frame_ms) + " bar")
    if len(at_ms) == 0:
        text = f"no last price of {compared} is more than {WICK_FRACTION:.0%} beyond what mark saw"
        return [Finding("agrees", False, text, int(present.sum()))]
    widest = int(np.argmax(wick))
    text = (
        f"in {len(at_ms)} of {compared} the last price went more than {WICK_FRACTION:.0%} beyond what mark "
        f"saw; the furthest, {float(wick[widest]):.1%}, at {utc(int(candles.open_ms[present][widest]))}"
    )
    return [Finding("wick", False, text, len(at_ms), _listed(at_ms))]


def _listed(at_ms: Times) -> tuple[int, ...]:
    return tuple(int(each) for each in at_ms[:LISTED_MAX])


def _hours(at_ms: Times) -> str:
    shown = ", ".join(utc(int(each)) for each in at_ms[:5])
    return f": {shown}{', ...' if len(at_ms) > 5 else ''}"

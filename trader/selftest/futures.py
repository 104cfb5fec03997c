"""What prices may do after an episode has begun: a pool of seeded courses, and a quiet one.

Rules: courses are ratios to the price they begin at, one bar a minute, and are made once a process. There
are few, so that windows repeat over the episodes of one process. One that ends is played backward, and so
on for ever: prices stay within bounds.
Why these blocks: a stop must be met by a walk, a wick and a jump; a resting order by a swing that goes
through it and one that only touches; a strategy must see trends, ranges and bars that it cannot believe.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

from trader.exchange.prices import Bar
from trader.selftest.draws import Draws

POOL = 16
QUIET = 0  # the course in which nothing happens
MINUTES = 2_880
_RATIO_MAX = 1.5  # beyond it, and below its inverse, a course turns back
_POOL_SEED = 0x5EED
_NOISE = 0.000_2


def bar_at(number: int, minute: int) -> Bar:
    """One minute of a course, counted from its beginning, as ratios."""
    course = _course(number)
    offset = minute % (2 * MINUTES)
    if offset < MINUTES:
        return course[offset]
    bar = course[2 * MINUTES - 1 - offset]
    return Bar(bar.close, bar.high, bar.low, bar.open, bar.volume)


def bars_at(number: int, minute: int, count: int) -> Sequence[Bar]:
    """Several minutes in a row."""
    begin = minute % (2 * MINUTES)
    if begin + count <= MINUTES:
        return _course(number)[begin : begin + count]
    return [bar_at(number, each) for each in range(minute, minute + count)]


def ratio_before(number: int, minute: int) -> float:
    """Where a course stands when this minute begins, whatever jump it begins with."""
    return bar_at(number, minute - 1).close if minute else 1.0


@lru_cache(maxsize=POOL)
def _course(number: int) -> tuple[Bar, ...]:
    if not 0 <= number < POOL:
        raise ValueError(f"course {number}: expected one of 0 to {POOL - 1}")
    draws = Draws(_POOL_SEED, f"course {number}")
    bars: list[Bar] = []
    ratio = 1.0
    while len(bars) < MINUTES:
        make = _quiet if number == QUIET else _BLOCKS[draws.pick(_LIKELY)]
        for bar in make(draws, ratio, _sign(draws, ratio)):
            bars.append(bar)
            ratio = bar.close
    return tuple(bars[:MINUTES])


def _sign(draws: Draws, ratio: float) -> int:
    drawn = 1 if draws.chance(1, 2) else -1
    return -1 if ratio > _RATIO_MAX else 1 if ratio < 1 / _RATIO_MAX else drawn


def _line(start: float, end: float, *, volume: float = 1.0) -> Bar:
    """From one price to another, a little beyond both."""
    return Bar(start, max(start, end) * (1 + _NOISE), min(start, end) * (1 - _NOISE), end, volume)


def _quiet(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """Half an hour that ends where it began."""
    prices = [ratio * (1 + 0.000_02 * sign * min(minute, 30 - minute)) for minute in range(31)]
    for was, then in pairwise(prices):
        yield _line(was, then)


def _trend(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """One way, with a loud beginning."""
    step = sign * (2 + draws.below(8)) / 10_000
    for minute in range(20 + draws.below(100)):
        was, ratio = ratio, ratio * (1 + step)
        yield _line(was, ratio, volume=90.0 if minute < 2 else 2.0)


def _swings(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """To and fro around one price, as a ladder of orders likes it."""
    legs, minutes = 2 * (1 + draws.below(4)), 4 + draws.below(12)
    step = sign * (3 + draws.below(12)) / 1_000 / minutes
    for leg in range(legs):
        for _ in range(minutes):
            was, ratio = ratio, ratio * (1 + (step if leg % 4 in (0, 3) else -step))
            yield _line(was, ratio)


def _wick(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """A minute that goes far away and comes back."""
    far = ratio * (1 + sign * (2 + draws.below(8)) / 100)
    yield Bar(ratio, max(ratio, far), min(ratio, far), ratio, 40.0)


def _gap(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """A minute that opens elsewhere."""
    opened = ratio * (1 + sign * (1 + draws.below(7)) / 100)
    yield _line(opened, opened, volume=30.0)


def _crash(draws: Draws, ratio: float, sign: int) -> Iterator[Bar]:
    """Some minutes without a bid, or without an offer."""
    for _ in range(2 + draws.below(4)):
        was, ratio = ratio, ratio * (1 + sign * (2 + draws.below(4)) / 100)
        yield _line(was, ratio, volume=120.0)


_BLOCKS: Mapping[str, Callable[[Draws, float, int], Iterator[Bar]]] = {
    "quiet": _quiet,
    "trend": _trend,
    "swings": _swings,
    "wick": _wick,
    "gap": _gap,
    "crash": _crash,
}
_LIKELY = ("quiet", "quiet", "trend", "trend", "trend", "swings", "swings", "swings", "wick", "gap", "crash")

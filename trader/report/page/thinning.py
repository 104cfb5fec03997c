"""Fewer points of the same picture, where there are more than a screen or a browser can show smoothly.

Rules: bars are put together in whole groups of the frame, on its UTC borders, with the highest high and the
lowest low; a curve keeps the first, lowest, highest and last value of each group. Nothing that is told in
numbers is computed from thinned data, and the page says what it put together.
"""

from collections.abc import Sequence
from dataclasses import replace

from trader.core.text import plural
from trader.report.page.document import Coin, Line

BARS_MAX = 60_000  # of one coin: measured to pan and zoom smoothly
POINTS_MAX = 12_000  # of a curve: several for each pixel of any screen

_FRAMES = ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute"), (1_000, "second"))


def thinned(coin: Coin, *, most: int = BARS_MAX) -> tuple[Coin, str | None]:
    """The coin in at most so many bars, and what to say of it where some were put together."""
    if len(coin.open_ms) <= most:
        return coin, None
    wide_ms = coin.frame_ms * -(-len(coin.open_ms) // most)
    groups = _groups(coin.open_ms, wide_ms)
    spans = list(zip(groups, [*groups[1:], len(coin.open_ms)], strict=True))
    lines = tuple(Line(line.name, [line.values[end - 1] for _, end in spans]) for line in coin.lines)
    shown = replace(
        coin,
        frame_ms=wide_ms,
        open_ms=[coin.open_ms[start] - coin.open_ms[start] % wide_ms for start in groups],
        open=[coin.open[start] for start in groups],
        high=[max(coin.high[start:end]) for start, end in spans],
        low=[min(coin.low[start:end]) for start, end in spans],
        close=[coin.close[end - 1] for _, end in spans],
        lines=lines,
    )
    return shown, (
        f"{coin.name}: {len(coin.open_ms):,} bars of {frame_text(coin.frame_ms)} are drawn as "
        f"{len(groups):,} of {frame_text(wide_ms)}; every number is of all bars"
    )


def frame_text(frame_ms: int) -> str:
    for unit_ms, name in _FRAMES:
        if frame_ms % unit_ms == 0:
            return plural(frame_ms // unit_ms, name)
    return f"{frame_ms} ms"


def kept(values: Sequence[float], *, most: int = POINTS_MAX) -> list[int]:
    """Which points of a curve are drawn, by their places, in order."""
    count = len(values)
    if count <= most:
        return list(range(count))
    width = -(-count * 4 // most)
    places: set[int] = set()
    for start in range(0, count, width):
        span = range(start, min(start + width, count))
        places |= {span[0], span[-1], min(span, key=values.__getitem__), max(span, key=values.__getitem__)}
    return sorted(places)


def _groups(open_ms: Sequence[int], wide_ms: int) -> list[int]:
    """Where each group begins."""
    found, current = [], None
    for i, at_ms in enumerate(open_ms):
        if at_ms // wide_ms != current:
            current = at_ms // wide_ms
            found.append(i)
    return found

"""The prices of an episode: a shared quiet past that ends in a signal or not, what was moved, and a course.

Rules: every coin's past is in closed form and ends at CLOSE_MS; the first two minutes after it are quiet in
all episodes, so that a first run meets the same answers in each; then the course begins. A move writes
minutes from the next one on, and the course goes on from where the move left price. A minute that was lived
never changes.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

from trader.exchange.prices import MINUTE_MS, Bar
from trader.selftest.futures import POOL, QUIET, bar_at, bars_at, ratio_before
from trader.selftest.pasts import BAR_MINUTES, Past, climbing, swinging, unbelievable
from trader.sim.bars import Shared, joined
from trader.sim.feed import Feed

BASES: Mapping[str, float] = {"BTC": 100_000.0, "ETH": 2_000.0}
CLOSE_MS = 992_000 * BAR_MINUTES * MINUTE_MS  # the close of the last bar of the past, in 2026
NOW_MS = CLOSE_MS + 15_000  # when cron comes
PAST_MINUTES = 24 * 24 * 60
LEAD_MINUTES = 2
_JUMP = 0.001  # an open so far from the close before it, as a fraction, is a gap


class Course:
    """One coin's minutes, by absolute minute; fulfils MinuteBars."""

    def __init__(self, past: Past, future: int, written: Sequence[Bar] = ()) -> None:
        """`written`: the minutes since the past that are known already."""
        self._past = past
        self._future = future
        self._close_minute = CLOSE_MS // MINUTE_MS
        self._written = list(written) or [_still(past.price(0))] * LEAD_MINUTES
        self._consumed = 0
        self._last_minute: int | None = None
        self._last_bar = self._written[-1]
        self._rescale()

    @property
    def shared(self) -> Shared:
        """What the episodes of this process have made of the same past."""
        return _shared(self._past)

    @property
    def first_minute(self) -> int | None:
        return self._close_minute - PAST_MINUTES

    @property
    def next_minute(self) -> int:
        """The first minute that is not written down."""
        return self._close_minute + len(self._written)

    @property
    def written(self) -> tuple[Bar, ...]:
        return tuple(self._written)

    def span(self, first: int, count: int) -> Bar:
        """`count` minutes from `first` on as one bar."""
        before = min(count, self._close_minute - first)
        if before == count:
            return self._past.span(first - self._close_minute, count)
        if count == 1:
            return self.bar(first)
        bars = [self._past.span(first - self._close_minute, before)] if before > 0 else []
        index, end = max(first - self._close_minute, 0), first + count - self._close_minute
        bars += self._written[index:end]
        index = max(index, len(self._written))
        if index < end:
            skipped = self._consumed - len(self._written)
            bars.append(self._scaled(joined(bars_at(self._future, index + skipped, end - index))))
        return joined(bars)

    def bar(self, minute: int) -> Bar:
        """One minute. The last one is kept: each request of a run asks for it."""
        if minute != self._last_minute:
            self._last_bar, self._last_minute = self._made(minute), minute
        return self._last_bar

    def _made(self, minute: int) -> Bar:
        index = minute - self._close_minute
        if index < 0:
            return self._past.span(index, 1)
        if index < len(self._written):
            return self._written[index]
        return self._scaled(bar_at(self._future, index - len(self._written) + self._consumed))

    def _scaled(self, ratios: Bar) -> Bar:
        """What these ratios are in prices."""
        scale = self._scale
        return Bar(
            ratios.open * scale, ratios.high * scale, ratios.low * scale, ratios.close * scale, ratios.volume
        )

    def know(self, minute: int) -> None:
        """Write down every minute before this one as it would come."""
        missing = minute - self._close_minute - len(self._written)
        if missing > 0:
            first = self._close_minute + len(self._written)
            self._written += [self._made(first + n) for n in range(missing)]
            self._consumed += missing

    def write(self, minute: int, bars: Sequence[Bar]) -> None:
        """These minutes begin at `minute`; what the course would have done then, it does afterwards."""
        if minute < self.next_minute:
            raise ValueError(f"minute {minute} is written already: it may have been lived")
        self.know(minute)
        self._written += bars
        self._rescale()
        self._last_minute = None

    def _rescale(self) -> None:
        self._scale = self._written[-1].close / ratio_before(self._future, self._consumed)


@lru_cache(maxsize=64)
def _shared(_past: Past) -> Shared:
    close_minute = CLOSE_MS // MINUTE_MS
    return Shared(close_minute - PAST_MINUTES, close_minute)


class EpisodeFeed(Feed):
    """The prices of an episode's coins."""

    def __init__(self, courses: Mapping[str, Course]) -> None:
        super().__init__(courses)
        self._courses = dict(courses)

    def past(self, coin: str) -> Shared | None:
        return self._courses[coin].shared

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        return self._courses[coin].bar(minute_start_ms // MINUTE_MS)

    def written(self) -> dict[str, tuple[Bar, ...]]:
        """What is known of each coin since the past."""
        return {coin: course.written for coin, course in self._courses.items()}

    def know(self, before_ms: int) -> None:
        """Write down every minute that begins before this moment."""
        for course in self._courses.values():
            course.know(-(-before_ms // MINUTE_MS))

    def open_ms(self, coin: str, now_ms: int) -> int:
        """Where the first minute begins that nobody has lived and nothing is written of."""
        return max(now_ms // MINUTE_MS + 1, self._courses[coin].next_minute) * MINUTE_MS

    def price_before(self, coin: str, at_ms: int) -> float:
        """The close of the minute before the one that begins then."""
        return self._courses[coin].bar(at_ms // MINUTE_MS - 1).close

    def write(self, coin: str, bars: Sequence[Bar], *, from_ms: int) -> None:
        """The minutes from the one that begins at `from_ms` on."""
        self._courses[coin].write(from_ms // MINUTE_MS, bars)

    def has_gap(self, since_ms: int, until_ms: int) -> bool:
        """Did the price of any coin jump from one minute to the next in this time?"""
        first, last = since_ms // MINUTE_MS + 1, until_ms // MINUTE_MS
        return any(
            self._jumps(course, minute)
            for course in self._courses.values()
            for minute in range(first, last + 1)
        )

    def _jumps(self, course: Course, minute: int) -> bool:
        closed = course.bar(minute - 1).close
        return abs(course.bar(minute).open - closed) > _JUMP * closed


def _still(price: float) -> Bar:
    """A minute in which hardly anything moves."""
    return Bar(price, price * 1.000_1, price * 0.999_9, price, 1.0)


def walk(start: float, *prices: float) -> list[Bar]:
    """A minute to each of these prices, without a jump."""
    bars = []
    for price in prices:
        bars.append(Bar(start, max(start, price), min(start, price), price, 2.0))
        start = price
    return bars


def past_of(
    coin: str, strategy: str, sign: int, *, signals: bool, style: str = "reversion", believed: bool = True
) -> Past:
    """A past whose last bar signals (1 buys, -1 sells), or in which the strategy waits."""
    base = BASES[coin]
    if strategy == "bollinger":
        leaves = sign if style == "breakout" else -sign
        past = swinging(base, sign, leaves=leaves if signals else 0)
    else:
        past = climbing(base, sign, breaks=signals and strategy == "breakout")
    return past if believed else unbelievable(past)


def course_number(future: int, coin: str) -> int:
    """Each coin follows a course of its own; all are quiet together."""
    if future == QUIET:
        return QUIET
    return 1 + (future - 1 + 5 * sorted(BASES).index(coin)) % (POOL - 1)

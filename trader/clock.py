"""The process's own time, and the deadline by which a run must have verified and left.

Time is handed in as a `Clock`, never read elsewhere, so that a test can hold it. A deadline only ever
comes nearer: cron starts the next run whatever happened to this one, so a machine that slept and a wall
clock that jumped forward both count as used, and a wall clock set back gives nothing back.
"""

import time

from trader.core.ports import Clock


class SystemClock:
    """The machine's clocks."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def elapsed_ms(self) -> int:
        return time.clock_gettime_ns(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) // 1_000_000

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds))


class Deadline:
    """How long this run may still take, and how much of that is kept for verify and flatten."""

    def __init__(self, clock: Clock, *, soft_s: float, reserve_s: float) -> None:
        if not 0 <= reserve_s < soft_s:
            raise ValueError(
                f"a deadline of {soft_s} s cannot keep a reserve of {reserve_s} s: it must be shorter"
            )
        self._clock = clock
        self._soft_ms = round(soft_s * 1000)
        self._reserve_ms = round(reserve_s * 1000)
        self._wall_start_ms = clock.now_ms()
        # One tuple, replaced whole: a signal handler may call `shorten` in the middle of a reading.
        self._seen = (0, clock.elapsed_ms())

    @classmethod
    def after(cls, clock: Clock, *, soft_s: float, reserve_s: float) -> "Deadline":
        """Return the deadline `soft_s` from now, `reserve_s` of it kept for verify and flatten."""
        return cls(clock, soft_s=soft_s, reserve_s=reserve_s)

    def remaining_s(self) -> float:
        return max(0, self._soft_ms - self._used_ms()) / 1000

    def entry_remaining_s(self) -> float:
        """Seconds left for anything that adds risk: the reserve is not for that."""
        return max(0, self._soft_ms - self._reserve_ms - self._used_ms()) / 1000

    @property
    def expired(self) -> bool:
        return self._used_ms() >= self._soft_ms

    def shorten(self, seconds: float) -> None:
        """Leave at most `seconds` from now; never more than before. Safe in a signal handler."""
        self._soft_ms = min(self._soft_ms, self._used_ms() + round(max(0.0, seconds) * 1000))

    def timeout(self, cap_s: float) -> float:
        """Return the time that one request may take: `cap_s`, or what is left when that is less."""
        return min(cap_s, self.remaining_s())

    def _used_ms(self) -> int:
        """Used so far: the larger of what either clock says, and never less than it said before."""
        used_ms, elapsed_ms = self._seen
        now_elapsed_ms = self._clock.elapsed_ms()
        by_elapsed_ms = used_ms + max(0, now_elapsed_ms - elapsed_ms)
        by_wall_ms = self._clock.now_ms() - self._wall_start_ms
        used_ms = max(by_elapsed_ms, by_wall_ms)
        self._seen = (used_ms, now_elapsed_ms)
        return used_ms

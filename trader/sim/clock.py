"""Clocks of the embedded exchange: one that a test moves, and the venue's own reading of any clock.

Rules: on a ManualClock nothing passes but what is asked for; `step` moves the wall alone, as NTP or
a hand does. The venue keeps time by elapsed milliseconds, so a host whose wall clock steps meets a
venue whose clock did not.
"""

from trader.core.ports import Clock


class ManualClock:
    """Time that stands still until it is moved."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._elapsed_ms = 0.0

    def now_ms(self) -> int:
        return self._now_ms + int(self._elapsed_ms)

    def elapsed_ms(self) -> int:
        return int(self._elapsed_ms)

    def sleep(self, seconds: float) -> None:
        self.advance(seconds * 1000)

    def advance(self, milliseconds: float) -> None:
        """Let time pass, on the wall and beside it."""
        if milliseconds < 0:
            raise ValueError(f"time cannot pass by {milliseconds} ms: use step for the wall clock")
        self._elapsed_ms += milliseconds

    def advance_to(self, wall_ms: int) -> None:
        """Let time pass until the wall shows this moment."""
        self.advance(wall_ms - self.now_ms())

    def step(self, milliseconds: int) -> None:
        """Set the wall clock forward or back while no time passes."""
        self._now_ms += milliseconds


class VenueTime:
    """The venue's own wall clock: that of `clock` when this began, plus elapsed time and an offset."""

    def __init__(self, clock: Clock, *, offset_ms: int = 0) -> None:
        self._clock = clock
        self._origin_ms = clock.now_ms() - clock.elapsed_ms()
        self.offset_ms = offset_ms

    def now_ms(self) -> int:
        return self._origin_ms + self._clock.elapsed_ms() + self.offset_ms

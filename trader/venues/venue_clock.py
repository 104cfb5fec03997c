"""The venue's time, as its answers tell it: for expiries, nonces and the age of what was read.

An answer older than one already seen is stale. Between answers the venue's clock runs as this machine's
elapsed time does, which no step of the wall clock moves.
"""

from trader.core.ports import Clock


class VenueClock:
    """What the venue's clock said last."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: tuple[int, int] | None = None

    @property
    def seen_ms(self) -> int | None:
        """The venue's time in its last answer that carried one."""
        return None if self._seen is None else self._seen[0]

    def is_stale(self, at_ms: int) -> bool:
        return self._seen is not None and at_ms < self._seen[0]

    def saw(self, at_ms: int) -> None:
        """Take over the time of an answer that has just come in."""
        self._seen = (at_ms, self._clock.elapsed_ms())

    def now_ms(self) -> int:
        """The venue's time now.

        Before its first answer this machine's clock stands in: good enough to say how far back to read, never
        used for an expiry.
        """
        if self._seen is None:
            return self._clock.now_ms()
        at_ms, elapsed_ms = self._seen
        return at_ms + self._clock.elapsed_ms() - elapsed_ms

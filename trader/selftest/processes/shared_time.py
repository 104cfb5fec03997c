"""Time that an embedded exchange and the processes that trade on it have in common.

Rules: it runs as the machine's own time does, and whoever would wait moves it on instead, for all of them.
Each of them writes into a slot of its own of one small file that all have mapped, so that no two ever write
the same bytes; the time that was skipped is the sum of the slots.
"""

import mmap
import os
import struct
import time
from pathlib import Path

SLOTS = 128
_SLOT = struct.Struct("<q")


class Skipped:
    """The nanoseconds that were skipped so far, and a slot to skip more."""

    def __init__(self, path: Path, slot: int) -> None:
        if not 0 <= slot < SLOTS:
            raise ValueError(f"slot {slot} of shared time: expected 0 to {SLOTS - 1}")
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(descriptor, SLOTS * _SLOT.size)
            self._map = mmap.mmap(descriptor, SLOTS * _SLOT.size)
        finally:
            os.close(descriptor)
        self._slot = slot

    @property
    def total_ns(self) -> int:
        return int(sum(number for (number,) in _SLOT.iter_unpack(self._map)))

    def skip(self, seconds: float) -> None:
        """Let this much time pass at once."""
        place = self._slot * _SLOT.size
        (before,) = _SLOT.unpack_from(self._map, place)
        _SLOT.pack_into(self._map, place, before + round(max(0.0, seconds) * 1e9))


class SharedClock:
    """A `Clock` that shows `now_ms` when it begins, and agrees with the processes on the same file."""

    def __init__(self, now_ms: int, skipped: Skipped) -> None:
        self._skipped = skipped
        self._wall_ns = now_ms * 1_000_000
        self._began_ns = time.monotonic_ns() + skipped.total_ns

    def now_ms(self) -> int:
        return (self._wall_ns + self._passed_ns()) // 1_000_000

    def elapsed_ms(self) -> int:
        return self._passed_ns() // 1_000_000

    def sleep(self, seconds: float) -> None:
        self._skipped.skip(seconds)

    def ahead_ns(self) -> int:
        """How far the wall clock of a process must be ahead of the machine's, apart from what is skipped."""
        return self._wall_ns + self._passed_ns() - self._skipped.total_ns - time.time_ns()

    def _passed_ns(self) -> int:
        return time.monotonic_ns() + self._skipped.total_ns - self._began_ns

"""What bodies were found to say: an identical body is read once by all who share this.

Rules: it is handed in by whoever runs the trader many times in one process, and absent in a tick. Only what
follows from the bytes alone may be kept, and only values that nobody can change. What could not be read is
read again. The newest are kept, so that memory has a bound.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

KEPT_MAX = 256
Read = TypeVar("Read")


class Memo:
    """Values by what they are and the bodies that they were read from."""

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._kept: dict[Hashable, Any] = {}
        self.read = 0
        """How often something had to be read."""
        self.reused = 0

    def said(self, what: Hashable, bodies: Sequence[bytes], read: Callable[[], Read]) -> Read:
        """What these bodies say as `what`, which names all else that the value follows from."""
        key = (what, *bodies)
        if key in self._kept:
            self.reused += 1
            found: Read = self._kept.pop(key)
        else:
            self.read += 1
            found = read()
            if len(self._kept) >= self._kept_max:
                del self._kept[next(iter(self._kept))]
        self._kept[key] = found
        return found

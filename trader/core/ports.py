"""What the pipeline asks of the outside world, as protocols that adapters fulfil."""

from typing import Protocol


class Clock(Protocol):
    """Time as a value handed in, so that a test can hold it."""

    def now_ms(self) -> int:
        """Wall time in UTC milliseconds; may step."""
        ...

    def elapsed_ms(self) -> int:
        """Milliseconds since an arbitrary start; never steps back, counts a suspended machine."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...

"""Numbers that make a signed action count once.

Even numbers, rising, near the venue's clock, for everything but an entry. An entry's number is odd and
made of its signal alone, so that the same signal sent twice by one key is refused by the venue as a
duplicate.
"""


class Nonces:
    """The numbers of one key in one process."""

    def __init__(self) -> None:
        self._last = 0

    def next(self, venue_ms: int) -> int:
        """A fresh even number."""
        self._last = max(venue_ms + venue_ms % 2, self._last + 2)
        return self._last


def entry_nonce(signal_close_ms: int, market_number: int) -> int:
    """The one number of a signal."""
    return signal_close_ms - signal_close_ms % 2 + 2 * market_number + 1

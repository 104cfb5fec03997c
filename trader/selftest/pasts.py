"""The quiet past of a coin before an episode, in closed form: a month of it costs no more than a minute.

Rules: minute 0 is the first of the episode, so the past ends with the close of minute -1. Price goes in
straight lines from corner to corner, and each minute reaches as far beyond its line as the noise says; so a
bar of any length is what its minutes joined would be, without joining them.
"""

from trader.core.frozen import frozen
from trader.exchange.prices import Bar

BAR_MINUTES = 30
_LOUD = -3  # the minute in which the last bar is loud or wide
_QUIET_RISE = 0.000_000_2  # a minute: a trend, and far from a break


@frozen
class Wick:
    """What one minute reaches beyond its line, as fractions, and what is traded in it."""

    above: float
    below: float
    volume: float


@frozen
class Past:
    """One coin. `drift`: a minute, as a fraction; `swing`: closes go up and down by it from corner to corner;
    `last`: where the last close lies, as a fraction from `base`."""

    base: float
    drift: float
    swing: float
    noise: float
    last: float
    wick: Wick | None = None

    def price(self, minute: int) -> float:
        """The open of a minute, which is the close of the one before."""
        corner, inside = divmod(minute, BAR_MINUTES)
        price = self._corner(corner)
        return price if not inside else price + (self._corner(corner + 1) - price) * inside / BAR_MINUTES

    def _corner(self, number: int) -> float:
        if number == 0:
            return self.base * (1 + self.last)
        side = self.swing if number % 2 else -self.swing
        return self.base * (1 + self.drift * number * BAR_MINUTES + side)

    def span(self, first: int, count: int) -> Bar:
        """So many minutes, all before minute 0, as one bar."""
        after = first + count
        opened, closed = self.price(first), self.price(after)
        corners = [self._corner(n) for n in range(first // BAR_MINUTES + 1, (after - 1) // BAR_MINUTES + 1)]
        top, bottom = max(opened, closed, *corners), min(opened, closed, *corners)
        high, low, volume = top * (1 + self.noise), bottom * (1 - self.noise), float(count)
        if self.wick is not None and first <= _LOUD < after:
            line = self.price(_LOUD)
            high, low = max(high, line * (1 + self.wick.above)), min(low, line * (1 - self.wick.below))
            volume += self.wick.volume
        return Bar(opened, high, low, closed, volume)


def climbing(base: float, sign: int, *, breaks: bool) -> Past:
    """A slow climb (or fall) in which nothing breaks, or whose last bar breaks out with volume."""
    wick = Wick(0.005 if sign > 0 else 0.0, 0.005 if sign < 0 else 0.0, 60.0) if breaks else None
    return Past(base, sign * _QUIET_RISE, 0.0, 0.002, 0.0, wick)


def swinging(base: float, drift_sign: int, *, leaves: int) -> Past:
    """Closes between two lines; the last one leaves its bands this way (1, -1), or not (0)."""
    swing = 0.002
    return Past(base, drift_sign * _QUIET_RISE, swing, 0.000_5, leaves * 4 * swing if leaves else -swing)


def unbelievable(past: Past) -> Past:
    """The same with a last bar so wide that nobody enters on it."""
    return Past(past.base, past.drift, past.swing, past.noise, past.last, Wick(0.15, 0.15, 0.0))

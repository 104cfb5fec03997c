"""What the parameters of every strategy have in common: the bars to choose from, and bounds by kind.

Rules: a field is a parameter of `markets.<COIN>.params` with its name and default. Bounds stand in its
metadata under the names ge, gt, le and lt; the configuration turns them into checks.
"""

from dataclasses import field
from typing import Any, Literal, Protocol

from trader.core.candles import HOUR_MS, MINUTE_MS

Bar = Literal["1m", "3m", "5m", "15m", "30m", "1h", "2h", "4h"]

# All of them divide the four hours of a trend bar, and a day.
FRAMES_MS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
}

_COUNT = {"ge": 1, "le": 5000}
_SHARE = {"gt": 0.0, "lt": 1.0}
_SHARE_OR_ZERO = {"ge": 0.0, "lt": 1.0}


class HasBar(Protocol):
    """Parameters that name the bar they are for."""

    @property
    def bar(self) -> str: ...


def frame_ms(params: HasBar) -> int:
    """Length of the strategy's own bar."""
    return FRAMES_MS[params.bar]


def count(default: int) -> Any:
    """A number of bars, days or hours."""
    return field(default=default, metadata=_COUNT)


def share(default: float) -> Any:
    """A fraction of a price."""
    return field(default=default, metadata=_SHARE)


def share_or_zero(default: float) -> Any:
    """The same where nothing is a value too."""
    return field(default=default, metadata=_SHARE_OR_ZERO)

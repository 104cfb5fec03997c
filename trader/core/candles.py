"""Closed bars of one coin, column by column, as the indicators read them."""

from trader.core.frozen import frozen

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


@frozen
class Candles:
    """Bars in time order; `open_ms[i]` is the open time of bar i. All of them are closed."""

    coin: str
    frame_ms: int
    open_ms: tuple[int, ...]
    open: tuple[float, ...]
    high: tuple[float, ...]
    low: tuple[float, ...]
    close: tuple[float, ...]
    volume: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.open_ms)

    def index_of(self, open_ms: int) -> int | None:
        """Where the bar that opened at this moment stands, if it is here."""
        if not self.open_ms:
            return None
        i = (open_ms - self.open_ms[0]) // self.frame_ms
        if 0 <= i < len(self.open_ms) and self.open_ms[i] == open_ms:
            return i
        return self.open_ms.index(open_ms) if open_ms in self.open_ms else None


def bar_open_ms(moment_ms: int, frame_ms: int) -> int:
    """Open time of the bar that contains this moment."""
    return moment_ms - moment_ms % frame_ms


def last_closed_ms(now_ms: int, frame_ms: int) -> int:
    """Open time of the last bar that is closed at this moment."""
    return bar_open_ms(now_ms, frame_ms) - frame_ms

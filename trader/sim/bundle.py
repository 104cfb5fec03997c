"""The price history that ships with the package, as minutes that never end.

Rules: unpacked once a coin and only when asked for, and read day by day, because most runs look at a few days
of a coin or two. Prices are rounded to the decimals the caller names, so that a venue with coarser prices
than the recording's sees prices of its own.
"""

import gzip
from functools import lru_cache
from pathlib import Path

from trader.sim.bars import FoldedBars

BUNDLE_COINS = ("BTC", "ETH", "SOL")
BUNDLE_START_MINUTE = 29_106_720
BUNDLE_MINUTES = 40_320
_COLUMNS = 6
_DAY = 1_440
_FOLDER = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def bundled_minutes(coin: str, *, decimals: int | None = None) -> FoldedBars:
    """One coin's 28 days from 2025-05-05 00:00 UTC, folded; `decimals` rounds each price."""
    if coin not in BUNDLE_COINS:
        raise KeyError(f"no bundled prices for {coin}: expected one of {', '.join(BUNDLE_COINS)}")
    days = Days((_FOLDER / f"{coin}-1m.csv.gz").read_bytes())
    return FoldedBars(BUNDLE_START_MINUTE, days.columns, decimals=decimals, read=days.read)


class Days:
    """A recording that is unpacked when one of its minutes is asked for, and read by days."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed
        self._unread: dict[int, str] | None = None
        self.columns = [[0.0] * BUNDLE_MINUTES for _ in range(1, _COLUMNS)]

    def read(self, first: int, end: int) -> None:
        """See to it that the columns hold these minutes."""
        if self._unread is None:
            lines = gzip.decompress(self._packed).decode().splitlines()[1:]
            self._unread = {day: ",".join(lines[day : day + _DAY]) for day in range(0, len(lines), _DAY)}
        for day in range(first - first % _DAY, end, _DAY):
            if day in self._unread:
                cells = self._unread.pop(day).split(",")
                for place, column in enumerate(self.columns, 1):
                    column[day : day + _DAY] = map(float, cells[place::_COLUMNS])

"""The price history that ships with the package, as minutes that never end.

Rules: read once a coin and only when asked for. Prices are rounded to the decimals the caller
names, so that a venue with coarser prices than the recording's sees prices of its own.
"""

import gzip
from functools import lru_cache
from pathlib import Path

from trader.sim.bars import FoldedBars

BUNDLE_COINS = ("BTC", "ETH", "SOL")
BUNDLE_START_MINUTE = 29_106_720
BUNDLE_MINUTES = 40_320
_COLUMNS = 6
_FOLDER = Path(__file__).parent / "data"


@lru_cache(maxsize=8)
def bundled_minutes(coin: str, *, decimals: int | None = None) -> FoldedBars:
    """One coin's 28 days from 2025-05-05 00:00 UTC, folded; `decimals` rounds each price."""
    if coin not in BUNDLE_COINS:
        raise KeyError(f"no bundled prices for {coin}: expected one of {', '.join(BUNDLE_COINS)}")
    packed = (_FOLDER / f"{coin}-1m.csv.gz").read_bytes()
    rows = gzip.decompress(packed).decode().partition("\n")[2]
    cells = rows.rstrip().replace("\n", ",").split(",")
    columns = [list(map(float, cells[column::_COLUMNS])) for column in range(1, _COLUMNS)]
    return FoldedBars(BUNDLE_START_MINUTE, columns, decimals=decimals)

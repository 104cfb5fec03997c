"""What readings take of the weight that an address may use in a minute, known before they are made.

A quiet tick asks two rounds. Rows cost on top of a question: those of candles are known beforehand, those of
fills and of the record of money are not; a quiet account's are few, and the dearest a page holds are named.
"""

from trader.core.access import Toll
from trader.core.ports import CandleNeed, Scope
from trader.venues.hyperliquid.parse_candles import INTERVALS
from trader.venues.hyperliquid.used_weight import WEIGHT_A_MINUTE

USUAL, LIGHT = 20, 2
SETTINGS_READ_MAX = 5
"""The leverage of more coins than this is not read in each tick: it is set before each entry instead."""
HISTORY_MAX = USUAL + 2_000 // 20
BARS_MORE = 2
_BARS_A_POINT = 60
# Orders, markets, the account's kind, fees and fills; positions and balances.
_ACCOUNT = 5 * USUAL + LIGHT
# Funding, transfers, the portfolio and the account's own limit; the venue's state.
_RECORD = 4 * USUAL + LIGHT


def weight_of_scope(scope: Scope) -> int:
    """Of an observation of an account whose fills and payments are few."""
    record = 0 if scope.past_ms is None else _RECORD
    coins = sum(_candles(need) for need in scope.candles)
    settings = USUAL * len(scope.candles) if len(scope.candles) <= SETTINGS_READ_MAX else 0
    return _ACCOUNT + record + coins + settings + LIGHT * len(scope.lookups)


def _candles(need: CandleNeed) -> int:
    """The bars asked for, and the one now forming."""
    if need.frame_ms not in INTERVALS:
        return 0
    return USUAL + (need.bars + BARS_MORE) // _BARS_A_POINT


def tolls(scope: Scope) -> tuple[Toll, ...]:
    """What an observation takes of the venue's limits."""
    return (Toll("points of weight", weight_of_scope(scope), WEIGHT_A_MINUTE, 60),)

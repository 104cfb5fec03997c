"""Where the stop of a held position stands: the one that is wanted, or the live one where that has to stay.

The live stop is the memory: it is never given up for a looser one, nor for one that would fire at once, and a
bar too wide to be believed moves nothing.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.identity import Role
from trader.strategies.readings import last_bar_is_spike
from trader.strategies.signals import is_beyond, is_tighter_stop
from trader.strategies.wording import is_price, price_text


@frozen
class StopLevel:
    """A stop, and why it stands there."""

    price: float
    role: Role
    reason: str


def standing_stop(
    candles: Candles, wanted: StopLevel, live: StopLevel | None, *, sign: int, mark: float, notes: list[str]
) -> StopLevel:
    """The stop that should be live after this tick; why the live one stays is noted."""
    if live is None:
        return wanted
    if not is_tighter_stop(wanted.price, live.price, sign):
        return live
    if last_bar_is_spike(candles):
        notes.append(
            f"stop untouched at {price_text(live.price)}: the range of the last bar cannot be believed"
        )
        return live
    if not is_price(mark) or is_beyond(wanted.price, mark, sign):
        notes.append(
            f"stop stays at {price_text(live.price)}: {price_text(wanted.price)} is beyond mark "
            f"{price_text(mark)}"
        )
        return live
    return wanted

"""The likely reason of an exit without an id of ours: the stop or target of ours that stood near its price.

Somebody may close by hand where our stop stood: this is a guess, made only where nothing better is known, and
only within the file's `entries.exit_tolerance`.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from trader.core.orders import Fill, Found, Kind, Order
from trader.core.ownership import is_ours

_NAMES = {Kind.STOP: "stop", Kind.TARGET: "target"}


def inferring(
    history: Sequence[Found], account: int, tolerance: Callable[[str], Decimal]
) -> Callable[[Fill], str | None]:
    """What to ask for the reason of a fill: `tolerance` is of a coin, as a fraction of the level."""
    exits = [f.order for f in history if f.order.kind in _NAMES and is_ours(f.order.client_id, account)]

    def reason(fill: Fill) -> str | None:
        near = []
        for kind, name in _NAMES.items():
            stood = [o for o in exits if o.kind is kind and o.slot == fill.slot and o.placed_ms <= fill.at_ms]
            if stood:
                level = _newest(stood).level
                if abs(fill.price - level) <= tolerance(fill.coin) * level:
                    near.append((abs(fill.price - level), name))
        return min(near)[1] if near else None

    return reason


def _newest(orders: Sequence[Order]) -> Order:
    return max(orders, key=lambda o: o.placed_ms)

"""The assumptions under which recorded bars fill orders: composable, named, three of them together.

gap: an entry or a stop that the open has jumped over fills at its level (which may never have traded) or at
the open. target_gap: the same for a target. ambiguous: of stop and target in one bar the target came first,
the stop did, or finer bars say (the stop where there are none, or they cannot say). limit_fill: touched, or
traded through. funding: none, as recorded, or always against the position. trigger: what fires stops and
targets; None: as the file's `stops.trigger`. delay_bars: how much later an entry fills than it could, the
decision staying where it was. impact: the price moved by an order that is all of a bar's volume, as a
fraction; half of it at a quarter. liquidation: whether positions end where margin does.
"""

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any, Literal

from trader.core.frozen import frozen


@frozen
class FillModel:
    """One set of assumptions."""

    gap: Literal["level", "open"] = "open"
    target_gap: Literal["open", "level"] = "open"
    ambiguous: Literal["target", "stop", "finer"] = "finer"
    slippage_bps: float = 2.0
    spread_bps: float = 0.0
    delay_bars: int = 0
    limit_fill: Literal["touch", "through"] = "touch"
    funding: Literal["none", "actual", "adverse"] = "actual"
    impact: float = 0.0
    liquidation: bool = True
    trigger: Literal["last", "mark"] | None = None

    @property
    def stop_first(self) -> bool:
        """Where the order inside one bar is unknown and no finer bar says."""
        return self.ambiguous != "target"

    @property
    def taker_spread_bps(self) -> float:
        """The whole spread of a book that costs a taker what slippage and half the spread do here."""
        return self.spread_bps + 2.0 * self.slippage_bps


FIELDS = tuple(each.name for each in fields(FillModel))

PRESETS: Mapping[str, FillModel] = {
    "kind": FillModel(gap="level", ambiguous="target", slippage_bps=0.0, funding="none"),
    "base": FillModel(),
    "harsh": FillModel(
        target_gap="level",
        ambiguous="stop",
        slippage_bps=5.0,
        delay_bars=1,
        limit_fill="through",
        funding="adverse",
    ),
}
BANDS = ("kind", "base", "harsh")


def chosen(preset: str, given: Mapping[str, Any]) -> FillModel:
    """A preset with some of its fields replaced."""
    return replace(PRESETS[preset], **given)

"""Orders from the wire into the model, and the model's answers back into statuses.

Rules: what the model refuses before any order exists is one error for the whole batch. Every other
refusal stands in its order's own place. A fault may refuse, change or undo single orders here, and
only here, so that the exchange's truth and what it said about it stay known to the test.
"""

from collections.abc import Sequence
from typing import Any

from trader.exchange.orders import OrderSpec, Placed
from trader.exchange.status import Grouping
from trader.sim.faults import Fault
from trader.sim.hyperliquid.decimals import text
from trader.sim.hyperliquid.texts import refusal_text
from trader.sim.hyperliquid.venue import Venue
from trader.sim.order_lies import Twist, twisted

Status = dict[str, Any] | str


def place(
    venue: Venue, user: str, specs: Sequence[OrderSpec], grouping: Grouping, lies: Sequence[Fault]
) -> list[Status]:
    """One action's orders; a status each, or a single error for all."""
    reason = venue.model.prevalidate(specs, grouping)
    if reason is not None:
        coin = specs[0].coin if specs else None
        return [{"error": error_text(venue, refusal_text(reason), coin)}]
    twist = twisted(venue.model, specs, lies)
    with_index = [(index, spec) for index, spec in enumerate(twist.specs) if index not in twist.refused]
    placed = _performed(venue, user, [spec for _, spec in with_index], grouping, twist)
    statuses: dict[int, Status] = {
        index: {"error": error_text(venue, text_, specs[index].coin)}
        for index, text_ in twist.refused.items()
    }
    for (index, spec), answer in zip(with_index, placed, strict=True):
        statuses[index] = order_status(venue, spec, answer)
    return [statuses[index] for index in range(len(specs))]


def _performed(
    venue: Venue, user: str, specs: Sequence[OrderSpec], grouping: Grouping, twist: Twist
) -> list[Placed]:
    if not specs:
        return []
    twist.before(venue.model)
    placed = venue.model.place(user, specs, grouping)
    twist.after(venue.model, user, placed)
    venue.erased |= twist.erased
    return placed


def order_status(venue: Venue, spec: OrderSpec, placed: Placed) -> Status:
    """What the venue says about one placed order."""
    if placed.kind == "waiting_for_fill":
        return "waitingForFill"
    if placed.kind == "waiting_for_trigger":
        return "waitingForTrigger"
    if placed.reason is not None:
        words = refusal_text(placed.reason, venue.model.quote(spec.coin))
        return {"error": error_text(venue, words, spec.coin)}
    inner: dict[str, Any] = {"oid": placed.oid}
    if placed.kind == "filled":
        inner = {"totalSz": text(placed.total_sz), "avgPx": text(placed.avg_px), "oid": placed.oid}
    if placed.cloid is not None:
        inner["cloid"] = placed.cloid
    return {placed.kind: inner}


def error_text(venue: Venue, words: str, coin: str | None) -> str:
    """The sentence with the asset at its end, as the live venue has it."""
    market = None if coin is None else venue.model.market(coin)
    if market is None or not venue.switches.error_asset_suffix:
        return words
    return f"{words} asset={market.index}"

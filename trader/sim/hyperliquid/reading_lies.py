"""The V group on reads, and lies that stand from one request on: stale, empty, cut, unknown, absurd.

Rules: a read lie changes what is said, never what is true. Stale answers are real ones: the last one given
to the same question, or one computed on the exchange as it was before the last write. Standing
lies (clock, agent, mode, rules) change the venue when they fall due and stay.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.sim.faults import Fault, Plan
from trader.sim.hyperliquid.info_endpoint import READS
from trader.sim.hyperliquid.info_market import Body, Raw
from trader.sim.hyperliquid.info_orders import UNKNOWN
from trader.sim.hyperliquid.price_lies import impossible_prices
from trader.sim.hyperliquid.venue import Venue

_ROW_LISTS = ("fills", "funding", "ledger", "history", "equity")


class ReadingLies:
    """Answers reads, truthfully unless a fault says otherwise."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._before_write: Venue | None = None
        self._keeps_copies = False
        self._given: dict[tuple[str, str, str], Any] = {}
        self._offset_ms = 0

    def prepare(self, plan: Plan) -> None:
        """Copies of the exchange are made before writes only where a plan will ask for one."""
        self._keeps_copies = any(fault.kind == "V7b" for fault in plan.faults)

    def standing(self, lies: Sequence[Fault], at_ms: int) -> int:
        """Let lies that stay take effect; the venue's reading of the time is the result."""
        for fault in lies:
            act = _STANDING.get(fault.kind)
            if act is not None:
                act(self._venue, fault)
            if fault.kind == "V21":
                self._offset_ms = int(fault.params["offset_ms"])
        return at_ms + self._offset_ms

    def remember_before_write(self) -> None:
        """Keep the exchange as it is now, for a read that will be stale by this write."""
        if self._keeps_copies:
            self._before_write = _copied(self._venue)

    def read(self, kind: str, body: Body, lies: Sequence[Fault]) -> Any:
        """The answer to one read."""
        inner = body.get("req")
        coin = str((inner if isinstance(inner, Mapping) else body).get("coin", ""))
        question = (kind, str(body.get("user", "")).lower(), coin)
        venue = self._venue
        if self._before_write is not None and any(fault.kind == "V7b" for fault in lies):
            venue = self._before_write
            venue.run_to(self._venue.now_ms)
        found = READS[kind](venue, body)
        said, is_stale = found, False
        for fault in lies:
            if fault.kind == "V7" or (fault.kind == "V14" and fault.params.get("variant") == "stale"):
                said, is_stale = self._given.get(question, said), True
            elif fault.kind in _SAID:
                said = _SAID[fault.kind](kind, said, fault)
        if not is_stale:
            # A replica that hangs behind stays where it is for as long as the fault lasts.
            self._given[question] = found
        return said


def _copied(venue: Venue) -> Venue:
    model = venue.model
    rows = {name: [row for _, row in model.rows(name, 0)] for name in _ROW_LISTS}
    copy = Model.load(model.dump(), rows, model.markets, venue.feed, rules=model.rules)
    copied = Venue(copy, venue.feed, venue.switches)
    copied.restore(venue.dump())
    return copied


def _empty(kind: str, said: Any, fault: Fault) -> Any:
    """V8: nothing there; an account keeps its sums, which then contradict its positions."""
    if isinstance(said, Raw):
        return Raw(b"[]", 0)
    if kind == "clearinghouseState":
        return said | {"assetPositions": []}
    return [] if isinstance(said, list) else said


def _unknown(kind: str, said: Any, fault: Fault) -> Any:
    """V9: no such order."""
    return UNKNOWN if kind == "orderStatus" else said


def _cut(kind: str, said: Any, fault: Fault) -> Any:
    """V11: only the first rows."""
    return said[: int(fault.params.get("keep", 1))] if isinstance(said, list) else said


_SAID: dict[str, Callable[[str, Any, Fault], Any]] = {
    "V8": _empty,
    "V9": _unknown,
    "V11": _cut,
    "V14": impossible_prices,
}


def _change_rules(venue: Venue, fault: Fault) -> None:
    """V15: another lot, leverage or state of one coin; decimals bring their steps."""
    changes = dict(fault.params)
    market = venue.model.market(str(changes.pop("coin", fault.coin)))
    if market is None:
        raise KeyError("V15 needs the coin whose rules change")
    for name, step in (("size_decimals", "size_step"), ("price_decimals", "price_step")):
        if name in changes:
            changes[step] = Decimal(1).scaleb(-int(changes[name]))
    venue.model.set_market(replace(market, **changes))


def _revoke(venue: Venue, fault: Fault) -> None:
    """V20: the named agent, or every agent there is."""
    named = fault.params.get("agent")
    for address in [str(named).lower()] if named else venue.accounts.agents():
        venue.accounts.revoke(address)


def _unify(venue: Venue, fault: Fault) -> None:
    """V22: balances move to where the perpetual account does not show them."""
    venue.abstraction = str(fault.params.get("abstraction", "unifiedAccount"))


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": _change_rules,
    "V20": _revoke,
    "V22": _unify,
}

"""The V group on reads, and lies that stand from one request on: stale, empty, cut, unknown, absurd.

Rules: a read lie changes what is said, never what is true. Stale answers are real ones: the last one given
to the same question, or one computed on the exchange as it was before the last write. Standing lies (clock,
key, account, rules, overload) change the venue when they fall due and stay.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.record import LISTS
from trader.sim.binance.price_lies import impossible_prices
from trader.sim.binance.refusals import refused
from trader.sim.binance.requests import Asked, Endpoint
from trader.sim.binance.venue import Venue
from trader.sim.faults import Fault, Plan

_UNASKED = ("timestamp", "recvWindow", "signature")
_SINGLE = frozenset({"GET order", "GET openOrder", "GET algoOrder"})


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

    def read(self, what: str, endpoint: Endpoint, asked: Asked) -> Any:
        """The answer to one read."""
        lies = asked.lies
        if what in _SINGLE and any(fault.kind == "V9" for fault in lies):
            raise refused(-2013)
        if self._before_write is not None and any(fault.kind == "V7b" for fault in lies):
            before = self._before_write
            before.run_to(self._venue.now_ms)
            asked = replace(asked, venue=before)
        question = (what, "" if asked.key is None else asked.user, _question(asked))
        found = endpoint(asked)
        said, is_stale = found, False
        for fault in lies:
            if fault.kind == "V7" or (fault.kind == "V14" and fault.params.get("variant") == "stale"):
                said, is_stale = self._given.get(question, said), True
            elif fault.kind in _SAID:
                said = _SAID[fault.kind](what, said, fault)
        if not is_stale:
            # A replica that hangs behind stays where it is for as long as the fault lasts.
            self._given[question] = found
        return said


def _question(asked: Asked) -> str:
    return repr(sorted((k, v) for k, v in asked.parameters.values.items() if k not in _UNASKED))


def _copied(venue: Venue) -> Venue:
    model = venue.model
    rows = {name: [row for _, row in model.rows(name, 0)] for name in LISTS}
    copy = Model.load(model.dump(), rows, model.markets, venue.feed, rules=model.rules)
    copied = Venue(copy, venue.feed, venue.switches)
    copied.restore(venue.dump())
    return copied


def _empty(what: str, said: Any, fault: Fault) -> Any:
    """V8: nothing there; an account keeps its sums, which then contradict its positions."""
    if isinstance(said, dict) and "positions" in said:
        return said | {"positions": []}
    return [] if isinstance(said, list) else said


def _cut(what: str, said: Any, fault: Fault) -> Any:
    """V11: only the first rows."""
    return said[: int(fault.params.get("keep", 1))] if isinstance(said, list) else said


def _twice(what: str, said: Any, fault: Fault) -> Any:
    """V25: each row is told twice."""
    return [row for row in said for _ in range(2)] if isinstance(said, list) else said


_SAID: dict[str, Callable[[str, Any, Fault], Any]] = {
    "V8": _empty,
    "V11": _cut,
    "V14": impossible_prices,
    "V25": _twice,
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
    """V20: the named key, or every key there is."""
    named = fault.params.get("key")
    venue.keys.revoke(None if named is None else str(named))


def _unify(venue: Venue, fault: Fault) -> None:
    """V22: every account shares its margin over all assets."""
    venue.multi_assets.update(venue.model.users)


def _meddle(venue: Venue, fault: Fault) -> None:
    """V23: somebody else changes leverage, margin type or position mode, as far as the venue lets him."""
    params = fault.params
    for user in venue.model.users:
        if "two_sided" in params:
            venue.model.set_two_sided(user, bool(params["two_sided"]))
        if "coin" in params:
            coin = str(params["coin"])
            setting = venue.model.leverage(user, coin)
            value = int(params.get("leverage", setting.value))
            is_cross = bool(params.get("cross", setting.is_cross))
            venue.model.set_leverage(user, coin, value=value, is_cross=is_cross)


def _overload(venue: Venue, fault: Fault) -> None:
    """V24: orders that may add risk are throttled for some seconds."""
    venue.overloaded_until_ms = venue.now_ms + int(float(fault.params.get("seconds", 60)) * 1_000)


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": _change_rules,
    "V20": _revoke,
    "V22": _unify,
    "V23": _meddle,
    "V24": _overload,
}

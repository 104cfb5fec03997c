"""The V group on reads, and lies that stand from one request on: stale, empty, cut, unknown, absurd.

Rules: it serves every dialect. A read lie changes what is said, never what is true. Stale answers are real
ones: the last one given to the same question, or one computed on the exchange as it was before the last
write. Standing lies change the venue when they fall due and stay. A dialect hands in what only its wire can
say or suffer, as tables by the fault's letter and number.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Generic, Protocol, TypeVar

from trader.exchange.model import Model
from trader.exchange.record import LISTS
from trader.sim.faults import Fault, Plan
from trader.sim.feed import Feed


class Exchange(Protocol):
    """A dialect's venue as far as lies read, copy and change it."""

    model: Model
    feed: Feed
    switches: Any

    @property
    def now_ms(self) -> int: ...

    def run_to(self, at_ms: int) -> None: ...

    def dump(self) -> dict[str, Any]: ...

    def restore(self, state: Mapping[str, Any]) -> None: ...


GIVEN_MAX = 1_000  # answers kept for stale ones: many ticks' worth; questions that name a time never recur
V = TypeVar("V", bound=Exchange)
Said = Callable[[str, Any, Fault], Any]
"""What is asked, the true answer and the fault: what is said instead."""


class Lies(Generic[V]):
    """Answers reads, truthfully unless a fault says otherwise; `make` puts a venue around a model."""

    def __init__(
        self,
        venue: V,
        make: Callable[[Model, Feed, Any], V],
        *,
        said: Mapping[str, Said],
        standing: Mapping[str, Callable[[V, Fault], None]],
    ) -> None:
        self._venue = venue
        self._make = make
        self._said = said
        self._standing = standing
        self._before_write: V | None = None
        self._keeps_copies = False
        self._given: dict[tuple[str, ...], Any] = {}
        self._offset_ms = 0

    def prepare(self, plan: Plan) -> None:
        """Copies of the exchange are made before writes only where a plan will ask for one."""
        self._keeps_copies = any(fault.kind == "V7b" for fault in plan.faults)

    def standing(self, lies: Sequence[Fault], at_ms: int) -> int:
        """Let lies that stay take effect; the venue's reading of the time is the result."""
        for fault in lies:
            act = self._standing.get(fault.kind)
            if act is not None:
                act(self._venue, fault)
            if fault.kind == "V21":
                self._offset_ms = int(fault.params["offset_ms"])
        return at_ms + self._offset_ms

    def remember_before_write(self) -> None:
        """Keep the exchange as it is now, for a read that will be stale by this write."""
        if not self._keeps_copies:
            return
        venue, model = self._venue, self._venue.model
        rows = {name: [row for _, row in model.rows(name, 0)] for name in LISTS}
        copy = Model.load(model.dump(), rows, model.markets, venue.feed, rules=model.rules)
        copied = self._make(copy, venue.feed, venue.switches)
        # By way of text, so that the two share nothing.
        copied.restore(json.loads(json.dumps(venue.dump())))
        self._before_write = copied

    def told(self, question: tuple[str, ...], ask: Callable[[V], Any], lies: Sequence[Fault]) -> Any:
        """The answer to one read. `question` begins with what is asked and holds all that tells it apart."""
        venue = self._venue
        if self._before_write is not None and any(fault.kind == "V7b" for fault in lies):
            venue = self._before_write
            venue.run_to(self._venue.now_ms)
        found = ask(venue)
        said, is_stale = found, False
        for fault in lies:
            if fault.kind == "V7" or (fault.kind == "V14" and fault.params.get("variant") == "stale"):
                said, is_stale = self._given.get(question, said), True
            elif fault.kind in self._said:
                said = self._said[fault.kind](question[0], said, fault)
        if not is_stale:
            # A replica that hangs behind stays where it is for as long as the fault lasts.
            self._given.pop(question, None)
            self._given[question] = found
            if len(self._given) > GIVEN_MAX:
                del self._given[next(iter(self._given))]
        return said


def emptied(what: str, said: Any, fault: Fault, *, account_rows: str = "") -> Any:
    """V8: nothing there; an account keeps its sums, which then contradict its rows."""
    if isinstance(said, dict) and account_rows in said:
        return said | {account_rows: []}
    return [] if isinstance(said, list) else said


def cut(what: str, said: Any, fault: Fault) -> Any:
    """V11: only the first rows."""
    return said[: int(fault.params.get("keep", 1))] if isinstance(said, list) else said


def twice(what: str, said: Any, fault: Fault) -> Any:
    """V25: each row is told twice."""
    return [row for row in said for _ in range(2)] if isinstance(said, list) else said


def change_rules(venue: Exchange, fault: Fault) -> None:
    """V15: another lot, tick, contract, leverage or state of one coin; decimals bring their steps."""
    changes = dict(fault.params)
    market = venue.model.market(str(changes.pop("coin", fault.coin)))
    if market is None:
        raise KeyError("V15 needs the coin whose rules change")
    for name in ("size_step", "price_step", "contract", "size_min"):
        if name in changes:
            changes[name] = Decimal(str(changes[name]))
    for name, step in (("size_decimals", "size_step"), ("price_decimals", "price_step")):
        if name in changes:
            changes[step] = Decimal(1).scaleb(-int(changes[name]))
    venue.model.set_market(replace(market, **changes))

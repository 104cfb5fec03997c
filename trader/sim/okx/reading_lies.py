"""The V group on reads, and lies that stand from one request on: stale, empty, cut, unknown, absurd.

Rules: a read lie changes what is said, never what is true. Stale answers are real ones: the last one given
to the same question, or one computed on the exchange as it was before the last write. Standing lies (clock,
key, permissions, rules, maintenance, an empty book for triggers) change the venue when they are due and stay.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.exchange.orders import Liquidity
from trader.sim.faults import Fault, Plan
from trader.sim.okx.calls import Call, Raw
from trader.sim.okx.keys import READ
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.venue import CROSS, ISOLATED, Venue

_ROW_LISTS = ("fills", "funding", "ledger", "history", "equity")
Endpoint = Callable[[Call], Any]
_SINGLES = frozenset({"trade/order", "trade/order-algo"})
_NUMBERS = {"zero": "0", "nan": "NaN", "negative": "-1", "infinite": "Infinity"}
_PRICES = ("markPx", "last", "askPx", "bidPx", "buyLmt", "sellLmt")


class ReadingLies:
    """Answers reads, truthfully unless a fault says otherwise."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self._before_write: Venue | None = None
        self._keeps_copies = False
        self._given: dict[tuple[str, ...], Any] = {}
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

    def read(self, what: str, endpoint: Endpoint, call: Call) -> Any:
        """The answer to one read."""
        params = call.params
        question = (what, call.user, *(params.text(name) for name in ("instId", "bar", "ordType", "state")))
        asked = call
        if self._before_write is not None and any(fault.kind == "V7b" for fault in call.lies):
            self._before_write.run_to(call.now_ms)
            asked = replace(call, venue=self._before_write)
        if what in _SINGLES and any(fault.kind in ("V8", "V9") for fault in call.lies):
            return _unknown(call)
        found = endpoint(asked)
        said, is_stale = found, False
        for fault in call.lies:
            if fault.kind == "V7" or (fault.kind == "V14" and fault.params.get("variant") == "stale"):
                said, is_stale = self._given.get(question, said), True
            elif fault.kind in _SAID:
                said = _SAID[fault.kind](said, fault)
        if not is_stale:
            # A replica that hangs behind stays where it is for as long as the fault lasts.
            self._given[question] = found
        return said


def _unknown(call: Call) -> Any:
    """V8 and V9 of a single order: there is none of that name."""
    if any(fault.kind == "V8" for fault in call.lies):
        return []
    raise Refusal("51603")


def _copied(venue: Venue) -> Venue:
    model = venue.model
    rows = {name: [row for _, row in model.rows(name, 0)] for name in _ROW_LISTS}
    copy = Model.load(model.dump(), rows, model.markets, venue.feed, rules=model.rules)
    copied = Venue(copy, venue.feed, venue.switches)
    copied.restore(json.loads(json.dumps(venue.dump())))
    return copied


def _empty(said: Any, fault: Fault) -> Any:
    """V8: nothing there."""
    return Raw() if isinstance(said, Raw) else []


def _without(said: Any, fault: Fault) -> Any:
    """V9: one row is hidden, the newest or the one that is named by an id."""
    if isinstance(said, Raw) or not said:
        return said
    named = str(fault.params.get("id", ""))
    ids = ("ordId", "clOrdId", "algoId", "algoClOrdId", "posId", "tradeId")
    if named:
        return [row for row in said if named not in {str(row.get(name)) for name in ids}]
    return said[1:]


def _cut(said: Any, fault: Fault) -> Any:
    """V11: only the first rows."""
    keep = int(fault.params.get("keep", 1))
    return Raw(said.rows[:keep]) if isinstance(said, Raw) else said[:keep]


def _impossible(said: Any, fault: Fault) -> Any:
    """V14: prices that cannot be, in the newest closed candle or in every price of a row."""
    variant = str(fault.params.get("variant", "zero"))
    if isinstance(said, Raw):
        return _impossible_candles(said, _NUMBERS.get(variant))
    rows = []
    for row in said:
        changed = dict(row)
        for name in _PRICES:
            if name in changed:
                changed[name] = _NUMBERS.get(variant, "" if variant == "missing" else changed[name])
        if variant == "crossed" and "askPx" in changed:
            changed["askPx"], changed["bidPx"] = row["bidPx"], row["askPx"]
        rows.append(changed)
    return rows


def _impossible_candles(said: Raw, value: str | None) -> Raw:
    if value is None or len(said.rows) < 2:
        return said
    cells = json.loads(said.rows[1])
    cells[1:5] = [value] * 4
    return Raw([said.rows[0], json.dumps(cells).encode(), *said.rows[2:]])


def _twice(said: Any, fault: Fault) -> Any:
    """V25: each row is told twice."""
    if isinstance(said, Raw):
        return Raw([row for row in said.rows for _ in range(2)])
    return [row for row in said for _ in range(2)]


_SAID: dict[str, Callable[[Any, Fault], Any]] = {
    "V8": _empty,
    "V9": _without,
    "V11": _cut,
    "V14": _impossible,
    "V25": _twice,
}


def _change_rules(venue: Venue, fault: Fault) -> None:
    """V15: another lot, tick, contract, leverage or state of one coin."""
    changes = dict(fault.params)
    market = venue.model.market(str(changes.pop("coin", fault.coin)))
    if market is None:
        raise KeyError("V15 needs the coin whose rules change")
    for name in ("size_step", "price_step", "contract", "size_min"):
        if name in changes:
            changes[name] = Decimal(str(changes[name]))
    venue.model.set_market(replace(market, **changes))


def _restrict(venue: Venue, fault: Fault) -> None:
    """V19: every key may only read."""
    for key in venue.keys.all():
        venue.keys.restrict(key.api_key, (READ,))


def _revoke(venue: Venue, fault: Fault) -> None:
    """V20: every key is dead from here on."""
    for key in venue.keys.all():
        venue.keys.end(key.api_key, str(fault.params.get("code", "50119")))


def _meddle(venue: Venue, fault: Fault) -> None:
    """V23: somebody else changes leverage or the account's sides, as far as the venue lets him."""
    for user in venue.model.users:
        if "two_sided" in fault.params:
            venue.model.set_two_sided(user, bool(fault.params["two_sided"]))
        coin = fault.params.get("coin", fault.coin)
        if coin is None or "leverage" not in fault.params:
            continue
        lever, is_cross = int(fault.params["leverage"]), bool(fault.params.get("cross", True))
        venue.model.set_leverage(user, str(coin), value=lever, is_cross=is_cross)
        for leg in ("long", "short", None):
            venue.set_lever(user, str(coin), CROSS if is_cross else ISOLATED, leg, lever)


def _dry_book(venue: Venue, fault: Fault) -> None:
    """V27: what triggers from here on finds an empty book; orders of clients do not."""
    for market in venue.model.markets:
        if fault.params.get("coin", market.coin) == market.coin:
            venue.dry.add(market.coin)
            venue.model.set_liquidity(market.coin, Liquidity(size=Decimal(0)))


def _maintain(venue: Venue, fault: Fault) -> None:
    """V28: maintenance begins or, with another state, ends."""
    venue.maintenance = str(fault.params.get("state", "ongoing"))


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": _change_rules,
    "V19": _restrict,
    "V20": _revoke,
    "V23": _meddle,
    "V27": _dry_book,
    "V28": _maintain,
}

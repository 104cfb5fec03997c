"""Lies on reads as OKX's wire tells them, and those that stand there.

Rules: the lies that all dialects share are not told here. A question is a path, a user and what tells one
list of the path from another.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from trader.exchange.orders import Liquidity
from trader.sim.faults import Fault
from trader.sim.okx.calls import Call, Raw
from trader.sim.okx.keys import READ
from trader.sim.okx.parameters import Parameters
from trader.sim.okx.price_lies import impossible_prices
from trader.sim.okx.refusals import Refusal
from trader.sim.okx.venue import CROSS, ISOLATED, Maintenance, Venue
from trader.sim.reading_lies import Lies, Said, change_rules, cut, emptied, twice

Endpoint = Callable[[Call], Any]
_SINGLES = frozenset({"trade/order", "trade/order-algo"})


class ReadingLies(Lies[Venue]):
    """Answers the reads of one venue."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, Venue, said=_SAID, standing=_STANDING)

    def read(self, what: str, endpoint: Endpoint, call: Call) -> Any:
        """The answer to one read."""
        if what in _SINGLES and any(fault.kind in ("V8", "V9") for fault in call.lies):
            return _unknown(call)
        question = (what, call.user, *_which(call.params))
        return self.told(question, lambda venue: endpoint(_of(call, venue)), call.lies)


@lru_cache(maxsize=256)
def _which(params: Parameters) -> tuple[str, ...]:
    """What tells one list of a path from another; kept as parameters are kept where they are read."""
    return tuple(params.text(name) for name in ("instId", "bar", "ordType", "state"))


def _of(call: Call, venue: Venue) -> Call:
    """The call on another state of the venue."""
    return call if venue is call.venue else replace(call, venue=venue)


def _unknown(call: Call) -> Any:
    """V8 and V9 of a single order: there is none of that name."""
    if any(fault.kind == "V8" for fault in call.lies):
        return []
    raise Refusal("51603")


def _also_encoded(lie: Said) -> Said:
    """A lie about rows, told of rows that are encoded already as well."""

    def told(what: str, said: Any, fault: Fault) -> Any:
        return Raw(lie(what, said.rows, fault)) if isinstance(said, Raw) else lie(what, said, fault)

    return told


def _without(what: str, said: Any, fault: Fault) -> Any:
    """V9: one row is hidden, the newest or the one that is named by an id."""
    if isinstance(said, Raw) or not said:
        return said
    named = str(fault.params.get("id", ""))
    ids = ("ordId", "clOrdId", "algoId", "algoClOrdId", "posId", "tradeId")
    if named:
        return [row for row in said if named not in {str(row.get(name)) for name in ids}]
    return said[1:]


_SAID: dict[str, Said] = {
    "V8": _also_encoded(emptied),
    "V9": _without,
    "V11": _also_encoded(cut),
    "V14": impossible_prices,
    "V25": _also_encoded(twice),
}


def _restrict(venue: Venue, fault: Fault) -> None:
    """V19: every key may only read, or has these permissions, or works from these addresses alone."""
    for key in venue.keys.all():
        if "ips" in fault.params:
            venue.keys.bind(key.api_key, tuple(fault.params["ips"]))
        if "permissions" in fault.params or "ips" not in fault.params:
            venue.keys.restrict(key.api_key, tuple(fault.params.get("permissions", (READ,))))


def _revoke(venue: Venue, fault: Fault) -> None:
    """V20: every key is dead from here on."""
    for key in venue.keys.all():
        venue.keys.end(key.api_key, str(fault.params.get("code", "50119")))


def _meddle(venue: Venue, fault: Fault) -> None:
    """V23: somebody else changes leverage, sides, level or self-trade prevention, as far as it may."""
    told = {name: fault.params[name] for name in ("account_level", "self_trade") if name in fault.params}
    venue.switches = replace(venue.switches, **told)
    for user in venue.model.users:
        if "two_sided" in fault.params:
            venue.model.set_two_sided(user, bool(fault.params["two_sided"]))
        coin = fault.params.get("coin", fault.coin)
        if coin is None or "leverage" not in fault.params:
            continue
        lever, is_cross = int(fault.params["leverage"]), bool(fault.params.get("cross", True))
        refused = venue.model.set_leverage(user, str(coin), value=lever, is_cross=is_cross)
        for leg in () if refused is not None else ("long", "short", None):
            venue.set_lever(user, str(coin), CROSS if is_cross else ISOLATED, leg, lever)


def _dry_book(venue: Venue, fault: Fault) -> None:
    """V27: what triggers from here on finds an empty book; orders of clients do not."""
    for market in venue.model.markets:
        if fault.params.get("coin", market.coin) == market.coin:
            venue.dry.add(market.coin)
            venue.model.set_liquidity(market.coin, Liquidity(size=Decimal(0)))


def _maintain(venue: Venue, fault: Fault) -> None:
    """V28: maintenance of a service in an environment: announced, going on, over (another state), or none."""
    told = fault.params
    state = str(told.get("state", "ongoing"))
    venue.maintenance = (
        None
        if not state
        else Maintenance(
            state=state,
            service=str(told.get("service", "5")),
            env=str(told.get("env", "1")),
            serves=bool(told.get("serves", False)),
        )
    )


def _move_money(venue: Venue, fault: Fault) -> None:
    """V29: each account gains or loses so much: by a transfer, or told by a bill of another type (kind)."""
    told = fault.params
    bill = (str(told["kind"]), str(told.get("sub_kind", "0"))) if "kind" in told else None
    for user in venue.model.users:
        venue.move_money(user, Decimal(str(told["amount"])), bill=bill)


def _of_another(venue: Venue, fault: Fault) -> None:
    """V30: every key is of another account; one that ends at a known moment does not exist here."""
    for key in venue.keys.all():
        venue.keys.declare(replace(key, user=str(fault.params["account"])))


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": change_rules,
    "V19": _restrict,
    "V20": _revoke,
    "V23": _meddle,
    "V27": _dry_book,
    "V28": _maintain,
    "V29": _move_money,
    "V30": _of_another,
}

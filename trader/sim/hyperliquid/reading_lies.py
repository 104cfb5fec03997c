"""Lies on reads as Hyperliquid's wire tells them, and those that stand there.

Rules: the lies that all dialects share are not told here. A question is a type, a user and a coin.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from trader.sim.faults import Fault
from trader.sim.hyperliquid.flows import move
from trader.sim.hyperliquid.info_endpoint import READS
from trader.sim.hyperliquid.info_market import Body, Raw
from trader.sim.hyperliquid.info_orders import UNKNOWN
from trader.sim.hyperliquid.price_lies import impossible_prices
from trader.sim.hyperliquid.venue import AGENT_NAME, Venue
from trader.sim.reading_lies import Lies, Said, change_rules, cut, emptied


class ReadingLies(Lies[Venue]):
    """Answers the reads of one venue."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, Venue, said=_SAID, standing=_STANDING)

    def read(self, kind: str, body: Body, lies: Sequence[Fault]) -> Any:
        """The answer to one read."""
        inner = body.get("req")
        coin = str((inner if isinstance(inner, Mapping) else body).get("coin", ""))
        question = (kind, str(body.get("user", "")).lower(), coin)
        return self.told(question, lambda venue: READS[kind](venue, body), lies)


def _empty(kind: str, said: Any, fault: Fault) -> Any:
    """V8, where candles are text."""
    if isinstance(said, Raw):
        return Raw(b"[]", 0)
    return emptied(kind, said, fault, account_rows="assetPositions")


def _unknown(kind: str, said: Any, fault: Fault) -> Any:
    """V9: no such order."""
    return UNKNOWN if kind == "orderStatus" else said


_SAID: dict[str, Said] = {
    "V8": _empty,
    "V9": _unknown,
    "V11": cut,
    "V14": impossible_prices,
}


def _revoke(venue: Venue, fault: Fault) -> None:
    """V20: the named agent, or every agent there is."""
    named = fault.params.get("agent")
    for address in [str(named).lower()] if named else venue.accounts.agents():
        venue.accounts.revoke(address)


def _unify(venue: Venue, fault: Fault) -> None:
    """V22: balances move to where the perpetual account does not show them."""
    venue.abstraction = str(fault.params.get("abstraction", "unifiedAccount"))


def _maintain(venue: Venue, fault: Fault) -> None:
    """V28: the venue says something special of itself, or with an empty state no longer."""
    venue.special_status = str(fault.params.get("state", "network upgrade")) or None


def _flow(venue: Venue, fault: Fault) -> None:
    """V29: each account gains or loses so much, under the name of a kind."""
    kind = fault.params.get("kind")
    for user in venue.model.users:
        move(venue, user, Decimal(str(fault.params["amount"])), None if kind is None else str(kind))


def _reassign(venue: Venue, fault: Fault) -> None:
    """V30: each agent ends so much later, or is another account's."""
    for address in venue.accounts.agents():
        agent = venue.accounts.agent(address)
        if agent is None:
            continue
        ends_ms = agent.valid_until_ms
        if "in_ms" in fault.params:
            ends_ms = venue.now_ms + int(fault.params["in_ms"])
        changed = replace(
            agent,
            name=str(fault.params.get("name", agent.name or AGENT_NAME)),
            master=str(fault.params.get("account", agent.master)).lower(),
            valid_until_ms=ends_ms,
        )
        venue.accounts.put(changed)


def _recast(venue: Venue, fault: Fault) -> None:
    """V31: each account is said to be something else."""
    for user in venue.model.users:
        venue.roles[user] = str(fault.params.get("role", "missing"))


def _use_up(venue: Venue, fault: Fault) -> None:
    """V32: each account has sent all that it may."""
    for user in venue.model.users:
        venue.address_budget.use_up(user, volume=venue.volume(user), at_ms=venue.now_ms)


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": change_rules,
    "V20": _revoke,
    "V22": _unify,
    "V28": _maintain,
    "V29": _flow,
    "V30": _reassign,
    "V31": _recast,
    "V32": _use_up,
}

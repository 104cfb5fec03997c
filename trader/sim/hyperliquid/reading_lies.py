"""Lies on reads as Hyperliquid's wire tells them, and those that stand there.

Rules: the lies that all dialects share are not told here. A question is a type, a user and a coin.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trader.sim.faults import Fault
from trader.sim.hyperliquid.info_endpoint import READS
from trader.sim.hyperliquid.info_market import Body, Raw
from trader.sim.hyperliquid.info_orders import UNKNOWN
from trader.sim.hyperliquid.price_lies import impossible_prices
from trader.sim.hyperliquid.venue import Venue
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


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": change_rules,
    "V20": _revoke,
    "V22": _unify,
}

"""Lies on reads as Binance's wire tells them, and those that stand there.

Rules: the lies that all dialects share are not told here. A question is an endpoint, a user and all that was
asked but the time and the signature.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from trader.sim.binance.price_lies import impossible_prices
from trader.sim.binance.refusals import refused
from trader.sim.binance.requests import Asked, Endpoint
from trader.sim.binance.upkeep import SHUTTING_DOWN, require_told
from trader.sim.binance.venue import Venue
from trader.sim.faults import Fault
from trader.sim.reading_lies import Lies, Said, change_rules, cut, emptied, twice

_UNASKED = ("timestamp", "recvWindow", "signature")
_SINGLE = frozenset({"GET order", "GET openOrder", "GET algoOrder"})


class ReadingLies(Lies[Venue]):
    """Answers the reads of one venue."""

    def __init__(self, venue: Venue) -> None:
        super().__init__(venue, Venue, said=_SAID, standing=_STANDING)

    def read(self, what: str, endpoint: Endpoint, asked: Asked) -> Any:
        """The answer to one read."""
        if what in _SINGLE and any(fault.kind == "V9" for fault in asked.lies):
            raise refused(-2013)
        require_told(asked.venue, what)
        question = (what, "" if asked.key is None else asked.user, *_question(asked))
        return self.told(question, lambda venue: endpoint(_of(asked, venue)), asked.lies)


def _question(asked: Asked) -> list[str]:
    return [
        part for pair in sorted(asked.parameters.values.items()) if pair[0] not in _UNASKED for part in pair
    ]


def _of(asked: Asked, venue: Venue) -> Asked:
    """The request to another state of the venue."""
    return asked if venue is asked.venue else replace(asked, venue=venue)


_SAID: dict[str, Said] = {
    "V8": partial(emptied, account_rows="positions"),
    "V11": cut,
    "V14": impossible_prices,
    "V25": twice,
}


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


def _maintain(venue: Venue, fault: Fault) -> None:
    """V28: shutting_down, settling or, with another state, open again."""
    venue.maintenance = str(fault.params.get("state", SHUTTING_DOWN))


_STANDING: dict[str, Callable[[Venue, Fault], None]] = {
    "V15": change_rules,
    "V20": _revoke,
    "V22": _unify,
    "V23": _meddle,
    "V24": _overload,
    "V28": _maintain,
}

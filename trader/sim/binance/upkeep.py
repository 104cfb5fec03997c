"""When the venue takes nothing that could add risk: throttled, shutting down, or with every symbol settling.

Rules: orders that only reduce pass each of these, and so do readings of an account; a service that shuts down
tells nothing of the market either.
"""

from trader.sim.binance.refusals import refused
from trader.sim.binance.venue import Venue

SHUTTING_DOWN, SETTLING = "shutting_down", "settling"
_OF_MARKET = frozenset({"GET klines", "GET premiumIndex", "GET ticker/bookTicker"})


def require_open(venue: Venue, *, only_reduces: bool) -> None:
    """Refuse an order that the venue takes from nobody now."""
    if only_reduces:
        return
    if venue.now_ms < venue.overloaded_until_ms:
        raise refused(-1008, status=503)
    if venue.maintenance == SHUTTING_DOWN:
        raise refused(-1016)
    if venue.maintenance == SETTLING:
        raise refused(-4140)


def require_told(venue: Venue, what: str) -> None:
    """Refuse a reading that a service which shuts down no longer gives."""
    if venue.maintenance == SHUTTING_DOWN and what in _OF_MARKET:
        raise refused(-1016, status=503)


def is_settling(venue: Venue) -> bool:
    return venue.maintenance == SETTLING

"""Entries that rest, built from the prices of the moment like the bench's other orders."""

from decimal import Decimal

from tests.support.hyperliquid_bench import NOTIONAL, Bench
from trader.core.actions import Rest
from trader.core.identity import Role
from trader.core.market import Leg


def a_rest(
    bench: Bench,
    *,
    leg: Leg = Leg.LONG,
    distance: str = "0.02",
    post_only: bool = True,
    has_stop: bool = True,
    notional: Decimal = NOTIONAL,
) -> Rest:
    """A limit at a fraction of mark behind it; a negative one would take."""
    like, sign = bench.entry(leg=leg, has_target=False), leg.sign
    return Rest(
        coin=bench.coin,
        leg=leg,
        role=Role.ENTRY,
        size=bench.market.size_down(notional / bench.mark),
        price=bench.market.price(bench.mark * (1 - sign * Decimal(distance))),
        trigger=None,
        post_only=post_only,
        expires_ms=None,
        stop=like.stop,
        stop_bound=like.stop_bound,
        client_id=like.client_id,
        stop_id=like.stop_id if has_stop else None,
        signal_ms=like.signal_ms,
        mark=bench.mark,
        reason="a test",
    )

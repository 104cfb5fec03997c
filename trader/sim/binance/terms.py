"""What plain and conditional orders ask for in the same words: side, position side, reduceOnly, times.

Rules: in hedge mode positionSide must be LONG or SHORT and reduceOnly may not be sent; in one-way mode
positionSide is BOTH. Each refusal has the venue's own code.
"""

from decimal import Decimal

from trader.core.frozen import frozen
from trader.sim.binance.parameters import Parameters
from trader.sim.binance.positions import LEG_OF
from trader.sim.binance.refusals import Refused, missing, refused, unwanted
from trader.sim.binance.requests import Asked

_SIDES = frozenset({"BUY", "SELL"})
_STP = frozenset({"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"})
GOOD_TILL_MIN_MS = 600_000
GOOD_TILL_MAX_MS = 253_402_300_799_000


@frozen
class Direction:
    """Which way an order goes, and on which position."""

    is_buy: bool
    position_side: str
    reduce_only: bool

    @property
    def leg(self) -> str | None:
        return LEG_OF[self.position_side]

    @property
    def closes_leg(self) -> bool:
        """The closing side of one leg in hedge mode."""
        return (self.position_side, self.is_buy) in (("LONG", False), ("SHORT", True))

    @property
    def only_reduces(self) -> bool:
        return self.reduce_only or self.closes_leg


def direction_of(asked: Asked, parameters: Parameters) -> Direction:
    """Side, position side and reduceOnly, checked against the account's position mode."""
    side = parameters.required("side")
    if side not in _SIDES:
        raise refused(-1117)
    two_sided = asked.venue.is_two_sided(asked.user)
    position_side = parameters.text("positionSide") or "BOTH"
    if position_side not in LEG_OF:
        raise refused(-4060)
    if two_sided == (position_side == "BOTH"):
        raise refused(-4061)
    reduce_only = parameters.boolean("reduceOnly")
    if two_sided and reduce_only is not None:
        if reduce_only or asked.venue.switches.hedge_reduce_only_false:
            raise unwanted("reduceonly")
        reduce_only = False
    return Direction(side == "BUY", position_side, bool(reduce_only))


def reads_reduce_only(asked: Asked, direction: Direction) -> bool:
    """What the order's row says."""
    if direction.closes_leg:
        return asked.venue.switches.closing_reads_reduce_only
    return direction.reduce_only


def stp_of(parameters: Parameters) -> str:
    """How the order meets others of the same account."""
    value = parameters.text("selfTradePreventionMode") or "EXPIRE_MAKER"
    if value not in _STP:
        raise Refused(-1130, "Data sent for parameter 'selfTradePreventionMode' is not valid.")
    return value


def good_till_of(parameters: Parameters, time_in_force: str, *, now_ms: int) -> int:
    """The second an order ends, 0 where it has none; at least ten minutes ahead."""
    value = parameters.integer("goodTillDate")
    if time_in_force != "GTD":
        return 0
    if value is None:
        raise missing("goodTillDate")
    if not now_ms + GOOD_TILL_MIN_MS < value < GOOD_TILL_MAX_MS:
        raise refused(-5040)
    return value - value % 1_000


def response_is_result(parameters: Parameters) -> bool:
    """ACK is the default."""
    value = parameters.text("newOrderRespType") or "ACK"
    if value not in ("ACK", "RESULT"):
        raise Refused(-1130, "Data sent for parameter 'newOrderRespType' is not valid.")
    return value == "RESULT"


def quantity_of(parameters: Parameters) -> Decimal:
    value = parameters.decimal("quantity")
    if value is None:
        raise missing("quantity")
    return value

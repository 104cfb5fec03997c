"""Whether on cross margin all stops of an account could act before liquidation, and where they have to stand.

Pure. A venue tells where a position ends while all others stand still; coins do not. When every stop is hit
on the way, what each loses until then must leave the venue's maintenance and the margin asked for. Where it
does not, all stops of ours move towards price by the same share of their way. The room left is read off the
venue's own liquidation prices. A position without a live stop counts as standing still, and of the two legs
of a coin only the one that would lose more counts: price goes one way at a time.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.market import Slot
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.snapshot import Holdings, Position
from trader.cover import Uncovered, flaw, margin_asked, own_stops, tightest
from trader.examine import Case

_STEPS = 24  # of halving a share: to a tenth of a millionth
_ZERO, _ONE = Decimal(0), Decimal(1)


@frozen
class _Stopped:
    """One position and the level that closes it; `ours` when the level can be moved."""

    position: Position
    level: Decimal
    ours: bool

    @property
    def way(self) -> Decimal:
        """From mark to its stop."""
        return (self.position.mark - self.level) * self.position.leg.sign

    @property
    def loss(self) -> Decimal:
        return abs(self.position.size) * self.way

    def level_at(self, share: Decimal) -> Decimal:
        """Its level with this share of its way left."""
        left = self.way * (share if self.ours else _ONE)
        return self.position.mark - left * self.position.leg.sign

    def need(self, share: Decimal, policy: Policy) -> Decimal:
        """What it loses until its stop acts, and the margin that must be left behind it."""
        position, level = self.position, self.level_at(share)
        margin = margin_asked(policy.stops, entry=position.entry_price, mark=position.mark, level=level)
        return abs(position.size) * (abs(position.mark - level) + margin)


def crowded_cases(holdings: Holdings, policy: Policy) -> list[Case]:
    """Positions of ours whose stop has to move, each with the liquidation price that says so."""
    cases: list[Case] = []
    for slot, level in crowded(holdings, policy).items():
        position, mine = holdings.position_in(slot), share(holdings, slot, policy)
        if position is None or isinstance(mine, Doubt) or mine.ours == 0:
            continue
        margin = margin_asked(policy.stops, entry=position.entry_price, mark=position.mark, level=level)
        nearer = replace(position, liquidation=level - margin * position.leg.sign)
        why = "liquidation would come before the stops of all positions have acted"
        cases.append(Case(nearer, mine, Uncovered(why, overtaken=True)))
    return cases


def crowded(holdings: Holdings, policy: Policy) -> Mapping[Slot, Decimal]:
    """Where stops of ours have to stand, by slot, so that all of them act; empty where they do."""
    stopped, room = _stopped(holdings, policy), _room(holdings)
    if len(stopped) < 2 or room is None or _need(stopped, _ONE, policy) <= room:
        return {}
    low, high = _ZERO, _ONE
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _need(stopped, middle, policy) <= room else (low, middle)
    return {one.position.slot: one.level_at(low) for one in stopped if one.ours}


def _need(stopped: Sequence[_Stopped], share: Decimal, policy: Policy) -> Decimal:
    return sum((one.need(share, policy) for one in stopped), _ZERO)


def _stopped(holdings: Holdings, policy: Policy) -> list[_Stopped]:
    """Of each coin on cross margin the position that loses most until its stop."""
    worst: dict[str, _Stopped] = {}
    for position in holdings.positions:
        orders = holdings.orders_in(position.slot)
        acting = [o for o in orders if flaw(o, position, policy.stops) is None]
        if not position.cross or not acting:
            continue
        ours = bool(own_stops(acting, policy.account_tag))
        one = _Stopped(position, tightest(acting, position.leg), ours)
        before = worst.get(position.coin)
        if before is None or one.loss > before.loss:
            worst[position.coin] = one
    return list(worst.values())


def _room(holdings: Holdings) -> Decimal | None:
    """What the account may lose on cross margin before liquidation, as its liquidation prices tell."""
    held = [p for p in holdings.positions if p.cross]
    worth = sum((p.notional for p in held), _ZERO)
    rate = min(holdings.account.maintenance / worth, Decimal("0.5")) if worth > 0 else _ZERO
    rooms: list[Decimal] = []
    for position in held:
        end, sign = position.liquidation_ahead, position.leg.sign
        if end is None:
            continue
        both = [p for p in held if p.coin == position.coin]
        net = sum((p.size for p in both), _ZERO) * sign
        moving = net - rate * sign * sum((abs(p.size) for p in both), _ZERO)
        rooms.append(max(_ZERO, (position.mark - end) * sign * moving))
    return min(rooms, default=None)

"""Why an account and the replay of its own window differ: every trade of both, and each cause with its sum.

Rules: trades are the same where coin, side and signal are. What two of them differ by is split without a
rest, in exact numbers, so the lines always sum to the gap; rounded to cents they still do. What one side
alone has counts whole. Nothing here judges: a cause may cost or earn.

The split of a pair: size at the replay's prices; the entry's price up to the mark at which the order was
decided (delay), and beyond it (slippage); the exit's price as slippage in the same bar for the same reason,
as delay in another bar, and as another exit for another reason; then fees and funding as they are.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from itertools import zip_longest

from trader.core.frozen import frozen
from trader.core.market import Leg

ZERO = Decimal(0)
CENT = Decimal("0.01")
BPS = Decimal(10_000)


class Cause(StrEnum):
    """What makes a difference."""

    MISSED = "missed signals"
    FURTHER = "trades that the replay has not"
    PARTIAL = "partial fills"
    SIZE = "other sizes"
    DELAY = "delay"
    SLIPPAGE = "slippage"
    EXIT = "other exits"
    FEES = "fees"
    FUNDING = "funding"


@frozen
class Side:
    """One trade as one of the two had it; times are the open times of the strategy's bars.

    `ordered` is what its entry asked for, and `decided` the mark at which that was decided, where known.
    `fee` is paid, `funding` received.
    """

    coin: str
    leg: Leg
    signal_ms: int
    entry_bar_ms: int
    entry_price: Decimal
    exit_bar_ms: int
    exit_price: Decimal
    reason: str
    size: Decimal
    fee: Decimal
    funding: Decimal
    ordered: Decimal | None = None
    decided: Decimal | None = None

    @property
    def per_coin(self) -> Decimal:
        """What one coin earned by its prices."""
        return (self.exit_price - self.entry_price) * self.leg.sign

    @property
    def result(self) -> Decimal:
        return self.size * self.per_coin - self.fee + self.funding


@frozen
class Pair:
    """One signal as the account and as the replay had it, and what they differ by."""

    own: Side | None
    replayed: Side | None
    parts: Mapping[Cause, Decimal]

    @property
    def gap(self) -> Decimal:
        return (self.own.result if self.own else ZERO) - (self.replayed.result if self.replayed else ZERO)


@frozen
class Drift:
    """Both windows compared."""

    pairs: tuple[Pair, ...]

    @property
    def own(self) -> Decimal:
        return sum((p.own.result for p in self.pairs if p.own), ZERO)

    @property
    def replayed(self) -> Decimal:
        return sum((p.replayed.result for p in self.pairs if p.replayed), ZERO)

    @property
    def gap(self) -> Decimal:
        return self.own - self.replayed

    def lines(self) -> dict[Cause, Decimal]:
        """Each cause summed over all trades; they sum to the gap."""
        return {cause: sum((p.parts.get(cause, ZERO) for p in self.pairs), ZERO) for cause in Cause}

    def counts(self) -> dict[Cause, int]:
        """How many trades each cause touched."""
        return {cause: sum(p.parts.get(cause, ZERO) != 0 for p in self.pairs) for cause in Cause}


def compared(own: Iterable[Side], replayed: Iterable[Side]) -> Drift:
    """Every trade of both, in the order of their signals."""
    mine, theirs = _by_signal(own), _by_signal(replayed)
    pairs = [
        _pair(one, other)
        for key in sorted({*mine, *theirs}, key=lambda key: (key[2], key[0], key[1].value))
        for one, other in zip_longest(mine.get(key, ()), theirs.get(key, ()))
    ]
    return Drift(tuple(pairs))


def _by_signal(sides: Iterable[Side]) -> dict[tuple[str, Leg, int], list[Side]]:
    found: dict[tuple[str, Leg, int], list[Side]] = {}
    for side in sides:
        found.setdefault((side.coin, side.leg, side.signal_ms), []).append(side)
    return found


def _pair(own: Side | None, replayed: Side | None) -> Pair:
    if own is None:
        return Pair(None, replayed, {Cause.MISSED: -replayed.result if replayed else ZERO})
    if replayed is None:
        return Pair(own, None, {Cause.FURTHER: own.result})
    return Pair(own, replayed, split(own, replayed))


def split(own: Side, replayed: Side) -> dict[Cause, Decimal]:
    """What makes the difference of two results of one signal, without a rest."""
    sign = own.leg.sign
    asked = max(own.ordered or own.size, own.size)
    decided = replayed.entry_price if own.decided is None else own.decided
    parts = dict.fromkeys(Cause, ZERO)
    parts[Cause.PARTIAL] = (own.size - asked) * replayed.per_coin
    parts[Cause.SIZE] = (asked - replayed.size) * replayed.per_coin
    parts[Cause.DELAY] = own.size * (replayed.entry_price - decided) * sign
    parts[Cause.SLIPPAGE] = own.size * (decided - own.entry_price) * sign
    leaving = own.size * (own.exit_price - replayed.exit_price) * sign
    parts[_exit_cause(own, replayed)] += leaving
    parts[Cause.FEES] = replayed.fee - own.fee
    parts[Cause.FUNDING] = own.funding - replayed.funding
    return parts


def _exit_cause(own: Side, replayed: Side) -> Cause:
    if own.reason != replayed.reason:
        return Cause.EXIT
    return Cause.SLIPPAGE if own.exit_bar_ms == replayed.exit_bar_ms else Cause.DELAY


def in_cents(lines: Mapping[Cause, Decimal], gap: Decimal) -> tuple[dict[Cause, Decimal], Decimal]:
    """The lines and the gap to the cent, so that the rounded lines still sum to the rounded gap.

    Where rounding each apart leaves a cent over, the lines that were rounded most give way, the first named
    first.
    """
    rounded = {cause: _cents(value) for cause, value in lines.items()}
    whole = _cents(gap)
    over = int((whole - sum(rounded.values(), ZERO)) / CENT)
    step = CENT if over > 0 else -CENT
    by_error = sorted(lines, key=lambda cause: (rounded[cause] - lines[cause]) * step)
    for cause in by_error[: abs(over)]:
        rounded[cause] += step
    return rounded, whole


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, rounding=ROUND_HALF_EVEN)


@frozen
class Measured:
    """What entries at the market paid beyond the mark they were decided at, weighted by their value."""

    entries: int
    bps: Decimal


def measured_slippage(own: Sequence[Side]) -> Measured | None:
    """From entries whose mark is known; None where there are none."""
    known = [(side, side.decided) for side in own if side.decided is not None]
    value = sum((side.size * decided for side, decided in known), ZERO)
    if value == 0:
        return None
    paid = sum((side.size * (side.entry_price - decided) * side.leg.sign for side, decided in known), ZERO)
    return Measured(len(known), paid / value * BPS)

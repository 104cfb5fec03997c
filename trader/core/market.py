"""What a coin is on a venue: steps, minimums, margin tiers, and prices and sizes that obey them.

Everything sent to a venue passes through `price` and `size_down`, so a price with too many decimals
cannot be built.
"""

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from enum import StrEnum
from functools import lru_cache

from trader.core.errors import Broken, require
from trader.core.frozen import frozen


class Side(StrEnum):
    """Direction of an order."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> "Side":
        return Side.SELL if self is Side.BUY else Side.BUY


class Leg(StrEnum):
    """Direction of a position."""

    LONG = "long"
    SHORT = "short"

    @property
    def sign(self) -> int:
        return 1 if self is Leg.LONG else -1

    @property
    def opening(self) -> Side:
        return Side.BUY if self is Leg.LONG else Side.SELL

    @property
    def closing(self) -> Side:
        return self.opening.opposite


def leg_of(signed_size: Decimal) -> Leg:
    """The one place where a signed position becomes a leg."""
    require(signed_size != 0, "a flat position has no leg")
    return Leg.LONG if signed_size > 0 else Leg.SHORT


@frozen
class Slot:
    """What holds at most one position: a coin, or one leg of it in an account with two sides."""

    coin: str
    leg: Leg | None = None

    def __str__(self) -> str:
        return self.coin if self.leg is None else f"{self.coin} {self.leg.value}"


@lru_cache(maxsize=256)
def slot_at(coin: str, leg: Leg | None) -> Slot:
    """The slot of this name; every order, fill and position is asked for its own again and again."""
    return Slot(coin, leg)


class Trading(StrEnum):
    """What the venue lets one do in a coin now."""

    OPEN = "open"
    REDUCE_ONLY = "reduce_only"
    CLOSED = "closed"


@frozen
class MarginTier:
    """From this notional on, at most this leverage; None: maintenance is half of what that leverage asks.

    `size_min` is set where the venue counts tiers in coins: the tier's rate then holds for all that is held,
    and `notional_min` is what so many coins were worth at mark.
    """

    notional_min: Decimal
    leverage_max: int
    maintenance: Decimal | None = None
    size_min: Decimal | None = None

    @property
    def maintenance_rate(self) -> Decimal:
        return Decimal(1) / (2 * self.leverage_max) if self.maintenance is None else self.maintenance


@frozen
class Market:
    """One coin's rules on one venue; sizes are in coins.

    `contract` is how much of the coin one contract is, where the venue counts in contracts: only adapters
    convert. `tick` is the price step where it is not a power of ten of its own. `limit_band` is how far from
    mark a limit may stand, as a fraction.
    """

    coin: str
    number: int
    lot: Decimal
    price_decimals_max: int
    notional_min: Decimal
    tiers: tuple[MarginTier, ...]
    price_figures_max: int | None = None
    cross_allowed: bool = True
    trading: Trading = Trading.OPEN
    contract: Decimal = Decimal(1)
    size_min: Decimal = Decimal(0)
    tick: Decimal | None = None
    limit_band: Decimal | None = None

    @property
    def leverage_max(self) -> int:
        return self.tiers[0].leverage_max

    def price_step(self, near: Decimal) -> Decimal:
        """The distance between two allowed prices around `near`."""
        if self.tick is not None:
            return self.tick
        step = Decimal(1).scaleb(-self.price_decimals_max)
        if self.price_figures_max is None or near <= 0:
            return step
        figures_step = Decimal(1).scaleb(near.adjusted() + 1 - self.price_figures_max)
        return max(step, min(figures_step, Decimal(1)))

    def price(self, value: Decimal, rounding: str = ROUND_HALF_UP) -> Decimal:
        """The nearest price the venue accepts; never zero or negative."""
        if not (value.is_finite() and value > 0):
            raise Broken(f"{self.coin}: {value} is not a price")
        step = self.price_step(value)
        rounded = (value / step).to_integral_value(rounding=rounding) * step
        if rounded <= 0:
            rounded = step
        if self.tick is not None:
            return rounded
        return rounded.quantize(step) if step < 1 else rounded.quantize(Decimal(1))

    def price_up(self, value: Decimal) -> Decimal:
        return self.price(value, ROUND_CEILING)

    def price_down(self, value: Decimal) -> Decimal:
        return self.price(value, ROUND_FLOOR)

    def size_down(self, value: Decimal) -> Decimal:
        """The largest size in whole lots that is not above `value`."""
        if not (value.is_finite() and value >= 0):
            raise Broken(f"{self.coin}: {value} is not a size")
        return (value / self.lot).to_integral_value(rounding=ROUND_DOWN) * self.lot

    def size_to_close(self, size: Decimal, *, trims: bool) -> Decimal:
        """So much of a position in whole lots, which it need not be where the venue has made its lots larger.

        Upwards where a close that is too large is cut to the position (`trims`). Less than a lot stays as it
        is, for the venue to refuse in words of its own.
        """
        whole = self.size_down(size)
        if whole == size:
            return size
        return whole + self.lot if trims else whole or size

    def tier(self, notional: Decimal) -> MarginTier:
        """The margin tier that holds at this notional."""
        found = self.tiers[0]
        for tier in self.tiers:
            if notional >= tier.notional_min:
                found = tier
        return found

    def maintenance(self, size: Decimal, notional: Decimal) -> Decimal:
        """The equity below which so much, worth `notional`, would be liquidated.

        Each part of a notional stands at the rate of its own tier, which is what a deduction for each tier
        comes to; where tiers go by coins one rate holds for all.
        """
        if self.tiers[0].size_min is not None:
            reached = [t for t in self.tiers if t.size_min is not None and size >= t.size_min]
            return notional * reached[-1].maintenance_rate
        need, rate = Decimal(0), Decimal(0)
        for tier in self.tiers:
            if notional > tier.notional_min:
                need += (notional - tier.notional_min) * (tier.maintenance_rate - rate)
                rate = tier.maintenance_rate
        return need


def exact(value: float) -> Decimal:
    """The shortest decimal that reads back as this float; the way prices leave the indicators."""
    return Decimal(repr(value))

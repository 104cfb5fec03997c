"""Bollinger entries that rest on the venue for the bar now forming: at its band, or after a confirmed signal.

Such an order is sized at its own price and may fill while no process runs. It is wanted anew at each tick
and gone when its condition is.
"""

from trader.core.target import Condition, RestingWant, Stay, WantEntry, WantResting
from trader.strategies.bollinger_ground import Ground, bands_of, entry_now, size_of, target_beyond
from trader.strategies.bollinger_params import is_reversion
from trader.strategies.opening import leg_towards
from trader.strategies.signals import is_beyond, level, side_nearer, side_outside
from trader.strategies.wording import is_price, price_text


def at_the_band(ground: Ground) -> WantResting | WantEntry | Stay:
    """`entry: resting`: an order at the band of the bar now forming."""
    bands = bands_of(ground, ground.k + 1)
    if isinstance(bands, Stay):
        return bands
    if is_reversion(ground.params):
        sign = -side_nearer(ground.candles.close[ground.k], bands.lower, bands.upper)
        name = "lower" if sign > 0 else "upper"
        signal = Condition("band", f"the {name} band is nearer, {bands.text}", True)
        refused = ground.refusal(sign, signal, ground.fits(sign))
        return refused or _limit_at(ground, sign, bands.lower if sign > 0 else bands.upper)
    sign = ground.trend
    refused = ground.refusal(sign, Condition("trend", ground.trend_told, sign != 0), ())
    return refused or _stop_entry_at(ground, sign, bands.upper if sign > 0 else bands.lower)


def _limit_at(ground: Ground, sign: int, price: float) -> WantResting | Stay:
    """A limit that waits for price; where price has reached it, it is left out for this bar."""
    mark = ground.facts.mark
    passed = not is_beyond(mark, price, -sign)
    told = f"mark {price_text(mark)} is {'before' if passed else 'at or beyond'} {price_text(price)}"
    ground.asked.append(Condition("level", told, passed))
    if not passed:
        return Stay(f"left out for this bar: {told}")
    return _resting(ground, sign, price, is_stop_entry=False, post_only=True)


def _stop_entry_at(ground: Ground, sign: int, price: float) -> WantResting | WantEntry | Stay:
    """An entry that price sets off; where it has done so already, the entry is made now."""
    mark = ground.facts.mark
    beyond = is_beyond(mark, price, sign)
    told = f"mark {price_text(mark)} is {'at or beyond' if beyond else 'before'} {price_text(price)}"
    ground.asked.append(Condition("level", f"{told}{', entered now' if beyond else ''}", True))
    if beyond:
        return entry_now(ground, sign)
    return _resting(ground, sign, price, is_stop_entry=True, post_only=False)


def after_two(ground: Ground) -> WantResting | Stay:
    """`entry: confirm`: the last two closes left their own bands on the same side."""
    k, close = ground.k, ground.candles.close
    sides = []
    told = []
    for i in (k - 1, k):
        bands = bands_of(ground, i)
        if isinstance(bands, Stay):
            return bands
        sides.append(side_outside(close[i], bands.lower, bands.upper))
        told.append(f"close {price_text(close[i])}, {bands.text}")
    outside = sides[0] if sides[0] == sides[1] else 0
    sign = -outside if is_reversion(ground.params) else outside
    what = {0: "not twice outside one band", 1: "twice above", -1: "twice below"}[outside]
    signal = Condition("band", f"{what}: {'; '.join(told)}", outside != 0)
    refused = ground.refusal(sign, signal, ground.fits(sign))
    if refused is not None:
        return refused
    price = level(close[k], sign, ground.params.entry_buffer)
    target = target_beyond(ground, sign, price)
    if isinstance(target, Stay):
        return target
    return _resting(ground, sign, price, is_stop_entry=False, post_only=False)


def _resting(
    ground: Ground, sign: int, price: float, *, is_stop_entry: bool, post_only: bool
) -> WantResting | Stay:
    size = size_of(ground)
    if isinstance(size, Stay):
        return size
    if not is_price(price):
        ground.asked.append(Condition("price", f"{price_text(price)} is not a price", False))
        return Stay(f"no order: {ground.asked[-1].told} ({ground.why})")
    order = RestingWant(
        leg=leg_towards(sign),
        price=price,
        notional=size.notional,
        size=None,
        is_stop_entry=is_stop_entry,
        post_only=post_only,
        stop=level(price, sign, -ground.params.stop),
    )
    signal_ms, frame = ground.candles.open_ms[-1], ground.candles.frame_ms
    return WantResting((order,), signal_ms, signal_ms + 2 * frame, f"{ground.why}{size.cut}")

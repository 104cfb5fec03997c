"""Verdicts on bars and levels: breaks, excursions, exits that are due, levels that move.

The rules of the indicators hold here too: plain loops and plain numbers only, so that a fast backtest
compiles these very functions. `sign` is 1 for a long and -1 for a short; a fraction is added towards
profit, so a stop has a negative one.
"""

from collections.abc import Sequence

from trader.strategies.indicators import ema, is_spike

BAND_DEVIATION_MIN = 1e-10


def break_sign(top: float, bottom: float, range_high: float, range_low: float) -> int:
    """1 for a break above the range, -1 for one below, 0 for none or for both at once."""
    above = top > range_high
    below = bottom < range_low
    if above and not below:
        return 1
    if below and not above:
        return -1
    return 0


def has_volume(traded: float, mean: float, threshold: float) -> bool:
    """True when a bar traded at least `threshold` times the mean."""
    return traded >= threshold * mean


def cross_is_up(close: Sequence[float], first: int, per: int, window: int, fast: int, slow: int) -> bool:
    """True when the fast average of higher closes is above the slow one; `first` is the first base bar."""
    at = first + per - 1
    return ema(close, at, per, window, fast) > ema(close, at, per, window, slow)


def price_is_up(close: Sequence[float], first: int, per: int, window: int, slow: int) -> bool:
    """True when the last higher close is above its slow average; `first` is the first base bar."""
    at = first + per - 1
    return close[at + (window - 1) * per] > ema(close, at, per, window, slow)


def is_trending(efficiency: float, threshold: float) -> bool:
    """True for the trend regime, false for the range regime."""
    return efficiency > threshold


def side_outside(price: float, lower: float, upper: float) -> int:
    """1 above the upper band, -1 below the lower one, 0 between them or on one."""
    if price > upper:
        return 1
    if price < lower:
        return -1
    return 0


def side_nearer(price: float, lower: float, upper: float) -> int:
    """1 when the upper band is nearer, else -1."""
    if abs(upper - price) < abs(price - lower):
        return 1
    return -1


def slope_sign(now: float, before: float) -> int:
    """1 when rising, -1 when falling, 0 for neither."""
    if now > before:
        return 1
    if now < before:
        return -1
    return 0


def has_bands(deviation: float) -> bool:
    """False where closes hardly move: bands around them would be noise."""
    return deviation >= BAND_DEVIATION_MIN


def is_worth_following(new: float, live: float, move_min: float) -> bool:
    """True when a target differs from the live one by more than the fraction `move_min` of that."""
    return abs(new - live) > move_min * live


def level(price: float, sign: int, fraction: float) -> float:
    """The price that lies `fraction` towards profit from `price`."""
    return price * (1.0 + sign * fraction)


def is_beyond(price: float, limit: float, sign: int) -> bool:
    """True when price stands at the limit or past it towards profit."""
    return sign * (price - limit) >= 0.0


def nearer_target(one: float, other: float, sign: int) -> float:
    """Of two targets, the one that price reaches first."""
    if sign * (other - one) < 0.0:
        return other
    return one


def is_tighter_stop(new: float, old: float, sign: int) -> bool:
    """True when the new stop lies strictly nearer to profit than the old one."""
    return sign * (new - old) > 0.0


def best_price(
    high: Sequence[float], low: Sequence[float], first: int, last: int, entry: float, sign: int
) -> float:
    """The best price for the position from bar `first` to `last`, and never worse than its entry."""
    best = entry
    for i in range(first, last + 1):
        reached = high[i] if sign > 0 else low[i]
        if sign * (reached - best) > 0.0:
            best = reached
    return best


def best_believed_price(
    high: Sequence[float], low: Sequence[float], first: int, last: int, entry: float, sign: int
) -> float:
    """As `best_price` without bars too wide to be believed: one print must not move a stop, then or later."""
    best = entry
    for i in range(first, last + 1):
        reached = high[i] if sign > 0 else low[i]
        if sign * (reached - best) > 0.0 and not is_spike(high, low, i):
            best = reached
    return best


def excursion(best: float, entry: float, sign: int) -> float:
    """How far the best price lay in the position's favour, as a fraction of the entry price."""
    return sign * (best - entry) / entry


def break_even(entry: float, sign: int, taker: float) -> float:
    """The price at which both taker fees are earned back; a ratcheted stop is never worse."""
    return level(entry, sign, 2.0 * taker)


def ratchet_stop(best: float, entry: float, sign: int, distance: float, taker: float) -> float:
    """Where a ratchet puts the stop: behind the best price, and at break-even or better."""
    trailing = level(best, sign, -distance)
    floor = break_even(entry, sign, taker)
    if is_tighter_stop(floor, trailing, sign):
        return floor
    return trailing


def is_worth_moving(new: float, old: float, sign: int, move_min: float) -> bool:
    """True when the stop would tighten by at least the fraction `move_min` of the old one."""
    return is_tighter_stop(new, old, sign) and sign * (new - old) >= move_min * old


def bars_held(k_ms: int, entry_ms: int, frame_ms: int) -> int:
    """How many bars from the entry's bar to the bar that opened at `k_ms`, both counted."""
    return (k_ms - (entry_ms - entry_ms % frame_ms)) // frame_ms + 1


def recheck_count(held: int, every: int) -> int:
    """How many regime re-checks a position of so many bars has had: at bars e+every-1, e+2*every-1, ..."""
    if held < every:
        return 0
    return held // every


def spread_bps(fast: float, slow: float) -> float:
    """How far the fast average is above the slow one."""
    return (fast - slow) / slow * 1e4


def direction_walked(
    fast: Sequence[float],
    slow: Sequence[float],
    strength: Sequence[float],
    begin: int,
    strength_min: float,
    spread_min_bps: float,
) -> int:
    """Where the market goes at the last bar, walked from nowhere through every bar from `begin` on."""
    direction = 0
    for i in range(begin, len(strength)):
        spread = spread_bps(fast[i], slow[i])
        direction = direction_after(direction, strength[i], spread, strength_min, spread_min_bps)
    return direction


def direction_after(
    direction: int, strength: float, spread: float, strength_min: float, spread_min_bps: float
) -> int:
    """1 up, -1 down or 0 after one more bar: 0 without strength, and inside the band what it was before."""
    if strength < strength_min:
        return 0
    if abs(spread) < spread_min_bps:
        return direction
    if spread > 0.0:
        return 1
    return -1

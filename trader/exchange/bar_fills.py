"""What one whole bar does to an order or a position: the rules of a backtest, each said once.

Rules: plain numbers in and out, no container, no text, so that a fast backtest compiles these very functions
and the replay calls them. `sign` is 1 for a long and -1 for a short. `opened, high, low` are the bar of last
prices, `fires_open, fires_high, fires_low, fires_close` the bar that triggers: of marks, or the same again. A
fill's price leaves here before slippage. An outcome is (code, price, undecidable): the last is true when the
bar alone cannot say what came first and the other order would have ended differently.

Why whole bars: inside a bar nobody knows the order of prices, so each answer to that question is a stated
assumption of the fill model, and nothing else decides it. `sqrt` is rounded the same everywhere, a power of
one half is not: compiled and interpreted it differs in the last place for one number in a thousand.
"""

from math import sqrt

NOTHING = 0
STOP = 1
TARGET = 2


def is_past(price: float, limit: float, sign: int) -> bool:
    """True when price stands at the limit or beyond it in the direction of `sign`."""
    return sign * (price - limit) >= 0.0


def better(one: float, other: float, sign: int) -> float:
    """Of two prices at which a position is left, the one that leaves it with more."""
    return one if sign * (one - other) >= 0.0 else other


def worse(one: float, other: float, sign: int) -> float:
    """Of two prices at which a position is left, the one that leaves it with less."""
    return one if sign * (one - other) <= 0.0 else other


def inside(price: float, low: float, high: float) -> float:
    """The price, or the nearest one that the bar had."""
    return min(max(price, low), high)


def adverse_fraction(
    slippage_bps: float, spread_bps: float, impact: float, size: float, volume: float
) -> float:
    """By how much of the price a taker pays more: slippage, half the spread, and the square root of its share
    of what the bar before the fill traded, times `impact`."""
    fraction = (slippage_bps + 0.5 * spread_bps) / 10_000.0
    if impact > 0.0:
        share = 1.0 if volume <= size else size / volume
        fraction = fraction + impact * sqrt(share)
    return fraction


def taken(price: float, side: int, adverse: float) -> float:
    """What a taker gets at a price; `side` is 1 for a buy and -1 for a sell."""
    return price * (1.0 + side * adverse)


def stop_price(level: float, reference: float, sign: int, gap_at_open: bool) -> float:
    """A stop's fill where price jumped over it to `reference`, which existed; the level may not have."""
    if gap_at_open:
        return reference
    return better(level, reference, sign)


def target_price(level: float, reference: float, sign: int, target_at_open: bool) -> float:
    """A target's fill where price jumped over it to `reference`: there, or no better than the level."""
    if target_at_open:
        return reference
    return worse(level, reference, sign)


def outcome_at_open(
    sign: int,
    stop: float,
    target: float,
    opened: float,
    fires_open: float,
    gap_at_open: bool,
    target_at_open: bool,
) -> tuple[int, float, bool]:
    """What the first price of a bar does to a position that was open before it."""
    if is_past(fires_open, stop, -sign):
        return STOP, stop_price(stop, opened, sign, gap_at_open), False
    if is_past(fires_open, target, sign):
        return TARGET, target_price(target, opened, sign, target_at_open), False
    return NOTHING, 0.0, False


def outcome_of_passed_entry(
    sign: int, stop: float, opened: float, fires_open: float
) -> tuple[int, float, bool]:
    """What an open does to an entry that waited and was filled by it: beyond its stop it leaves there."""
    if is_past(opened, stop, -sign) and is_past(fires_open, stop, -sign):
        return STOP, opened, False
    return NOTHING, 0.0, False


def outcome_inside(
    sign: int,
    stop: float,
    target: float,
    high: float,
    low: float,
    fires_high: float,
    fires_low: float,
    gap_at_open: bool,
    target_at_open: bool,
    stop_first: bool,
) -> tuple[int, float, bool]:
    """What a bar does, after its first price, to a position that is open all along."""
    against, along = (fires_low, fires_high) if sign > 0 else (fires_high, fires_low)
    stopped = is_past(against, stop, -sign)
    reached = is_past(along, target, sign)
    if stopped and (stop_first or not reached):
        return STOP, stop_price(stop, inside(stop, low, high), sign, gap_at_open), reached
    if reached:
        return TARGET, target_price(target, inside(target, low, high), sign, target_at_open), stopped
    return NOTHING, 0.0, False


def outcome_after_entry(
    sign: int,
    stop: float,
    target: float,
    high: float,
    low: float,
    fires_high: float,
    fires_low: float,
    fires_close: float,
    came_against: bool,
    gap_at_open: bool,
    target_at_open: bool,
    stop_first: bool,
) -> tuple[int, float, bool]:
    """What the rest of a bar does to a position that was entered inside it.

    `came_against`: price came to the entry moving against the position (a limit), so that a stop beyond it
    is met later for certain, and a target perhaps before; else (a stop entry) the other way round. The close
    is later than the entry for certain. A target that perhaps came before the entry, with no stop in the bar,
    is met in no model: whoever took it there could end worse than whoever waits.
    """
    against, along = (fires_low, fires_high) if sign > 0 else (fires_high, fires_low)
    stop_seen = is_past(against, stop, -sign)
    target_seen = is_past(along, target, sign)
    stop_sure = stop_seen and (came_against or is_past(fires_close, stop, -sign))
    target_sure = target_seen and (not came_against or is_past(fires_close, target, sign))
    kind_code = TARGET if target_sure or (target_seen and stop_seen) else (STOP if stop_sure else NOTHING)
    hard_code = STOP if stop_seen else (TARGET if target_sure else NOTHING)
    code = hard_code if stop_first else kind_code
    undecidable = kind_code != hard_code or (target_seen and not target_sure)
    if code == STOP:
        return STOP, stop_price(stop, inside(stop, low, high), sign, gap_at_open), undecidable
    if code == TARGET:
        return TARGET, target_price(target, inside(target, low, high), sign, target_at_open), undecidable
    return NOTHING, 0.0, undecidable


def limit_entry(
    sign: int, price: float, opened: float, high: float, low: float, through: bool
) -> tuple[bool, float, bool]:
    """(filled, price, at the open) of a limit that waits through a bar; one that the open has passed fills
    there in every model."""
    if is_past(opened, price, -sign):
        return True, opened, True
    met = low if sign > 0 else high
    if sign * (met - price) < 0.0 or (not through and met == price):
        return True, price, False
    return False, 0.0, False


def stop_entry(
    sign: int,
    price: float,
    opened: float,
    high: float,
    low: float,
    fires_open: float,
    fires_high: float,
    fires_low: float,
    gap_at_open: bool,
) -> tuple[bool, float, bool]:
    """(filled, price, at the open) of an entry that price sets off while it waits through a bar.

    A gap costs an entry as it costs a stop: entering is better the lower a long and the higher a short.
    """
    if is_past(fires_open, price, sign):
        return True, stop_price(price, opened, -sign, gap_at_open), True
    along = fires_high if sign > 0 else fires_low
    if is_past(along, price, sign):
        return True, stop_price(price, inside(price, low, high), -sign, gap_at_open), False
    return False, 0.0, False


def funding_paid(sign: int, size: float, price: float, rate: float, adverse: bool) -> float:
    """What a position receives at a funding instant, negative where it pays; a positive rate is paid by
    longs. Adverse: whoever holds pays."""
    flow = -sign * size * price * rate
    if adverse and flow > 0.0:
        return -flow
    return flow

"""Prices to the tick and sizes to the lot, as the program's decimals round them, in doubles.

Rules: compiled. A step is a whole number over a whole number (`num / den`), so a multiple of it is one
division of exact numbers and therefore the double nearest to the decimal. A double is compared with such a
border as if it were the shortest decimal that reads back as it: of two decimals with at most 15 digits the
doubles differ when they differ, so equal doubles are a tie. Where a border has more digits than that and the
double lies on it, nothing is known and the answer is UNDECIDED; the study then needs the replay.
"""

from math import floor

UNDECIDED = -1.0
EXACT_MAX = 1e15  # whole numbers of at most 15 digits
CLOSE = 2e-15  # relative: doubles nearer than this may be neighbours of one decimal
DIGITS_MAX = 15
POWERS = (
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18
)  # fmt: skip


def step_den(value: float, den: float, decimals: int, figures: int) -> float:
    """The denominator of the price step near a value: that of the tick, or of its significant figures."""
    if figures == 0:
        return den
    places = figures - 1
    while places > 0 and value >= POWERS[figures - places]:
        places = places - 1
    if places == figures - 1 and value < 1.0:
        while places < decimals and value < 1.0 / POWERS[places - figures + 1]:
            places = places + 1
    if places > decimals:
        places = decimals
    return POWERS[places]


def nearest_steps(value: float, num: float, den: float) -> float:
    """How many steps the nearest multiple is, half up; at least one."""
    n = float(floor(value * den / num + 0.5))
    while value >= (2.0 * n + 1.0) * num / (2.0 * den):
        n = n + 1.0
    while value < (2.0 * n - 1.0) * num / (2.0 * den):
        n = n - 1.0
    if n < 1.0:
        return 1.0
    return n


def nearest_price(value: float, num: float, den: float, decimals: int, figures: int) -> float:
    """The nearest price the venue accepts."""
    at = step_den(value, den, decimals, figures)
    return nearest_steps(value, num, at) * num / at


def whole_digits(value: float) -> tuple[float, float]:
    """(m, d) with value = m / d as its shortest decimal, or (UNDECIDED, 1) where that has over 15 digits."""
    for places in range(DIGITS_MAX + 1):
        m = float(floor(value * POWERS[places] + 0.5))
        if m >= EXACT_MAX:
            break
        if m / POWERS[places] == value:
            return m, POWERS[places]
    return UNDECIDED, 1.0


def bound_price(
    close: float,
    sign: int,
    factor_num: float,
    factor_den: float,
    num: float,
    den: float,
    decimals: int,
    figures: int,
) -> float:
    """close times factor, to the tick towards the close: down for a long, up for a short; or UNDECIDED."""
    m, d = whole_digits(close)
    exact = m >= 0.0 and m * factor_num < EXACT_MAX
    raw = m * factor_num / (d * factor_den) if exact else close * (factor_num / factor_den)
    at = step_den(raw, den, decimals, figures)
    n = float(floor(raw * at / num + 0.5))
    border = n * num / at
    if abs(raw - border) <= CLOSE * raw and not exact:
        return UNDECIDED
    if sign > 0 and border > raw:
        n = n - 1.0
    if sign < 0 and border < raw:
        n = n + 1.0
    if n < 1.0:
        n = 1.0
    return n * num / at


def lots_worth(
    notional: float, price: float, num: float, den: float, lot_num: float, lot_den: float
) -> float:
    """The most whole lots that cost no more than the notional at a price of whole steps; or UNDECIDED."""
    steps = float(floor(price * den / num + 0.5))
    unit = lot_num * steps * num
    per = lot_den * den
    n = float(floor(notional / (unit / per)))
    for _ in range(4):
        if is_unclear(n * unit, per, notional) or is_unclear((n + 1.0) * unit, per, notional):
            return UNDECIDED
        if n * unit / per > notional:
            n = n - 1.0
        elif (n + 1.0) * unit / per <= notional:
            n = n + 1.0
        else:
            break
    if n < 0.0:
        return 0.0
    return n


def is_unclear(whole: float, per: float, value: float) -> bool:
    """True where a border has too many digits for the value beside it."""
    return whole >= EXACT_MAX and abs(whole / per - value) <= CLOSE * value

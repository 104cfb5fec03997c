"""The venue's numbers for "no", and what each means for a decision.

A number that is not listed is OTHER: still a refusal, with no conclusion drawn from its reason. Numbers that
say "perhaps done" stand here too, so that no table takes them for a refusal.
"""

from collections.abc import Mapping

from trader.core.orders import Refusal, Rejected
from trader.venues.strict import shown

MAYBE_DONE = frozenset({-1000, -1006, -1007})
"""An unknown error, an unexpected answer of a part of the venue, a time-out: it may have been executed."""
ALREADY_SO = frozenset({-4046, -4059})
"""Margin type or position side is what was asked for."""
SIDE_CODES = frozenset({-1106, -4060, -4061, -4062})
"""The account's sides are not what this program believes they are."""
CLOCK_CODES = frozenset({-1021, -5028})
DENIED_CODES = frozenset({-1002, -1022, -2014, -2015})
_BUG = -4120

_CODES: Mapping[Refusal, tuple[int, ...]] = {
    Refusal.WOULD_TRIGGER: (-2021, -4142),
    Refusal.NOTHING_MATCHED: (-2020, -4131, -5021),
    Refusal.MARGIN: (-2018, -2019, -2027, -2028),
    Refusal.REDUCE_ONLY: (-2022, -2024, -4118, -4509),
    Refusal.POST_ONLY: (-5022,),
    Refusal.GONE: (-2011, -2013, -4117),
    Refusal.BUDGET: (-1003, -1008, -1015),
    Refusal.DUPLICATE: (-4116, -4130),
    Refusal.EXPIRED: tuple(CLOCK_CODES),
    Refusal.DENIED: (*DENIED_CODES, -4087, -4088),
    Refusal.UNSENT: (-1001,),
    Refusal.RULE: (
        *range(-1106, -1099),
        *(-1111, -1127, -1128, -1130, *range(-1121, -1113)),
        *(-2025, -2026, *range(-4016, -4000), -4023, -4024, -4028, -4045, -4047, -4048),
        *(-4060, -4061, -4062, -4067, -4068, _BUG, *range(-4141, -4134), -4161, -4164, -4165, -4168),
        *(-4192, -4210, -4211, -4400, -4401, *range(-5027, -5023), -5029, *range(-5041, -5036), -5043, -5047),
    ),
}
REFUSALS: Mapping[int, Refusal] = {code: refusal for refusal, codes in _CODES.items() for code in codes}


def refusal(code: int, message: str) -> Rejected:
    """A refusal in the venue's words, with its meaning."""
    words = f"{code} {shown(message)}"
    if code == _BUG:
        words = f"a conditional order went to the book of plain ones, a bug of this program: {words}"
    return Rejected(REFUSALS.get(code, Refusal.OTHER), words)

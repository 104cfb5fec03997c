"""The venue's numbers for "no", and what each means for a decision.

OTHER are numbers that the venue documents and from which nothing is concluded. One that is not listed is
UNFAMILIAR: still a refusal, but the venue is no longer the one that this program was written for. Numbers
that say "perhaps done" stand here too, so that no table takes them for a refusal.
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
DENIED_CODES = frozenset({-1002, -1005, -1011, -1022, -1099, -2014, -2015, -2017})
CLOSED_CODES = frozenset({-1016})
"""The service takes nothing from anybody."""
BUSY_CODES = frozenset({-1008})
SURELY_NOT = "Service Unavailable."
"""The one sentence without a number that comes with a 503 and means that nothing was done."""
MOVED = -4120
"""Another endpoint takes this order now: what this program knows of the venue has become old."""

_CODES: Mapping[Refusal, tuple[int, ...]] = {
    Refusal.WOULD_TRIGGER: (-2021, -4142),
    Refusal.NOTHING_MATCHED: (-2020, -4131, -5021),
    Refusal.MARGIN: (-2018, -2019, -2027, -2028),
    Refusal.REDUCE_ONLY: (-2022, -2024, -4118, -4509),
    Refusal.POST_ONLY: (-5022,),
    Refusal.GONE: (-2011, -2013, -4117),
    Refusal.BUDGET: (-1003, *BUSY_CODES, -1015),
    Refusal.DUPLICATE: (-4116, -4130),
    Refusal.EXPIRED: tuple(CLOCK_CODES),
    Refusal.DENIED: (*DENIED_CODES, -4087, -4088),
    Refusal.UNSENT: (-1001, *CLOSED_CODES),
    Refusal.RULE: (
        *range(-1106, -1099),
        *(-1111, -1127, -1128, -1130, *range(-1121, -1113)),
        *(-2025, -2026, *range(-4016, -4000), -4023, -4024, -4028, -4045, -4047, -4048),
        *(-4060, -4061, -4062, -4067, -4068, *range(-4141, -4134), -4161, -4164, -4165, -4168),
        *(-4192, -4210, -4211, -4400, -4401, *range(-5027, -5023), -5029, *range(-5041, -5036), -5043, -5047),
    ),
    Refusal.OTHER: (
        *(-1004, -1010, -1013, -1014, -1020, -1023, -1108, -1109, -1110, -1112, -1113, -1122, -1125, -1126),
        *(-1136, -2010, -2012, -2016, -2023, -4000, *range(-4022, -4016), -4025, -4026, -4027),
        *(*range(-4033, -4028), -4044, *range(-4058, -4048), *range(-4066, -4062), *range(-4086, -4068)),
        *(-4104, -4114, -4115, -4144, -4167, *range(-4172, -4168), -4183, -4184, -4202, -4203, -4205, -4206),
        *(-4208, -4209, -4402, -4403, -4531),
    ),
}
REFUSALS: Mapping[int, Refusal] = {code: refusal for refusal, codes in _CODES.items() for code in codes}


def refusal(code: int, message: str) -> Rejected:
    """A refusal in the venue's words, with its meaning."""
    words = f"{code} {shown(message)}"
    if code == MOVED:
        words = f"the venue no longer takes this order where this program sends it: {words}"
    return Rejected(REFUSALS.get(code, Refusal.UNFAMILIAR), words)

"""Whatever may come instead of an answer, with what a reading must make of it.

Rules: loss and busy servers are Unavailable, a closed door is Denied, anything that is no whole answer is
Malformed. The fields that can be damaged are each venue's own.
"""

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.sim.faults import Fault

Damage = tuple[Fault, type[TraderError]]

IN_PLACE_OF_AN_ANSWER: tuple[Damage, ...] = (
    (Fault("H1", times=0), Unavailable),
    (Fault("H2", times=0, params={"status": 429}), Unavailable),
    (Fault("H2", times=0, params={"status": 403}), Denied),
    (Fault("H4", times=0), Unavailable),
    (Fault("H9", times=0), Unavailable),
    (Fault("H10", times=0), Unavailable),
    (Fault("H11", times=0), Malformed),
    (Fault("H15", times=0, params={"body": "null"}), Malformed),
    (Fault("H15", times=0, params={"body": ""}), Malformed),
    (Fault("T2", times=0), Unavailable),
    (Fault("T7", times=0), Unavailable),
)


def damaged(*fields: tuple[str, str]) -> list[Damage]:
    """All of them, and answers that are cut, no text, or wrong in a field: (how, which)."""
    variants = (("cut", ""), ("invalid_utf8", ""), *fields)
    faults = [
        Fault("H14", times=0, params={"variant": variant, "field": field}) for variant, field in variants
    ]
    return [*IN_PLACE_OF_AN_ANSWER, *((fault, Malformed) for fault in faults)]

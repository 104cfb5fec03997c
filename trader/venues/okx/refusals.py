"""The venue's codes for "no", and what each means for a decision.

* A code is definite when it is named here or belongs to a family that is only ever a refusal; every other one
  leaves it open whether the venue acted.
* `MAY_HAVE_HAPPENED` are the venue's own words for "timed out" and "system error": never a refusal.
"""

from collections.abc import Mapping

from trader.core.orders import Refusal, Rejected, Unknown
from trader.venues.strict import shown

IS_STALE = "50102"
# 51412: the order was triggered, or the cancellation timed out: the code says either.
MAY_HAVE_HAPPENED = frozenset({"50001", "50004", "50013", "50026", "50040", "51054", "51149", "51412"})
IS_DENIED = frozenset({"50035", "50038", "50100", "50101"})
_FAMILIES = (("501", Refusal.DENIED), ("51", Refusal.OTHER), ("54", Refusal.RULE), ("59", Refusal.RULE))
_CODE_CHARACTERS = 5

_BY_MEANING: Mapping[Refusal, str] = {
    # Closing a long or a short, a stop or a target, on last (5127x), mark or index (5130x).
    Refusal.WOULD_TRIGGER: "51277 51278 51279 51280 51300 51302 51303 51304 51305 51306 51307 51308",
    Refusal.DUPLICATE: "50042 50071 51016 51065 51068 51088",
    Refusal.MARGIN: "51004 51008",
    Refusal.REDUCE_ONLY: "51023 51058 51112 51148 51169 51170 51205 51206",
    Refusal.GONE: "51400 51410 51416 51503 51510 51527 51603",
    Refusal.EXPIRED: "50036 50037 50102",
    Refusal.BUDGET: "50011 50061 51113",
    Refusal.DENIED: " ".join(sorted(IS_DENIED)),
    Refusal.RULE: "50000 50002 50006 50014 50015 50016 50024 51000 51001 51005 51006 51007 51010 51020 "
    "51046 51047 51048 51049 51050 51051 51052 51053 51071 51100 51102 51103 51115 51121 51137 51138 51174 "
    "51201 51202 51250 51252 51261 51275 51276 51298 51299 51327 51328 51329 51330 51331 51332 51333 "
    "51513 51523 51524 51526 51528 51532",
}
CODES: Mapping[str, Refusal] = {code: kind for kind, codes in _BY_MEANING.items() for code in codes.split()}


def meaning(code: str) -> Refusal | None:
    """What a code refuses; None where it does not say that nothing happened.

    Some codes come with a suffix that narrows them down, as in `51008_1000`.
    """
    plain = code.partition("_")[0]
    if plain in MAY_HAVE_HAPPENED or len(plain) != _CODE_CHARACTERS or not plain.isdigit():
        return None
    known = CODES.get(plain)
    if known is not None:
        return known
    return next((kind for start, kind in _FAMILIES if plain.startswith(start)), None)


def judged(code: str, message: str) -> Rejected | Unknown:
    """A code of a write in the venue's words, with its meaning."""
    said = f"{shown(code)} {shown(message)}".strip()
    kind = meaning(code)
    return (
        Unknown(f"the venue says {said}, which leaves open whether it acted")
        if kind is None
        else Rejected(kind, said)
    )

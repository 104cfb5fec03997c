"""The venue's codes for "no", and what each means for a decision.

* A code is definite when it is named here or belongs to a family that is only ever a refusal; every other one
  leaves it open whether the venue acted.
* A definite code that is not named here is one that this program does not know: `UNFAMILIAR`. Codes that are
  known and lead to no conclusion are listed as such (`OTHER`). The family of the key alone is told whole,
  because each of its codes says the same: nothing is looked at before the key is taken.
* `MAY_HAVE_HAPPENED` are the venue's own words for "timed out" and "system error": never a refusal.
"""

from collections.abc import Mapping

from trader.core.orders import Refusal, Rejected, Unknown
from trader.venues.strict import shown

IS_STALE = "50102"
# 51412: the order was triggered, or the cancellation timed out: the code says either.
MAY_HAVE_HAPPENED = frozenset({"50001", "50004", "50013", "50026", "50040", "51054", "51149", "51412"})
IS_DENIED = frozenset({"50035", "50038", "50100", "50101"})
_OF_THE_KEY = "501"
_FAMILIES = ("51", "54", "59")
_CODE_CHARACTERS = 5

_BY_MEANING: Mapping[Refusal, str] = {
    # Closing a long or a short, a stop or a target, on last (5127x), mark or index (5130x).
    Refusal.WOULD_TRIGGER: "51277 51278 51279 51280 51300 51302 51303 51304 51305 51306 51307 51308",
    Refusal.DUPLICATE: "50042 50071 51016 51065 51068 51088",
    Refusal.MARGIN: "51004 51008 51119 51127 51131 51502",
    Refusal.REDUCE_ONLY: "51023 51058 51112 51148 51169 51170 51205 51206",
    Refusal.GONE: "51400 51410 51416 51503 51510 51527 51603",
    Refusal.EXPIRED: "50036 50037 50102",
    Refusal.BUDGET: "50011 50061 51113",
    Refusal.DENIED: " ".join(sorted(IS_DENIED)),
    Refusal.RULE: "50000 50002 50006 50014 50015 50016 50024 51000 51001 51005 51006 51007 51010 51020 "
    "51046 51047 51048 51049 51050 51051 51052 51053 51071 51100 51102 51103 51115 51121 51137 51138 51174 "
    "51201 51202 51250 51252 51261 51275 51276 51298 51299 51327 51328 51329 51330 51331 51332 51333 "
    "51513 51523 51524 51526 51528 51532 "
    # Limits of the platform, and settings of the account.
    "54000 54001 54008 54009 54011 54030 54031 54051 54072 54073 54074 54092 54094 59000 59001 59100 59101 "
    "59102 59103 59104 59105 59106 59107 59108 59109 59112 59113 59128 59200 59201 59216 59260 59262 59300 "
    "59301 59313 59401 59410 59411 59412 59413 59414 59642 59643 59683 59684 59686",
    Refusal.OTHER: "51002 51003 51009 51011 51012 51014 51015 51017 51018 51019 51021 51022 51024 51025 "
    "51026 51027 51028 51029 51030 51031 51072 51073 51074 51090 51091 51092 51093 51094 "
    "51095 51096 51098 51099 51101 51104 51105 51106 51107 51108 51109 51110 51111 51116 "
    "51117 51118 51120 51122 51124 51125 51126 51128 51129 51130 51132 51133 51134 51135 "
    "51136 51139 51155 51156 51159 51162 51163 51166 51185 51203 51204 51251 51253 51254 "
    "51255 51256 51257 51258 51259 51260 51262 51263 51264 51265 51267 51268 51269 51270 "
    "51271 51272 51273 51274 51321 51322 51323 51324 51325 51401 51402 51403 51404 51405 "
    "51406 51407 51408 51409 51500 51501 51506 51508 51509 51511 51600 51601 51602",
}
CODES: Mapping[str, Refusal] = {code: kind for kind, codes in _BY_MEANING.items() for code in codes.split()}


def meaning(code: str) -> Refusal | None:
    """What a code refuses; None where it does not say that nothing happened.

    Some codes come with a suffix that narrows them down, as in `51008_1000`.
    """
    plain = code.partition("_")[0]
    if plain in MAY_HAVE_HAPPENED or len(plain) != _CODE_CHARACTERS or not plain.isdigit():
        return None
    if plain.startswith(_OF_THE_KEY):
        return CODES.get(plain, Refusal.DENIED)
    return CODES.get(plain, Refusal.UNFAMILIAR if plain.startswith(_FAMILIES) else None)


def judged(code: str, message: str) -> Rejected | Unknown:
    """A code of a write in the venue's words, with its meaning."""
    said = f"{shown(code)} {shown(message)}".strip()
    kind = meaning(code)
    return (
        Unknown(f"the venue says {said}, which leaves open whether it acted")
        if kind is None
        else Rejected(kind, said)
    )

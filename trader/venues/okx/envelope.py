"""The venue's envelope: `code`, `msg` and `data`, strictly; and what anything else means for a read.

* Only code 0 with a list of rows is an answer. Garbage, an empty body or another shape concludes nothing.
* A refusal of the key is Denied; a busy, offline or throttled venue Unavailable; everything else Malformed.
* `Stale` is a request whose time stamp the venue calls too old: the clocks differ, and it was not looked at.
"""

from collections.abc import Callable, Iterator, Mapping

from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.failures import Parsed, attempted, no_answer, page_failure
from trader.venues.okx.refusals import IS_DENIED, IS_STALE, MAY_HAVE_HAPPENED
from trader.venues.strict import Row

NOT_FOUND = "51603"
_BUSY = MAY_HAVE_HAPPENED | {"50005", "50011", "50061"}
_WITHOUT_CODE = "check the key, its passphrase, its addresses and its region"
_UNKNOWN_KEY = (
    "no such key on this site: copy it again, and see that `region` names the site (global, eea or us) where "
    "the account was opened"
)
_ADVICE: Mapping[str, str] = {
    "50101": "a key of demo trading serves nothing else, and demo trading serves no other: make the key in "
    "the same place of the venue as the configuration trades in",
    "50105": "the passphrase is the one chosen when the key was made, not the login's: correct "
    "OKX_API_PASSPHRASE, or make a new key",
    "50110": "add this machine's address to the key at the venue",
    "50111": _UNKNOWN_KEY,
    "50113": "the secret does not belong to the key: copy OKX_API_SECRET again",
    "50119": _UNKNOWN_KEY,
    "50120": "the key lacks a permission: it needs read and trade, and never withdraw",
}

Rows = Iterator[tuple[Row, str]]


def code_of(answer: Answer | Lost) -> str | None:
    """The code of an answer that is the venue's own; None for a loss, a page or garbage."""
    if isinstance(answer, Lost):
        return None
    try:
        row = strict.as_row(strict.decode(answer.body, "answer"), "answer")
        return strict.text(row, "code", "answer")
    except Malformed:
        return None


def data_of(answer: Answer | Lost, what: str) -> list[object]:
    """The rows of a good answer; raises what any other one means for a read."""
    if isinstance(answer, Lost):
        raise no_answer(answer, what)
    if answer.status != 200 and code_of(answer) is None:
        raise page_failure(answer, what)
    row = strict.as_row(strict.decode(answer.body, what), what)
    code = strict.text(row, "code", what)
    if code != "0":
        raise _refused(code, strict.optional_text(row, "msg", what) or "", answer.status, what)
    if answer.status != 200:
        raise Unavailable(f"{what}: HTTP {answer.status} around code 0: it cannot be believed")
    return strict.as_list(strict.field(row, "data", what), f"{what}.data")


def read(answer: Answer | Lost, what: str, parse: Callable[[list[object]], Parsed]) -> Parsed | Unreadable:
    """What an answer says, or why it says nothing."""
    return attempted(what, lambda: parse(data_of(answer, what)))


def only_row(data: list[object], what: str) -> Row:
    """The one row of an answer about one thing."""
    if len(data) != 1:
        raise Malformed(f"{what}: {len(data)} rows where there must be one")
    return strict.as_row(data[0], f"{what}.data[0]")


def _refused(code: str, message: str, status: int, what: str) -> TraderError:
    said = f"{what}: code {strict.shown(code)} {strict.shown(message).rstrip('.')}"
    if code == IS_STALE:
        return Unavailable(f"{said}: the request's time is more than 30 s off the venue's clock")
    if code in IS_DENIED or (code.startswith("501") and len(code) == 5):
        return Denied(f"{said}; {_ADVICE.get(code, _WITHOUT_CODE)}")
    if code in _BUSY or status >= 500 or status == 429:
        return Unavailable(said)
    return Malformed(said)

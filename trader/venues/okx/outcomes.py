"""What became of a write, from its answer alone.

* Definitive only by a rule written here; everything else is Unknown, because the venue may have done it.
* Where an item has a code of its own, that one decides, whatever stands at the top.
* Accepted means taken by the venue: whether it filled, or a stop lives, is for the next reading to say.
"""

from collections.abc import Sequence

from trader.core.errors import Malformed
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.okx.refusals import judged
from trader.venues.strict import Row

_FAILED_OR_PARTLY = ("1", "2")
_SERVER_ERROR = 500


def never_sent(why: str) -> Rejected:
    """A write that did not leave this process."""
    return Rejected(Refusal.UNSENT, f"never sent: {why}")


def outcomes_of(answer: Answer | Lost, items: int, *, id_key: str | None) -> list[Outcome]:
    """One outcome for each item of a request; `id_key` names the venue's number of it (None: it has none)."""
    if isinstance(answer, Lost):
        if not answer.reached:
            refused = Rejected(Refusal.UNSENT, f"never reached the venue: {strict.shown(answer.reason)}")
            return [refused] * items
        return [Unknown(f"no answer, but it may have arrived: {strict.shown(answer.reason)}")] * items
    try:
        return _answered(answer, items, id_key)
    except Malformed as error:
        said = f"HTTP {answer.status} " if answer.status != 200 else ""
        return [Unknown(f"{said}{error}")] * items


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """Of several requests for one action: the worst, where unknown is worse than refused."""
    for kind in (Unknown, Rejected):
        for outcome in outcomes:
            if isinstance(outcome, kind):
                return outcome
    return outcomes[0]


def _answered(answer: Answer, items: int, id_key: str | None) -> list[Outcome]:
    what = "answer"
    row = strict.as_row(strict.decode(answer.body, what), what)
    code = strict.text(row, "code", what)
    if answer.status >= _SERVER_ERROR:
        said = f"HTTP {answer.status}, code {strict.shown(code)}"
        return [Unknown(f"{said}, which leaves open whether it acted")] * items
    if code != "0" and code not in _FAILED_OR_PARTLY:
        return [judged(code, strict.optional_text(row, "msg", what) or "")] * items
    rows = list(strict.rows(strict.field(row, "data", what), f"{what}.data"))
    if len(rows) != items:
        raise Malformed(f"{what}.data: {len(rows)} rows for {items} items, code {code}")
    return [_item(one, place, code, id_key) for one, place in rows]


def _item(row: Row, where: str, code: str, id_key: str | None) -> Outcome:
    if id_key is None:
        if code != "0":
            raise Malformed(f"{where}: code {code} without a code of its own")
        return Accepted()
    own = strict.text(row, "sCode", where)
    if own != "0":
        return judged(own, strict.optional_text(row, "sMsg", where) or "")
    number = strict.text(row, id_key, where)
    if not number:
        strict.wrong(number, f"{where}.{id_key}", "the number that the venue gave it")
    return Accepted(number)

"""What the venue says of the key and its account, for a person who checks them; no tick asks this.

* The right to trade includes moving money between the owner's own accounts: the venue has no right of its own
  for that, so `can_move` is not told. A key never ends at a known moment: unbound ones end unused.
* The venue tells no budget, neither used up nor left, and one process knows its own requests alone: none is
  told. How often each endpoint may be asked stands in wire.py and is kept there.
* Conditional orders are counted as rows, of each list that the venue keeps of the kinds that are used.
"""

from trader.core.access import Access
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.orders import Unreadable
from trader.core.wire import Answer, Lost
from trader.venues import strict
from trader.venues.failures import unreadable
from trader.venues.okx import asking, parse_account
from trader.venues.okx.asking import EXITS, ROWS_A_PAGE, TRIGGERS
from trader.venues.okx.envelope import data_of, read
from trader.venues.okx.numbers import number
from trader.venues.okx.wire import Wire

_WHAT = "account/config"
_PAGES_MAX = 10


def access(wire: Wire, account_id: str) -> Access:
    """The key's rights and the account's set-up; what could not be read says so."""
    answers = wire.ask([asking.config(), asking.open_algos(EXITS), asking.open_algos(TRIGGERS)])
    waiting = _waiting(wire, answers[1], answers[2])
    try:
        config = parse_account.config(data_of(answers[0], _WHAT))
    except Denied as error:
        return _unknown(Unreadable(_WHAT, str(error)), key_problem=str(error), waiting=waiting)
    except (Unavailable, Malformed) as error:
        why = unreadable(_WHAT, error)
        return _unknown(why, key_problem=why, waiting=waiting)
    return Access(
        account_problem=parse_account.other_account(config, account_id),
        can_trade="trade" in config.rights,
        can_withdraw="withdraw" in config.rights,
        is_ip_bound=Unreadable(_WHAT, "the field ip is missing", answered=True)
        if config.addresses is None
        else bool(config.addresses),
        kept=config.kept,
        kept_problem="; ".join(config.kept_problems) or None,
        conditional_orders=waiting,
    )


def _unknown(why: Unreadable, *, key_problem: str | Unreadable, waiting: int | Unreadable) -> Access:
    return Access(
        account_problem=why,
        key_problem=key_problem,
        can_trade=why,
        can_withdraw=why,
        is_ip_bound=why,
        kept=why,
        conditional_orders=waiting,
    )


def _waiting(wire: Wire, exits: Answer | Lost, triggers: Answer | Lost) -> int | Unreadable:
    """How many conditional orders wait."""
    total = 0
    for kinds, answer in ((EXITS, exits), (TRIGGERS, triggers)):
        numbers = _numbers(wire, kinds, answer)
        if isinstance(numbers, Unreadable):
            return numbers
        total += len(numbers)
    return total


def _numbers(wire: Wire, kinds: str, answer: Answer | Lost) -> frozenset[str] | Unreadable:
    """The numbers of one list, page after page."""
    what = f"orders-algo-pending {kinds}"
    found: set[str] = set()
    for _ in range(_PAGES_MAX):
        page = read(answer, what, lambda data: [number(r, "algoId", w) for r, w in strict.rows(data, what)])
        if isinstance(page, Unreadable):
            return page
        found |= set(page)
        if len(page) < ROWS_A_PAGE:
            return frozenset(found)
        answer = wire.ask([asking.open_algos(kinds, page[-1])])[0]
    return Unreadable(what, f"more than {_PAGES_MAX * ROWS_A_PAGE} conditional orders are open")

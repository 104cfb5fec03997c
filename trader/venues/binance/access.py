"""Everything that a person should know of a key and its account, asked in one round beside all trading.

Each part stands for itself: one that could not be read says so and spoils no other. A key that the venue
refuses is told as such, and then nothing else is known.
"""

from collections.abc import Mapping

from trader.core.access import Access, Budget
from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.orders import Unreadable
from trader.core.wire import Answer
from trader.venues.binance import asking, parse_account, parse_orders
from trader.venues.binance.failures import code_of, read, value_of
from trader.venues.binance.parse_account import Setup
from trader.venues.binance.refusals import DENIED_CODES
from trader.venues.binance.rights import Rights, rights
from trader.venues.binance.rounds import Rounds
from trader.venues.binance.signing import Question
from trader.venues.binance.trades import Answers, Key
from trader.venues.binance.used_weight import rate_limits
from trader.venues.failures import unreadable


def access(rounds: Rounds) -> Access:
    """What the venue says of this key, now."""
    answers = rounds.ask(_questions(rounds))
    setup = read(answers["setup", ""], "accountConfig", parse_account.setup)
    listed = read(answers["algo", ""], "openAlgoOrders", parse_orders.open_algo_orders)
    may = _rights(answers)
    account_problem, key_problem = _whose(answers, rounds.account_id)
    if account_problem is None and isinstance(setup, Setup):
        account_problem = setup.trading_problem
    return Access(
        account_problem=account_problem,
        key_problem=key_problem,
        can_trade=may.can_trade if isinstance(may, Rights) else may,
        can_withdraw=may.can_withdraw if isinstance(may, Rights) else may,
        can_move=may.can_move if isinstance(may, Rights) else may,
        is_ip_bound=may.is_ip_bound if isinstance(may, Rights) else may,
        kept=setup.kept if isinstance(setup, Setup) else setup,
        kept_problem=setup.kept_problem if isinstance(setup, Setup) else None,
        conditional_orders=listed if isinstance(listed, Unreadable) else len(listed),
        budgets=_budgets(rounds, answers),
    )


def _questions(rounds: Rounds) -> Mapping[Key, Question]:
    asked: dict[Key, Question] = {
        ("balance", ""): asking.BALANCE,
        ("setup", ""): asking.ACCOUNT_SETTINGS,
        ("algo", ""): asking.open_algo_orders(),
        ("rules", ""): asking.RULES,
    }
    if rounds.pen.has_wallet:
        asked["rights", ""] = asking.KEY_RIGHTS
    return asked


def _rights(answers: Answers) -> Rights | Unreadable | None:
    """None where the venue has no place to ask."""
    answer = answers.get(("rights", ""))
    return None if answer is None else read(answer, "apiRestrictions", rights)


def _whose(answers: Answers, meant: str) -> tuple[str | Unreadable | None, str | Unreadable | None]:
    """What is wrong with the account's name, and what with the key: the balance tells both."""
    answer = answers["balance", ""]
    try:
        told = parse_account.account_id(value_of(answer, "balance"))
    except (Unavailable, Denied, Malformed) as error:
        failed = unreadable("balance", error)
        is_of_key = isinstance(answer, Answer) and code_of(answer) in DENIED_CODES
        return failed, str(error) if is_of_key else failed
    if told == meant:
        return None, None
    return parse_account.other_account(told, meant), None


def _budgets(rounds: Rounds, answers: Answers) -> tuple[Budget, ...] | Unreadable:
    limits = read(answers["rules", ""], "exchangeInfo", rate_limits)
    if isinstance(limits, Unreadable):
        return limits
    rounds.used.limits = limits
    return rounds.used.budgets()

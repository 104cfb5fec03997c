"""What the venue says of its own state, of the key, and of the account behind it.

Rules: what the venue has no word for is not applicable; what it was asked and did not say is a failure where
money is at stake. A permission is judged by what it allows, never by what it is called.
"""

from collections.abc import Sequence

from trader.core.access import Budget
from trader.core.candles import DAY_MS
from trader.core.errors import Denied, Unavailable
from trader.core.orders import Unreadable
from trader.core.report import Exit
from trader.core.text import plural, usd, utc
from trader.doctor.findings import Finding, absent, failed, sound, unchecked, warned
from trader.doctor.reading import Seen

KEY_WARNING_MS = 14 * DAY_MS
"""Long enough to be away for a week and still make a new key in time."""


def way(problems: Sequence[str] | None) -> Finding:
    """Whether each host can be spoken to safely; None: there is none."""
    if problems is None:
        return absent("the exchange is on this machine")
    return failed("; ".join(problems)) if problems else sound("found, and its certificate is trusted")


def answers(seen: Seen) -> Finding:
    if isinstance(seen.trouble, Unavailable):
        return failed(str(seen.trouble))
    return sound("it answers")


def maintenance(seen: Seen) -> Finding:
    if seen.snapshot is None:
        return absent("what it says of maintenance was not read")
    problem = seen.snapshot.venue_problem
    return sound("it takes orders") if problem is None else failed(problem)


def clock(seen: Seen, *, skew_max_ms: int) -> Finding:
    told = f"{seen.skew_ms / 1000:+.1f} s off the venue's"
    if abs(seen.skew_ms) > skew_max_ms:
        return failed(f"{told}, more than {skew_max_ms / 1000:g} s")
    return sound(told)


def account(seen: Seen, *, named: str, has_money: bool) -> Finding:
    problem = seen.access.account_problem
    if isinstance(problem, Unreadable):
        if isinstance(seen.access.key_problem, str):
            return absent("the venue tells nothing to a key that it does not take")
        return unchecked(problem.why, has_money=has_money)
    return sound(named) if problem is None else failed(problem)


def key(seen: Seen, *, has_money: bool) -> Finding:
    problem = seen.access.key_problem
    if isinstance(problem, Unreadable):
        return unchecked(problem.why, has_money=has_money)
    return sound("the venue takes it") if problem is None else failed(problem)


def end_of_key(seen: Seen, *, now_ms: int, has_money: bool) -> Finding:
    end_ms = seen.access.key_expires_ms
    if isinstance(end_ms, Unreadable):
        return unchecked(end_ms.why, has_money=has_money)
    if end_ms is None:
        return absent("it does not end by itself, as far as the venue says")
    left_ms = end_ms - now_ms
    if left_ms <= 0:
        return failed(f"it ended {utc(end_ms)}")
    told = f"it ends {utc(end_ms)}, in {plural(left_ms // DAY_MS, 'day')}"
    return warned(told) if left_ms < KEY_WARNING_MS else sound(told)


def may_trade(seen: Seen, *, has_money: bool) -> Finding:
    can = seen.access.can_trade
    if isinstance(can, Unreadable):
        return unchecked(can.why, has_money=has_money)
    if can is None:
        return absent("the venue has no place that says so")
    return sound("it may") if can else failed("it may not trade")


def moves_no_money(seen: Seen, *, has_money: bool) -> Finding:
    """Refused whatever is at stake: a key that could withdraw is one too many on this machine."""
    parts = (("withdraw", seen.access.can_withdraw), ("transfer", seen.access.can_move))
    can = [what for what, it in parts if it is True]
    if can:
        return failed(f"it can {' and '.join(can)}")
    unread = [it.why for _, it in parts if isinstance(it, Unreadable)]
    if unread:
        return unchecked(unread[0], has_money=has_money)
    if all(it is None for _, it in parts):
        return absent("the venue has no place here that says so")
    untold = [what for what, it in parts if it is None]
    if untold:
        cannot = next(what for what, it in parts if it is False)
        return sound(f"it cannot {cannot}; whether it can {untold[0]} the venue does not say")
    return sound("it can neither withdraw nor transfer")


def bound_to_addresses(seen: Seen, *, has_money: bool) -> Finding:
    bound = seen.access.is_ip_bound
    if isinstance(bound, Unreadable):
        return unchecked(bound.why, has_money=has_money)
    if bound is None:
        return absent("keys of this venue are not bound to addresses")
    return sound("it is") if bound else warned("it works from any address")


def readable(seen: Seen) -> Finding:
    """Whether a run would see everything that it has to see."""
    if seen.snapshot is None:
        denied = isinstance(seen.trouble, Denied)
        return failed(str(seen.trouble), exit_code=Exit.DENIED if denied else None)
    held = seen.snapshot.holdings
    for part in (held.orders, held.fills):
        if isinstance(part, Unreadable):
            return failed(f"{part.what} could not be read: {part.why}")
    if not held.fills_complete:
        return failed(
            "the fills do not fit the two pages that a tick reads, so what is ours cannot be counted",
            cause="very many fills in few days",
            fix="trade less often, or leave the account to this program alone",
            exit_code=Exit.CONFIG,
        )
    positions = plural(len(held.positions), "position")
    return sound(f"equity {usd(held.account.equity)} USD, {positions}")


def kept(seen: Seen, *, needs_both_legs: Sequence[str], has_money: bool) -> Finding:
    """Whether positions and margin are kept so that the strategies of the file can trade."""
    said, problem = seen.access.kept, seen.access.kept_problem
    if isinstance(said, Unreadable):
        return unchecked(said.why, has_money=has_money)
    if problem is not None:
        return failed(problem)
    if needs_both_legs and seen.snapshot is not None and not seen.snapshot.two_sided:
        coins = ", ".join(needs_both_legs)
        return failed(
            f"{said or 'one position a coin'}, and {coins} is to hold both sides of a coin at once",
            cause="the account is in one-way (net) mode",
            fix="switch the account to hedge (long/short) mode while nothing is open",
        )
    return sound(said or "as the venue keeps every account")


def may_take_risk(seen: Seen) -> Finding:
    problem = None if seen.snapshot is None else seen.snapshot.account_problem
    return sound("nothing forbids new entries") if problem is None else failed(problem)


def conditional_orders(seen: Seen, *, has_money: bool) -> Finding:
    live = seen.access.conditional_orders
    if isinstance(live, Unreadable):
        return failed(f"{live.what} could not be read: {live.why}")
    if live is None:
        return unchecked("the venue was not asked", has_money=has_money)
    return sound(f"readable, {live} live")


def requests_left(seen: Seen, *, has_money: bool) -> Finding:
    """Whether what protects could still be sent."""
    budgets = seen.access.budgets
    if isinstance(budgets, Unreadable):
        return unchecked(budgets.why, has_money=has_money)
    if not budgets:
        return absent("the venue told no limit")
    spent = [one for one in budgets if not one.spares(0)]
    if spent:
        return failed(f"{', '.join(map(_left, spent))}: no entry is made on it")
    short = [one for one in budgets if 2 * one.left < one.limit]
    if short:
        return warned(f"{', '.join(map(_left, short))}: more is used up than a quiet tick is planned to take")
    return sound(", ".join(map(_left, budgets)))


def _left(budget: Budget) -> str:
    window = "" if budget.per_s is None else f" in {budget.per_s} s"
    return f"{budget.what}: {budget.left} of {budget.limit} left{window}"

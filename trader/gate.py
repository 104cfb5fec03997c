"""The only maker of Approved: every action passes here, and only risk can be refused.

A reduction (stop, target, close) always passes. A cancel of a stop passes only when what stays covers at
least as much at least as tightly, or when its coin is proven flat. An entry passes when every rule of
limits.py is silent; the report names the rule that was not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trader.core.actions import Action, Cancel, Close, Enter, PlaceExit, SetLeverage
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.report import Refused
from trader.core.snapshot import Holdings, Snapshot
from trader.cover import Uncovered, flaw, is_tighter, judge, own_stops
from trader.limits import ENTRY_RULES, Book, fit_before_liquidation


@dataclass(frozen=True, slots=True)
class Approved:
    """An action that passed. Made in this file and nowhere else (a test holds it)."""

    action: Action


@dataclass(frozen=True, slots=True)
class Decided:
    """What may be done and what may not."""

    approved: tuple[Approved, ...]
    refused: tuple[Refused, ...]


@dataclass
class _Tally:
    """What this call has let through so far."""

    approved: list[Approved] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)


def gate(actions: Sequence[Action], snapshot: Snapshot, policy: Policy, halted: str | None) -> Decided:
    """Judge a plan against the observation it was made from."""
    tally = _Tally()
    book = Book.of(snapshot, policy, halted)
    leverage: dict[str, SetLeverage] = {}
    for action in actions:
        match action:
            case SetLeverage():
                leverage[action.coin] = action
            case Enter():
                book = _entry(action, leverage.get(action.coin), book, tally)
            case _:
                _reduction(action, snapshot.holdings, policy, tally)
    return Decided(tuple(tally.approved), tuple(tally.refused))


def gate_repair(
    actions: Sequence[Action],
    holdings: Holdings,
    policy: Policy,
    freed: frozenset[str] = frozenset(),
) -> Decided:
    """Judge a repair; nothing in it may add risk.

    `freed` names coins whose stops may be cancelled all the same: proven flat, or loosened by hand.
    """
    tally = _Tally()
    for action in actions:
        if isinstance(action, Cancel) and action.coin in freed:
            tally.approved.append(Approved(action))
        else:
            _reduction(action, holdings, policy, tally)
    return Decided(tuple(tally.approved), tuple(tally.refused))


def resized(approved: Approved, *, size: Decimal, client_id: str) -> Approved:
    """The same approved close at the size that was just read; anything else stays as it was."""
    action = approved.action
    if not isinstance(action, Close):
        return approved
    return Approved(replace(action, size=size, client_id=client_id))


def _entry(action: Enter, leverage: SetLeverage | None, book: Book, tally: _Tally) -> Book:
    for name, rule in ENTRY_RULES.items():
        why = rule(action, book)
        if why is not None:
            tally.refused.append(Refused(action, name, why))
            return book
    fitted = fit_before_liquidation(action, book)
    if isinstance(fitted, str):
        tally.refused.append(Refused(action, "liquidation", fitted))
        return book
    if leverage is not None:
        tally.approved.append(Approved(leverage))
    tally.approved.append(Approved(fitted))
    return book.plus(fitted)


def _reduction(action: Action, holdings: Holdings, policy: Policy, tally: _Tally) -> None:
    match action:
        case PlaceExit() | Close():
            why = None
        case Cancel():
            why = _cancel_uncovers(action, holdings, policy)
        case Enter() | SetLeverage():
            why = "a repair never adds risk"
    if why is None:
        tally.approved.append(Approved(action))
    else:
        tally.refused.append(Refused(action, "cover", why))


def _cancel_uncovers(action: Cancel, holdings: Holdings, policy: Policy) -> str | None:
    """Why this cancel would loosen or remove the cover of an open position."""
    position = holdings.position(action.coin)
    stops = own_stops(holdings.orders_of(action.coin), policy.account_tag)
    gone = next((o for o in stops if o.order_id == action.order_id), None)
    if gone is None:
        return None
    if position is None:
        return f"{action.coin} is not proven flat; a stop that can only reduce costs nothing"
    mine = share(holdings, action.coin, policy)
    if isinstance(mine, Doubt):
        return f"in doubt: {mine.why}"
    whole = mine.ours == 0 or gone.position_bound or gone.size >= abs(position.size)
    size = abs(position.size if whole else mine.ours)
    stay = judge(position, size, [o for o in stops if o is not gone], policy.stops, policy.account_tag)
    if isinstance(stay, Uncovered):
        return f"the stops that stay do not cover {size} {action.coin}: {stay.why}"
    acts = flaw(gone, position, policy.stops) is None and gone.trigger is not None
    if acts and is_tighter(gone.trigger or stay.level, stay.level, position.leg):
        return f"the stop at {gone.trigger} is tighter than those that stay"
    return None

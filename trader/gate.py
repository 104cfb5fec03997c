"""The only maker of Approved: every action passes here, and only risk can be refused.

A reduction (stop, target, close) always passes, and so does a cancel of an entry. A cancel of a stop passes
only when what stays covers at least as much at least as tightly, or when its slot is proven flat; a stop is
moved in place only towards price. An entry passes when every rule of trader/rules is silent; the report names
the rule that was not.
"""

from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field, replace
from decimal import Decimal
from typing import NoReturn, final

from trader.core.abilities import Abilities
from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.errors import require
from trader.core.market import Slot
from trader.core.orders import Kind, Order
from trader.core.ownership import Doubt, share
from trader.core.policy import Policy
from trader.core.report import Refused
from trader.core.snapshot import Holdings, Snapshot
from trader.core.standing import Standing
from trader.cover import Uncovered, as_shown, flaw, is_tighter, judge, own_stops
from trader.rules import liquidation
from trader.rules.book import Book
from trader.rules.entries import ENTRY_RULES
from trader.rules.resting import REST_RULES

_SEAL = object()


@final
@dataclass(frozen=True, slots=True)
class Approved:
    """An action that passed. Made in this file and nowhere else: it cannot be replaced, copied or stored.

    The seal is known here alone, and is not kept, so that no approval lends it to another action.
    """

    action: Action
    seal: InitVar[object]

    def __post_init__(self, seal: object) -> None:
        require(seal is _SEAL, "only the gate approves")

    def __init_subclass__(cls) -> None:
        require(False, "an approval has no other kinds")

    def __reduce__(self) -> NoReturn:
        raise TypeError("an approval is neither copied nor stored")


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

    def approve(self, action: Action) -> None:
        self.approved.append(Approved(action, _SEAL))

    def refuse(self, action: Action, rule: str, why: str) -> None:
        self.refused.append(Refused(action, rule, why))


def gate(
    actions: Sequence[Action],
    snapshot: Snapshot,
    policy: Policy,
    halted: str | None,
    standing: Standing | None = None,
) -> Decided:
    """Judge a plan against the observation it was made from; `standing` where that is known already."""
    tally = _Tally()
    book = Book(snapshot, policy, halted, standing) if standing else Book.of(snapshot, policy, halted)
    leverage: dict[str, SetLeverage] = {}
    for action in actions:
        match action:
            case SetLeverage():
                leverage[action.coin] = action
            case Enter():
                book = _entry(action, leverage, book, tally)
            case Rest():
                book = _waiting(action, leverage, book, tally)
            case _:
                passed = _reduction(action, snapshot.holdings, policy, snapshot.abilities, tally)
                book = replace(book, writes=book.writes + passed)
                if isinstance(action, Cancel):
                    book = replace(book, gone=book.gone | {action.order_id})
    return Decided(tuple(tally.approved), tuple(tally.refused))


def gate_repair(
    actions: Sequence[Action],
    holdings: Holdings,
    policy: Policy,
    abilities: Abilities,
    freed: frozenset[Slot] = frozenset(),
) -> Decided:
    """Judge a repair; nothing in it may add risk.

    `freed` names slots whose stops may go or move all the same: proven flat, or loosened by hand.
    """
    tally = _Tally()
    for action in actions:
        if _is_freed(action, holdings, freed):
            tally.approve(action)
        else:
            _reduction(action, holdings, policy, abilities, tally)
    return Decided(tuple(tally.approved), tuple(tally.refused))


def resized(approved: Approved, *, size: Decimal, bound: Decimal, client_id: str) -> Approved:
    """The same approved close at the size and the price just read; anything else stays as it was."""
    action = approved.action
    if not isinstance(action, Close):
        return approved
    return Approved(replace(action, size=size, bound=bound, client_id=client_id), _SEAL)


def _entry(action: Enter, leverage: dict[str, SetLeverage], book: Book, tally: _Tally) -> Book:
    for name, rule in ENTRY_RULES.items():
        why = rule(action, book)
        if why is not None:
            tally.refuse(action, name, why)
            return book
    fitted = liquidation.fit(action, book)
    if isinstance(fitted, str):
        tally.refuse(action, "liquidation", fitted)
        return book
    return _let_through(fitted, leverage, book, tally)


def _waiting(action: Rest, leverage: dict[str, SetLeverage], book: Book, tally: _Tally) -> Book:
    for name, rule in REST_RULES.items():
        why = rule(action, book)
        if why is not None:
            tally.refuse(action, name, why)
            return book
    return _let_through(action, leverage, book, tally)


def _let_through(action: Enter | Rest, leverage: dict[str, SetLeverage], book: Book, tally: _Tally) -> Book:
    """Leverage is set once, before the first entry of its coin that passes."""
    setting = leverage.pop(action.coin, None)
    if setting is not None:
        tally.approve(setting)
        book = replace(book, writes=book.writes + 1)
    tally.approve(action)
    return book.plus(action)


def _is_freed(action: Action, holdings: Holdings, freed: frozenset[Slot]) -> bool:
    match action:
        case Cancel():
            return Slot(action.coin, action.leg) in freed
        case AmendStop():
            return holdings.slot_of(action.coin, action.leg) in freed
        case _:
            return False


def _reduction(
    action: Action, holdings: Holdings, policy: Policy, abilities: Abilities, tally: _Tally
) -> bool:
    """True when it passed; the report names the other rule."""
    match action:
        case PlaceExit() | Close():
            why = None
        case Cancel():
            why = _cancel_uncovers(action, holdings, policy, abilities)
        case AmendStop():
            why = _amend_loosens(action, holdings, policy)
        case Enter() | Rest() | SetLeverage():
            why = "a repair never adds risk"
    if why is None:
        tally.approve(action)
    else:
        tally.refuse(action, "cover", why)
    return why is None


def _live_stop(action: Cancel | AmendStop, holdings: Holdings, policy: Policy) -> Order | None:
    stops = own_stops(holdings.orders_of(action.coin), policy.account_tag)
    return next((o for o in stops if o.order_id == action.order_id), None)


def _amend_loosens(action: AmendStop, holdings: Holdings, policy: Policy) -> str | None:
    """Why this move would take a stop away from price."""
    live = _live_stop(action, holdings, policy)
    if live is None or live.trigger is None:
        return f"no live stop of ours is {action.order_id}"
    if is_tighter(action.trigger, live.trigger, action.leg):
        return None
    return f"{action.trigger} is not tighter than the live {live.trigger}"


def _cancel_uncovers(action: Cancel, holdings: Holdings, policy: Policy, abilities: Abilities) -> str | None:
    """Why this cancel would loosen or remove the cover of an open position."""
    live = _live_stop(action, holdings, policy)
    if live is None:
        return None
    slot, orders = live.slot, as_shown(holdings.orders_in(live.slot))
    position = holdings.position_in(slot)
    if position is None:
        return f"{slot} is not proven flat; a stop that can only reduce costs nothing"
    mine = share(holdings, slot, policy)
    if isinstance(mine, Doubt):
        return f"in doubt: {mine.why}"
    size = abs(mine.ours or position.size)
    stops = own_stops(orders, policy.account_tag)
    gone = next(o for o in orders if o.order_id == live.order_id)
    left = [o for o in orders if o.kind is not Kind.STOP or (o is not gone and o in stops)]
    stay = judge(position, size, left, policy.stops, policy.account_tag, abilities)
    if isinstance(stay, Uncovered):
        return f"the stops that stay do not cover {size} {slot}: {stay.why}"
    acts = flaw(gone, position, policy.stops) is None and gone.trigger is not None
    if acts and is_tighter(gone.trigger or stay.level, stay.level, position.leg):
        return f"the stop at {gone.trigger} is tighter than those that stay"
    return None

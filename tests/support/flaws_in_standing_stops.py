"""Flaws of stops that go first, come along, stand bound to a position, or are bridged: D4 and D5 by venue.

Each is planted with monkeypatch; its docstring says what is broken, and which second layer with it.
"""

from collections.abc import Sequence
from typing import Any

import pytest

from tests.support.planting import everywhere, wrapped
from trader import act as acting
from trader import examine, repair, settle
from trader.core.actions import Cancel, Enter, PlaceExit
from trader.core.orders import Absent, Found, Outcome, Refusal, Rejected
from trader.cover import Covered, own_stops
from trader.dressing import put_on
from trader.gate import gate_repair, resized
from trader.level import own_records
from trader.sending import send
from trader.venues import walk_back
from trader.venues.binance import records as binance_records
from trader.venues.okx import encode as okx_encode
from trader.venues.okx import records as okx_records
from trader.venues.okx.asking import FULL_STATES


def _stops_sent(risk: Any, *, ask_answer: bool) -> None:
    """The stops of all entries; a refusal holds its entry back only where the answer is asked."""
    abilities = risk.env.venue.abilities
    entries = [a.action for a in risk.entries() if isinstance(a.action, Enter)]
    if abilities.attach != "none" or not entries:
        return
    stops = [acting._stop_of(e, e.size) for e in entries]
    placed = send(risk.env, gate_repair(stops, risk.snapshot.holdings, risk.policy, abilities).approved)
    risk.done += placed
    refused = [d for d in placed if ask_answer and isinstance(d.outcome, Rejected)]
    risk.hold("stop_first", {d.action.coin: "refused" for d in refused})


def a_first_stop_is_not_read_back(patch: pytest.MonkeyPatch) -> None:
    """The entry follows a stop that the venue called taken, without a look whether it lives."""
    patch.setattr(acting, "_stops_first", lambda risk: _stops_sent(risk, ask_answer=True))


def an_entry_follows_a_refused_stop(patch: pytest.MonkeyPatch) -> None:
    """What became of the first stop is not asked."""
    patch.setattr(acting, "_stops_first", lambda risk: _stops_sent(risk, ask_answer=False))


def the_old_bound_stop_goes_first(patch: pytest.MonkeyPatch) -> None:
    """Where only one stop may be bound, the old one is cancelled to make room, past the gate."""
    perform = acting.act

    def cancelling(env: Any, approved: Any, snapshot: Any, policy: Any) -> acting.Acted:
        for one in (a.action for a in approved if isinstance(a.action, PlaceExit)):
            slot = snapshot.slot_of(one.coin, one.leg)
            old = own_stops(snapshot.holdings.orders_in(slot), policy.account_tag)
            env.venue.perform([Cancel.of(o, "making room") for o in old])
        return perform(env, approved, snapshot, policy)

    everywhere(patch, perform, cancelling)


def nothing_is_put_on(patch: pytest.MonkeyPatch) -> None:
    """What came with an entry, or went before it, is left to stand as it is."""
    everywhere(patch, put_on, lambda *args, **kwargs: ([], False))


def a_dead_standing_stop_keeps_its_number(patch: pytest.MonkeyPatch) -> None:
    """A standing exit is asked for once a run, and numbered by what is open alone."""

    def once(env: Any, policy: Any, holdings: Any, entries: Any, worn: Any) -> Any:
        for key in worn.tries:
            worn.tries[key] = 10
        worn.past = ()
        return put_on(env, policy, holdings, entries, worn)

    everywhere(patch, put_on, once)


def one_legs_stop_counts_for_the_other(patch: pytest.MonkeyPatch) -> None:
    """A leg counts as covered when any leg of its coin is; the side of a stop is not asked."""
    cover = examine._Reading.cover

    def counted(self: Any, position: Any, size: Any) -> Any:
        found = [cover(self, position, size)]
        legs = self.holdings.positions_of(position.coin)
        found += [cover(self, other, abs(other.size)) for other in legs if other is not position]
        return next((one for one in found if isinstance(one, Covered)), found[0])

    patch.setattr(examine._Reading, "cover", counted)


def _without_the_flag(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name != "reduceOnly"}


def exits_do_not_say_reduce_only(patch: pytest.MonkeyPatch) -> None:
    """Stops and targets of a one-way account are orders like any other."""
    patch.setattr(okx_encode, "place_exit", wrapped(okx_encode.place_exit, _without_the_flag))


def closes_do_not_say_reduce_only(patch: pytest.MonkeyPatch) -> None:
    """A close of a one-way account is an order like any other."""
    patch.setattr(okx_encode, "close", wrapped(okx_encode.close, _without_the_flag))


def the_history_of_stops_is_not_asked(patch: pytest.MonkeyPatch) -> None:
    """A stop that died is nobody's memory: neither its level nor that it is dead is known."""
    everywhere(patch, own_records, lambda *args: [])


def failed_algos_are_not_listed(patch: pytest.MonkeyPatch) -> None:
    """The history of conditional orders is read without those that failed."""
    patch.setattr(okx_records, "FULL_STATES", tuple(s for s in FULL_STATES if s != "order_failed"))


def the_algo_book_has_no_history(patch: pytest.MonkeyPatch) -> None:
    """The history of orders is read from the book of plain ones alone."""
    books = binance_records._books
    patch.setattr(binance_records, "_books", lambda coin: books(coin)[:1])


def a_dead_stop_says_nothing(patch: pytest.MonkeyPatch) -> None:
    """However many die, another one is tried, and nothing is closed."""
    patch.setattr(repair, "DEAD_TO_CLOSE", 1_000)


def closes_are_bounded_by_the_price_of_before(patch: pytest.MonkeyPatch) -> None:
    """Each attempt to close is bounded by the mark of the decision."""

    def stale(approved: Any, *, size: Any, bound: Any, client_id: str) -> Any:
        return resized(approved, size=size, bound=approved.action.bound, client_id=client_id)

    everywhere(patch, resized, stale)


def no_such_order_is_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    """An order that a look-up does not know is called failed, though its write may still be on its way."""
    told = settle.outcome_of

    def failed(action: Any, lookup: Absent | Found | Any) -> Outcome | None:
        absent = isinstance(lookup, Absent)
        return Rejected(Refusal.OTHER, "order failed") if absent else told(action, lookup)

    everywhere(patch, told, failed)


def contradictions_are_passed_over(patch: pytest.MonkeyPatch) -> None:
    """Fills that cannot have led to the position are counted back all the same."""

    def believed(*_of: Any) -> Sequence[str] | None:
        return None

    patch.setattr(walk_back, "_contradiction", believed)

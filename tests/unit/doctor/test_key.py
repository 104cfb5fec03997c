"""What is concluded from what a venue says of a key: a right is never taken for granted."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import a_snapshot
from trader.core.access import Access, Budget
from trader.core.candles import DAY_MS
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.orders import Unreadable
from trader.core.report import Exit
from trader.doctor import key
from trader.doctor.findings import Finding, State
from trader.doctor.reading import Seen

NO_ANSWER = Unreadable("account", "no answer")
NOW_MS = 1_785_600_000_000


def seen(trouble: TraderError | None = None, **access: Any) -> Seen:
    snapshot = None if trouble is not None else a_snapshot()
    return Seen(Access(**access), snapshot, trouble, (), 0, policy=None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("judge", "name", "good", "bad"),
    [
        (key.may_trade, "can_trade", True, False),
        (key.moves_no_money, "can_withdraw", False, True),
        (key.moves_no_money, "can_move", False, True),
        (key.account, "account_problem", None, "it is a vault"),
        (key.key, "key_problem", None, "it was deleted"),
    ],
)
def test_a_right_that_is_wrong_fails_and_one_that_is_not_told_is_not_sound(
    judge: Any, name: str, good: object, bad: object
) -> None:
    more: dict[str, Any] = {"named": "0x1"} if judge is key.account else {}

    def state(value: object, *, has_money: bool = True) -> State:
        said: dict[str, Any] = {name: value}
        found: Finding = judge(seen(**said), has_money=has_money, **more)
        return found.state

    assert state(good) is State.OK
    assert state(bad) is State.FAILED
    assert state(bad, has_money=False) is State.FAILED
    assert state(NO_ANSWER) is State.FAILED
    assert state(NO_ANSWER, has_money=False) is State.WARNING


def test_one_right_too_many_fails_although_the_other_is_not_told() -> None:
    found = key.moves_no_money(seen(can_withdraw=NO_ANSWER, can_move=True), has_money=False)
    assert (found.state, found.found) == (State.FAILED, "it can transfer")
    both = key.moves_no_money(seen(can_withdraw=True, can_move=True), has_money=True)
    assert both.found == "it can withdraw and transfer"


def test_what_a_venue_has_no_word_for_is_not_applicable() -> None:
    nothing = seen()
    findings = (
        key.may_trade(nothing, has_money=True),
        key.moves_no_money(nothing, has_money=True),
        key.bound_to_addresses(nothing, has_money=True),
        key.end_of_key(nothing, now_ms=NOW_MS, has_money=True),
        key.requests_left(nothing, has_money=True),
    )
    assert {f.state for f in findings} == {State.NOT_APPLICABLE}


def test_a_key_that_is_not_taken_is_told_once() -> None:
    refused = seen(account_problem=NO_ANSWER, key_problem="it was deleted")
    assert key.account(refused, named="0x1", has_money=True).state is State.NOT_APPLICABLE
    assert key.key(refused, has_money=True).state is State.FAILED


@pytest.mark.parametrize(
    ("days", "state", "said"),
    [(15, State.OK, "in 15 days"), (13, State.WARNING, "in 13 days"), (0, State.FAILED, "it ended")],
)
def test_a_key_warns_two_weeks_before_its_end(days: int, state: State, said: str) -> None:
    ends = seen(key_expires_ms=NOW_MS + days * DAY_MS)
    found = key.end_of_key(ends, now_ms=NOW_MS, has_money=True)
    assert (found.state, said in found.found) == (state, True)
    unread = seen(key_expires_ms=NO_ANSWER)
    assert key.end_of_key(unread, now_ms=NOW_MS, has_money=True).state is State.FAILED


@pytest.mark.parametrize(
    ("bound", "state"), [(True, State.OK), (False, State.WARNING), (NO_ANSWER, State.FAILED)]
)
def test_a_key_for_every_address_is_a_warning(bound: Any, state: State) -> None:
    assert key.bound_to_addresses(seen(is_ip_bound=bound), has_money=True).state is state


@pytest.mark.parametrize(
    ("used", "state"), [(50, State.OK), (51, State.WARNING), (75, State.WARNING), (76, State.FAILED)]
)
def test_a_quarter_of_each_limit_is_kept_for_protection(used: int, state: State) -> None:
    found = key.requests_left(
        seen(budgets=(Budget("a", 0, 10, 60), Budget("weight", used, 100))), has_money=True
    )
    assert found.state is state
    assert f"weight: {100 - used} of 100 left" in found.found


def test_what_a_venue_answers_decides_which_check_fails() -> None:
    down, denied, odd = seen(Unavailable("down")), seen(Denied("no")), seen(Malformed("what"))
    assert [key.answers(s).state for s in (down, denied, odd)] == [State.FAILED, State.OK, State.OK]
    assert key.readable(denied).exit_code is Exit.DENIED
    assert key.readable(odd).exit_code is None
    assert key.maintenance(odd).state is State.NOT_APPLICABLE


def test_a_part_of_the_account_that_cannot_be_read_fails() -> None:
    sound = seen()
    assert sound.snapshot is not None
    assert key.readable(sound).state is State.OK
    held = sound.snapshot.holdings
    for broken in (
        replace(held, orders=NO_ANSWER),
        replace(held, fills=NO_ANSWER),
        replace(held, fills_complete=False),
    ):
        one = replace(sound, snapshot=replace(sound.snapshot, holdings=broken))
        assert key.readable(one).state is State.FAILED


def test_stops_that_cannot_be_read_fail_whatever_is_at_stake() -> None:
    assert key.conditional_orders(seen(conditional_orders=2), has_money=True).found == "readable, 2 live"
    assert key.conditional_orders(seen(conditional_orders=NO_ANSWER), has_money=False).state is State.FAILED
    assert key.conditional_orders(seen(), has_money=True).state is State.FAILED


def test_a_clock_beyond_the_limit_fails_either_way() -> None:
    for skew_ms, state in ((5_000, State.OK), (5_001, State.FAILED), (-5_001, State.FAILED)):
        assert key.clock(replace(seen(), skew_ms=skew_ms), skew_max_ms=5_000).state is state


def test_the_way_to_the_hosts() -> None:
    assert key.way(None).state is State.NOT_APPLICABLE
    assert key.way([]).state is State.OK
    assert key.way(["x: no", "y: no"]).found == "x: no; y: no"


def test_the_way_positions_are_kept_must_serve() -> None:
    def state(*, both: tuple[str, ...] = (), **access: Any) -> State:
        return key.kept(seen(**access), needs_both_legs=both, has_money=True).state

    assert state(kept="one-way") is State.OK
    assert state(kept="spot", kept_problem="switch it") is State.FAILED
    assert state(kept="one-way", both=("BTC",)) is State.FAILED
    assert state(kept=NO_ANSWER) is State.FAILED


def test_what_the_venue_does_not_say_is_not_claimed() -> None:
    half = key.moves_no_money(seen(can_withdraw=False, can_move=None), has_money=True)
    assert half.found == "it cannot withdraw; whether it can transfer the venue does not say"
    whole = key.moves_no_money(seen(can_withdraw=False, can_move=False), has_money=True)
    assert whole.found == "it can neither withdraw nor transfer"

"""Which failures are made smaller, and how what is found reaches a person."""

from tests.support.campaign_plays import breaks_at_v3, differs, scripts
from trader.clock import SystemClock
from trader.oracle.seen import Violation
from trader.selftest.findings import findings
from trader.selftest.script import Event, Script, script_of
from trader.selftest.tally import Failure
from trader.selftest.workers import HUNG

BIG = "v1;venue={};strategy={};start=signal;seed=0x1;runs=9;plan=1.1:H1,2.3:V3,4.4:T1"


def failure(number: int, *, venue: str = "okx", strategy: str = "breakout", tier: str = "C") -> Failure:
    broken = (Violation("I1", 1, "BTC is bare"),)
    return Failure(number, tier, script_of(BIG.format(venue, strategy)), broken)


def events(script: Script) -> list[str]:
    return [event.what for event in script.events]


def test_the_first_of_each_kind_is_made_smaller() -> None:
    """A kind is what was broken, where, with which strategy; real processes are not played by a worker."""
    failures = [
        failure(0),
        failure(1),
        failure(2, venue="binance"),
        failure(3, strategy="bollinger"),
        failure(4, venue="hyperliquid", tier="D"),
    ]
    found = findings(failures, breaks_at_v3, SystemClock())
    assert [one.failure.number for one in found] == [0, 2, 3, 1, 4]
    assert [events(one.script) for one in found[:3]] == [["V3"]] * 3
    assert all(one.script == one.failure.script for one in found[3:])


def test_without_time_each_is_told_as_it_was_found() -> None:
    found = findings([failure(0)], breaks_at_v3, SystemClock(), seconds_max=0)
    assert [one.script for one in found] == [failure(0).script]
    assert findings([], breaks_at_v3, SystemClock()) == []


def test_what_hung_is_not_played_again() -> None:
    hung = Failure(0, "C", failure(0).script, (Violation(HUNG, 0, "not over after 69 s"),))
    [found] = findings([hung], breaks_at_v3, SystemClock())
    assert found.script == hung.script


def test_what_differs_is_played_by_two() -> None:
    """It is smaller when two processes still differ without its events."""
    script = Script(next(scripts(1)).cell, "signal", 1, runs=1, events=(Event(1, 1, "H1"),))
    differing = Failure(0, "C", script, (Violation("I16", 0, "not the same"),))
    [found] = findings([differing], differs, SystemClock())
    assert found.script.events == ()

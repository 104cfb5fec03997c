"""Every incident's test can fail: with the flaw of the system that had the incident, it does.

Each row plants one flaw in the running program, runs an incident's own test, and runs it again without the
flaw. No incident test, and no incident that docs/incidents.md says is tested here, may be without a row here
or in test_planted_flaws_by_venue.py.
"""

import re
from types import FunctionType, ModuleType

import pytest

from tests.simulation import test_incidents_entries as entries
from tests.simulation import test_incidents_grid as grid
from tests.simulation import test_incidents_memory as memory
from tests.simulation import test_incidents_orders as orders
from tests.simulation import test_incidents_stops as stops
from tests.simulation.test_planted_flaws_by_venue import ROWS as BY_VENUE
from tests.support import flaws_in_entries as entering
from tests.support import flaws_in_memory as remembering
from tests.support import flaws_in_orders as ordering
from tests.support.cited_tests import cited_tests, missing_tests
from tests.support.planting import Planted, bites, everywhere, planted
from tests.support.source_tree import ROOT, assert_none
from trader.core.identity import Role
from trader.sim.faults import Fault

INCIDENTS = (ROOT / "docs" / "incidents.md").read_text(encoding="utf-8")
d1, d2, d3 = entries.TestD1(), entries.TestD2(), entries.TestD3()
d4, d5, d8, a2 = orders.TestD4(), orders.TestD5(), orders.TestD8(), orders.TestA2()
a4, a8, a10, a15 = orders.TestA4andA9(), orders.TestA8(), orders.TestA10(), memory.TestA15()
BOUNDARIES = range(entries.ENTRY_TICK_REQUESTS - 1, 0, -1)
GONE, HALF = (Fault(kind, what="order", params={"leg": "stop"}) for kind in ("V2", "V3"))
REFUSED = Fault("V1", what="order", params={"leg": "stop"})

ENTRIES = [
    planted(
        "D1", entering.nobody_looks_for_another_host, d1.test_two_hosts_without_a_shared_lock, *BOUNDARIES
    ),
    planted(
        "D1", entering.the_position_is_not_looked_at, d1.test_two_hosts_without_a_shared_lock, *BOUNDARIES
    ),
    planted(
        "D1", entering.entries_are_numbered_by_the_clock, d1.test_the_same_agent_on_two_machines_enters_once
    ),
    planted(
        "D2", entering.the_account_is_remembered, d2.test_positions_and_orders_are_read_before_the_first_write
    ),
    planted("D2", entering.no_rule_for_positions, d2.test_a_position_that_is_open_is_not_doubled),
    planted(
        "D2",
        entering.positions_are_read_first,
        d2.test_a_position_that_fills_between_two_reads_is_seen,
        "frontendOpenOrders",
    ),
    planted("D2", entering.the_position_is_not_looked_at, memory.test_a_second_run_at_once_sends_nothing),
    planted("D3", entering.a_cooldown, d3.test_two_signals_one_bar_apart_both_trade),
]
ORDERS = [
    planted("D4", ordering.success_is_believed, d4.test_a_stop_that_dies_is_replaced_in_the_same_run, GONE),
    planted("D4", ordering.success_is_believed, d4.test_a_stop_that_dies_is_replaced_in_the_same_run, HALF),
    planted("D4", ordering.success_is_believed, d4.test_a_stop_that_always_dies_ends_in_a_confirmed_close),
    planted(
        "A6", ordering.success_is_believed, d4.test_a_stop_that_dies_is_replaced_in_the_same_run, REFUSED
    ),
    planted("D5", ordering.a_refused_stop_ends_the_repair, d5.test_a_level_already_passed_is_a_stop_hit),
    planted("D5", ordering.one_refusal_closes, d5.test_a_refusal_that_mark_does_not_confirm_is_tried_again),
    planted(
        "D6",
        ordering.foreign_positions_are_not_told,
        orders.test_d6_foreign_positions_are_reported_and_left_alone,
    ),
    planted(
        "D6",
        ordering.foreign_positions_are_closed,
        orders.test_d6_foreign_positions_are_reported_and_left_alone,
    ),
    planted(
        "D6",
        remembering.only_what_this_run_entered_is_verified,
        orders.test_d6_each_tick_verifies_coins_that_have_no_signal,
    ),
    planted(
        "D8",
        ordering.a_stop_is_a_request_of_its_own,
        d8.test_no_naked_position_goes_unreported,
        *((nth, status) for nth in (4, 5, 6) for status in (429, 403)),
    ),
    planted(
        "D8",
        ordering.a_limited_entry_is_asked_for_again,
        d8.test_the_refused_coin_is_entered_once_or_not_at_all,
    ),
    planted("A2", ordering.one_look, a2.test_reads_that_trail_are_polled, "clearinghouseState"),
    planted("A2", ordering.one_look, a2.test_reads_that_trail_are_polled, "userFillsByTime"),
    planted("A2", ordering.replaced_exits_stay, a2.test_reads_that_trail_are_polled, "frontendOpenOrders"),
    planted("A2", ordering.lost_means_failed, a2.test_an_answer_that_never_comes_is_settled_not_failed),
    planted("A2", ordering.lost_means_done, a2.test_an_entry_that_never_arrived_is_known_not_to_have),
    planted(
        "A4", ordering.closes_use_the_size_of_before, a4.test_the_size_is_read_just_before_the_close, "-0.001"
    ),
    planted("A4", ordering.closes_take_all, a4.test_the_size_is_read_just_before_the_close, "0.001"),
    planted("A9", ordering.closes_use_the_size_of_before, a4.test_flatten_reads_the_size_just_before_too),
    planted("A8", ordering.the_old_stop_goes_first, a8.test_the_new_stop_is_live_before_the_old_one_goes),
    *(
        planted(
            "A10",
            ordering.a_close_is_repeated_without_a_look,
            a10.test_a_lost_answer_to_a_close_never_flips,
            how,
        )
        for how in ("T6", "T8", "T9", "H9")
    ),
]
MEMORY = [
    *(
        planted(
            "A1",
            remembering.only_what_this_run_entered_is_verified,
            memory.test_a1_a_position_that_is_found_has_its_stop_verified,
            way,
        )
        for way in ("run", "check")
    ),
    planted("A1", remembering.a_look_repairs, memory.test_a1_no_repair_only_looks),
    planted(
        "A1",
        remembering.a_position_handed_over_stays_foreign,
        memory.test_a_position_that_was_handed_over_gets_its_stop,
    ),
    planted(
        "A3",
        remembering.a_breached_stop_is_closed_on_any_price,
        memory.test_a3_prices_that_cannot_be_decide_nothing,
        "zero",
    ),
    planted(
        "A3", remembering.prices_are_not_judged, memory.test_a3_prices_that_cannot_be_enter_nothing, "crossed"
    ),
    planted(
        "A7",
        remembering.exits_carry_no_id,
        memory.test_a7_the_reason_of_an_exit_is_its_id,
        ((94_000.0,), Role.STOP),
    ),
    planted(
        "A7",
        remembering.the_reason_is_guessed,
        memory.test_a7_the_reason_of_an_exit_is_its_id,
        ((103_500.0,), Role.TARGET),
    ),
    planted(
        "A7",
        remembering.every_attempt_has_one_number,
        memory.test_an_unknown_attempt_gets_a_number_of_its_own,
    ),
    planted(
        "A11",
        remembering.prices_are_sent_as_computed,
        memory.test_a11_a_level_with_too_many_decimals_is_sent_by_the_venues_rule,
    ),
    planted(
        "A12",
        remembering.a_start_cancels_everything,
        memory.test_a12_a_restart_cancels_no_stop_of_an_open_position,
    ),
    planted(
        "A12",
        remembering.only_configured_coins_are_verified,
        memory.test_a12_stops_of_another_configuration_stay,
    ),
    planted(
        "A12",
        remembering.later_versions_are_nobodys,
        memory.test_a12_an_order_of_a_later_version_is_ours_and_left_alone,
    ),
    planted(
        "A13",
        remembering.the_entry_time_is_zeroed,
        memory.test_a13_a_fresh_process_does_not_close_a_healthy_position,
    ),
    planted(
        "A13",
        remembering.a_host_remembers_its_entries,
        memory.test_between_ticks_every_local_memory_may_vanish,
    ),
    planted(
        "A13",
        remembering.every_bar_is_a_signal,
        memory.test_no_entry_close_or_cancel_is_hidden_in_a_quiet_day,
    ),
    planted("A15", remembering.protect_sells_at_market, a15.test_protect_places_a_stop_and_nothing_else),
    planted("A15", remembering.protect_only_says_so, a15.test_a_foreign_position_can_be_protected),
    planted(
        "A15", remembering.a_refusal_is_swallowed, a15.test_a_stop_that_would_sell_at_once_is_refused, 100_800
    ),
    planted("A15", remembering.a_refusal_is_swallowed, a15.test_a_looser_stop_needs_the_word),
    planted("A15", remembering.a_refusal_is_swallowed, a15.test_a_stop_that_no_market_reaches_is_refused, 5),
    planted("A15", remembering.consent_is_taken_for_granted, a15.test_without_consent_nothing_is_sent),
    planted("A15", remembering.a_refusal_is_swallowed, a15.test_nothing_to_protect),
]
ROWS = [*ENTRIES, *ORDERS, *MEMORY]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_the_incident_comes_back_with_its_flaw_and_only_with_it(row: Planted) -> None:
    shown = next((case for case in row.cases if bites(row, case)), None)
    assert shown is not None, f"{row.body.__qualname__} passes although {row.flaw.__doc__}"
    row.body(*shown)


# Where an incident that is not tested here has its flaw planted.
ELSEWHERE = {
    "D7": "tests/architecture/test_no_lost_errors.py::test_a_planted_lost_error_is_found",
    "A5": "tests/unit/test_guard.py::test_only_the_guard_ends_a_process_that_goes_on",
    "A14": "tests/architecture/test_loopback_only.py::test_a_caught_refusal_still_fails_the_test",
    "A16": "tests/e2e/test_lock_processes.py::test_d1_a_path_from_the_environment_would_let_two_in",
    "G1": "tests/simulation/test_incidents_risk.py::test_g1_a_check_that_is_not_called_is_noticed",
    "G2": "tests/simulation/test_every_setting_counts.py::test_a_value_that_changes_nothing_is_noticed",
    "G4": "tests/simulation/test_metrics.py::test_a_constant_is_noticed",
    "G5": "tests/unit/test_hosts.py::test_each_mode_reaches_its_own_hosts_and_no_other",
    "G7": "tests/architecture/test_configurations.py::test_a_planted_unknown_key_is_found",
    "G8": "tests/simulation/test_every_setting_counts.py::test_a_value_that_changes_nothing_is_noticed",
    "G9": "tests/architecture/test_configurations.py::test_a_planted_unknown_key_is_found",
    "G11": "tests/simulation/test_incidents_risk.py::test_g1_a_check_that_is_not_called_is_noticed",
    "G12": "tests/simulation/test_incidents_risk.py::test_g12_a_plan_that_cancels_everything_leaves_stops",
}


def listed_incidents() -> dict[str, list[str]]:
    """Each id of docs/incidents.md with the tests that its row names."""
    found: dict[str, list[str]] = {}
    for line in INCIDENTS.splitlines():
        row = re.match(r"\| ([DAG]\d+(?:, [DAG]\d+)*) \|", line)
        for incident in row[1].split(", ") if row else ():
            found[incident] = cited_tests(line)
    return found


def own_tests(module: ModuleType) -> set[str]:
    """Every test that an incident module defines."""
    scopes = [module, *(one for one in vars(module).values() if isinstance(one, type))]
    return {
        value.__qualname__
        for scope in scopes
        for name, value in vars(scope).items()
        if name.startswith("test_")
        and isinstance(value, FunctionType)
        and value.__module__ == module.__name__
    }


def test_every_incident_has_a_flaw() -> None:
    assert listed_incidents(), "docs/incidents.md lists nothing that can be read"
    here = {row.incident for row in (*ROWS, *BY_VENUE)}
    for incident, cited in listed_incidents().items():
        if incident in ELSEWHERE:
            assert ELSEWHERE[incident] in cited, f"{incident}: {ELSEWHERE[incident]} is not in its row"
        else:
            assert incident in here, f"no flaw is planted for {incident}"
    assert {*here, *ELSEWHERE} == set(listed_incidents())
    assert missing_tests(ROOT, list(ELSEWHERE.values())) == []


def test_every_test_of_an_incident_has_a_flaw() -> None:
    bitten = {row.body.__qualname__ for row in (*ROWS, *BY_VENUE)}
    assert set().union(*map(own_tests, (entries, memory, orders, stops, grid))) - bitten == set()


def a_tick_asks() -> None:
    assert entries.ENTRY_TICK_REQUESTS > 0


def a_tick_asks_says_another() -> None:
    assert_none([] if entries.ENTRY_TICK_REQUESTS > 0 else ["a tick asks nothing"])


def test_only_an_assertion_of_the_test_itself_bites() -> None:
    def nothing_asked(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(entries, "ENTRY_TICK_REQUESTS", 0)

    assert bites(planted("A0", nothing_asked, a_tick_asks), ())
    assert not bites(planted("A0", nothing_asked, a_tick_asks_says_another), ())
    assert not bites(planted("A0", lambda patch: None, a_tick_asks), ())


def test_a_flaw_that_meets_nothing_is_an_error() -> None:
    with pytest.raises(LookupError), pytest.MonkeyPatch.context() as patch:
        everywhere(patch, object(), None)
    with pytest.raises(LookupError), pytest.MonkeyPatch.context() as patch:
        entering.without_rules(patch, "no such rule")

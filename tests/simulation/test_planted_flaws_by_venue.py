"""What is particular to venues and to resting entries can fail too: each flaw, and the test that sees it.

The rows are read as those of test_planted_flaws.py are, which counts them among the incidents' own.
"""

import pytest

from tests.simulation import test_hedge_grid as hedge
from tests.simulation import test_incidents_grid as grid
from tests.simulation import test_incidents_stops as stops
from tests.simulation import test_kill_ways as kills
from tests.simulation import test_stop_ways as ways
from tests.support import flaws_in_grids as resting
from tests.support import flaws_in_orders as ordering
from tests.support import flaws_in_standing_stops as standing
from tests.support.planting import Planted, bites, planted

d4_okx, d5_okx = stops.TestD4Okx(), stops.TestD5Okx()
d4_binance, d5_binance = stops.TestD4Binance(), stops.TestD5Binance()
g3, g6 = grid.TestG3(), grid.TestG6()
NET, SIDED, FIRST, FIRST_SIDED = *stops.OKX, *stops.BINANCE

STOPS = [
    *(
        planted("D4", flaw, d4_okx.test_it_is_seen_and_replaced_in_the_same_run, case)
        for flaw, case in (
            (ordering.success_is_believed, (NET, "long", 0)),
            (ordering.success_is_believed, (SIDED, "short", 0)),
            (standing.nothing_is_put_on, (SIDED, "long", 1)),
            (standing.a_dead_standing_stop_keeps_its_number, (SIDED, "short", 1)),
            (standing.exits_do_not_say_reduce_only, (NET, "short", 0)),
        )
    ),
    *(
        planted("D4", flaw, d4_okx.test_four_times_out_of_four_ends_in_a_confirmed_close, case)
        for flaw, case in (
            (ordering.success_is_believed, (NET, "long")),
            (standing.a_dead_stop_says_nothing, (SIDED, "short")),
            (standing.the_history_of_stops_is_not_asked, (NET, "short")),
            (standing.closes_do_not_say_reduce_only, (NET, "short")),
        )
    ),
    *(
        planted("D4", flaw, body, case)
        for flaw, body, case in (
            (
                standing.the_history_of_stops_is_not_asked,
                d4_okx.test_a_stop_that_dies_between_runs_is_replaced_by_the_check,
                (SIDED, "long"),
            ),
            (
                standing.failed_algos_are_not_listed,
                d4_okx.test_and_where_each_new_one_dies_too_the_check_closes,
                (NET,),
            ),
            (
                standing.the_algo_book_has_no_history,
                d4_binance.test_a_stop_that_dies_between_runs_is_replaced_by_the_check,
                (FIRST, "long"),
            ),
        )
    ),
    planted(
        "D4",
        standing.a_dead_stop_says_nothing,
        d4_okx.test_and_where_each_new_one_dies_too_the_check_closes,
        NET,
    ),
    planted(
        "D4",
        standing.a_dead_standing_stop_keeps_its_number,
        stops.test_a_dead_stop_costs_its_id_and_no_more,
        "long",
    ),
    planted(
        "D4",
        standing.a_first_stop_is_not_read_back,
        d4_binance.test_a_first_stop_that_dies_lets_no_entry_out,
        (FIRST, "long"),
    ),
    planted(
        "D4",
        standing.an_entry_follows_a_refused_stop,
        d4_binance.test_a_first_stop_that_is_refused_lets_no_entry_out,
        FIRST,
    ),
    planted(
        "D4",
        standing.nothing_is_put_on,
        d4_binance.test_a_standing_stop_that_dies_is_replaced_in_the_same_run,
        (FIRST_SIDED, "long"),
    ),
    planted(
        "D4",
        ordering.success_is_believed,
        d4_binance.test_a_stop_that_dies_between_runs_is_replaced_by_the_check,
        (FIRST, "short"),
    ),
    *(
        planted("D5", flaw, d5_okx.test_between_runs_it_is_refused_and_closed_by_the_check, case)
        for flaw, case in (
            (ordering.a_refused_stop_ends_the_repair, (SIDED, "last", "short")),
            (ordering.a_refused_stop_ends_the_repair, (NET, "last", "long")),
        )
    ),
    planted(
        "D5",
        standing.closes_are_bounded_by_the_price_of_before,
        d5_okx.test_in_the_run_that_entered_it_is_refused_and_closed,
        (SIDED, "long"),
    ),
    planted(
        "D5",
        ordering.one_refusal_closes,
        d5_okx.test_a_refusal_that_price_does_not_confirm_is_tried_again,
        NET,
    ),
    planted(
        "D5",
        ordering.a_refused_stop_ends_the_repair,
        d5_binance.test_a_stop_that_is_rejected_at_its_trigger_is_a_stop_hit,
        (FIRST_SIDED, "short"),
    ),
    planted(
        "A2",
        standing.no_such_order_is_believed_at_once,
        stops.test_no_such_order_is_not_the_last_word_before_the_write_has_expired,
        FIRST,
    ),
    planted(
        "A2",
        standing.contradictions_are_passed_over,
        stops.test_an_account_that_trails_its_fills_is_not_called_flat,
        *stops.OKX,
        *stops.BINANCE,
    ),
    planted(
        "A6",
        standing.nothing_is_put_on,
        ways.test_an_entry_ends_behind_one_stop_that_stands_and_a_target,
        FIRST,
    ),
    planted(
        "A8",
        standing.the_old_bound_stop_goes_first,
        ways.test_a_stop_is_bridged_or_moved_in_place,
        (FIRST, "stop moves", False),
    ),
    planted(
        "D6", standing.one_legs_stop_counts_for_the_other, ways.test_each_leg_is_guarded_on_its_own, SIDED
    ),
    planted(
        "D1",
        standing.an_entry_follows_a_refused_stop,
        ways.test_a_signal_whose_stop_stands_already_belongs_to_another_host,
        FIRST,
    ),
]
GRID = [
    *(
        planted("G3", flaw, g3.test_the_paying_side_shrinks_inside_the_window, case)
        for flaw, case in (
            (resting.the_guard_is_not_fed, ("okx", 1, "long")),
            (resting.the_guard_is_not_asked, ("binance", 1, "long")),
            (resting.the_wrong_side_pays, ("binance", -1, "short")),
        )
    ),
    *(
        planted(
            "G3",
            resting.the_guard_is_not_fed,
            g3.test_without_the_rate_nothing_new_rests_and_the_report_says_so,
            case,
        )
        for case in g3.MISSING
        if case[1].what == "GET fundingInfo"
    ),
    planted("G3", resting.every_rate_is_costly, g3.test_a_rate_that_the_file_bears_cuts_nothing, "okx"),
    planted(
        "G3",
        resting.what_cannot_be_judged_is_called_off,
        g3.test_without_the_rate_what_rests_stays_and_what_fills_is_covered,
        g3.MISSING[1],
    ),
    *(
        planted("G6", flaw, g6.test_a_fresh_process_places_no_second_rung_or_exit, case)
        for flaw, case in (
            (resting.orders_are_those_of_this_process, ("okx", "at once")),
            (resting.rungs_are_not_looked_for, ("binance", "a bar later")),
        )
    ),
    planted(
        "G6",
        resting.rungs_are_not_looked_for,
        g6.test_a_process_that_dies_before_any_answer_is_followed_by_one_ladder,
        "binance",
    ),
    planted("G6", resting.orders_are_those_of_this_process, g6.test_exits_of_a_leg_are_read_too, "okx"),
    planted(
        "G6",
        resting.a_cancel_is_taken_for_granted,
        grid.test_nothing_takes_the_place_of_a_rung_that_may_still_be_there,
        *grid.VENUES,
    ),
    planted(
        "A12",
        resting.a_recentre_clears_everything,
        hedge.test_a_recentre_moves_every_rung_once_and_never_uncovers,
        "binance",
    ),
    planted(
        "A6",
        resting.naked_resting_is_not_limited,
        hedge.test_where_a_fill_would_be_naked_the_grid_is_refused_unless_the_file_says_how_much,
    ),
]
KILLS = [
    planted("G6", flaw, kills.test_a_kill_beside_what_rests_or_another_leg_leaves_each_order_once, case)
    for flaw, case in (
        (resting.rungs_are_not_looked_for, "binance grid: ladder"),
        (standing.one_legs_stop_counts_for_the_other, "attached, two sides: both legs, one bare"),
    )
]
ROWS = [*STOPS, *GRID, *KILLS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}-{'-'.join(map(str, row.cases[0][:2]))}")
def test_a_flaw_is_seen_by_the_test_that_is_there_for_it(row: Planted) -> None:
    shown = next((case for case in row.cases if bites(row, case)), None)
    assert shown is not None, f"{row.body.__qualname__} passes although {row.flaw.__doc__}"

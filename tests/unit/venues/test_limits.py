"""The numbers of the adapters: how long a request may take, how often a reading is made, what fits a page.

Written out here, each on both sides of where it ends: a test that takes the number from the adapter cannot
miss it.
"""

import json
from typing import Any

import pytest

from tests.support import binance_answers, okx_answers
from tests.support.binance_answers import a_position, an_account, an_error, sample
from tests.support.clocks import ManualClock
from tests.support.hyperliquid_answers import NOW_MS, Scripted, a_fill, a_state
from tests.support.okx_answers import body_of, query_of
from tests.unit.venues.binance.test_outcomes import STOP
from tests.unit.venues.hyperliquid import test_observe as hyperliquid
from tests.unit.venues.hyperliquid.test_writes import CANCEL, Desk
from tests.unit.venues.okx import test_writes as okx
from tests.unit.venues.okx.test_signing import KEYS
from trader.core.actions import Cancel
from trader.core.candles import DAY_MS
from trader.core.errors import Malformed
from trader.core.orders import Kind, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Answer
from trader.venues.binance.batches import listed
from trader.venues.binance.encode import Terms
from trader.venues.binance.outcomes import outcome_of as binance_outcome
from trader.venues.binance.parse_account import coin_settings
from trader.venues.hyperliquid.outcomes import outcome_of as hyperliquid_outcome
from trader.venues.okx.outcomes import outcomes_of as okx_outcomes
from trader.venues.okx.venue import OkxVenue

STATUSES = (201, 299, 300, 302, 399, 400, 401, 404, 407, 408, 409, 417, 418, 419, 421, 422, 423)
MORE_STATUSES = (428, 429, 430, 450, 451, 452, 499, 500, 501, 502, 503, 504, 599)
EVERY_STATUS = (*STATUSES, *MORE_STATUSES)
HOUR_MS = 3_600_000


def meant(outcome: Outcome) -> Refusal | type[Outcome]:
    return outcome.code if isinstance(outcome, Rejected) else type(outcome)


class TestBinance:
    def test_a_write_may_take_ten_seconds(self) -> None:
        caps: list[float] = []

        def timeout(cap_s: float) -> float:
            caps.append(cap_s)
            return cap_s

        venue = binance_answers.a_venue(binance_answers.Scripted(), coins=("SOL",), timeout=timeout)
        venue.inspect(DAY_MS)
        venue.perform([Cancel("SOL", "7", None, "a test")])
        assert caps[-1] == 10.0

    def test_a_state_that_stays_old_is_read_four_times(self) -> None:
        def as_of(changed_ms: int) -> Any:
            rows = sample("GetAccountInfoV3")["assets"]
            return an_account(a_position(), assets=[row | {"updateTime": changed_ms} for row in rows])

        clock = ManualClock(wall_ms=binance_answers.NOW_MS)
        wire = binance_answers.Scripted(answers={"account": as_of(2)})
        venue = binance_answers.a_venue(wire, clock, coins=("SOL",))
        venue.inspect(DAY_MS)
        wire.answers["account"] = as_of(1)
        wire.rounds.clear()
        with pytest.raises(Malformed, match="was seen before"):
            venue.inspect(DAY_MS)
        assert (len(wire.rounds), clock.pauses_s) == (4, [0.25, 0.5, 1])

    @pytest.mark.parametrize(("count", "is_one_by_one"), [(30, True), (31, False)])
    def test_thirty_coins_are_asked_for_one_by_one(self, count: int, is_one_by_one: bool) -> None:
        wire = binance_answers.Scripted()
        venue = binance_answers.a_venue(wire, coins=("SOL", *(f"A{n}" for n in range(count - 1))))
        venue.inspect(DAY_MS)
        wire.rounds.clear()
        venue.inspect(DAY_MS)
        assert (wire.asked[0].count("openOrders") == count) is is_one_by_one

    @pytest.mark.parametrize(("count", "lists"), [(1, []), (2, [2]), (10, [10]), (11, [10]), (12, [10, 2])])
    def test_ten_cancels_go_in_one_list(self, count: int, lists: list[int]) -> None:
        cancels = [(n, Cancel("SOL", str(n), None, "a test")) for n in range(count)]
        assert [len(parcel.places) for parcel in listed(cancels, Terms(False))] == lists

    @pytest.mark.parametrize(("told", "is_read"), [(0, False), (1, True), (1000, True), (1001, False)])
    def test_leverage_is_from_one_to_a_thousand(self, told: int, is_read: bool) -> None:
        rows = [sample("GetSymbolConfiguration")[0] | {"leverage": told}]
        if is_read:
            assert [setting.leverage for setting in coin_settings(rows).values()] == [told]
        else:
            with pytest.raises(Malformed, match="1 to 1000"):
                coin_settings(rows)

    @pytest.mark.parametrize("status", EVERY_STATUS)
    def test_a_number_of_a_refusal_counts_only_under_a_status_that_refuses(self, status: int) -> None:
        by_status = {408: Unknown, 418: Refusal.BUDGET, 429: Refusal.BUDGET, 451: Refusal.DENIED}
        usual = Refusal.MARGIN if 400 <= status < 500 else Unknown
        answer = an_error(status, -2019, "Margin is insufficient.")
        assert meant(binance_outcome(STOP, answer)) == by_status.get(status, usual)

    @pytest.mark.parametrize("code", [-1001, -1008])
    @pytest.mark.parametrize("status", [499, 500, 503])
    def test_two_numbers_are_failures_under_any_status(self, code: int, status: int) -> None:
        assert isinstance(binance_outcome(STOP, an_error(status, code, "failed")), Rejected)


class TestOkx:
    def test_a_clock_that_stays_behind_is_read_four_times(self) -> None:
        clock = ManualClock(wall_ms=okx_answers.NOW_MS)
        wire = okx_answers.Scripted()
        venue = OkxVenue(
            wire,
            clock,
            account_id=okx_answers.ACCOUNT,
            keys=KEYS,
            base_url=okx_answers.BASE,
            isolated=frozenset(),
            timeout=lambda cap_s: cap_s,
        )
        venue.inspect(DAY_MS)
        wire.rounds.clear()
        wire.answers["public/time"] = {"ts": str(okx_answers.NOW_MS - 1)}
        with pytest.raises(Malformed, match="lag"):
            venue.inspect(DAY_MS)
        assert (len(wire.rounds), clock.pauses_s) == (4, [0.25, 0.5, 1, 2])

    @pytest.mark.parametrize(("back_ms", "is_older"), [(3 * DAY_MS, False), (3 * DAY_MS + 1, True)])
    def test_fills_of_three_days_are_fresh_and_the_rest_is_read_from_the_archive(
        self, back_ms: int, is_older: bool
    ) -> None:
        wire = okx_answers.Scripted()
        venue = okx.a_venue(wire)
        venue.inspect(back_ms)
        asked = {kind: query_of(r) for kind, r in zip(wire.kinds[0], wire.rounds[0], strict=True)}
        now_ms = okx_answers.NOW_MS
        assert asked["trade/fills"]["begin"] == str(now_ms - 3 * DAY_MS)
        assert ("trade/fills-history" in asked) is is_older
        if is_older:
            older = asked["trade/fills-history"]
            assert older["begin"] == str(now_ms - back_ms)
            assert older["end"] == str(now_ms - 3 * DAY_MS + HOUR_MS), "an hour is read from both"

    @pytest.mark.parametrize(("count", "sizes"), [(20, [20]), (21, [20, 1]), (41, [20, 20, 1])])
    def test_twenty_cancels_go_in_one_request(self, count: int, sizes: list[int]) -> None:
        wire = okx_answers.Scripted()
        wire.answers |= {
            "trade/cancel-batch-orders": okx_answers.taken(),
            "trade/cancel-order": okx_answers.taken(),
        }
        okx.a_venue(wire).perform([okx.cancel(str(n), Kind.LIMIT) for n in range(count)])
        bodies = [body_of(request) for request in wire.requests]
        assert [len(body) if isinstance(body, list) else 1 for body in bodies] == sizes

    def test_no_more_than_ten_pages_of_orders_are_read(self) -> None:
        wire = okx_answers.Scripted()
        full = [okx_answers.an_order_row(ordId=str(n)) for n in range(100)]
        wire.answers["trade/orders-pending"] = full
        venue = okx.a_venue(wire)
        wire.rounds.clear()
        venue.inspect(DAY_MS)
        asked = [kind for kinds in wire.kinds for kind in kinds]
        assert asked.count("trade/orders-pending") == 1 + 10, "the last one asked for is not looked at"

    @pytest.mark.parametrize("status", EVERY_STATUS)
    def test_a_server_that_failed_leaves_open_what_it_did(self, status: int) -> None:
        answer = okx_answers.refused("51008", status=status)
        (outcome,) = okx_outcomes(answer, 1, id_key="ordId")
        assert meant(outcome) == (Unknown if status >= 500 else Refusal.MARGIN)


class TestHyperliquid:
    def test_a_read_may_take_eight_seconds_and_a_write_twelve(self) -> None:
        desk = Desk()
        assert set(desk.wire.timeouts_s) == {8.0}
        desk.venue.perform([CANCEL])
        assert desk.wire.timeouts_s[-1] == 12.0

    def test_a_state_that_stays_old_is_read_four_times(self) -> None:
        clock, wire = hyperliquid.a_clock(), Scripted()
        venue = hyperliquid.a_venue(wire, clock)
        venue.inspect(DAY_MS)
        wire.rounds.clear()
        wire.answers["clearinghouseState"] = a_state(at_ms=NOW_MS - 1)
        with pytest.raises(Malformed, match="lag"):
            venue.inspect(DAY_MS)
        assert (len(wire.rounds), clock.pauses_s) == (4, [0.25, 0.5, 1, 2])

    @pytest.mark.parametrize(("count", "rounds"), [(1999, 1), (2000, 2)])
    def test_two_thousand_fills_are_a_full_page(self, count: int, rounds: int) -> None:
        wire = Scripted()
        page = [a_fill(n, NOW_MS - 10_000 + n) for n in range(1, count + 1)]
        wire.series["userFillsByTime"] = [page]
        wire.answers["userFillsByTime"] = []
        assert hyperliquid.a_venue(wire).inspect(DAY_MS).fills_complete
        assert len(wire.rounds) == rounds

    @pytest.mark.parametrize("status", EVERY_STATUS)
    def test_only_what_the_venue_could_not_read_is_surely_not_done(self, status: int) -> None:
        body = json.dumps({"status": "err", "response": "Insufficient margin to place order."}).encode()
        outcome = hyperliquid_outcome(CANCEL, Answer(status, body), orders=1, token=1)
        assert meant(outcome) == (Refusal.UNFAMILIAR if status == 422 else Unknown)

    def test_what_it_said_is_told_as_far_as_it_fits_a_line(self) -> None:
        outcome = hyperliquid_outcome(CANCEL, Answer(500, b"x" * 999), orders=1, token=1)
        assert isinstance(outcome, Unknown) and outcome.reason.count("x") == 120

"""Incidents of stops and closes on the embedded exchange: D4 to D6, D8, A2, A4, A8 to A10."""

from decimal import Decimal

import pytest

from tests.support.scenes import (
    cancel_stops,
    code,
    drive,
    entries_filled,
    stage,
    stage_with_position,
    stop_by_hand,
    stops,
    trade_by_hand,
)
from trader.closing import flatten
from trader.core.actions import Close, Enter, PlaceExit
from trader.core.orders import Accepted, Outcome, Refusal, Rejected
from trader.core.report import Exit, Flat, Protected
from trader.core.wire import Request
from trader.exchange.rows import Event
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.faults import Fault

ENTRY_TICK_REQUESTS = 30


def sent(ran: Ran | None, kind: type) -> list[object]:
    assert ran is not None
    return [d.action for d in ran.done if isinstance(d.action, kind)]


def outcomes(ran: Ran | None, kind: type) -> list[Outcome]:
    assert ran is not None
    return [d.outcome for d in ran.done if isinstance(d.action, kind)]


def has_write(request: Request) -> bool:
    return request.url.endswith("/exchange")


class TestD4:
    """The API answered success for a stop, and the stop died: naked until price had passed."""

    @pytest.mark.parametrize(
        "lie",
        [
            Fault("V2", what="order", params={"leg": "stop"}),
            Fault("V5", what="order", params={"leg": "stop"}),
            Fault("V1", what="order", params={"leg": "stop"}),
            Fault("V3", what="order", params={"leg": "stop"}),
        ],
        ids=["gone", "rejected later", "refused in the batch", "half the size"],
    )
    def test_a_stop_that_dies_is_replaced_in_the_same_run(self, lie: Fault) -> None:
        made = stage(overrides=["sizing.leverage=20"])
        made.faults(lie)
        ran = made.host.run()
        assert made.size("BTC") > 0
        assert made.is_covered("BTC")
        assert code(ran) is Exit.OK
        assert ran is not None and ran.verified is not None
        assert any(isinstance(p, Protected) for p in ran.verified.proofs)
        assert len(sent(ran, PlaceExit)) == 1

    def test_a_stop_that_always_dies_ends_in_a_confirmed_close(self) -> None:
        made = stage()
        made.faults(Fault("V5", params={"leg": "stop"}, times=0))
        ran = made.host.run()
        assert made.size("BTC") == 0
        assert code(ran) is Exit.EMERGENCY
        assert ran is not None and ran.verified is not None
        assert [p for p in ran.verified.proofs if isinstance(p, Flat) and p.emergency]


class TestD5:
    """Price had moved beyond the stop, so placing it again was refused."""

    def test_a_level_already_passed_is_a_stop_hit(self) -> None:
        made = stage_with_position()
        cancel_stops(made, "BTC")
        drive(made, "BTC", 95_000.0)
        ran = made.host.check()
        assert made.size("BTC") == 0
        assert code(ran) is Exit.EMERGENCY
        closes = [a for a in sent(ran, Close) if isinstance(a, Close)]
        assert [c.role.name for c in closes] == ["CLOSE_EMERGENCY"], (
            "told apart from the strategy's own exits"
        )

    def test_a_refusal_that_mark_does_not_confirm_is_tried_again(self) -> None:
        made = stage_with_position()
        cancel_stops(made, "BTC")
        made.faults(Fault("V6", what="order"))
        ran = made.host.check()
        assert made.is_covered("BTC") and made.size("BTC") > 0
        assert code(ran) is Exit.OK


class TestD8:
    """429 with HTML when several coins opened at once; the second coin's stop was refused."""

    @pytest.mark.parametrize("nth", range(1, 7))
    @pytest.mark.parametrize("status", [429, 403])
    def test_no_naked_position_goes_unreported(self, nth: int, status: int) -> None:
        made = stage(("BTC", "ETH", "SOL"))
        made.faults(Fault("H2", is_write=True, nth=nth, times=3, params={"status": status}))
        ran = made.host.run()
        for coin in made.coins_held():
            assert made.is_covered(coin) or code(ran) is not Exit.OK
        made.faults()
        made.pass_time(180)
        assert code(made.host.check()) is Exit.OK
        assert all(made.is_covered(coin) for coin in made.coins_held())

    def test_the_refused_coin_is_entered_once_or_not_at_all(self) -> None:
        made = stage(("BTC", "ETH", "SOL"))
        made.faults(Fault("H2", what="order", nth=2, params={"status": 429}))
        made.host.run()
        assert sorted(made.coins_held()) == ["BTC", "SOL"], "once limited, an entry is not asked for again"
        made.pass_time(60)
        made.host.run()
        assert all(entries_filled(made, coin) <= 1 for coin in ("BTC", "ETH", "SOL"))


class TestA2:
    """One look after two seconds, "order failed": a slow fill left an untracked position."""

    @pytest.mark.parametrize("what", ["clearinghouseState", "userFillsByTime", "frontendOpenOrders"])
    def test_reads_that_trail_are_polled(self, what: str) -> None:
        made = stage(overrides=["sizing.leverage=20"])
        made.faults(Fault("V7b", what=what, nth=2, times=2))
        ran = made.host.run()
        assert entries_filled(made, "BTC") == 1
        assert code(ran) is Exit.OK
        assert made.is_covered("BTC")
        assert stops(made, "BTC") == stops(made, "BTC")[:1], "no second stop stays for a reading that trailed"

    def test_an_answer_that_never_comes_is_settled_not_failed(self) -> None:
        made = stage(overrides=["sizing.leverage=20"])
        made.faults(Fault("T8", is_write=True, nth=1))
        ran = made.host.run()
        assert entries_filled(made, "BTC") == 1
        assert made.is_covered("BTC")
        assert code(ran) is Exit.OK
        assert [type(o) for o in outcomes(ran, Enter)] == [Accepted], "it filled, so it is not called failed"

    def test_an_entry_that_never_arrived_is_known_not_to_have(self) -> None:
        made = stage(overrides=["sizing.leverage=20"])
        made.faults(Fault("T7", is_write=True, times=0))
        ran = made.host.run()
        assert made.size("BTC") == 0
        assert code(ran) is Exit.OK
        [outcome] = outcomes(ran, Enter)
        assert isinstance(outcome, Rejected) and outcome.code is Refusal.EXPIRED
        made.faults()
        made.pass_time(60)
        assert sent(made.host.run(), Enter) == [] or entries_filled(made, "BTC") == 1


class TestA4andA9:
    """A close used a cached size."""

    @pytest.mark.parametrize("change", ["-0.001", "0.001"])
    def test_the_size_is_read_just_before_the_close(self, change: str) -> None:
        """The position changes by hand after the observation; what is closed is ours as it is now."""
        made = stage_with_position()
        cancel_stops(made, "BTC")
        made.faults(Fault("V6", times=0))
        own = made.size("BTC")

        def meddle(_number: int, request: Request) -> None:
            if has_write(request):
                made.host.mount.before_request = None
                trade_by_hand(made, "BTC", change)

        made.host.mount.before_request = meddle
        made.host.check()
        expected = max(Decimal(change), Decimal(0))
        assert made.size("BTC") == expected, f"{own} was ours, {change} by hand"

    def test_flatten_reads_the_size_just_before_too(self) -> None:
        """The second place: the size is not the one of the observation that flatten began with."""
        made = stage_with_position()
        reads: list[int] = []

        def meddle(number: int, request: Request) -> None:
            if b"clearinghouseState" in request.body:
                reads.append(number)
                if len(reads) == 2:
                    trade_by_hand(made, "BTC", "-0.001")

        made.host.mount.before_request = meddle
        ran = flatten(made.host.env(), made.policy(), ())
        assert len(reads) >= 2 and made.size("BTC") == 0
        assert code(ran) is Exit.OK


class TestA8:
    """Refreshing a stop: the old one was cancelled, the new one never confirmed."""

    def test_the_new_stop_is_live_before_the_old_one_goes(self) -> None:
        made = stage(overrides=["markets.BTC.params.trailing=ratchet", "markets.BTC.params.range_target=0.5"])
        made.host.run()
        old = stops(made, "BTC")
        watched: list[list[Decimal]] = []

        def watch(event: Event) -> None:
            if event.coin == "BTC":
                watched.append(stops(made, "BTC"))

        made.model.subscribe(watch)
        for _ in range(2):
            drive(made, "BTC", 101_000.0, 105_000.0, 106_500.0, *([106_500.0] * 26))
            made.pass_time(75)
            made.host.run()
        assert stops(made, "BTC") != old, "the ratchet moved it"
        assert min(len(live) for live in watched) >= 1
        assert len(stops(made, "BTC")) == 1
        assert made.watch.total_ms() == 0


class TestA10:
    """A close was tried again without looking: the first closed, the second opened the other side."""

    @pytest.mark.parametrize("fault", ["T6", "T8", "T9", "T12", "H9"])
    def test_a_lost_answer_to_a_close_never_flips(self, fault: str) -> None:
        made = stage_with_position()
        cancel_stops(made, "BTC")
        drive(made, "BTC", 95_000.0)
        made.faults(Fault("V6", times=0), Fault(fault, is_write=True, nth=2, params={"applied": True}))
        made.host.check()
        made.faults()
        made.pass_time(60)
        made.host.check()
        assert made.size("BTC") == 0
        signs = [f.start_position + (f.sz if f.is_buy else -f.sz) for f in made.model.fills(made.user)]
        assert min(signs) >= 0


def test_d6_foreign_positions_are_reported_and_left_alone() -> None:
    """D6: every position of the account is verified on each check; what is not ours is only told of."""
    made = stage(())
    trade_by_hand(made, "ETH", "0.1")
    ran = made.host.check()
    assert code(ran) is Exit.FOREIGN_UNCOVERED
    assert ran is not None and ran.done == []
    stop_by_hand(made, "ETH", "1900", "0.1")
    made.pass_time(1)
    assert code(made.host.check()) is Exit.OK
    assert made.size("ETH") == Decimal("0.1")


def test_d6_each_tick_verifies_coins_that_have_no_signal() -> None:
    made: Stage = stage_with_position()
    cancel_stops(made, "BTC")
    assert not made.is_covered("BTC")
    made.pass_time(30 * 60)
    assert code(made.host.run()) is Exit.OK
    assert made.is_covered("BTC") or made.size("BTC") == 0

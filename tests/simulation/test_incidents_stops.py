"""D4 and D5 where they happened, with what the wire said: a stop that was taken and then failed.

OKX answers code 0 and sCode 0 to a stop, and its history calls it order_failed with failCode 1000; once price
has passed the level another one is refused. Binance takes a conditional order without a look at margin, and
rejects it when its trigger is reached. Whole runs, on both sides of the market, in every way of holding one.
"""

from typing import Any

import pytest

from tests.support.scenes import cancel_stops, code, drive
from tests.support.stop_incidents import LEGS, Scene, always_dying, dying, end_stops
from trader.core.actions import Cancel, Close, Enter, PlaceExit
from trader.core.identity import Role
from trader.core.orders import Accepted
from trader.core.reasons import STRATEGY_REASONS
from trader.core.report import Exit, Flat, Protected
from trader.core.wire import Request
from trader.run import Ran
from trader.sim.faults import Fault

OKX = ("attached", "attached, two sides")
BINANCE = ("stop first", "stop first, two sides")
ORDER, ALGO = "trade/order", "trade/order-algo"
FAILED = "order_failed, failCode 1000"
PASSED = {
    ("mark", "long"): "51304",
    ("mark", "short"): "51302",
    ("last", "long"): "51280",
    ("last", "short"): "51278",
}
BEFORE_IT_IS_SEEN_MS = 1_000


def sent(ran: Ran | None, kind: type) -> list[Any]:
    assert ran is not None
    return [d.action for d in ran.done if isinstance(d.action, kind)]


def stands(scene: Scene, ran: Ran | None) -> None:
    """Exit 0, and one bound stop that really covers; nothing of ours that could open outlives the run."""
    assert code(ran) is Exit.OK
    assert ran is not None and ran.verified is not None
    assert [type(p) for p in ran.verified.proofs] == [Protected]
    assert scene.held > 0 and scene.is_covered()
    assert [size for _, size in scene.stops()] == [0]
    orders = scene.made.model.open_orders(scene.made.user)
    assert all(o.reduce_only or o.leg == scene.leg is not None for o in orders)
    scene.made.faults()
    scene.made.pass_time(61)
    again = scene.made.host.run()
    assert code(again) is Exit.OK and again is not None and again.done == []


def is_closed(scene: Scene, ran: Ran | None) -> None:
    """Exit 21, flat by one order that could only reduce, and called what it was: execution."""
    assert code(ran) is Exit.EMERGENCY
    assert ran is not None and ran.verified is not None
    assert [type(p) for p in ran.verified.proofs] == [Flat] and scene.held == 0
    assert [c.role for c in sent(ran, Close)] == [Role.CLOSE_EMERGENCY]
    assert scene.sizes()[-1] == 0 and min(scene.sizes()) >= 0, "never a flip"
    reasons = [why for why in scene.reasons() if why is not None]
    assert set(reasons) == {"emergency"} and not set(reasons) & STRATEGY_REASONS
    assert scene.can_only_reduce(), "said so on the wire"
    scene.made.faults()
    scene.made.pass_time(61)
    assert code(scene.made.host.check()) is Exit.OK
    assert scene.held == 0 and scene.stops() == []


def is_replaced_by_the_check(scene: Scene) -> None:
    """The stop dies while nobody runs."""
    scene.made.host.run()
    had = scene.stops()
    assert end_stops(scene.made) == 1 and not scene.is_covered()
    scene.made.pass_time(60)
    ran = scene.made.host.check()
    assert [(p.role, p.size) for p in sent(ran, PlaceExit)] == [(Role.PROTECT, None)]
    assert scene.stops() == had, "at the level that the dead one had"
    stands(scene, ran)


class TestD4Okx:
    """Entry taken, stop taken with code 0 and sCode 0, then order_failed."""

    @pytest.mark.parametrize("way", OKX)
    @pytest.mark.parametrize("leg", LEGS)
    @pytest.mark.parametrize("place", [0, 1], ids=["attached", "standing"])
    def test_it_is_seen_and_replaced_in_the_same_run(self, way: str, leg: str, place: int) -> None:
        scene = Scene(way, LEGS[leg])
        scene.made.faults(dying(way, place))
        ran = scene.made.host.run()
        assert scene.codes(ORDER) == ["0"] and set(scene.codes(ALGO)) == {"0"}, "the venue said yes"
        assert [f.detail for f in scene.dead()] == [FAILED]
        assert scene.made.watch.total_ms() <= (BEFORE_IT_IS_SEEN_MS if place == 0 else 0)
        assert ran is not None and any("uncovered" in n or FAILED in n for n in ran.notes), "it is told of"
        stands(scene, ran)

    @pytest.mark.parametrize("way", OKX)
    @pytest.mark.parametrize("leg", LEGS)
    def test_four_times_out_of_four_ends_in_a_confirmed_close(self, way: str, leg: str) -> None:
        scene = Scene(way, LEGS[leg])
        scene.made.faults(always_dying())
        ran = scene.made.host.run()
        assert set(scene.codes(ALGO)) == {"0"}
        assert [f.detail for f in scene.dead()] == [FAILED] * 2, "a second dead one is enough"
        is_closed(scene, ran)

    @pytest.mark.parametrize("way", OKX)
    @pytest.mark.parametrize("leg", LEGS)
    def test_a_stop_that_dies_between_runs_is_replaced_by_the_check(self, way: str, leg: str) -> None:
        is_replaced_by_the_check(Scene(way, LEGS[leg]))

    @pytest.mark.parametrize("way", OKX)
    def test_and_where_each_new_one_dies_too_the_check_closes(self, way: str) -> None:
        scene = Scene(way)
        scene.made.host.run()
        end_stops(scene.made)
        scene.made.faults(always_dying())
        scene.heard.clear()
        ran = scene.made.host.check()
        assert scene.codes(ALGO) == ["0"], "the one that died before counts: a second dead one is enough"
        is_closed(scene, ran)


class TestD5Okx:
    """Price was beyond the stop, so re-placing it was refused: 51278, and its sisters."""

    @pytest.mark.parametrize("way", OKX)
    @pytest.mark.parametrize(("source", "leg"), PASSED)
    def test_between_runs_it_is_refused_and_closed_by_the_check(
        self, way: str, source: str, leg: str
    ) -> None:
        scene = Scene(way, LEGS[leg], (f"stops.trigger={source}",))
        scene.made.host.run()
        end_stops(scene.made)
        drive(scene.made, "BTC", float(scene.beyond()))
        assert scene.held > 0 and not scene.is_covered()
        scene.heard.clear()
        ran = scene.made.host.check()
        assert set(scene.codes(ALGO)) == {PASSED[source, leg]}
        is_closed(scene, ran)

    @pytest.mark.parametrize("way", OKX)
    @pytest.mark.parametrize("leg", LEGS)
    def test_in_the_run_that_entered_it_is_refused_and_closed(self, way: str, leg: str) -> None:
        """The attached stop failed, and price has passed its level when the next one is sent."""
        scene = Scene(way, LEGS[leg])
        scene.made.faults(dying(way, 0))

        def pass_the_level(_number: int, request: Request) -> None:
            if request.url.endswith(ALGO):
                scene.made.host.mount.before_request = None
                scene.jump(scene.beyond())

        scene.made.host.mount.before_request = pass_the_level
        ran = scene.made.host.run()
        assert len(sent(ran, Enter)) == 1
        assert scene.codes(ALGO) == [PASSED["mark", leg]]
        is_closed(scene, ran)

    @pytest.mark.parametrize("way", OKX)
    def test_a_refusal_that_price_does_not_confirm_is_tried_again(self, way: str) -> None:
        scene = Scene(way)
        scene.made.host.run()
        cancel_stops(scene.made, "BTC")
        scene.made.pass_time(60)
        scene.made.faults(Fault("V6", what=ALGO, is_write=True))
        scene.heard.clear()
        ran = scene.made.host.check()
        assert scene.codes(ALGO) == [PASSED["mark", "long"], "0"]
        stands(scene, ran)


class TestD4Binance:
    """A conditional order is taken without a look at margin, and rejected later."""

    @pytest.mark.parametrize("way", BINANCE)
    @pytest.mark.parametrize("leg", LEGS)
    def test_a_first_stop_that_dies_lets_no_entry_out(self, way: str, leg: str) -> None:
        scene = Scene(way, LEGS[leg])
        scene.made.faults(dying(way, 0))
        ran = scene.made.host.run()
        assert code(ran) is Exit.OK and ran is not None and ran.verdict is not None
        assert [(r.rule, r.reason) for r in ran.verdict.refused] == [
            ("stop_first", "its stop was taken, and is not listed as live at its whole size")
        ]
        assert sent(ran, Enter) == [] and scene.made.model.fills(scene.made.user) == ()

    @pytest.mark.parametrize("way", BINANCE)
    def test_a_first_stop_that_is_refused_lets_no_entry_out(self, way: str) -> None:
        scene = Scene(way)
        scene.made.faults(Fault("V1", what="POST algoOrder", params={"leg": "stop"}))
        ran = scene.made.host.run()
        assert ran is not None and ran.verdict is not None
        assert [r.rule for r in ran.verdict.refused] == ["stop_first"]
        assert sent(ran, Enter) == [] and scene.made.model.fills(scene.made.user) == ()

    @pytest.mark.parametrize("way", BINANCE)
    @pytest.mark.parametrize("leg", LEGS)
    def test_a_standing_stop_that_dies_is_replaced_in_the_same_run(self, way: str, leg: str) -> None:
        scene = Scene(way, LEGS[leg])
        scene.made.faults(dying(way, 1))
        ran = scene.made.host.run()
        assert len(scene.dead()) == 1 and scene.made.watch.total_ms() == 0
        stands(scene, ran)

    @pytest.mark.parametrize("way", BINANCE)
    @pytest.mark.parametrize("leg", LEGS)
    def test_a_stop_that_dies_between_runs_is_replaced_by_the_check(self, way: str, leg: str) -> None:
        is_replaced_by_the_check(Scene(way, LEGS[leg]))


class TestD5Binance:
    """Rejected when its trigger was reached; then another is refused, because it would trigger at once."""

    @pytest.mark.parametrize("way", BINANCE)
    @pytest.mark.parametrize("leg", LEGS)
    def test_a_stop_that_is_rejected_at_its_trigger_is_a_stop_hit(self, way: str, leg: str) -> None:
        scene = Scene(way, LEGS[leg])
        scene.made.faults(
            Fault("V5", what="POST algoOrder", times=0, params={"leg": "stop", "at": "trigger"})
        )
        assert code(scene.made.host.run()) is Exit.OK, "until then it is told as live"
        scene.made.faults()
        drive(scene.made, "BTC", float(scene.beyond()))
        assert scene.held > 0, "it did not fire"
        scene.heard.clear()
        ran = scene.made.host.check()
        assert scene.codes("algoOrder")[0] == "-2021"
        assert len(scene.dead()) == 1
        is_closed(scene, ran)


@pytest.mark.parametrize("leg", LEGS)
def test_a_dead_stop_costs_its_id_and_no_more(leg: str) -> None:
    """OKX refuses the id of an order that ended: the next stop has another number, in a later run too."""
    scene = Scene("attached, two sides", LEGS[leg])
    scene.made.faults(dying(scene.way, 1, times=3))
    assert code(scene.made.host.run()) is Exit.OK
    assert [size > 0 for _, size in scene.stops()] == [True], "the attached one, which can only close its leg"
    scene.made.faults()
    scene.made.pass_time(61)
    scene.heard.clear()
    ran = scene.made.host.run()
    assert scene.codes(ALGO) == ["51065", "0"]
    stands(scene, ran)
    assert scene.made.watch.total_ms() == 0


READS_OF_LOOKUPS = 6  # what a first observation asks of earlier ids
HELD = {
    "attached": ("account/positions", "account/balance"),
    "stop first": ("GET positionRisk", "GET account"),
}


@pytest.mark.parametrize("way", [*OKX, *BINANCE])
def test_an_account_that_trails_its_fills_is_not_called_flat(way: str) -> None:
    """Counted back from such a position an entry of ours would have reduced: that is no reading of it."""
    scene, kind = Scene(way), way.partition(",")[0]
    nth = 2 if kind == "attached" else 3
    scene.made.faults(*(Fault("V7b", what=what, nth=nth, times=0) for what in HELD[kind]))
    ran = scene.made.host.run()
    assert code(ran) is Exit.UNREADABLE and scene.held > 0 and scene.is_covered()
    assert sent(ran, Cancel) == [], "no stop is an orphan by such a reading"
    scene.made.faults()
    scene.made.pass_time(61)
    stands(scene, scene.made.host.run())


@pytest.mark.parametrize("way", BINANCE)
def test_no_such_order_is_not_the_last_word_before_the_write_has_expired(way: str) -> None:
    """The entry was filled, its answer is lost, and for a while -2013 is all that is said of it."""
    scene = Scene(way)
    scene.made.faults(
        Fault("T6", what="POST order", is_write=True),
        Fault("V9", what="GET order", nth=READS_OF_LOOKUPS + 1, times=3),
        Fault("V9", what="GET algoOrder", nth=READS_OF_LOOKUPS + 1, times=3),
    )
    ran = scene.made.host.run()
    assert ran is not None
    [outcome] = [d.outcome for d in ran.done if isinstance(d.action, Enter)]
    assert isinstance(outcome, Accepted), outcome
    stands(scene, ran)

"""Entries that rest on a one-way Binance account behind a stop that was live before them, on real prices.

The venue attaches nothing. The exchange's own books are asked at every event, not only after runs: no entry
waits without a live stop of its own, as large as all that it may still fill, and no position is ever naked.
Nothing may be left without a stop here: `limits.naked_resting_notional_max` has its default, 0.
"""

import re
from collections import Counter
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.memory import memory
from trader import config
from trader.core.actions import Cancel, PlaceExit, Rest, SetLeverage
from trader.core.candles import MINUTE_MS
from trader.core.identity import Identity, Role, decode
from trader.core.report import Exit, worst
from trader.core.wire import Request
from trader.exchange.orders import Liquidity
from trader.exchange.orders import Order as ModelOrder
from trader.exchange.rows import Event
from trader.parts import parts_of
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sim.bundle import BUNDLE_START_MINUTE
from trader.sim.faults import Fault
from trader.sinks.plan_text import diff_lines

COIN = "ETH"
BAR_MS = 5 * MINUTE_MS  # shorter than the shortest life of an order here, so that an entry outlives its bar
AFTER_CLOSE_MS = 15_000
BARS = 120
REQUESTS = 45  # more than a tick asks


def a_stage(entry: str = "resting", *, part: str | None = None, two_sided: bool = False) -> Stage:
    """`part` is how much of a waiting order may fill in a minute."""
    params = f"{{bar: 5m, entry: {entry}, regime_filter: false}}"
    settings = config.load(
        None,
        (
            "venue=binance",
            "paper.equity=5000",
            f"markets={{{COIN}: {{strategy: bollinger, params: {params}}}}}",
        ),
    ).settings
    feed = parts_of("binance").bundle_feed()
    made = Stage(
        settings,
        feed,
        now_ms=BUNDLE_START_MINUTE * MINUTE_MS,
        two_sided=two_sided,
        memo=memory(),
        signs_quickly=True,
    )
    if part is not None:
        made.model.set_liquidity(COIN, Liquidity(resting_size=Decimal(part)))
    return made


def identity_of(order: ModelOrder) -> Identity:
    identity = decode(order.cloid)
    assert isinstance(identity, Identity), order
    return identity


def entries(stage: Stage) -> list[ModelOrder]:
    return [o for o in stage.model.open_orders(stage.user, COIN) if identity_of(o).role is Role.ENTRY]


def sized_stops(stage: Stage) -> list[ModelOrder]:
    """Live ones of the kind that goes first."""
    live = stage.model.open_orders(stage.user, COIN)
    return [o for o in live if identity_of(o).role is Role.STOP and o.reduce_only and not o.position_bound]


class Pairs:
    """Looks at every event whether each entry that waits has its own live stop."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.alone: list[str] = []
        self.seen = 0
        stage.model.subscribe(self.see)

    def see(self, event: Event) -> None:
        stops = {identity_of(o): o for o in sized_stops(self._stage) if not o.fired}
        for entry in entries(self._stage):
            self.seen += 1
            stop = stops.get(replace(identity_of(entry), role=Role.STOP))
            if stop is None or stop.sz < entry.sz:
                self.alone.append(f"{event.kind} at {event.at_ms}: order {entry.oid} waits alone")


def to_next_bar(stage: Stage) -> None:
    """Nobody runs until some seconds after the next bar has closed."""
    stage.clock.advance_to((stage.clock.now_ms() // BAR_MS + 1) * BAR_MS + AFTER_CLOSE_MS)
    stage.settle()


def tick(stage: Stage) -> Ran:
    ran = stage.host.run()
    assert ran is not None
    assert worst(ran.codes) is Exit.OK, (ran.codes, ran.problems, ran.notes)
    return ran


def never_alone(stage: Stage, pairs: Pairs) -> None:
    assert pairs.alone == []
    assert stage.watch.naked_ms(stage.user, COIN) == 0


def nothing_left(stage: Stage) -> None:
    """After a run: at most one entry waits, and every sized stop is an entry's."""
    waiting = [replace(identity_of(entry), role=Role.STOP) for entry in entries(stage)]
    assert len(waiting) <= 1
    assert [identity_of(stop) for stop in sized_stops(stage)] == waiting


def is_held(stage: Stage) -> bool:
    return stage.size(COIN) != 0


def is_held_in_part(stage: Stage) -> bool:
    return is_held(stage) and any(entry.filled > 0 for entry in entries(stage))


@pytest.mark.parametrize(("entry", "part"), [("resting", None), ("resting", "0.02"), ("confirm", None)])
def test_no_entry_waits_alone_and_no_position_is_naked(entry: str, part: str | None) -> None:
    stage = a_stage(entry, part=part)
    pairs = Pairs(stage)
    done: Counter[type] = Counter()
    in_part = alone = 0
    for _ in range(BARS):
        before = is_held(stage)
        to_next_bar(stage)
        in_part += is_held_in_part(stage)
        alone += is_held(stage) and not before
        done += Counter(type(d.action) for d in tick(stage).done)
        nothing_left(stage)
    never_alone(stage, pairs)
    assert pairs.seen and done[Rest] >= 2 and done[PlaceExit] > done[Rest]
    if entry == "resting":
        assert done[Cancel] > done[Rest], "entries and their stops leave with their bar"
        assert alone >= 2, "entries fill while nobody runs"
    assert (in_part > 0) is (part is not None)


def test_an_unchanged_market_asks_for_no_write() -> None:
    stage = a_stage()
    to_next_bar(stage)
    assert [type(d.action) for d in tick(stage).done] == [PlaceExit, SetLeverage, Rest]
    for _ in range(3):
        stage.pass_time(60)
        assert tick(stage).done == []
        assert stage.host.check().done == []  # type: ignore[union-attr]


def test_an_entry_that_moves_gets_a_new_stop_before_the_old_one_goes() -> None:
    stage = a_stage()
    to_next_bar(stage)
    tick(stage)
    (old,) = sized_stops(stage)
    to_next_bar(stage)
    assert len(entries(stage)) == 1
    pairs = Pairs(stage)
    done = [d.action for d in tick(stage).done]
    assert [type(a) for a in done] == [Cancel, PlaceExit, Rest, Cancel]
    assert isinstance(done[3], Cancel) and done[3].client_id == old.cloid
    never_alone(stage, pairs)
    nothing_left(stage)


def test_a_stop_lives_as_long_as_its_entry_and_is_swept_after_it_ended_by_itself() -> None:
    stage = a_stage()
    to_next_bar(stage)
    tick(stage)
    (entry,) = entries(stage)
    stage.pass_time(9 * 60)
    assert stage.host.check() is not None
    assert len(sized_stops(stage)) == len(entries(stage)) == 1
    stage.pass_time(3 * 60)
    assert entry.expires_ms is not None and entry.expires_ms < stage.clock.now_ms()
    assert (len(sized_stops(stage)), entries(stage), is_held(stage)) == (1, [], False)
    assert stage.host.check() is not None
    assert sized_stops(stage) == []


def test_a_stop_that_is_gone_takes_its_entry_with_it() -> None:
    stage = a_stage()
    to_next_bar(stage)
    tick(stage)
    (stop,), (entry,) = sized_stops(stage), entries(stage)
    assert stage.model.cancel(stage.user, stop.oid)
    done = [d.action for d in tick(stage).done]
    assert [type(a) for a in done] == [Cancel, PlaceExit, Rest]
    assert isinstance(done[0], Cancel) and done[0].reason == "its stop is not live"
    (anew,) = entries(stage)
    assert identity_of(anew) == replace(identity_of(entry), attempt=2)
    nothing_left(stage)


HIDES = Fault("V8", what="GET openOrders", times=0)


@pytest.mark.parametrize(
    ("hidden", "expected", "left"), [((), Exit.OK, 0), (("GET order",), Exit.UNKNOWN, 1)]
)
def test_a_stop_goes_only_with_its_entry_where_the_list_hides_that(
    hidden: tuple[str, ...], expected: Exit, left: int
) -> None:
    """The entry was taken and is live, and no list shows it: called off again. What nothing shows, not even a
    look-up by its id, is unknown, and stays with its stop."""
    stage = a_stage()
    to_next_bar(stage)
    pairs = Pairs(stage)

    def hide(_number: int, request: Request) -> None:
        if stage.line.app.describe(request).what == "POST order":
            stage.faults(HIDES, *(Fault("V9", what=what, times=0) for what in hidden))

    stage.host.mount.before_request = hide
    ran = stage.host.run()
    assert ran is not None
    assert worst(ran.codes) is expected
    stage.host.mount.before_request = None
    stage.faults(HIDES)
    stage.pass_time(60)
    assert stage.host.check() is not None, "and so it does where an earlier run placed both"
    assert (len(entries(stage)), len(sized_stops(stage))) == (left, left)
    never_alone(stage, pairs)
    stage.faults()
    assert bool(tick(stage).done) is (left == 0)


def test_the_stop_of_a_hidden_entry_stays_when_its_position_has_a_better_one() -> None:
    """A part filled while nobody ran. The rest of it may fill when that position is closed."""
    stage = a_stage(part="0.02")
    for _ in range(BARS):
        to_next_bar(stage)
        if is_held_in_part(stage):
            break
        tick(stage)
    (stop,) = sized_stops(stage)
    pairs = Pairs(stage)
    stage.faults(HIDES)
    assert stage.host.check() is not None
    assert entries(stage) and stop in sized_stops(stage)
    never_alone(stage, pairs)


def test_a_halt_takes_the_entry_first_and_then_its_stop() -> None:
    stage = a_stage()
    to_next_bar(stage)
    tick(stage)
    stage.pass_time(60)
    pairs, stage.host.halted = Pairs(stage), "by hand"
    gone = [d.action.kind.value for d in tick(stage).done if isinstance(d.action, Cancel)]
    assert gone == ["limit", "stop"]
    assert pairs.alone == [] and stage.model.open_orders(stage.user, COIN) == ()


@pytest.mark.parametrize("part", [None, "0.02"])
def test_a_kill_at_any_request_leaves_no_entry_alone(part: str | None) -> None:
    """Each bar's run is killed, one request later than the last; the next one heals what it left."""
    stage = a_stage(part=part)
    pairs = Pairs(stage)
    killed = 0
    for number in range(BARS):
        to_next_bar(stage)
        stage.host.kill_at(1 + number % REQUESTS)
        killed += stage.host.run() is None
        stage.pass_time(1)
        tick(stage)
        stage.pass_time(60)
        tick(stage)
        nothing_left(stage)
    never_alone(stage, pairs)
    assert killed > BARS // 2 and pairs.seen


def test_legs_apart_refuse_it_and_say_which_number_to_set() -> None:
    stage = a_stage(two_sided=True)
    to_next_bar(stage)
    ran = tick(stage)
    assert ran.verdict is not None
    (refused,) = ran.verdict.refused
    assert isinstance(refused.action, Rest) and refused.action.first_stop_id is None
    assert refused.rule == "naked_resting"
    said = re.search(r"(\d+\.\d\d) USD .*notional_max 0; set it to (\d+) or more", refused.reason)
    assert said is not None and 0 < float(said[1]) <= int(said[2]) < float(said[1]) + 1
    told = "\n".join(diff_lines(ran.verdict, ran.snapshot)) if ran.snapshot else ""
    assert f"set it to {said[2]} or more" in told and "worst case" in told
    assert stage.model.open_orders(stage.user, COIN) == ()

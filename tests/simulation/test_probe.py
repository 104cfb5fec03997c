"""The probe against embedded exchanges: it finds every switch that it says it finds, and always ends flat."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest

from tests.support.probe_flips import FLIPS, Flip
from tests.support.probe_stage import USD, ProbeStage
from trader import config
from trader.core.errors import ConfigError, Unavailable
from trader.exchange.orders import Liquidity, OrderSpec, TriggerSpec
from trader.exchange.status import Tif, Trigger
from trader.parts import NAMES, parts_of
from trader.policies import abilities_of
from trader.probe.bench import MAGIC, NotFlat
from trader.probe.facts import text_of
from trader.probe.tables import abilities_from, experiments_of, switches_from
from trader.rehearsal import Killed
from trader.sim.faults import Fault

ACCOUNTS = [
    pytest.param("hyperliquid", False, id="hyperliquid"),
    pytest.param("okx", False, id="okx net"),
    pytest.param("okx", True, id="okx two-sided"),
    pytest.param("binance", False, id="binance one-way"),
    pytest.param("binance", True, id="binance two-sided"),
]


def switches(venue: str, **changes: Any) -> Any:
    return replace(import_module(f"trader.sim.{venue}.switches").Switches(), **changes)


def spent_most(stage: ProbeStage) -> list[Decimal]:
    """The largest notional that was open at once, kept up as the exchange changes."""
    most = [Decimal(0)]
    model, user = stage.exchange.model, stage.exchange.user

    def look(_event: Any) -> None:
        mark = model.quote(stage.coin).mark
        held = sum((abs(p.szi) * mark for p in model.account(user).positions), Decimal(0))
        bids = (o for o in model.open_orders(user) if not (o.reduce_only or o.position_bound))
        opening = sum(((o.px or mark) * o.sz for o in bids if o.parent is None), Decimal(0))
        most[0] = max(most[0], held + opening)

    model.subscribe(look)
    return most


@pytest.mark.parametrize(("venue", "two_sided"), ACCOUNTS)
def test_a_whole_run_finds_the_exchange_as_it_is_and_ends_flat(venue: str, two_sided: bool) -> None:
    stage = ProbeStage(venue, two_sided=two_sided)
    most = spent_most(stage)
    found = stage.probe()
    assert stage.left() == [] and stage.word.dirty_since_ms is None
    assert 0 < most[0] <= USD * Decimal("1.03")
    usual = switches(venue)
    if venue == "okx":
        usual = replace(usual, two_sided=two_sided)
    assert switches_from(found) == usual
    tried = [e for e in experiments_of(venue) if e.trial is not None]
    unanswered = [f for f in found.facts if not f.answered and not f.remark.startswith("not tried")]
    assert all("needs " in f.remark for f in unanswered), unanswered
    assert len(found.facts) == len(experiments_of(venue)) and len(unanswered) < len(tried) / 3
    assert [len(kept.facts) for kept in stage.told] == list(range(1, len(found.facts) + 1))


@pytest.mark.parametrize("flip", FLIPS, ids=lambda flip: f"{flip.venue} {flip.name} {flip.value}")
def test_every_flipped_switch_is_recognised(flip: Flip) -> None:
    flipped = switches(flip.venue, **{flip.name: flip.value})
    stage = ProbeStage(flip.venue, switches=flipped, two_sided=flip.two_sided)
    if flip.depth is not None:
        stage.exchange.model.set_liquidity(stage.coin, Liquidity(size=flip.depth))
    numbers = [e.number for e in experiments_of(flip.venue) if e.sets == flip.name]
    found = stage.probe(numbers)
    assert any(fact.answered for fact in found.facts if fact.number in numbers), found.facts
    assert switches_from(found) == flipped != switches(flip.venue)
    assert stage.left() == []


def test_no_claimed_switch_is_left_out() -> None:
    claimed = {(v, e.sets) for v in NAMES for e in experiments_of(v) if e.sets and e.trial is not None}
    assert {(flip.venue, flip.name) for flip in FLIPS} == claimed


@pytest.mark.parametrize("venue", NAMES)
def test_numbers_and_questions_are_unique_and_all_say_how(venue: str) -> None:
    table = experiments_of(venue)
    assert [e.number for e in table] == list(range(1, len(table) + 1))
    assert len({e.question for e in table}) == len(table)
    assert all(e.how and e.question.endswith("?") for e in table)
    names = set(switches(venue).__dataclass_fields__)
    assert {e.sets for e in table} - {""} <= names


def entered(venue: str) -> int:
    """An experiment that holds a position with a stop behind it for a while."""
    return {"hyperliquid": 1, "okx": 4, "binance": 7}[venue]


# Venue, experiment, and the request before which the probe is killed. Number 10 of OKX has a stop without an
# id; number 17 opens a position by an order that fires.
CUTS = [(venue, entered(venue), request) for venue in NAMES for request in range(2, 38, 5)]
CUTS += [("okx", 10, request) for request in (30, 33, 36)] + [
    ("okx", 17, request) for request in (20, 60, 90)
]


@pytest.mark.parametrize(("venue", "number", "request_number"), CUTS)
def test_what_a_killed_probe_left_is_taken_away_by_the_next(
    venue: str, number: int, request_number: int
) -> None:
    stage = ProbeStage(venue, signs_quickly=True)

    def boundary(count: int, _request: Any) -> None:
        if count == request_number:
            raise Killed

    stage.mount.before_request = boundary
    try:
        stage.probe([number])
    except Killed:
        stage.mount.before_request = None
        stage.mount.end_run()
        stage.probe([99])
    assert stage.left() == [] and stage.word.dirty_since_ms is None


def faults() -> Iterator[Any]:
    for venue in NAMES:
        for kind in ("T6", "T7", "T8", "H4", "H9", "H11"):
            for nth in (1, 2):
                yield pytest.param(venue, Fault(kind, is_write=True, nth=nth), id=f"{venue} {kind} {nth}")
        for kind in ("H2", "V7", "T9"):
            yield pytest.param(venue, Fault(kind, is_write=False, nth=9, times=3), id=f"{venue} {kind} read")


@pytest.mark.parametrize(("venue", "fault"), [*faults()])
def test_it_ends_flat_under_faults(venue: str, fault: Fault) -> None:
    stage = ProbeStage(venue, signs_quickly=True)
    stage.faults(fault)
    try:
        stage.probe([entered(venue)])
    except Unavailable:
        assert stage.word.story == [], "nothing may be sent where the account cannot be read"
    stage.clock.sleep(60)
    assert stage.left() == []


@pytest.mark.parametrize("venue", NAMES)
def test_a_late_order_is_waited_for(venue: str) -> None:
    stage = ProbeStage(venue, signs_quickly=True)
    stage.faults(Fault("T11", is_write=True, nth=1, params={"until": "requests", "n": 4}))
    stage.probe([entered(venue)])
    stage.clock.sleep(60)
    assert stage.left() == []


def test_one_reading_that_shows_nothing_is_not_believed() -> None:
    """The first reading after the experiment is the answer from before it: flat."""
    stage = ProbeStage("hyperliquid", signs_quickly=True)
    stage.faults(Fault("V7", what="clearinghouseState", nth=2))
    stage.probe([12])
    assert stage.left() == []


@pytest.mark.parametrize("venue", NAMES)
def test_what_cannot_be_closed_is_told_and_ends_the_probe(venue: str) -> None:
    stage = ProbeStage(venue, signs_quickly=True)
    stage.faults(Fault("H4", is_write=True, nth=2, times=0))
    with pytest.raises(NotFlat, match=MAGIC):
        stage.probe([entered(venue)])
    assert stage.left() != [] and stage.word.dirty_since_ms is not None


@pytest.mark.parametrize("venue", NAMES)
def test_a_coin_that_is_not_free_is_refused_and_nothing_is_sent(venue: str) -> None:
    stop = TriggerSpec(Decimal(130), Trigger.STOP, True)
    for spec in (
        OrderSpec("SOL", True, Decimal(140), Decimal(1), Tif.GTC),
        OrderSpec("SOL", True, Decimal(151), Decimal(1), Tif.IOC),
        OrderSpec("SOL", False, Decimal(120), Decimal(1), None, True, stop),
    ):
        stage = ProbeStage(venue, coin="SOL")
        assert stage.exchange.model.place(stage.exchange.user, [spec])[0].reason is None
        before = stage.left()
        with pytest.raises(ConfigError, match="SOL is not free"):
            stage.probe()
        assert stage.left() == before != [] and stage.word.story == []


@pytest.mark.parametrize("venue", NAMES)
def test_another_coins_position_and_orders_are_left_alone(venue: str) -> None:
    stage = ProbeStage(venue, signs_quickly=True)
    size = Decimal("0.01")
    for spec in (
        OrderSpec("ETH", True, Decimal(2010), size, Tif.IOC),
        OrderSpec("ETH", True, Decimal(1960), size, Tif.GTC),
    ):
        assert stage.exchange.model.place(stage.exchange.user, [spec])[0].reason is None
    before = stage.left()
    found = stage.probe(alone := {"hyperliquid": [1], "okx": [2, 4], "binance": [6, 7]}[venue])
    assert stage.left() == before and len(before) == 2
    assert [n for n in alone if not found.facts[n - 1].answered] == ([4] if venue == "okx" else [])


@pytest.mark.parametrize("venue", NAMES)
def test_nothing_dearer_than_allowed_is_tried(venue: str) -> None:
    stage = ProbeStage(venue, usd=Decimal(1))
    most = spent_most(stage)
    found = stage.probe([entered(venue)])
    fact = found.facts[entered(venue) - 1]
    assert not fact.answered and "1 are allowed" in fact.remark
    assert most == [0]


def test_being_told_to_stop_leaves_the_rest_untried() -> None:
    stage = ProbeStage("binance", signs_quickly=True)
    stage.stop_after = 3
    found = stage.probe()
    assert next(f.number for f in found.facts if "told to stop" in f.remark) == 4
    assert stage.left() == []


def test_the_answers_say_what_the_file_may_be_told() -> None:
    assert abilities_from(ProbeStage("hyperliquid").probe([8])) == {"stop_first": "accepted"}
    refusing = ProbeStage("okx", switches=switches("okx", conditional_while_flat=False))
    assert abilities_from(refusing.probe([13])) == {"stop_first": "refused"}
    assert abilities_from(ProbeStage("binance").probe([1])) == {}


@pytest.mark.parametrize(("venue", "number"), [("hyperliquid", 8), ("okx", 13), ("okx", 18)])
def test_the_adapter_takes_what_was_found(venue: str, number: int) -> None:
    """The printed line is one that the configuration accepts, and the adapter's abilities follow it."""
    stage = ProbeStage(venue)
    stage.exchange.model.set_liquidity("SOL", Liquidity(size=Decimal("0.05")))
    found = abilities_from(stage.probe([number]))
    lines = (f"venue={venue}", *(f"abilities.{name}={word}" for name, word in found.items()))
    known = abilities_of(config.load(None, lines).settings, parts_of(venue).abilities)
    assert found == {"attach": "whole"} if number == 18 else known.stop_first is True


def test_the_words_do_not_name_the_account_or_its_key() -> None:
    stage = ProbeStage("okx")
    keys = stage.parts.paper_keys("probe")
    text = text_of(stage.probe([1, 12, 20, 21, 22, 23, 24, 25]))
    assert all(secret not in text for secret in (keys.account_id, *keys.secrets.values()))

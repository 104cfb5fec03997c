"""Which stops the judge counts as cover, and which level acts first."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.judge_bench import an_id, bare, own_stop, some_terms
from tests.support.model_exchange import (
    PLAIN,
    SIDED,
    USER,
    an_exchange,
    limit,
    on_leg,
    place,
    stop,
    target,
)
from trader.core.identity import Role
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Grouping, Tif
from trader.oracle.stops import covered, level, told

LOOSE = replace(PLAIN, trigger_must_reduce=False, stop_bound_beyond_trigger=False)
OURS = an_id(Role.STOP)


def cover(model: Model, *, margin: str = "0") -> Decimal:
    (position,) = model.positions(USER)
    return covered(model, USER, position, some_terms(), margin=Decimal(margin))


def with_source(spec: OrderSpec, source: str) -> OrderSpec:
    assert spec.trigger is not None
    return replace(spec, trigger=replace(spec.trigger, source=source))


def held_back(spec: OrderSpec) -> OrderSpec:
    assert spec.trigger is not None
    return replace(spec, trigger=replace(spec.trigger, gap_max=Decimal("0.05")))


def bound(model: Model) -> None:
    model.place(USER, [stop("sell", "0", "95", cloid=OURS)], Grouping.POSITION)


def one(spec: OrderSpec) -> Callable[[Model], object]:
    return lambda model: place(model, spec)


@pytest.mark.parametrize(
    ("put", "expected"),
    [
        pytest.param(one(stop("sell", "1", "95", cloid=OURS)), "1", id="whole"),
        pytest.param(one(stop("sell", "0.4", "95", cloid=OURS)), "0.4", id="in part"),
        pytest.param(one(stop("sell", "7", "95", cloid=OURS)), "1", id="larger"),
        pytest.param(bound, "1", id="bound to the position"),
        pytest.param(one(stop("sell", "1", "95")), "1", id="somebody else's"),
        pytest.param(lambda model: None, "0", id="none"),
        pytest.param(one(stop("sell", "1", "95", reduce_only=False, cloid=OURS)), "0", id="may open"),
        pytest.param(one(with_source(stop("sell", "1", "95", cloid=OURS), "last")), "0", id="another price"),
        pytest.param(one(with_source(stop("sell", "1", "95"), "last")), "1", id="another's other price"),
        pytest.param(one(held_back(stop("sell", "1", "95", cloid=OURS))), "0", id="held back by a gap"),
        pytest.param(one(held_back(stop("sell", "1", "95"))), "0", id="another's, held back by a gap"),
        pytest.param(
            one(stop("sell", "1", "95", bound="90", is_market=False, cloid=OURS)), "0", id="stop-limit"
        ),
        pytest.param(one(stop("sell", "1", "95", bound="94", cloid=OURS)), "0", id="too little room"),
        pytest.param(one(stop("sell", "1", "95", bound="92", cloid=OURS)), "1", id="room"),
        pytest.param(one(limit("sell", "1", "110", reduce_only=True, cloid=OURS)), "0", id="a target"),
        pytest.param(one(target("sell", "1", "110")), "0", id="a conditional target"),
    ],
)
def test_what_counts_as_cover(put: Callable[[Model], object], expected: str) -> None:
    model = an_exchange(rules=LOOSE)
    bare(model)
    put(model)
    assert cover(model) == Decimal(expected)


def test_two_stops_add_up() -> None:
    model = an_exchange()
    bare(model)
    for attempt in (2, 3):
        own_stop(model, sz="0.3", attempt=attempt)
    assert cover(model) == Decimal("0.6")


def test_liquidation_must_lie_behind_the_stop_and_not_too_near() -> None:
    model = an_exchange(cash=120)
    assert model.set_leverage(USER, "SOL", value=10, is_cross=True) is None
    bare(model, "10")
    end = model.liquidation_px(USER, "SOL")
    assert end is not None
    assert 85 < end < 95
    near = end + Decimal("0.3")
    own_stop(model, str(near.quantize(Decimal("0.1"))), "10")
    assert cover(model) == 10
    assert cover(model, margin="0.005") == 0
    own_stop(model, str((end - 1).quantize(Decimal("0.1"))), "10", attempt=3)
    assert cover(model) == 10
    assert cover(model, margin="0.005") == 0


def test_a_leg_is_covered_by_the_stops_of_its_own() -> None:
    model = an_exchange(rules=SIDED, two_sided=True)
    place(model, on_leg("long", limit("buy", "1", "102", tif=Tif.IOC, cloid=an_id())))
    place(model, on_leg("short", limit("sell", "1", "98", tif=Tif.IOC, cloid=an_id())))
    place(model, on_leg("long", stop("sell", "1", "95", cloid=OURS)))
    by_leg = {p.leg: covered(model, USER, p, some_terms()) for p in model.positions(USER)}
    assert by_leg == {"long": 1, "short": 0}
    assert told(("SOL", "long")) == "SOL long"


def test_the_level_is_that_of_our_tightest_real_stop() -> None:
    model = an_exchange(rules=LOOSE)
    bare(model)
    (position,) = model.positions(USER)
    assert level(model, USER, position) is None
    own_stop(model, "94")
    own_stop(model, "95", attempt=3)
    own_stop(model, "96", attempt=4, is_market=False, bound="90")
    place(model, stop("sell", "1", "97"))
    place(model, replace(target("sell", "1", "110"), cloid=an_id(Role.TARGET)))
    assert level(model, USER, position) == 95


def test_of_a_short_the_lowest_level_acts_first() -> None:
    model = an_exchange()
    place(model, limit("sell", "1", "98", tif=Tif.IOC, cloid=an_id()))
    for attempt, at in enumerate(("106", "105"), start=2):
        place(model, stop("buy", "1", at, cloid=an_id(Role.PROTECT, attempt=attempt)))
    (position,) = model.positions(USER)
    assert level(model, USER, position) == 105
    assert cover(model) == 1

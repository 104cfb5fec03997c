"""What the codec writes reads back equal; what it did not write is refused with its place."""

import json
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given, settings

from tests.support.frozen_values import values
from trader.core.actions import Action
from trader.core.candles import Candles
from trader.core.codec import from_json, to_json
from trader.core.errors import Broken, Malformed
from trader.core.identity import Role
from trader.core.market import MarginTier, Side
from trader.core.orders import Accepted, Outcome, Refusal, Rejected
from trader.core.policy import EntryRules, Limits, Sizing, StopRules
from trader.core.report import Exit, Report, Verdict, Verified
from trader.core.snapshot import Leverage, Snapshot
from trader.core.target import Want


@dataclass(frozen=True, slots=True)
class Missing:
    """A second member of a union."""

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class Shapes:
    """Every form of field that the vocabulary may use."""

    side: Literal["long", "short"]
    pair: tuple[str, Decimal]
    tags: frozenset[str]
    either: Leverage | Missing | None
    listed: tuple[Leverage, ...] | Missing
    role: Role | None
    fee: Decimal | None
    ratio: float
    on: bool
    by_coin: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Loose:
    """An untyped field, as a strategy's numbers are."""

    params: Any


@dataclass(frozen=True, slots=True)
class Twins:
    """Two members that look alike in JSON."""

    value: str | Decimal


def through_text(type_: Any, value: Any) -> Any:
    return from_json(type_, json.loads(json.dumps(to_json(value, type_), allow_nan=False)))


@pytest.mark.parametrize(
    "type_",
    [
        Shapes,
        Snapshot,
        Verdict,
        Verified,
        Report,
        Action,
        Outcome,
        Want,
        Sizing,
        EntryRules,
        StopRules,
        Limits,
    ],
    ids=lambda t: getattr(t, "__name__", str(t)),
)
def test_what_is_written_reads_back_equal(type_: Any) -> None:
    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(values(type_))
    def holds(value: Any) -> None:
        assert through_text(type_, value) == value

    holds()


@settings(max_examples=200, deadline=None, derandomize=True)
@given(values(Decimal), values(float))
def test_numbers_keep_every_digit(money: Decimal, level: float) -> None:
    assert str(through_text(Decimal, money)) == str(money)
    assert through_text(float, level).hex() == level.hex()


SHAPES = Shapes(
    side="long",
    pair=("a", Decimal("1.50")),
    tags=frozenset({"z", "b"}),
    either=Missing("leverage", "timeout"),
    listed=(Leverage(3, True),),
    role=Role.STOP,
    fee=None,
    ratio=0.1,
    on=True,
    by_coin={"BTC": (1, 2)},
)
LEVER: dict[str, Any] = {"leverage": 3, "cross": True, "legs_differ": False}
WRITTEN = {
    "side": "long",
    "pair": ["a", "1.50"],
    "tags": ["b", "z"],
    "either": {"is": "Missing", "what": "leverage", "why": "timeout"},
    "listed": [LEVER],
    "role": 3,
    "fee": None,
    "ratio": 0.1,
    "on": True,
    "by_coin": {"BTC": [1, 2]},
}


def test_the_form_in_json_is_this_one() -> None:
    assert to_json(SHAPES) == WRITTEN
    assert from_json(Shapes, WRITTEN) == SHAPES


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"side": "up"}, "side: expected one of"),
        ({"pair": ["a"]}, "pair: expected a list of 2"),
        ({"pair": ["a", 1.5]}, "pair[1]: expected a number as text"),
        ({"pair": ["a", "NaN"]}, "pair[1]: expected a number as text"),
        ({"pair": ["a", "1_0"]}, "pair[1]: expected a number as text"),
        ({"pair": ["a", "1e"]}, "pair[1]: expected a number as text"),
        ({"tags": ["a", "a"]}, "tags: expected each member once"),
        ({"tags": {"a": 1}}, "tags: expected a list"),
        ({"either": {"what": "x", "why": "y"}}, 'either: expected "is" to be one of Leverage, Missing'),
        ({"either": {"is": "Snapshot"}}, 'either: expected "is"'),
        ({"either": 5}, "either: expected Leverage or Missing or null"),
        ({"either": {"is": "Leverage", "leverage": 3}}, "either: a Leverage lacks ['cross', 'legs_differ']"),
        ({"listed": [LEVER | {"cross": 1}]}, "listed[0].cross: expected true or false"),
        ({"listed": [LEVER | {"leverage": True}]}, "listed[0].leverage: expected a whole number"),
        ({"role": 99}, "role: expected a Role"),
        ({"role": True}, "role: expected"),
        ({"ratio": float("inf")}, "ratio: expected a finite number"),
        ({"ratio": 10**400}, "ratio: expected a finite number"),
        ({"ratio": True}, "ratio: expected a finite number"),
        ({"on": 0}, "on: expected true or false"),
        ({"by_coin": {"BTC": [1, "2"]}}, "by_coin['BTC'][1]: expected a whole number"),
        ({"extra": 1}, "a Shapes lacks nothing and has unknown ['extra']"),
    ],
)
def test_what_is_not_understood_is_refused_with_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(Malformed) as caught:
        from_json(Shapes, {**WRITTEN, **change})
    assert place in str(caught.value)


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_no_field_may_be_missing(name: str) -> None:
    with pytest.raises(Malformed, match=f"lacks \\['{name}'\\]"):
        from_json(Shapes, {k: v for k, v in WRITTEN.items() if k != name})


def test_a_missing_field_with_a_default_is_refused_too() -> None:
    with pytest.raises(Malformed, match="attached"):
        from_json(Accepted, {"order_id": "1", "filled": None, "average": None})


def test_a_type_that_holds_itself() -> None:
    value = Accepted("1", attached=(Rejected(Refusal.RULE, "no"), Accepted("2")))
    assert through_text(Accepted, value) == value


def test_exit_codes_are_sorted_as_numbers() -> None:
    assert to_json(frozenset({Exit.BROKEN, Exit.USAGE, Exit.NAKED}), frozenset[Exit]) == [2, 20, 70]


def test_an_untyped_place_takes_plain_json_only() -> None:
    plain = {"a": [1, 2.5, None, "x", True]}
    assert through_text(Loose, Loose(plain)) == Loose(plain)
    for value in (Leverage(3, True), [Decimal(1)], {"a": (1, 2)}, float("nan")):
        with pytest.raises(Broken):
            to_json(Loose(value))


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (Decimal, Decimal("NaN")),
        (Decimal, 1.5),
        (float, float("inf")),
        (float, "1"),
        (float, 2**53 + 1),
        (int, True),
        (str, Side.BUY),
        (Side, "buy"),
        (Leverage, MarginTier(Decimal(1), 2)),
        (Leverage | Missing, MarginTier(Decimal(1), 2)),
        (Literal[1, 2], True),
        (tuple[int, ...], [1]),
        (tuple[int, int], (1,)),
        (frozenset[str], {"a"}),
        (Mapping[str, int], {1: 1}),
        (Mapping[int, int], {}),
        (Twins, Twins("a")),
        (bytes, b""),
    ],
    ids=str,
)
def test_what_could_not_be_read_back_is_never_written(type_: Any, value: Any) -> None:
    with pytest.raises(Broken):
        to_json(value, type_)


def test_a_bare_union_needs_its_type_named() -> None:
    with pytest.raises(Broken):
        to_json((Leverage(1, True),))


def test_bars_of_a_whole_history_are_exact() -> None:
    bars = Candles("BTC", 1, tuple(range(900)), *(tuple(i * 1.1 for i in range(900)) for _ in range(5)))
    assert through_text(Candles, bars) == bars


def test_importing_the_codec_stays_cheap() -> None:
    heavy = "{'json', 'pydantic', 'asyncio', 'logging'}"
    script = f"import sys, trader.core.codec; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""A venue renames a field from one day to the next: nothing is entered on what is no longer understood, and
no run calls a position covered that is not.

The fields are those that the embedded exchange really answers a tick with: some of each question's.
"""

import json
from collections.abc import Iterator
from functools import cache

import pytest

from tests.support.scenes import cancel_stops, code, stage
from tests.support.way_cases import leg_of, way_stage
from trader.core.actions import Enter
from trader.core.report import Exit, Foreign
from trader.core.wire import Answer, Lost, Request
from trader.observe import unread_parts
from trader.rehearsal import Stage
from trader.sim.faults import Fault

WAYS = ("hyperliquid", "attached", "stop first")
SAMPLED = 24


def with_signal(way: str) -> Stage:
    return stage(("BTC",)) if way == "hyperliquid" else way_stage(way)


def leg(way: str) -> str | None:
    return None if way == "hyperliquid" else leg_of(way)


def names_in(value: object) -> Iterator[str]:
    """Every name of a field, however deep it stands."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield str(name)
            yield from names_in(item)
    elif isinstance(value, list):
        for item in value[:3]:
            yield from names_in(item)


@cache
def answered(way: str) -> tuple[tuple[str, str], ...]:
    """Each question of an entering tick with each field of its answer."""
    made = with_signal(way)
    found: set[tuple[str, str]] = set()

    def note(_number: int, request: Request, answer: Answer | Lost) -> None:
        if isinstance(answer, Answer) and not request.is_write:
            what = made.line.app.describe(request).what
            found.update((what, name) for name in names_in(json.loads(answer.body)))

    made.host.mount.after_request = note
    assert code(made.host.run()) is Exit.OK
    return tuple(sorted(found))


def sampled(way: str) -> list[tuple[str, str]]:
    """As many of each question, spread over its answer."""
    fields: dict[str, list[tuple[str, str]]] = {}
    for what, field in answered(way):
        fields.setdefault(what, []).append((what, field))
    each = -(-SAMPLED // len(fields))
    return [some[i * len(some) // each] for some in fields.values() for i in range(min(each, len(some)))]


def renamed(what: str, field: str) -> Fault:
    return Fault("H14", what=what, times=0, params={"variant": "renamed_field", "field": field})


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_entered_on_an_answer_that_lacks_what_it_must_have(way: str) -> None:
    held_back = 0
    for what, field in sampled(way):
        made = with_signal(way)
        made.faults(renamed(what, field))
        ran = made.host.run()
        assert ran is not None
        seen = ran.snapshot
        if seen is None or any(part.answered for part in unread_parts(seen)):
            held_back += 1
            entered = [d for d in ran.done if isinstance(d.action, Enter)]
            assert not entered, f"entered though {what} lacks {field}"
        covered = made.watch.covered(made.user, "BTC", leg(way))
        assert covered or code(ran) is not Exit.OK, f"bare, and 0, where {what} lacks {field}"
    assert held_back >= SAMPLED // 4, "the sample has hardly met a field that is read"


@pytest.mark.parametrize("way", WAYS)
def test_a_position_whose_stop_is_gone_is_covered_again_or_said_not_to_be(way: str) -> None:
    """Where fills no longer carry our ids it looks like somebody else's: then it is told as that."""
    restored = 0
    for what, field in sampled(way):
        made = with_signal(way)
        assert made.host.run() is not None
        cancel_stops(made, "BTC")
        made.pass_time(75)
        made.faults(renamed(what, field))
        ran = made.host.run()
        covered = made.watch.covered(made.user, "BTC", leg(way))
        restored += covered
        assert ran is not None and ran.verified is not None
        foreign = any(isinstance(p, Foreign) and not p.covered for p in ran.verified.proofs)
        assert covered or foreign or code(ran) is not Exit.OK, f"bare, and 0, where {what} lacks {field}"
    assert restored > SAMPLED // 4

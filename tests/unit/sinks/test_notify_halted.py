"""A message says that entries are halted; a halt alone sends none, because whoever halted knows."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.reports import NOON_MS, a_report
from trader.sinks.notify import Notify, Sent


@pytest.mark.parametrize(
    ("since_ms", "said"), [(NOON_MS, "entries are halted since 20"), (None, "entries are halted")]
)
def test_a_message_says_that_entries_are_halted_and_a_halt_alone_sends_none(
    tmp_path: Path, since_ms: int | None, said: str
) -> None:
    bodies: list[str] = []

    def send(_title: str, body: str) -> Sent:
        bodies.append(body)
        return Sent(1)

    quiet = replace(a_report(), halted=True, halted_since_ms=since_ms)
    sink = Notify(tmp_path / "told", send)
    assert (sink.tell(quiet), bodies) == ([], [])
    assert sink.tell(replace(quiet, problems=("no answer",))) == []
    assert bodies[0].splitlines()[-1].startswith(said)

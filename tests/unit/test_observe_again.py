"""The second look of a run asks for the record of the account's money only where something filled."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW_MS, a_fill, a_policy, a_snapshot, holdings
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader import observe
from trader.core.orders import Unreadable
from trader.core.past import Past
from trader.core.snapshot import Snapshot

PAST = Past(0, 0, (), ())
FIRST = replace(a_snapshot(holdings(fills=[a_fill()])), past=PAST)
SAME = replace(FIRST, past=None)
FILLED = replace(SAME, holdings=holdings(fills=[a_fill(), a_fill(fill_id="2")]))


@pytest.mark.parametrize(
    ("last", "seen", "is_whole"),
    [
        (FIRST, SAME, False),
        (FIRST, FILLED, True),
        (replace(FIRST, past=None), SAME, True),
        (replace(FIRST, past=Unreadable("past", "no answer")), SAME, True),
    ],
)
def test_of_two_looks(
    last: Snapshot, seen: Snapshot, is_whole: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = replace(seen, past=PAST)
    monkeypatch.setattr(observe, "patiently", lambda _env, _scope: seen)
    monkeypatch.setattr(observe, "observe", lambda _env, _policy: whole)
    env = env_of(ScriptedVenue())
    found = observe._newer(env, a_policy(), observe.scope_of(NOW_MS, a_policy(), env.fills_back_ms), last)
    assert ((found is whole), found.past) == (is_whole, PAST)

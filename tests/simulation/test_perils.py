"""What people, the market, clocks and signals do in the middle of a run, at requests spread over it.

The exchange's books judge, and the runs after it must find nothing left to heal.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from tests.support.episodes import Episode, heal
from tests.support.judged import Judged
from tests.support.scenes import trade_by_hand
from tests.support.starts import STARTS
from trader.core.actions import Enter
from trader.core.wire import Request
from trader.oracle.seen import World
from trader.rehearsal import Stage

BOUNDARIES = range(1, 28)
HOUR_MS = 3_600_000


def by_hand(size: Callable[[Stage], Decimal]) -> Callable[[Stage], None]:
    """A trade of this signed size, if there is anything to trade on."""

    def move(made: Stage) -> None:
        amount = size(made)
        if amount:
            trade_by_hand(made, "BTC", str(amount))

    return move


def to_price(price: int) -> Callable[[Stage], None]:
    """Mark and book jump there at once."""

    def move(made: Stage) -> None:
        by = Decimal(price) - made.model.quote("BTC").mark
        made.model.set_offsets("BTC", mark=by, mid=by)

    return move


def deleverage(fraction: str) -> Callable[[Stage], None]:
    def move(made: Stage) -> None:
        if made.size("BTC"):
            made.model.adl(made.user, "BTC", Decimal(fraction))

    return move


def withdraw(made: Stage) -> None:
    made.model.withdraw(made.user, Decimal(700))


def set_leverage(made: Stage) -> None:
    made.model.set_leverage(made.user, "BTC", value=40, is_cross=True)


MOVES: Mapping[str, Callable[[Stage], None]] = {
    "manual close": by_hand(lambda made: -made.size("BTC")),
    "manual add": by_hand(lambda made: Decimal("0.001")),
    "manual cut": by_hand(lambda made: Decimal("-0.001") if made.size("BTC") > 0 else Decimal(0)),
    "manual flip": by_hand(lambda made: -made.size("BTC") - Decimal("0.002")),
    "leverage": set_leverage,
    "withdrawal": withdraw,
    "stopped out": to_price(95_600),
    "gap": to_price(90_000),
    "target hit": to_price(104_500),
    "half deleveraged": deleverage("0.5"),
    "all deleveraged": deleverage("1"),
}
FOUND = ("signal", "naked", "mixed naked", "two stops")


def interrupted(start: str, boundary: int, move: Callable[[Stage], None]) -> Episode:
    """A run from this start in which something happens just before its request of this number."""
    made = STARTS[start]()
    world = World(hand=True, venue_took=True, gap=True, forced=True)
    episode = Episode(start, (), made, Judged(made, world))
    begin = made.host.mount.requests

    def watch(number: int, _request: Request) -> None:
        if number - begin == boundary:
            move(made)
            episode.fired += 1

    made.host.mount.before_request = watch
    episode.run("peril", made.host.run, disturbed=True)
    made.host.mount.before_request = None
    return episode


@pytest.mark.parametrize("name", MOVES)
def test_whatever_happens_in_between_is_survived(name: str) -> None:
    fired = 0
    for place, start in enumerate(FOUND):
        first = (2 * place + 3 * list(MOVES).index(name)) % 9
        for boundary in BOUNDARIES[first::9]:
            made = interrupted(start, boundary, MOVES[name])
            fired += made.fired
            heal(made)
            assert made.found == [], f"{name} before request {boundary} of {start}; exits {made.codes}"
    assert fired


@pytest.mark.parametrize("step_ms", [-HOUR_MS, -20_000, 2_000, HOUR_MS])
@pytest.mark.parametrize("start", ["signal", "naked", "orphan"])
def test_a_wall_clock_that_steps_keeps_nobody_from_protecting(start: str, step_ms: int) -> None:
    """An hour forward in the middle of a run is its whole deadline: it sends nothing more, and says so."""
    for boundary in (1, 19):
        episode = interrupted(start, boundary, lambda made: made.clock.step(step_ms))
        made = episode.stage
        is_covered = all(episode.judged.oracle.is_covered(coin) for coin in made.coins_held())
        assert is_covered or (step_ms == HOUR_MS and episode.codes == [23]), episode.codes
        first = episode.rans[0]
        if boundary == 1 and abs(step_ms) > 5_000 and first is not None:
            assert not [d for d in first.done if isinstance(d.action, Enter)]
        made.clock.step(-step_ms)
        heal(episode)
        assert episode.found == [], f"{step_ms} ms before request {boundary} of {start}; {episode.codes}"


def told_to_stop(start: str, boundary: int) -> tuple[Episode, list[Request]]:
    """A run told to stop before its request of this number, and the entries of later rounds."""
    late: list[Request] = []
    made = STARTS[start]()
    mount, begin = made.host.mount, made.host.mount.requests
    episode = Episode(start, (), made, Judged(made))

    def watch(number: int, request: Request) -> None:
        if number - begin == boundary:
            made.host.stop_requested, episode.fired = True, mount.rounds
        elif episode.fired and mount.rounds > episode.fired and b"normalTpsl" in request.body:
            late.append(request)

    mount.before_request = watch
    episode.run("told", made.host.run, disturbed=True)
    mount.before_request = None
    made.host.stop_requested = False
    return episode, late


@pytest.mark.parametrize("start", ["signal", "three signals", "naked"])
def test_told_to_stop_it_enters_nothing_more_and_still_verifies(start: str) -> None:
    for boundary in BOUNDARIES[1::3]:
        episode, late = told_to_stop(start, boundary)
        ran = episode.rans[0]
        assert late == [], f"entered in a round after request {boundary}, where it was told to stop"
        assert ran is not None
        assert ran.verified is not None
        assert all(episode.stage.is_covered(coin) for coin in episode.stage.coins_held())
        heal(episode)
        assert episode.found == [], f"told to stop at {boundary} of {start}; {episode.codes}"


@pytest.mark.parametrize("used_s", [55.0, 61.0, 80.0, 88.0, 91.0])
@pytest.mark.parametrize("start", ["signal", "naked", "orphan"])
def test_a_deadline_nearly_used_up_is_not_spent_on_entries(start: str, used_s: float) -> None:
    episode = interrupted(start, 1, lambda made: made.clock.sleep(used_s))
    ran = episode.rans[0]
    assert ran is not None
    if used_s > 60:
        assert not [d for d in ran.done if isinstance(d.action, Enter)]
    heal(episode)
    assert episode.found == [], f"{used_s} s used; {episode.codes}"


class Lost:
    """A lock file that cannot be written."""

    dirty_since_ms = None

    def mark_dirty(self, _now_ms: int) -> str:
        return "the lock file could not be written"

    def mark_clean(self) -> str:
        return "the lock file could not be written"


def test_without_the_quarantine_word_nothing_is_entered() -> None:
    made = STARTS["signal"]()
    made.host.word = Lost()  # type: ignore[assignment]
    ran = made.host.run()
    assert ran is not None
    assert ran.verdict is not None
    assert ran.done == []
    assert [(r.rule, "lock file" in r.reason) for r in ran.verdict.refused] == [("last_look", True)]


def test_without_the_quarantine_word_protection_goes_on() -> None:
    made = STARTS["naked"]()
    made.host.word = Lost()  # type: ignore[assignment]
    made.host.run()
    assert made.is_covered("BTC")

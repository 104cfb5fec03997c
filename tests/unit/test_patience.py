"""How often each step looks and how long it pauses in between: numbers that a run's length is made of.

A limit moved by one would show nowhere else: one look less where an answer is late, one second more beside a
deadline. So each is held on both sides of where it ends, and each kind of failed read is provoked.
"""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    a_fill,
    a_market,
    a_policy,
    a_position,
    a_snapshot,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.scripted_venue import ScriptedVenue, env_of
from trader import observe
from trader.clock import Deadline
from trader.core.actions import Close
from trader.core.errors import Denied, Malformed, TraderError, Unavailable
from trader.core.identity import Role
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Accepted, Outcome, Refusal, Rejected, Unknown, Unreadable
from trader.core.ports import Env, Scope
from trader.core.snapshot import Holdings, Snapshot
from trader.gate import gate_repair
from trader.reread import market_of, read_until
from trader.sending import close
from trader.settle import settle, sought

FAILED = [Unavailable("no answer"), Denied("this key"), Malformed("no list")]
ENTRY = an_entry()
SLOT = Slot("BTC")


def env_with(venue: ScriptedVenue, *, left_s: float = 600, reserve_s: float = 0) -> Env:
    """A process that has so much time, and keeps so much of it for the proof."""
    return replace(env_of(venue), deadline=Deadline.after(venue.clock, soft_s=left_s, reserve_s=reserve_s))


@dataclass
class Silent(ScriptedVenue):
    """Every read fails, each in turn with one of these; after them it answers."""

    errors: tuple[TraderError, ...] = ()
    asked_back_ms: int = 0

    def inspect(self, back_ms: int) -> Holdings:
        self.asked_back_ms = back_ms
        self._fail()
        return super().inspect(back_ms)

    def market(self, _coin: str) -> Market:
        self._fail()
        return a_market()

    def observe(self, _scope: Scope) -> Snapshot:
        self._fail()
        return a_snapshot(holdings())

    def _fail(self) -> None:
        if self.errors:
            error, *more = self.errors
            self.errors = tuple(more)
            self.reads += 1
            raise error


class TestReread:
    """reread.py: six readings, and pauses that double up to four seconds."""

    PAUSES = (0.25, 0.5, 1, 2, 4, 4)

    @pytest.mark.parametrize("error", FAILED)
    def test_what_never_answers_is_asked_six_times(self, error: TraderError) -> None:
        venue = Silent(errors=(error,) * 9)
        env = env_with(venue)
        assert read_until(env, lambda _: True) is None
        assert (venue.reads, tuple(venue.clock.pauses_s)) == (6, self.PAUSES)
        assert env.trouble == [error]

    @pytest.mark.parametrize("part", ["orders", "fills"])
    def test_a_part_that_is_missing_is_no_reading(self, part: str) -> None:
        lacking: dict[str, Any] = {part: Unreadable(part, "429")}
        venue = ScriptedVenue(readings=[holdings(**lacking)])
        env = env_with(venue)
        assert read_until(env, lambda _: True) is None
        assert (venue.reads, [str(e) for e in env.trouble]) == (6, [f"{part} could not be read: 429"])

    def test_what_never_agrees_is_handed_on_as_it_was_last(self) -> None:
        venue = ScriptedVenue(readings=[holdings(), holdings(at_ms=1)])
        env = env_with(venue)
        assert read_until(env, lambda _: False) == holdings(at_ms=1)
        assert (tuple(venue.clock.pauses_s), env.trouble) == (self.PAUSES, [])

    def test_a_read_that_failed_before_a_good_one_is_no_trouble(self) -> None:
        env = env_with(Silent(errors=(FAILED[0],)))
        assert read_until(env, lambda _: True) == holdings()
        assert env.trouble == []

    def test_a_reading_that_failed_last_is_trouble_beside_the_last_whole_one(self) -> None:
        venue = ScriptedVenue(readings=[holdings(at_ms=1), holdings(fills=Unreadable("fills", "429"))])
        env = env_with(venue)
        assert read_until(env, lambda _: False) == holdings(at_ms=1)
        assert len(env.trouble) == 1

    @pytest.mark.parametrize(("left_s", "pauses"), [(0.25, []), (0.251, [0.25])])
    def test_no_pause_outlives_the_deadline(self, left_s: float, pauses: list[float]) -> None:
        venue = Silent(errors=(FAILED[0],) * 9)
        read_until(env_with(venue, left_s=left_s), lambda _: True)
        assert venue.clock.pauses_s == pauses

    @pytest.mark.parametrize("error", FAILED)
    def test_a_coin_without_rules_is_trouble_and_stops_nobody(self, error: TraderError) -> None:
        env = env_with(Silent(errors=(error,)))
        assert market_of(env, "BTC") is None
        assert env.trouble == [error]
        assert market_of(env, "BTC") == a_market()


class TestSettle:
    """settle.py: how long a write is looked for, and where that ends to the millisecond."""

    EXPIRY_MS = ABILITIES.write_expiry_ms + 2_000

    def settled(self, venue: ScriptedVenue, *, ago_ms: int, left_s: float = 600) -> Outcome:
        return settle(env_with(venue, left_s=left_s), ENTRY, Unknown("lost"), sent_ms=NOW_MS - ago_ms)

    def blind(self) -> ScriptedVenue:
        return ScriptedVenue(found={ENTRY.client_id: Unreadable("order", "429")})

    def test_the_pauses_double_up_to_four_seconds(self) -> None:
        venue = self.blind()
        self.settled(venue, ago_ms=0)
        assert venue.clock.pauses_s == [0.5, 1, 2, 4, 4, 4, 4, 4, 4, 4]

    @pytest.mark.parametrize(("ago_ms", "arrived"), [(EXPIRY_MS, None), (EXPIRY_MS + 1, False)])
    def test_two_seconds_after_its_expiry_it_cannot_arrive(self, ago_ms: int, arrived: bool | None) -> None:
        venue = ScriptedVenue()
        found = self.settled(venue, ago_ms=ago_ms)
        assert isinstance(found, Rejected) and found.code is Refusal.EXPIRED
        assert (venue.clock.slept_s == 0) is (arrived is False)

    @pytest.mark.parametrize(("ago_ms", "pauses"), [(EXPIRY_MS + 8_000, [0.5]), (EXPIRY_MS + 8_001, [])])
    def test_eight_seconds_later_nobody_looks_any_more(self, ago_ms: int, pauses: list[float]) -> None:
        venue = self.blind()
        assert self.settled(venue, ago_ms=ago_ms) == Unknown("lost")
        assert venue.clock.pauses_s == pauses

    def test_no_expiry_makes_more_than_forty_looks(self) -> None:
        venue = self.blind()
        venue.abilities = replace(ABILITIES, write_expiry_ms=3_600_000)
        self.settled(venue, ago_ms=0)
        assert len(venue.clock.pauses_s) == 40

    @pytest.mark.parametrize(("left_s", "pauses"), [(0.5, []), (0.501, [0.5])])
    def test_no_pause_outlives_the_deadline(self, left_s: float, pauses: list[float]) -> None:
        venue = self.blind()
        self.settled(venue, ago_ms=0, left_s=left_s)
        assert venue.clock.pauses_s == pauses

    @pytest.mark.parametrize("error", FAILED)
    def test_an_account_that_cannot_be_read_leaves_it_unknown(self, error: TraderError) -> None:
        venue = Silent(errors=(error,) * 60)
        assert self.settled(venue, ago_ms=self.EXPIRY_MS + 1) == Unknown("lost")
        assert venue.reads > 1

    def test_what_was_refused_in_unknown_words_is_looked_for_four_times(self) -> None:
        venue = self.blind()
        assert sought(env_with(venue), ENTRY) is None
        assert venue.clock.pauses_s == [0.5, 1, 2, 4]

    @pytest.mark.parametrize(("left_s", "pauses"), [(0.5, []), (0.501, [0.5])])
    def test_that_too_ends_at_the_deadline(self, left_s: float, pauses: list[float]) -> None:
        venue = self.blind()
        assert sought(env_with(venue, left_s=left_s), ENTRY) is None
        assert venue.clock.pauses_s == pauses


class TestClose:
    """sending.py: three attempts, each under a number of its own."""

    HELD = holdings([a_position()], [], [a_fill()])
    WANTED = Close("BTC", Leg.LONG, Role.CLOSE_TIME, dec("0.01"), dec(95_000), an_id(Role.CLOSE_TIME), "x")

    def sent(self, outcome: Outcome) -> list[str]:
        venue = Silent(replace(ABILITIES, exactly_once_nonce=False), lambda _: outcome, [self.HELD])
        venue.found = {self.WANTED.client_id: Unreadable("order", "429")}
        (approved,) = gate_repair([self.WANTED], self.HELD, a_policy(), ABILITIES).approved
        done = close(env_with(venue), approved, a_policy(), SLOT)
        return [d.action.client_id for d in done if isinstance(d.action, Close)]

    @pytest.mark.parametrize("outcome", [Accepted("1"), Rejected(Refusal.NOTHING_MATCHED, "no")])
    def test_what_stays_open_is_closed_three_times(self, outcome: Outcome) -> None:
        assert self.sent(outcome) == [an_id(Role.CLOSE_TIME, attempt=number) for number in (1, 2, 3)]

    @pytest.mark.parametrize("outcome", [Unknown("lost"), Rejected(Refusal.DENIED, "no")])
    def test_what_another_one_could_not_mend_is_not_sent_again(self, outcome: Outcome) -> None:
        assert self.sent(outcome) == [self.WANTED.client_id]


class TestObserve:
    """observe.py: three readings with doubling pauses, and twenty seconds for a bar that is late."""

    @pytest.mark.parametrize("error", [FAILED[0], FAILED[2]])
    def test_what_fails_is_read_three_times_and_then_raised(self, error: TraderError) -> None:
        venue = Silent(errors=(error,) * 9)
        with pytest.raises(type(error)):
            observe.patiently(env_with(venue), Scope())
        assert (venue.reads, venue.clock.pauses_s) == (3, [1, 2])

    def test_a_key_that_is_refused_is_not_tried_again(self) -> None:
        venue = Silent(errors=(FAILED[1],) * 9)
        with pytest.raises(Denied):
            observe.patiently(env_with(venue), Scope())
        assert (venue.reads, venue.clock.pauses_s) == (1, [])

    @pytest.mark.parametrize(("left_s", "pauses"), [(6.0, []), (6.001, [1])])
    def test_no_pause_takes_of_the_reserve(self, left_s: float, pauses: list[float]) -> None:
        venue = Silent(errors=(FAILED[0],) * 9)
        with pytest.raises(Unavailable):
            observe.patiently(env_with(venue, left_s=left_s, reserve_s=5), Scope())
        assert venue.clock.pauses_s == pauses

    def _waited(self, monkeypatch: pytest.MonkeyPatch, **time: float) -> list[float]:
        venue = Silent()
        monkeypatch.setattr(observe, "patiently", lambda _env, _scope: a_snapshot(holdings()))
        monkeypatch.setattr(observe, "_bar_is_late", lambda _seen, _policy: True)
        observe.observe(env_with(venue, **time), a_policy())
        return venue.clock.pauses_s

    def test_a_bar_is_waited_for_in_ten_pauses_of_two_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert self._waited(monkeypatch) == [2] * 10

    @pytest.mark.parametrize(("left_s", "pauses"), [(7.0, []), (7.001, [2])])
    def test_or_until_only_the_reserve_is_left(
        self, left_s: float, pauses: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        assert self._waited(monkeypatch, left_s=left_s, reserve_s=5) == pauses

    @pytest.mark.parametrize("error", FAILED)
    def test_a_second_look_that_fails_leaves_the_first(
        self, error: TraderError, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fails(*_asked: object) -> Snapshot:
            raise error

        monkeypatch.setattr(observe, "_newer", fails)
        env, last = env_with(Silent()), a_snapshot(holdings())
        seen, why = observe.observe_again(env, a_policy(), last)
        assert seen is last
        assert (why, env.trouble) == (f"the account could not be read again: {error}", [error])

"""A venue that answers by a script: what a write becomes, what each reading shows, what a look-up finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from tests.support.builders import ABILITIES, ACCOUNT_ID, NOW_MS, holdings
from tests.support.clocks import ManualClock
from trader.clock import Deadline
from trader.core.abilities import Abilities
from trader.core.actions import Action
from trader.core.orders import Absent, Accepted, Lookup, Outcome
from trader.core.ports import Env, Venue
from trader.core.snapshot import Holdings


@dataclass
class ScriptedVenue:
    """`answer` says what becomes of an action; `readings` are shown in turn, the last one for ever,
    unless `reading` answers."""

    abilities: Abilities = ABILITIES
    answer: Callable[[Action], Outcome] = lambda action: Accepted("1")
    readings: Sequence[Holdings] = (holdings(),)
    reading: Callable[[], Holdings] | None = None
    found: Mapping[str, Lookup] = field(default_factory=dict)
    rounds: list[list[Action]] = field(default_factory=list)
    reads: int = 0
    account_id: str = ACCOUNT_ID
    clock: ManualClock = field(default_factory=lambda: ManualClock(wall_ms=NOW_MS))

    def venue_now_ms(self) -> int:
        return self.clock.now_ms()

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        self.rounds.append(list(actions))
        return [self.answer(action) for action in actions]

    def inspect(self, _back_ms: int) -> Holdings:
        self.reads += 1
        if self.reading is not None:
            return self.reading()
        return self.readings[min(self.reads, len(self.readings)) - 1]

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        return {client_id: self.found.get(client_id, Absent()) for client_id in ids}

    def budgets(self) -> tuple[Any, ...]:
        return ()

    def affords(self, _wanted: object, *, unseen: int = 0) -> bool:
        return True

    def history(self) -> tuple[Any, ...]:
        return ()

    @property
    def kinds(self) -> list[list[str]]:
        """What was sent, round by round."""
        return [[type(action).__name__ for action in sent] for sent in self.rounds]


class Word:
    """A lock file that can always be written."""

    def mark_dirty(self, _now_ms: int) -> None:
        return None

    def mark_clean(self) -> None:
        return None


def env_of(venue: ScriptedVenue, *, halted: str | None = None) -> Env:
    """A process in front of it, with plenty of time."""
    return Env(
        venue=cast(Venue, venue),
        clock=venue.clock,
        deadline=Deadline.after(venue.clock, soft_s=90, reserve_s=30),
        latch=Word(),
        halted=lambda: halted,
        stop_requested=lambda: False,
        dirty_until_ms=0,
        locked_ms=NOW_MS,
    )

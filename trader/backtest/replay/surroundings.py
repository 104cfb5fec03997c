"""What a tick finds around it in a replay: a clock that stands, no deadline, nobody else on the account."""

from trader.core.ports import Env, Venue

AMPLE_S = 3_600.0


class StandingClock:
    """The moment of the tick. Nothing takes time here."""

    def __init__(self) -> None:
        self.at_ms = 0

    def now_ms(self) -> int:
        return self.at_ms

    def elapsed_ms(self) -> int:
        return self.at_ms

    def sleep(self, seconds: float) -> None:
        """Waiting changes nothing: between two bars nothing is known."""


class AmpleTime:
    """No deadline."""

    expired = False

    def remaining_s(self) -> float:
        return AMPLE_S

    def entry_remaining_s(self) -> float:
        return AMPLE_S


class NoLock:
    """There is no other process to tell anything."""

    def mark_dirty(self, now_ms: int) -> None:
        return None

    def mark_clean(self) -> None:
        return None


def _goes_on() -> str | None:
    return None


def _is_not_stopped() -> bool:
    return False


def env_of(venue: Venue, clock: StandingClock, *, fills_back_ms: int) -> Env:
    """One tick's surroundings."""
    return Env(
        venue=venue,
        clock=clock,
        deadline=AmpleTime(),
        latch=NoLock(),
        halted=_goes_on,
        stop_requested=_is_not_stopped,
        dirty_until_ms=0,
        locked_ms=clock.at_ms,
        fills_back_ms=fills_back_ms,
    )

"""The judge beside a stage: it is told of a run what somebody sees who stands beside the machine."""

from trader.core.wire import Answer, Lost, Request
from trader.oracle.judge import Oracle
from trader.oracle.seen import Asked, RunSeen, World
from trader.rehearsal import Stage
from trader.run import Ran
from trader.selftest.promised import terms_of
from trader.selftest.telling import told

HOST = "first"


class Judged:
    """One account of a test; `world` is what else happens from here on."""

    def __init__(self, made: Stage, world: World | None = None) -> None:
        self.made = made
        self.world = world or World()
        self.oracle = Oracle(made.model, made.user, terms_of(made))
        self._asked: list[Asked] = []
        self._began_ms = (0, 0)
        self._landed_late = 0

    def begin(self) -> None:
        """Just before a run."""
        self._asked.clear()
        self._landed_late = 0
        self.made.line.on_late = self._lands
        self._began_ms = self.made.venue_time.now_ms(), self.made.clock.elapsed_ms()
        self.made.host.mount.after_request = self._hear
        self.oracle.begin(HOST)

    def judge(
        self,
        code: int | None,
        ran: Ran | None = None,
        *,
        command: str = "run",
        disturbed: bool = False,
        is_second: bool = False,
        left_behind: int = 0,
    ) -> list[str]:
        """What the run has broken, and the time before it."""
        made, (began_ms, began_by_clock_ms) = self.made, self._began_ms
        made.host.mount.after_request = made.line.on_late = None
        what = None
        if ran is not None:
            what = told(ran, made.host, command=command, began_ms=began_ms, requests=len(self._asked))
        seen = RunSeen(
            host=HOST,
            command=command,
            code=code,
            began_ms=began_ms,
            took_ms=made.clock.elapsed_ms() - began_by_clock_ms,
            deadline_ms=int(made.settings.schedule.deadline_s * 1000),
            asked=tuple(self._asked),
            written=what.written if what else b"",
            document=what.document if what else None,
            alarms=what.alarms if what else (),
            left_behind=left_behind,
            disturbed=disturbed or self._landed_late > 0,
            landed_late=self._landed_late,
            is_second=is_second,
        )
        return [str(violation) for violation in self.oracle.end(seen, self.world)]

    def close(self) -> list[str]:
        return [str(violation) for violation in self.oracle.close(self.world)]

    def _lands(self, _request: Request, _answer: Answer) -> None:
        """What the network had kept arrives while a run is on."""
        self._landed_late += 1

    def _hear(self, number: int, request: Request, answer: Answer | Lost) -> None:
        status = answer.status if isinstance(answer, Answer) else None
        what = self.made.line.app.describe(request).what
        # The clock stands still until a round is over: its requests left together.
        left_ms = self.made.venue_time.now_ms()
        self._asked.append(Asked(number, left_ms, what, request.is_write, status))

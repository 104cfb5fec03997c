"""Where episodes with real processes are played: an exchange behind a port, and a machine that trades on it.

Rules: the port and the machine serve many episodes, one after the other; exchange, line, clock, home and lock
are new in each. Between two runs nobody is connected.
"""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from trader.rehearsal import Stage
from trader.selftest.processes.line import WatchedLine
from trader.selftest.processes.machine import Machine, clean_word, text_of
from trader.selftest.processes.shared_time import SharedClock, Skipped
from trader.settings import Settings
from trader.sim.clock import VenueTime
from trader.sim.server import Server

LEAVING_S = 20.0


class Unsettled(Exception):
    """A client that is gone still holds a connection: the next run would not begin alone."""


@dataclass(slots=True)
class Scene:
    """One episode's exchange, as it is served."""

    stage: Stage
    line: WatchedLine
    clock: SharedClock
    venue_time: VenueTime
    lock: Path

    def settle(self) -> None:
        """Let the exchange catch up with the clock."""
        self.stage.exchange.run_to(self.venue_time.now_ms())


class Ground:
    """A context: the server's port and the machine's folder last as long as it does."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = None if folder is not None else tempfile.mkdtemp(prefix="trader-selftest-")
        self.machine = Machine(Path(self._own) if self._own is not None else folder or Path())
        self._server: Server | None = None
        self._official = ""
        self._configuration = ""

    def __enter__(self) -> "Ground":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        if self._own is not None:
            shutil.rmtree(self._own)

    def set(self, stage: Stage, *, notify: tuple[str, ...] = ()) -> Scene:
        """Serve this stage; its machine has an empty home with the stage's configuration."""
        self.machine.renew()
        clock = SharedClock(stage.clock.now_ms(), Skipped(self.machine.time_file, 0))
        line = WatchedLine(stage.line.app)
        venue_time = VenueTime(clock)
        server = self._serving(stage.settings, line, venue_time)
        server.answered = line.answered
        self._configuration = text_of(stage.settings, url=server.url, notify=notify)
        self.reconfigure()
        lock = self.machine.lock_file(stage.settings, stage.account_id)
        clean_word(lock, now_ms=clock.now_ms())
        return Scene(stage, line, clock, venue_time, lock)

    def reconfigure(self) -> None:
        """The configuration as it was when the episode began."""
        self.machine.configure(self._configuration)

    def wait_until_left(self) -> None:
        """Return when nobody is connected any more."""
        if self._server is not None and not self._server.is_left(within_s=LEAVING_S):
            raise Unsettled(f"a connection is open {LEAVING_S:g} s after its process ended")

    def _serving(self, settings: Settings, line: WatchedLine, venue_time: VenueTime) -> Server:
        from trader.parts import parts_of

        official = parts_of(settings.venue).base_url(practice=False, region=settings.region)
        if self._server is None or official != self._official:
            if self._server is not None:
                self._server.close()
            self._server = Server(line, venue_time, official_url=official)
            self._server.__enter__()
            self._official = official
        else:
            self._server.line, self._server.venue_time = line, venue_time
        return self._server

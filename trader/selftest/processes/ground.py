"""Where episodes with real processes are played: an exchange behind a port, and a machine that trades on it.

Rules: the port and the machine serve many episodes, one after the other; exchange, line, clock, home and lock
are new in each. Between two runs nobody is connected.
"""

import shutil
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from trader.parts import parts_of
from trader.rehearsal import Stage
from trader.selftest.processes.alerts import Alerts
from trader.selftest.processes.line import WatchedLine
from trader.selftest.processes.machine import Machine, clean_word, text_of
from trader.selftest.processes.shared_time import SLOTS, SharedClock, Skipped
from trader.settings import Settings
from trader.sim.clock import VenueTime
from trader.sim.server import Server

LEAVING_S = 20.0


class Unsettled(Exception):
    """A client that is gone still holds a connection: the next run would not begin alone."""


class Deaf:
    """A port on which connections are taken and nothing is ever said, and one that refuses them."""

    def __init__(self) -> None:
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._bound = socket.socket()
        self._bound.bind(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self.refusing = int(self._bound.getsockname()[1])

    def close(self) -> None:
        self._listening.close()
        self._bound.close()


@dataclass(slots=True)
class Scene:
    """One episode's exchange as it is served to one machine."""

    stage: Stage
    line: WatchedLine
    clock: SharedClock
    venue_time: VenueTime
    lock: Path
    machine: Machine
    server: Server
    deaf: Deaf
    alerts: Alerts

    def settle(self) -> None:
        """Let the exchange catch up with the clock, and the stage's own clock with it."""
        self.stage.clock.advance(max(0, self.clock.now_ms() - self.stage.clock.now_ms()))
        self.stage.exchange.run_to(self.venue_time.now_ms())

    def wait_until_left(self) -> None:
        """Return when nobody is connected any more."""
        if not self.server.is_left(within_s=LEAVING_S):
            raise Unsettled(f"a connection is open {LEAVING_S:g} s after its process ended")


class Ground:
    """A context: ports and the folder of the machines last as long as it does."""

    def __init__(self, folder: Path | None = None) -> None:
        self._own = None if folder is not None else tempfile.mkdtemp(prefix="trader-selftest-")
        self._folder = Path(self._own) if self._own is not None else folder or Path()
        self.machine = Machine(self._folder, "home", self._folder / "time")
        self._servers: dict[tuple[str, str], Server] = {}
        self._deaf, self._alerts = Deaf(), Alerts()

    def __enter__(self) -> "Ground":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers.values():
            server.close()
        self._deaf.close()
        self._alerts.close()
        if self._own is not None:
            shutil.rmtree(self._own)

    def set(self, stage: Stage) -> Scene:
        """Serve this stage; its machine has an empty home with the stage's configuration."""
        stage.sign_for_real()
        self.machine.time_file.unlink(missing_ok=True)
        clock = SharedClock(stage.clock.now_ms(), Skipped(self.machine.time_file, 0))
        return self._scene(stage, self.machine, clock, VenueTime(clock), threading.Lock())

    def beside(self, scene: Scene) -> Scene:
        """Serve the same exchange to another machine, which has a home and a lock of its own."""
        other = Machine(self._folder, "second", scene.machine.time_file, first_slot=SLOTS // 2)
        return self._scene(scene.stage, other, scene.clock, scene.venue_time, scene.line.gate)

    def _scene(
        self,
        stage: Stage,
        machine: Machine,
        clock: SharedClock,
        venue_time: VenueTime,
        gate: threading.Lock,
    ) -> Scene:
        machine.renew()
        self._alerts.came.clear()
        line = WatchedLine(stage.line.app, gate)
        server = self._serving(stage.settings, machine, line, venue_time)
        server.answered = line.answered
        machine.configure(text_of(stage.settings, url=server.url, notify=self._alerts.address))
        lock = machine.lock_file(stage.settings, stage.account_id)
        clean_word(lock, now_ms=clock.now_ms())
        return Scene(stage, line, clock, venue_time, lock, machine, server, self._deaf, self._alerts)

    def _serving(
        self, settings: Settings, machine: Machine, line: WatchedLine, venue_time: VenueTime
    ) -> Server:
        official = parts_of(settings.venue).base_url(practice=False, region=settings.region)
        server = self._servers.get((official, machine.home.name))
        if server is None:
            server = Server(line, venue_time, official_url=official)
            server.__enter__()
            self._servers[official, machine.home.name] = server
        server.line, server.venue_time = line, venue_time
        return server

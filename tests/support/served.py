"""A stage served over HTTP on loopback, and what a test may do at each request that arrives there."""

import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from tests.support.machine import Machine
from trader.clock import SystemClock
from trader.core.wire import Request
from trader.lock import Held as HeldLock
from trader.lock import acquire, lock_path
from trader.rehearsal import Stage
from trader.sim.clock import ManualClock, VenueTime
from trader.sim.line import Delivery, Fate, Line
from trader.sim.server import Server

PATIENCE_S = 20.0


class RunningClock(ManualClock):
    """Begins at a moment, runs by itself, and may be moved on."""

    def __init__(self, now_ms: int) -> None:
        super().__init__(now_ms)
        self._began_ns = time.monotonic_ns()

    def _run_ms(self) -> int:
        return (time.monotonic_ns() - self._began_ns) // 1_000_000

    def now_ms(self) -> int:
        return super().now_ms() + self._run_ms()

    def elapsed_ms(self) -> int:
        return super().elapsed_ms() + self._run_ms()


class WatchedLine(Line):
    """Tells a test of each request before and after the exchange works on it; False keeps it from there."""

    before: Callable[[Request], bool] | None = None
    after: Callable[[Request], None] | None = None

    def deliver(self, request: Request, *, at_ms: int, client: str = "127.0.0.1") -> Delivery:
        if self.before is not None and not self.before(request):
            return Delivery(Fate.RESET)
        delivery = super().deliver(request, at_ms=at_ms, client=client)
        if self.after is not None:
            self.after(request)
        return delivery


class Served:
    """The stage's exchange behind a port, and a machine whose configuration points there."""

    def __init__(self, made: Stage, home: Path, *, extra: str = "") -> None:
        made.sign_for_real()
        self.made = made
        self.clock = RunningClock(made.clock.now_ms())
        self.line = WatchedLine(made.line.app)
        self.server = Server(self.line, VenueTime(self.clock))
        self.machine = Machine(home)
        self.machine.read_before(self.machine.configure(self.configuration(extra)))
        self._leave_a_clean_word()

    @property
    def lock_file(self) -> Path:
        """The lock of the account, where a process on this machine looks for it."""
        folder = self.machine.home / ".local/state/trader/locks"
        return lock_path(
            venue="hyperliquid",
            network="paper",
            account_id=self.made.user,
            lock_dir=folder,
            temporary_allowed=True,
        )

    def _leave_a_clean_word(self) -> None:
        """A run before the first one, without which the first entry would wait."""
        before = acquire(self.lock_file, command="check-sl", wait_s=0, clock=SystemClock())
        assert isinstance(before, HeldLock)
        before.mark_clean()
        before.release()

    def __enter__(self) -> "Served":
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.before = self.line.after = None
        self.server.close()

    def configuration(self, extra: str = "") -> str:
        """The stage's account, trading on the exchange as it is served here."""
        return (
            f"venue: hyperliquid\nmode: paper\naccount: {self.made.settings.account}\n"
            f"paper: {{url: '{self.server.url}'}}\n{extra}markets:\n"
            + "".join(f"  {coin}: {{strategy: breakout}}\n" for coin in self.made.settings.markets)
        )

    def start(self, *arguments: str, **options: object) -> subprocess.Popen[bytes]:
        """Start the command on a machine whose clock agrees with the exchange's."""
        self.machine.now_ms = self.clock.now_ms()
        return self.machine.start(*arguments, **options)  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        """Nobody runs; the market goes on."""
        self.clock.sleep(seconds)


class Held:
    """Keeps the exchange from working on the nth request that fits, until the test lets it go on."""

    def __init__(self, line: WatchedLine, fits: Callable[[Request], bool], *, nth: int = 1) -> None:
        self._fits = fits
        self._left = nth
        self._arrived = threading.Event()
        self._go_on = threading.Event()
        line.before = self._look

    def _look(self, request: Request) -> bool:
        if self._fits(request):
            self._left -= 1
            if self._left == 0:
                self._arrived.set()
                self._go_on.wait(PATIENCE_S)
        return True

    def wait(self) -> None:
        """Return when the request has arrived."""
        assert self._arrived.wait(PATIENCE_S), "the request that was waited for never came"

    def let_go(self) -> None:
        self._go_on.set()


class Killer:
    """Kills the client when its nth fitting request has come, before or after the exchange works on it."""

    def __init__(self, line: WatchedLine, fits: Callable[[Request], bool], *, nth: int, worked: bool) -> None:
        self._fits = fits
        self._left = nth
        self._known = threading.Event()
        self._victim: subprocess.Popen[bytes] | None = None
        self._worked = worked
        self.has_killed = False
        line.before = self._before
        if worked:
            line.after = self._after

    def aim(self, victim: subprocess.Popen[bytes]) -> None:
        """Name the process that will be killed."""
        self._victim = victim
        self._known.set()

    def _before(self, request: Request) -> bool:
        if self.has_killed:
            return False
        self._left -= self._fits(request)
        if self._left == 0 and not self._worked:
            self._kill()
            return False
        return True

    def _after(self, _request: Request) -> None:
        if self._left == 0 and not self.has_killed:
            self._kill()

    def _kill(self) -> None:
        self.has_killed = True
        if self._known.wait(PATIENCE_S) and self._victim is not None:
            end(self._victim)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, and return when it is dead; whoever started it may reap it."""
    descriptor = os.pidfd_open(process.pid)
    signal.pidfd_send_signal(descriptor, signal.SIGKILL)
    select.select([descriptor], [], [], PATIENCE_S)
    os.close(descriptor)


def any_request(_request: Request) -> bool:
    return True


def is_write(request: Request) -> bool:
    return request.url.endswith("/exchange")


def is_order(request: Request) -> bool:
    return is_write(request) and b'"type":"order"' in bytes(request.body)

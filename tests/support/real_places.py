"""A venue's real hosts as a process meets them, played by its embedded exchange on this machine.

The program believes that it asks the real network with a real key: official addresses, `mode: live`, the
signature of that network. Each request that arrives is kept, so that a test can say what left; the keys are
canaries, and stand in no request but where the venue wants them.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.support import canaries
from tests.support.machine import Ended, Machine
from tests.support.scenes import NOW_MS, feed_of
from tests.support.served import RunningClock, WatchedLine
from trader.clock import SystemClock
from trader.core.fingerprint import fingerprint
from trader.core.wire import Request
from trader.lock import Held, acquire, lock_path
from trader.parts import Keys, parts_of
from trader.parts.embedded import in_memory
from trader.sim.clock import VenueTime
from trader.sim.hyperliquid.typed_data import address_of_key
from trader.sim.server import Server

MINUTE_MS = 60_000
LABEL = "main"
KEY_HEADERS = frozenset({"x-mbx-apikey", "ok-access-key", "ok-access-passphrase"})


class RealPlace:
    """One venue and the machine that trades there; a breakout signal in BTC is pending."""

    def __init__(self, venue: str, home: Path) -> None:
        self.venue = venue
        self.parts = parts_of(venue)
        self.keys = Keys(self.parts.paper_keys(LABEL).account_id, canaries.KEYS[venue])
        self.clock = RunningClock(NOW_MS)
        self.exchange = in_memory(
            self.parts.dialect(),
            feed_of(),
            label=LABEL,
            start_ms=NOW_MS - NOW_MS % MINUTE_MS,
            equity=Decimal(1000),
        )
        _let_trade(venue, self.exchange.venue, self.keys, self.parts.paper_keys(LABEL))
        self.line = WatchedLine(self.exchange.app)
        self.requests: list[Request] = []
        self.line.before = self._keep
        self.server = Server(self.line, VenueTime(self.clock))
        self.machine = Machine(home)

    def _keep(self, request: Request) -> bool:
        self.requests.append(request)
        return True

    def __enter__(self) -> "RealPlace":
        self.server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.line.before = None
        self.server.close()
        for request in self.requests:
            shown = [value for name, value in request.headers if name.lower() not in KEY_HEADERS]
            parts: list[str | bytes] = [request.url, bytes(request.body), *shown]
            for part in parts:
                canaries.refuse(part, f"a request to {request.url[:60]}")

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.venue, "live", self.keys.account_id)

    @property
    def writes(self) -> list[Request]:
        """What arrived that could have changed something."""
        return [r for r in self.requests if is_write(self.venue, r)]

    def credentials(self, more: str = "", **instead: str) -> Path:
        """The key's file, with other values for some names, and more lines."""
        prefix = self.venue.upper()
        lines: Mapping[str, str] = {"ACCOUNT": self.keys.account_id, **self.keys.secrets, **instead}
        path = self.machine.home / ".config/trader/key.env"
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_text("".join(f"{prefix}_{name}={value}\n" for name, value in lines.items()) + more)
        path.chmod(0o600)
        return path

    def configure(
        self, *, wanted: str | None = None, extra: str = "", more: str = "", **instead: str
    ) -> None:
        """A file that means this account on the real network, or says another fingerprint."""
        key = self.credentials(more, **instead)
        self.machine.configure(
            f"venue: {self.venue}\nmode: live\naccount: {LABEL}\ncredentials: {{file: {key}}}\n"
            f"live: {{fingerprint: '{wanted or self.fingerprint}'}}\n{extra}"
            "markets: {BTC: {strategy: breakout}}\n"
        )
        self._leave_a_clean_word(instead.get("ACCOUNT", self.keys.account_id))

    def _leave_a_clean_word(self, account_id: str) -> None:
        """A run before the first one, without which the first entry would wait."""
        folder = self.machine.home / ".local/state/trader/locks"
        path = lock_path(
            venue=self.venue, network="live", account_id=account_id, lock_dir=folder, temporary_allowed=True
        )
        before = acquire(path, command="check-sl", wait_s=0, clock=SystemClock())
        assert isinstance(before, Held)
        before.mark_clean()
        before.release()

    def run(self, *arguments: str, debug: bool = False, **options: object) -> Ended:
        """One process on a machine whose clock is the exchange's, led to it by every official host."""
        self.machine.now_ms = self.clock.now_ms()
        told = [f"reroute={self.server.url}", *(["debug"] if debug else [])]
        return self.machine.run(*arguments, options=told, **options)  # type: ignore[arg-type]

    def pass_time(self, seconds: float) -> None:
        """Nobody runs; what the venue counts by the minute begins anew."""
        self.clock.sleep(seconds)

    def holds_btc(self) -> bool:
        """Whether the exchange really holds a position."""
        model, user = self.exchange.model, self.exchange.user
        held = (model.position(user, "BTC", leg) for leg in (None, "long", "short"))
        return any(one is not None and one.szi != 0 for one in held)


def _let_trade(venue: str, played: Any, keys: Keys, usual: Keys) -> None:
    """Make the canaries keys of the paper account, beside its usual ones."""
    secrets = keys.secrets
    if venue == "hyperliquid":
        address = address_of_key(bytes.fromhex(secrets["AGENT_KEY"].removeprefix("0x")))
        played.accounts.declare(address, master=usual.account_id)
        return
    found = played.keys.find(usual.secrets["API_KEY"])
    if venue == "okx":
        passphrase = secrets["API_PASSPHRASE"]
        played.keys.declare(
            replace(found, api_key=secrets["API_KEY"], secret=secrets["API_SECRET"], passphrase=passphrase)
        )
    else:
        played.keys.add(replace(found, key=secrets["API_KEY"], secret=secrets["API_SECRET"]))


def is_write(venue: str, request: Request) -> bool:
    if venue == "hyperliquid":
        return request.url.endswith("/exchange")
    return request.method != "GET"

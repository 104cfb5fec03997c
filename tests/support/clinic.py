"""A machine and an account on which everything is as it must be, for `trader doctor` to find fault with.

The files are real ones below a home of the test's own, and so is the server whose certificate is looked at;
the account is on an embedded exchange, with the file saying that its money is real. A test damages one thing
and looks at every finding.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from tests.support.certificates import Authority
from tests.support.raw_server import Conversation, RawServer, answer
from tests.support.scenes import feed_of
from trader import config
from trader.clock import Deadline, SystemClock
from trader.commands.options import Call
from trader.commands.patient import Outside, gather
from trader.core.fingerprint import fingerprint
from trader.core.ports import Clock
from trader.doctor.cron import Job, jobs_in
from trader.doctor.examination import examine
from trader.doctor.findings import Result, State
from trader.doctor.machine import way_to
from trader.doctor.units import jobs_of_units
from trader.parts import Link, parts_of
from trader.policies import abilities_of, isolated_coins
from trader.rehearsal import Stage
from trader.sim.binance.keys import KeyBook
from trader.sim.faults import Seen
from trader.sim.mount import Mount
from trader.wiring import Connection, Wired, wire

COINS = ("BTC", "ETH")
SIGNAL_MS = 992_000 * 30 * 60_000
NOW_MS = SIGNAL_MS + 15_000


def ok(talk: Conversation) -> None:
    """A monitor that takes every ping."""
    while talk.request():
        talk.send(answer(b"ok"))


class Clinic:
    """One venue, one account, one machine; every attribute may be changed before `examined`."""

    def __init__(self, venue: str, home: Path) -> None:
        self.home = home
        self.venue = venue
        self.extra = ""
        self.sizing = "{position_ratio: 0.3, leverage: 3}"
        self.markets = dict.fromkeys(COINS, "{strategy: breakout}")
        self.units: dict[str, str] = {}
        self.at_venue: list[Callable[[Stage], None]] = [_bind_to_addresses]
        """What was done to the account and the exchange before doctor came."""
        self.here: list[Callable[[Wired], None]] = []
        """What was done to this machine before doctor came, once the files are there."""
        self.two_sided = parts_of(venue).two_sided_usual
        self.certificate_days = 30
        self.alert = False
        self.monitor_answers = True
        self.notify = ""
        self.signals: tuple[str, ...] = ()
        self.sent: list[Seen] = []
        """What doctor asked of the venue."""
        self._keys = parts_of(venue).paper_keys("main")
        self.program = self._programs()
        self.crontab = self._crontab()
        self.stage: Stage | None = None

    @property
    def config(self) -> Path:
        return self.home / ".config/trader/config.yaml"

    @property
    def credentials(self) -> Path:
        return self.home / ".config/trader/main.env"

    def _programs(self) -> str:
        folder = self.home / "venv/bin"
        folder.mkdir(parents=True)
        for name in ("python", "trader"):
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)
        return f"{folder}/python -I {folder}/trader"

    def _crontab(self) -> str:
        return (
            "CRON_TZ=UTC\n"
            f"0,30 * * * * sleep 7; exec {self.program} run --live --quiet\n"
            f"3-58/5 * * * * exec {self.program} check-sl --quiet\n"
            f"17 6 * * * exec {self.program} doctor --quiet\n"
        )

    def write(self, monitor: str) -> None:
        """The files as the attributes say."""
        self.config.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        account = self._keys.account_id
        (self.home / "metrics").mkdir(exist_ok=True)
        coins = "".join(f"  {coin}: {said}\n" for coin, said in self.markets.items())
        self.config.write_text(
            f"venue: {self.venue}\nmode: live\naccount: main\n"
            f'live: {{fingerprint: "{fingerprint(self.venue, "live", account)}"}}\n'
            f"credentials: {{file: {self.credentials}}}\n"
            f"heartbeat: {{run: secret:MONITOR, check_sl: secret:MONITOR}}\n"
            f"notify: {{urls: [secret:NOTIFY]}}\n"
            f"metrics: {{textfile: {self.home}/metrics/trader.prom}}\n"
            f"sizing: {self.sizing}\n{self.extra}markets:\n{coins}"
        )
        self.config.chmod(0o600)
        prefix = self.venue.upper()
        lines = [f"{prefix}_ACCOUNT={account}"]
        lines += [f"{prefix}_{name}={value}" for name, value in self._keys.secrets.items()]
        notify = self.notify or monitor.replace("http://", "json://")
        lines += [f"MONITOR={monitor}", f"NOTIFY={notify}"]
        self.credentials.write_text("\n".join(lines) + "\n")
        self.credentials.chmod(0o600)

    def examined(self, damage: "Damage" = lambda _clinic: None) -> dict[str, Result]:
        """Every finding by its code; what the damage returns is done once the files are written."""
        spoil = damage(self)
        authority = Authority.made(self.home / "authority")
        context = authority.server_context("localhost", days=self.certificate_days)
        with RawServer(ok) as monitor, RawServer(ok, context=context) as host:
            self.write(f"http://127.0.0.1:{monitor.port if self.monitor_answers else 9}/ping")
            self._begin()
            if spoil is not None:
                spoil()
            outside = Outside(
                clock=self._clock(),
                connect=self._connect,
                way_to=lambda _host: way_to(f"localhost:{host.port}", ca_file=authority.file),
                jobs=self._jobs,
            )
            call = Call(self.config, (), paper=False, as_json=False, quiet=False)
            results = examine(gather(call, outside, alert=self.alert).patient)
        return {result.check.code: result for result in results}

    def _begin(self) -> None:
        """The exchange, and what was done to machine and account before doctor came."""
        loaded = config.load(self.config, need="protection")
        wired = wire(loaded)
        coins = tuple(coin for coin in self.markets if coin in COINS)
        self.stage = Stage(
            loaded.settings, feed_of(self.signals, coins), now_ms=NOW_MS, two_sided=self.two_sided
        )
        for step in self.at_venue:
            step(self.stage)
        for local in self.here:
            local(wired)

    def _clock(self) -> Clock:
        return SystemClock() if self.stage is None else self.stage.clock

    def _jobs(self, _home: Path) -> tuple[list[Job], list[str]]:
        return [*jobs_in(self.crontab, "crontab"), *jobs_of_units(self.units)], []

    def _connect(self, wired: Wired, clock: Clock, timeout: Callable[[float], float]) -> Connection:
        """The stage's exchange where the venue's host would be."""
        assert self.stage is not None
        parts, settings = parts_of(self.venue), wired.settings
        stage = self.stage
        mount = Mount(stage.line, clock, latency_ms=20, venue_time=stage.venue_time)
        mount.before_request = lambda _number, request: self.sent.append(stage.line.app.describe(request))
        link = Link(
            mount,
            clock,
            account_id=wired.keys.account_id,
            pen=parts.pen(wired.keys, practice=False),
            base_url=parts.base_url(practice=False, region="global"),
            timeout=Deadline.after(clock, soft_s=60, reserve_s=0).timeout,
            abilities=abilities_of(settings, parts.abilities),
            isolated=isolated_coins(settings),
            trigger=settings.stops.trigger,
            coins=frozenset(settings.markets),
        )
        return Connection(
            parts.adapter(link),
            lambda: mount.requests,
            tuple,
            lambda: None,
            lambda: wired.keys.account_id,
            link,
        )


Damage = Callable[[Clinic], Callable[[], object] | None]


def _bind_to_addresses(stage: Stage) -> None:
    """As a careful operator has set the key up, where keys can be."""
    name = stage.keys.secrets.get("API_KEY")
    if name is not None and isinstance(stage.venue.keys, KeyBook):
        key = stage.venue.keys.find(name)
        assert key is not None
        stage.venue.keys.add(replace(key, is_ip_restricted=True))


def states(results: dict[str, Result], *wanted: State) -> list[str]:
    """The codes that ended so."""
    return [code for code, result in results.items() if result.state in wanted]

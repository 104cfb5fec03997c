"""Gathers what `trader doctor` looks at: the file, the machine and the venue, side by side where they can be.

Rules: a part that cannot be read is left out only where a check says why. The lock is looked at, not taken;
the venue is asked as `status` asks it, where money is real before its account is proven, because that proof
is one of the checks.
"""

import os
import pwd
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from trader import config
from trader.clock import Deadline, SystemClock
from trader.commands.alert import tried_all
from trader.commands.init import own_second
from trader.commands.options import Call
from trader.commands.session import fills_back_ms, lock_path_of
from trader.commands.telling import journal_folder, with_secrets_of
from trader.config import Loaded
from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError, TraderError
from trader.core.fingerprint import fingerprint
from trader.core.frozen import frozen
from trader.core.ports import Clock
from trader.doctor import locks, machine
from trader.doctor.alerts import Alerts
from trader.doctor.cron import Job
from trader.doctor.examination import Owner, Patient
from trader.doctor.reading import Seen, look
from trader.doctor.schedule import Schedule
from trader.observe import scope_of
from trader.parts import parts_of
from trader.parts.owners import require_owner
from trader.settings import Settings
from trader.sinks.deliver import Ended, bounded
from trader.sinks.journal_sent import recorded_since
from trader.sinks.trial import misunderstood
from trader.wiring import Account, Connection, Wired, connect, policy_for, wire

DEADLINE_S = 7.0
"""For all that is asked of the venue; with the start of the program that ends within ten seconds."""
BOUND_S = DEADLINE_S + 0.5
NONE_YET = "00000000"
"""Stands in a file for the fingerprint that it still lacks; no check compares it."""


@frozen
class Gathered:
    """The patient; whose account it is, once that is known; the fingerprint of the one that answered."""

    patient: Patient
    wired: Wired | None = None
    fingerprint: str | None = None


@dataclass(slots=True)
class _Parts:
    """What the reads that run side by side have found so far."""

    seen: Seen | None = None
    other_account: str | None = None
    fingerprint: str | None = None
    jobs: list[Job] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    alerts: Alerts | None = None


def unproven(wired: Wired, clock: Clock, timeout: Callable[[float], float]) -> Connection:
    """The venue, whoever answers there."""
    return connect(wired, clock, timeout, proven=False)


@frozen
class Outside:
    """The ways out of this process: the time, the venue, the network and what the system starts by itself."""

    clock: Clock = field(default_factory=SystemClock)
    connect: Callable[[Wired, Clock, Callable[[float], float]], Connection] = unproven
    way_to: Callable[[str], list[str]] = machine.way_to
    jobs: Callable[[Path], tuple[list[Job], list[str]]] = machine.every_job


def gather(call: Call, outside: Outside, *, live: bool = False, alert: bool = False) -> Gathered:
    """Read everything that the checks look at; `live` takes a file that has no fingerprint yet."""
    now_ms = outside.clock.now_ms()
    try:
        loaded = _loaded(call, live=live)
    except ConfigError as error:
        path = config.find(call.config_path, os.environ).path
        return Gathered(Patient(now_ms, live, path, tuple(str(error).splitlines()), None))
    has_money = loaded.settings.mode == "live"
    faults = tuple(fault for fault in loaded.faults if fault not in loaded.place_faults)
    patient = Patient(now_ms, has_money, loaded.path, faults, loaded.settings)
    if faults:
        return Gathered(patient)
    try:
        wired = wire(loaded)
    except ConfigError as error:
        return Gathered(replace(patient, no_key=str(error)))
    parts = _Parts()
    return Gathered(_examined(patient, wired, outside, parts, alert=alert), wired, parts.fingerprint)


def _loaded(call: Call, *, live: bool) -> Loaded:
    """The configuration; the fingerprint that it lacks is what this call may be there to find out."""
    try:
        return call.load("protection")
    except ConfigError as error:
        if not live or "live.fingerprint" not in str(error):
            raise
    filler = f'live.fingerprint="{NONE_YET}"'
    filled = replace(call, overrides=(*call.overrides, filler)).load("protection")
    return replace(filled, sources={**filled.sources, "live.fingerprint": "none yet"})


def _examined(patient: Patient, wired: Wired, outside: Outside, parts: _Parts, *, alert: bool) -> Patient:
    """The machine and the venue, side by side and within one bound."""
    hosts = hosts_of(wired)
    calls: dict[str, Callable[[], list[str]]] = {host: partial(outside.way_to, host) for host in hosts}
    calls["the venue"] = partial(_ask, parts, wired, outside)
    calls["the schedule"] = partial(_read_jobs, parts, wired, outside, patient.path)
    calls["alerts"] = partial(_read_alerts, parts, wired, alert=alert)
    ends = bounded(calls, bound_s=BOUND_S)
    owner = _owner(wired, now_ms=patient.now_ms)
    unread = [*parts.unread, *_failures(ends, "the schedule")]
    return replace(
        patient,
        owner=owner,
        schedule=Schedule(tuple(parts.jobs), tuple(unread), _user()),
        alerts=parts.alerts or Alerts(0, (), tuple(_failures(ends, "alerts"))),
        way=[line for host in hosts for line in (*ends[host].value, *_failures(ends, host))]
        if hosts
        else None,
        seen=parts.seen,
        no_answer=None if parts.seen is not None else "; ".join(_failures(ends, "the venue")),
        other_account=parts.other_account,
        record=recorded_since(owner.journal, patient.now_ms - DAY_MS),
    )


def hosts_of(wired: Wired) -> tuple[str, ...]:
    """The hosts that a run of this configuration speaks to; none where all is on this machine."""
    settings, parts = wired.settings, parts_of(wired.settings.venue)
    if settings.mode == "paper" and (settings.paper.url is not None or settings.paper.feed == "bundle"):
        return ()
    practice = settings.mode == "testnet"
    further = () if settings.mode == "paper" else parts.further_urls(practice=practice)
    urls = (parts.base_url(practice=practice, region=settings.region), *further)
    return tuple(dict.fromkeys(urlsplit(url).netloc for url in urls))


def _failures(ends: Mapping[str, Ended], name: str) -> list[str]:
    failure = ends[name].failure
    return [] if failure is None else [f"{name}: {failure}"]


def _ask(parts: _Parts, wired: Wired, outside: Outside) -> list[str]:
    """What the venue says; a connection lives and ends in one thread."""
    clock = outside.clock
    deadline = Deadline.after(clock, soft_s=DEADLINE_S, reserve_s=0)
    connection = outside.connect(wired, clock, deadline.timeout)
    try:
        policy = policy_for(wired)
        scope = scope_of(clock.now_ms(), policy, fills_back_ms(policy))
        seen = look(connection.venue, clock, scope, policy)
        if wired.settings.mode == "live":
            _prove(parts, wired, connection, seen)
        parts.seen = seen
    finally:
        connection.close()
    return []


def _prove(parts: _Parts, wired: Wired, connection: Connection, seen: Seen) -> None:
    """Whether the account that answers is the one that the file means, by its fingerprint."""
    settings = wired.settings
    try:
        answered = connection.owner()
        parts.fingerprint = fingerprint(settings.venue, settings.mode, answered)
        require_owner(
            answered,
            venue=settings.venue,
            network=settings.mode,
            account_id=wired.keys.account_id,
            wanted=parts.fingerprint if settings.live.fingerprint == NONE_YET else settings.live.fingerprint,
        )
    except TraderError as error:
        # A venue that cannot be reached, or a key that it does not take, has a check of its own.
        if parts.fingerprint is not None or (seen.trouble is None and seen.access.key_problem is None):
            parts.other_account = str(error)


def _read_jobs(parts: _Parts, wired: Wired, outside: Outside, path: Path | None) -> list[str]:
    """The starts that cron and systemd know of, of this account alone."""
    jobs, parts.unread = outside.jobs(config.home())
    known: dict[tuple[Path | None, bool], bool] = {}
    for job in jobs:
        file = _file_of(job)
        key = (file, job.on_paper)
        if key not in known:
            is_same = file is not None and file == path and not job.on_paper
            known[key] = is_same or _account_of(file, on_paper=job.on_paper) == wired.account
        if known[key]:
            parts.jobs.append(job)
    return []


def _file_of(job: Job) -> Path | None:
    """The configuration that a job would find: cron starts it in the home folder."""
    if job.config is not None:
        return config.home() / job.config.removeprefix("~/")
    for place in (config.home() / "trader.yaml", config.usual_path()):
        if place.exists():
            return place
    return None


def _account_of(path: Path | None, *, on_paper: bool) -> Account | None:
    """Whose account a configuration trades; None where that cannot be told without running its program.

    Without a file and without --paper nothing starts: nobody is at a terminal there.
    """
    if path is None and not on_paper:
        return None
    try:
        loaded = config.load(path, ("mode=paper",) if on_paper else (), need="protection")
        return None if loaded.settings.credentials.command else wire(loaded).account
    except ConfigError:
        return None


def _read_alerts(parts: _Parts, wired: Wired, *, alert: bool) -> list[str]:
    settings = with_secrets_of(wired)
    names = tuple(settings.heartbeat.given)
    problems = tuple(misunderstood(settings.notify.urls))
    sent = tried_all(wired, settings) if alert and not problems else None
    parts.alerts = Alerts(len(settings.notify.urls), names, problems, sent)
    return []


def _owner(wired: Wired, *, now_ms: int) -> Owner:
    settings, state = wired.settings, wired.folders.state
    lock_file, lock = _lock(wired, now_ms=now_ms)
    return Owner(
        account_id=wired.account.account_id,
        credentials="a paper account, which needs none" if settings.mode == "paper" else _told(settings),
        is_weak=settings.mode != "paper" and settings.credentials.environment,
        halt=wired.folders.halt,
        state=state,
        journal=journal_folder(wired),
        lock_file=lock_file,
        lock=lock,
        own_second=own_second(settings.account),
    )


def _told(settings: Settings) -> str:
    from trader.credentials import source_of

    return f"complete: {source_of(settings.credentials, os.environ).what}"


def _lock(wired: Wired, *, now_ms: int) -> tuple[Path | ConfigError, locks.Look | OSError | None]:
    try:
        path = lock_path_of(wired)
    except ConfigError as error:
        return error, None
    try:
        return path, locks.look(path, now_ms=now_ms)
    except OSError as error:
        return path, error


def _user() -> str:
    """Our name in passwd; the environment may say another."""
    return pwd.getpwuid(os.geteuid()).pw_name

"""The table of checks put to one patient: which function answers which code.

Rules: what a check looks at was read before, all of it; a part is missing only where a check that stands in
the way has failed, so nothing here asks twice or waits. A new check is an entry in the catalogue and a line
here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from trader.core.errors import Broken, ConfigError
from trader.core.frozen import frozen
from trader.doctor import hosts, key, locks, places, schedule, trading
from trader.doctor.alerts import Alerts, configured, delivered
from trader.doctor.catalogue import CHECKS
from trader.doctor.findings import Finding, Probe, Result, examined, failed, sound, warned
from trader.doctor.locks import Look
from trader.doctor.reading import Seen
from trader.doctor.schedule import Schedule
from trader.settings import Settings
from trader.sinks.journal_sent import Recorded

_Part = TypeVar("_Part")


@frozen
class Owner:
    """Whose account it is and where its files are, once credentials and configuration are known.

    `credentials` says where the key comes from, `is_weak` that other programs may read it there. `lock_file`
    is the reason where the folder is refused. `own_second` is when this account's ticks start.
    """

    account_id: str
    credentials: str
    is_weak: bool
    halt: Path
    state: Path
    journal: Path
    lock_file: Path | ConfigError
    lock: Look | OSError | None
    own_second: int


@frozen
class Patient:
    """Everything that was read. `has_money`: a check that cannot be made counts as failed.

    `faults` are those of the configuration, `no_key` why the credentials cannot be used. `way` are the
    problems on the way to the venue's hosts, None where it has none. `no_answer` is why there is no `seen`;
    `other_account` why the account that answered is not the one that the file means.
    """

    now_ms: int
    has_money: bool
    path: Path | None
    faults: tuple[str, ...]
    settings: Settings | None
    no_key: str | None = None
    owner: Owner | None = None
    schedule: Schedule | None = None
    alerts: Alerts | None = None
    way: Sequence[str] | None = None
    seen: Seen | None = None
    no_answer: str | None = None
    other_account: str | None = None
    record: Recorded | None = None


def examine(patient: Patient) -> tuple[Result, ...]:
    """Every check, in the order of the table."""
    return examined(CHECKS, {**_files(patient), **_schedule(patient), **_venue(patient), **_trading(patient)})


def _there(part: _Part | None) -> _Part:
    if part is None:
        raise Broken("doctor: a check ran although what it looks at was not read")
    return part


def _credentials(patient: Patient) -> Finding:
    if patient.no_key is not None:
        return failed(patient.no_key)
    owner = _there(patient.owner)
    if owner.is_weak:
        return warned(
            f"{owner.credentials}: every program that this user starts beside us may read it",
            cause="the key stands in the environment",
            fix="write it to a file: credentials.file",
        )
    return sound(owner.credentials)


def _files(patient: Patient) -> Mapping[str, Probe]:
    def deadline_ms() -> int:
        return _there(patient.settings).schedule.deadline_s * 1000

    def metrics() -> Path | None:
        name = _there(patient.settings).metrics.textfile
        return None if name is None else Path(name)

    def owner() -> Owner:
        return _there(patient.owner)

    now_ms = patient.now_ms
    return {
        "D01": lambda: places.configuration(patient.path, patient.faults),
        "D02": lambda: places.configuration_file(patient.path),
        "D03": lambda: _credentials(patient),
        "D04": lambda: places.halt_switch(owner().halt, now_ms=now_ms),
        "D05": lambda: locks.lock_folder(owner().lock_file),
        "D06": lambda: locks.lock_state(owner().lock, now_ms=now_ms, deadline_ms=deadline_ms()),
        "D07": lambda: places.folder(owner().state),
        "D08": lambda: places.folder(owner().journal),
        "D09": lambda: places.metrics_file(metrics()),
    }


def _schedule(patient: Patient) -> Mapping[str, Probe]:
    def jobs() -> Schedule:
        return _there(patient.schedule)

    def spaced() -> Finding:
        times = _there(patient.settings).schedule
        return schedule.spaced(jobs(), every_minutes=times.every_minutes, deadline_s=times.deadline_s)

    return {
        "D10": lambda: schedule.scheduled(jobs()),
        "D11": lambda: schedule.once(jobs()),
        "D12": lambda: schedule.checked_between(jobs()),
        "D13": lambda: schedule.startable(jobs(), has_money=patient.has_money),
        "D14": spaced,
        "D15": lambda: schedule.offset(jobs(), own_s=_there(patient.owner).own_second),
        "D16": lambda: schedule.daily_doctor(jobs()),
        "D17": lambda: configured(_there(patient.alerts), has_money=patient.has_money),
        "D18": lambda: delivered(_there(patient.alerts)),
    }


def _venue(patient: Patient) -> Mapping[str, Probe]:
    money, now_ms = patient.has_money, patient.now_ms

    def seen() -> Seen:
        return _there(patient.seen)

    def both_legs() -> list[str]:
        return [coin for coin, market in seen().policy.markets.items() if market.both_legs]

    def skew_max_ms() -> int:
        return seen().policy.limits.clock_skew_max_ms

    def account() -> Finding:
        if patient.other_account is not None:
            return failed(patient.other_account)
        return key.account(seen(), named=_there(patient.owner).account_id, has_money=money)

    return {
        "D20": lambda: key.way(patient.way),
        "D21": lambda: failed(patient.no_answer) if patient.no_answer is not None else key.answers(seen()),
        "D22": lambda: key.maintenance(seen()),
        "D23": lambda: key.clock(seen(), skew_max_ms=skew_max_ms()),
        "D24": account,
        "D25": lambda: key.key(seen(), has_money=money),
        "D26": lambda: key.end_of_key(seen(), now_ms=now_ms, has_money=money),
        "D27": lambda: key.may_trade(seen(), has_money=money),
        "D28": lambda: key.moves_no_money(seen(), has_money=money),
        "D29": lambda: key.bound_to_addresses(seen(), has_money=money),
        "D30": lambda: key.readable(seen()),
        "D31": lambda: key.kept(seen(), needs_both_legs=both_legs(), has_money=money),
        "D32": lambda: key.may_take_risk(seen()),
        "D33": lambda: key.conditional_orders(seen(), has_money=money),
        "D34": lambda: key.requests_left(seen(), has_money=money),
    }


def _trading(patient: Patient) -> Mapping[str, Probe]:
    def plan() -> trading.Plan:
        seen = _there(patient.seen)
        return trading.Plan(_there(patient.settings), _there(seen.snapshot), seen.policy)

    def one_host() -> Finding:
        lock = _there(patient.owner).lock
        return hosts.one_host(
            _there(patient.seen),
            _there(patient.record),
            None if isinstance(lock, OSError) else lock,
            now_ms=patient.now_ms,
            has_money=patient.has_money,
        )

    return {
        "D35": lambda: trading.markets(plan()),
        "D36": lambda: trading.leverage(plan()),
        "D37": lambda: trading.before_liquidation(plan()),
        "D38": lambda: trading.stake(plan()),
        "D39": lambda: trading.limits(plan()),
        "D40": lambda: trading.resting(plan()),
        "D41": one_host,
    }

"""What every command that touches an account does around its one use case.

Harden the process, read the configuration, take the lock, arm the kernel's timer, connect, work, let the lock
go, and only then tell. Sinks run after the lock is released and can neither delay nor stop trading.
"""

import os
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import click

from trader import guard, halt, lock
from trader.clock import Deadline, SystemClock
from trader.commands.options import Call
from trader.commands.telling import tell
from trader.config import Loaded, Need
from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.policy import Policy
from trader.core.ports import ARRIVAL_MARGIN_MS, FILLS_BACK_MS, Env
from trader.core.report import Exit, Report
from trader.core.text import utc
from trader.run import Ran
from trader.wiring import Connection, Wired, connect, policy_for, require_said, wire

RESERVE_S = 30.0
PROTECTION_WAIT_S = 60.0


@frozen
class Session:
    """An account under its lock, connected, with the clock running."""

    call: Call
    loaded: Loaded
    wired: Wired
    policy: Policy
    env: Env


Work = Callable[[Session], Ran]


def under_lock(
    call: Call,
    command: str,
    work: Work,
    *,
    need: Need = "protection",
    wait_s: float = PROTECTION_WAIT_S,
    give_way_to: Collection[str] = (),
    only: tuple[str, ...] = (),
    busy_code: Exit = Exit.BUSY,
    said_live: bool | None = None,
) -> int:
    """Run one use case under the account's lock; returns the exit code.

    `said_live`: whether the command line says that money is real; None for what can add no risk.
    """
    guard.harden()
    loaded = call.load(need)
    wired = wire(loaded)
    if said_live is not None:
        require_said(wired, live=said_live)
    policy = policy_for(wired, only)
    clock = SystemClock()
    deadline_s = float(wired.settings.schedule.deadline_s)
    guard.arm(wait_s + deadline_s)
    started_ms = clock.now_ms()
    path = lock_path_of(wired)
    held = lock.acquire(path, command=command, wait_s=wait_s, clock=clock, give_way_to=give_way_to)
    if isinstance(held, lock.Busy):
        return _busy(call, command, held, busy_code)
    guard.arm(deadline_s)
    deadline = Deadline.after(clock, soft_s=deadline_s, reserve_s=min(RESERVE_S, deadline_s / 2))
    stop = guard.listen_for_stop(deadline.shorten)
    with held:
        settled = held.found.clean or wired.is_in_process
        connection = connect(wired, clock, deadline.timeout)
        try:
            env = _env(wired, connection, held, clock, deadline, stop, policy, settled=settled)
            ran = work(Session(call, loaded, wired, policy, env))
            _tell_halt(wired, ran)
        finally:
            connection.close()
    sent = connection.requests()
    _keep_unfamiliar(call, wired, ran, connection, at_ms=clock.now_ms())
    report = report_of(command, loaded, wired, ran, times_ms=(started_ms, clock.now_ms()), requests=sent)
    return tell(call, wired, report, policy, halted=ran.halted)


def _keep_unfamiliar(call: Call, wired: Wired, ran: Ran, connection: Connection, *, at_ms: int) -> None:
    """What this version does not know is kept for whoever can teach it; entries waited because of it."""
    if not ran.unfamiliar:
        return
    from trader.sinks.unfamiliar import Unfamiliar

    sink = Unfamiliar(wired.folders.state / "unfamiliar", call.veil.text)
    told = sink.keep(ran.unfamiliar, connection.last(), at_ms=at_ms, number=os.getpid())
    ran.problems.append(
        f"the venue said something that this version does not know, so this run entered nothing more; {told}"
    )


def lock_path_of(wired: Wired) -> Path:
    """The account's lock, wherever it is asked for."""
    return lock.lock_path(
        venue=wired.account.venue,
        network=wired.account.network,
        account_id=wired.account.account_id,
        lock_dir=wired.folders.lock_dir,
        temporary_allowed=wired.settings.mode == "paper",
    )


def _env(
    wired: Wired,
    connection: Connection,
    held: lock.Held,
    clock: SystemClock,
    deadline: Deadline,
    stop: guard.StopRequested,
    policy: Policy,
    *,
    settled: bool,
) -> Env:
    """`settled`: no write of an earlier process can still be on its way."""
    since_ms = held.found.since_ms if held.found.since_ms is not None else clock.now_ms()
    expiry_ms = connection.venue.abilities.write_expiry_ms
    return Env(
        venue=connection.venue,
        clock=clock,
        deadline=deadline,
        latch=held,
        halted=lambda: halted_why(wired),
        stop_requested=lambda: stop.is_set,
        dirty_until_ms=0 if settled else since_ms + expiry_ms + ARRIVAL_MARGIN_MS,
        locked_ms=clock.now_ms(),
        fills_back_ms=fills_back_ms(policy),
    )


def fills_back_ms(policy: Policy) -> int:
    """How far back fills are read: to the entry of the longest trade, and two days more."""
    longest_ms = max((m.hold_ms_max for m in policy.markets.values()), default=0)
    return max(FILLS_BACK_MS, longest_ms + 2 * DAY_MS)


def halted_why(wired: Wired) -> str | None:
    """Why entries are halted, read anew from the switch; None when they are not."""
    found = halt.read(wired.folders.halt)
    if not isinstance(found, halt.Halted):
        return None
    if found.since_ms is None:
        return found.why
    return f"halted: {found.why} (since {utc(found.since_ms)}); `trader resume` allows entries"


def _tell_halt(wired: Wired, ran: Ran) -> None:
    """A halted tick says so; a halt file that nobody can read is a fault of the configuration."""
    if ran.halted is None:
        return
    found = halt.read(wired.folders.halt)
    if isinstance(found, halt.Halted) and found.is_unreadable:
        ran.problems.append(ran.halted)
        ran.codes.add(Exit.CONFIG)
    else:
        ran.notes.append(ran.halted)


def report_of(
    command: str, loaded: Loaded, wired: Wired, ran: Ran, *, times_ms: tuple[int, int], requests: int
) -> Report:
    """The run as one value; faults of the file that did not stop it count in its exit code."""
    switch = halt.read(wired.folders.halt)
    told = ran.report(
        command=command,
        realm=wired.realm,
        venue=wired.account.venue,
        account=wired.settings.account,
        times_ms=times_ms,
        requests=requests,
    )
    return replace(
        told,
        codes=told.codes | ({Exit.CONFIG} if loaded.faults else set()),
        problems=tuple(dict.fromkeys((*told.problems, *loaded.faults))),
        halted=isinstance(switch, halt.Halted),
        halted_since_ms=switch.since_ms if isinstance(switch, halt.Halted) else None,
    )


def _busy(call: Call, command: str, busy: lock.Busy, code: Exit) -> int:
    """Somebody else holds the lock: nothing was sent, nothing is pinged.

    A run beside a run is usual and quiet; one that a longer command kept from its work is not.
    """
    who = "another process"
    is_usual = busy.holder is not None and busy.holder.command == command
    if busy.holder is not None:
        who = f"`trader {busy.holder.command}` (pid {busy.holder.pid})"
    text = f"the account's lock is held by {who}; nothing was sent"
    if call.as_json:
        import json

        said = {"schema": "trader.busy/1", "command": command, "busy": text, "exit_code": int(code)}
        click.echo(json.dumps(said))
    elif code is not Exit.OK or not call.quiet or not is_usual:
        click.echo(f"trader {command}: {text}", err=True)
    return int(code)


def reading(
    call: Call, work: Callable[[Wired, Policy, Connection, SystemClock], int], *, need: Need = "protection"
) -> int:
    """Connect without the lock, for commands that send nothing. Faults of the file are told and count."""
    guard.harden()
    loaded = call.load(need)
    wired = wire(loaded)
    clock = SystemClock()
    deadline_s = float(wired.settings.schedule.deadline_s)
    guard.arm(deadline_s)
    deadline = Deadline.after(clock, soft_s=deadline_s, reserve_s=0)
    connection = connect(wired, clock, deadline.timeout)
    try:
        code = work(wired, policy_for(wired), connection, clock)
    finally:
        connection.close()
    return code or told_faults(loaded)


def told_faults(loaded: Loaded) -> int:
    """Say on stderr what is wrong with a file that is right enough for this command; its exit code."""
    for fault in loaded.faults:
        click.echo(f"trader: {fault}", err=True)
    return int(Exit.CONFIG if loaded.faults else Exit.OK)

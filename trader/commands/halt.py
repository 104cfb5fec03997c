"""`trader halt`: stop new entries until resume."""

import json
import time

import click

from trader import guard, halt
from trader.commands.options import Call, account_options
from trader.commands.session import told_faults
from trader.core.text import printable, utc
from trader.wiring import Wired, wire

BY_HAND = "by hand"


@click.command("halt")
@click.option("--why", default=BY_HAND, show_default=True, help="The reason that reports will show.")
@click.option("--flatten", "also_flatten", is_flag=True, help="Then close everything of ours.")
@account_options
def command(call: Call, why: str, also_flatten: bool) -> int:
    """Stop new entries. Stops, closes and checks go on; the switch survives a reboot.

    It is written at once, also while a tick runs, which asks for it again before each entry. Halting twice
    keeps the first time and takes the new reason.
    """
    guard.harden()
    loaded = call.load("protection")
    wired = wire(loaded)
    now_ms = time.time_ns() // 1_000_000
    now = halt.write(wired.folders.halt, why=call.veil.text(why.strip() or BY_HAND), now_ms=now_ms)
    if also_flatten:
        from trader.commands.flatten import flatten

        return flatten(call, coins=(), keep_trading=True)
    _tell(call, wired, now, is_new=now.since_ms == now_ms)
    return told_faults(loaded)


def _tell(call: Call, wired: Wired, now: halt.Halted, *, is_new: bool) -> None:
    if call.as_json:
        said = {"halted": True, "since_ms": now.since_ms, "why": now.why, "file": str(wired.folders.halt)}
        click.echo(json.dumps({"schema": "trader.halt/1", **said}))
    elif not call.quiet:
        since = "" if is_new or now.since_ms is None else f" since {utc(now.since_ms)}, now"
        click.echo(
            f"{wired.realm}: halted{since} ({printable(now.why)}); entries wait for `trader resume`. "
            "Stops stay, and the next tick cancels entries that rest"
        )

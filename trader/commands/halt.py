"""`trader halt`: stop new entries until resume."""

import json
import time

import click

from trader import guard, halt
from trader.commands.options import Call, account_options
from trader.commands.session import told_faults
from trader.wiring import wire


@click.command("halt")
@click.option("--why", default="by hand", show_default=True, help="The reason that reports will show.")
@click.option("--flatten", "also_flatten", is_flag=True, help="Then close everything of ours.")
@account_options
def command(call: Call, why: str, also_flatten: bool) -> int:
    """Stop new entries. Stops, closes and checks go on; the switch survives a reboot."""
    guard.harden()
    loaded = call.load("protection")
    wired = wire(loaded)
    why = call.veil.text(why)
    halt.write(wired.folders.halt, why=why, now_ms=time.time_ns() // 1_000_000)
    if also_flatten:
        from trader.commands.flatten import flatten

        return flatten(call, coins=(), keep_trading=True)
    _told(call, f"{wired.realm}: halted ({why}); entries wait for `trader resume`", str(wired.folders.halt))
    return told_faults(loaded)


def _told(call: Call, text: str, path: str) -> None:
    if call.as_json:
        click.echo(json.dumps({"schema": "trader.halt/1", "halted": True, "file": path}))
    elif not call.quiet:
        click.echo(text)

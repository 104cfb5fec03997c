"""`trader resume`: allow entries again."""

import json
import time

import click

from trader import guard, halt
from trader.commands.options import Call, account_options
from trader.commands.session import told_faults
from trader.wiring import wire


@click.command("resume")
@account_options
def command(call: Call) -> int:
    """Allow entries again: undoes halt and flatten."""
    guard.harden()
    loaded = call.load("protection")
    wired = wire(loaded)
    halt.resume(wired.folders.halt, now_ms=time.time_ns() // 1_000_000)
    if call.as_json:
        click.echo(json.dumps({"schema": "trader.resume/1", "halted": False}))
    elif not call.quiet:
        click.echo(f"{wired.realm}: resumed; the next tick may enter")
    return told_faults(loaded)

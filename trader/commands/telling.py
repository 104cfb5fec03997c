"""After the lock is released: print the run, and hand it to the sinks that the configuration names."""

import json

import click

from trader import guard
from trader.commands.options import Call
from trader.core.report import Report
from trader.wiring import Wired


def tell(call: Call, wired: Wired, report: Report) -> int:
    """Print, deliver, and return the exit code that the report decides."""
    from trader.sinks.run_json import to_run_json
    from trader.sinks.text import run_text

    if call.as_json:
        click.echo(json.dumps(to_run_json(report), indent=2))
    else:
        text = run_text(report, next_ms=_next_ms(wired, report), quiet=call.quiet)
        if text:
            click.echo(text, nl=False)
    return int(report.exit_code)


def _next_ms(wired: Wired, report: Report) -> int | None:
    if report.command != "run":
        return None
    step_ms = wired.settings.schedule.every_minutes * 60_000
    return report.ended_ms - report.ended_ms % step_ms + step_ms

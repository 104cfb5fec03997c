"""After the lock is released: print the run, and hand it to the sinks that the configuration names."""

import json
from pathlib import Path

import click

from trader import guard
from trader.commands.options import Call
from trader.config.stored import to_record
from trader.core.errors import ConfigError
from trader.core.policy import Policy
from trader.core.report import Report
from trader.settings import Settings
from trader.sinks.deliver import Outlet, deliver
from trader.sinks.run_json import to_run_json
from trader.sinks.text import run_text
from trader.wiring import Wired

SINKS_S = 30.0  # more than all sinks together may take; then the kernel ends the process


def tell(call: Call, wired: Wired, report: Report, policy: Policy, *, halted: str | None) -> int:
    """Print, deliver, and return the exit code that the report decides."""
    guard.arm(SINKS_S)
    _print(call, wired, report)
    try:
        outlets = outlets_of(wired, report, policy, halted)
    except (ImportError, OSError, MemoryError) as error:
        # A machine out of memory or descriptors cannot load them; the run is over, and its code is its own.
        why = str(error) or type(error).__name__
        _say(f"trader {report.command}: nothing was recorded and nobody was told: {why}\n", err=True)
        outlets = []
    for line in deliver(report, outlets):
        _say(f"trader {report.command}: {line}\n", err=True)
    guard.finish_output()
    return int(report.exit_code)


def _print(call: Call, wired: Wired, report: Report) -> None:
    if call.as_json:
        _say(json.dumps(to_run_json(report), indent=2) + "\n")
    else:
        _say(run_text(report, next_ms=_next_ms(wired, report), quiet=call.quiet))


def _say(text: str, *, err: bool = False) -> str | None:
    """A closed or full output must not cost the run its exit code nor the sinks their turn."""
    try:
        click.echo(text, nl=False, err=err)
    except OSError as error:
        return str(error)
    return None


def outlets_of(wired: Wired, report: Report, policy: Policy, halted: str | None) -> list[Outlet]:
    """The sinks of this configuration; what is not configured is not imported."""
    from trader.sinks.journal import DecisionInputs, Journal

    settings, kept = wired.settings, wired.settings.journal
    folder = journal_folder(wired)
    inputs = DecisionInputs(to_record(settings), policy.entries_for, halted, policy.resumed_ms)
    outlets = [Outlet("journal", Journal(folder, inputs, kept.days, kept.megabytes, wired.veil.data).tell)]
    if settings.metrics.textfile:
        outlets.append(_metrics(wired, settings.metrics.textfile))
    return [*outlets, *_speaking(wired, report)]


def _metrics(wired: Wired, textfile: str) -> Outlet:
    from trader.sinks.metric_samples import Configured
    from trader.sinks.metrics import Metrics

    settings, limits = wired.settings, wired.settings.limits
    configured = Configured(
        settings.schedule.every_minutes * 60, limits.daily_loss_max, limits.drawdown_fraction_max
    )
    return Outlet("metrics", Metrics(Path(textfile), configured, wired.veil.data).tell)


def _speaking(wired: Wired, report: Report) -> list[Outlet]:
    """The sinks that talk to the network; their secrets are looked up only now."""
    try:
        settings = with_secrets_of(wired)
    except ConfigError as error:
        text = f"{error}; nobody is told and no sign of life is sent"
        return [Outlet("notify", lambda _report: [text])]
    outlets = []
    url = getattr(settings.heartbeat, report.command.replace("-", "_"), None)
    if url is not None:
        from trader.sinks.heartbeat import Heartbeat

        outlets.append(
            Outlet("heartbeat", Heartbeat(url, pings=settings.mode != "paper", redact=wired.veil.data).tell)
        )
    if settings.notify.urls:
        from trader.sinks.notify import Notify, apprise_sender

        notify = Notify(
            wired.folders.state / "notify",
            apprise_sender(settings.notify.urls),
            frozenset(settings.notify.events),
            wired.veil.data,
        )
        outlets.append(Outlet("notify", notify.tell))
    return outlets


def journal_folder(wired: Wired) -> Path:
    """Where the record of each run goes."""
    folder = wired.settings.journal.folder
    return Path(folder) if folder else wired.folders.state / "journal"


def with_secrets_of(wired: Wired) -> Settings:
    """The settings with `secret:NAME` replaced from the credentials."""
    settings = wired.settings
    if not (settings.notify.urls or settings.heartbeat.given):
        return settings
    from trader.credentials import needs_secrets, read_hidden, with_secrets

    if not needs_secrets(settings):
        return settings
    values = wired.values if wired.values is not None else read_hidden(settings, wired.veil)[1]
    return with_secrets(settings, values)


def _next_ms(wired: Wired, report: Report) -> int | None:
    if report.command != "run":
        return None
    step_ms = wired.settings.schedule.every_minutes * 60_000
    return report.ended_ms - report.ended_ms % step_ms + step_ms

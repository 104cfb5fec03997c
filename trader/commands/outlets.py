"""Which sinks a configuration names, ready to be told of a run; and where the journal stands."""

from pathlib import Path

from trader.config.stored import to_record
from trader.core.policy import Policy
from trader.sinks.deliver import Outlet
from trader.wiring import Wired


def journal_folder(wired: Wired) -> Path:
    """The folder of the configuration, or the usual one of this account."""
    folder = wired.settings.journal.folder
    return Path(folder) if folder is not None else wired.folders.state / "journal"


def outlets_of(wired: Wired, policy: Policy, command: str, *, halted: str | None) -> list[Outlet]:
    """The sinks of one run of this command; `halted` is what the decision was told of the halt."""
    return [_journal(wired, policy, halted), *_metrics(wired), *_heartbeat(wired, command), *_notify(wired)]


def _journal(wired: Wired, policy: Policy, halted: str | None) -> Outlet:
    from trader.sinks.journal import DecisionInputs, Journal

    kept = wired.settings.journal
    inputs = DecisionInputs(to_record(wired.settings), policy.entries_for, halted)
    sink = Journal(journal_folder(wired), inputs, days=kept.days, megabytes=kept.megabytes)
    return Outlet("journal", sink.tell)


def _metrics(wired: Wired) -> list[Outlet]:
    if wired.settings.metrics.textfile is None:
        return []
    from trader.sinks.metrics import Metrics

    return [Outlet("metrics", Metrics(Path(wired.settings.metrics.textfile)).tell)]


def _heartbeat(wired: Wired, command: str) -> list[Outlet]:
    """A paper run pings nothing: it would hide that the one with something at stake has stopped."""
    url = getattr(wired.settings.heartbeat, command.replace("-", "_"), None)
    if url is None:
        return []
    from trader.sinks.heartbeat import Heartbeat

    return [Outlet("heartbeat", Heartbeat(url, pings=wired.settings.mode != "paper").tell)]


def _notify(wired: Wired) -> list[Outlet]:
    if not wired.settings.notify.urls:
        return []
    from trader.sinks.notify import Notify, apprise_sender

    send = apprise_sender(wired.settings.notify.urls)
    sink = Notify(wired.folders.state / "told", send, frozenset(wired.settings.notify.events))
    return [Outlet("notify", sink.tell)]

"""What somebody sees who stands beside the machine: the text, the document, the alarms and the exit code.

Rules: all of it is made by the same functions that a command and its sinks use. An alarm is an event that no
configuration switches off, in the words in which it is sent; that repeats are folded to one an hour is left
out, because a judge asks of each run whether it told.
"""

import json
from collections.abc import Mapping
from typing import Any

from trader.core.frozen import frozen
from trader.core.report import Report
from trader.rehearsal import Host
from trader.run import Ran
from trader.sinks.events import ALWAYS, state_events
from trader.sinks.notify import title_of
from trader.sinks.run_json import to_run_json
from trader.sinks.text import run_text

REALM = "simulated"


@frozen
class Told:
    """What one run told: its exit code, all bytes, the document and the alarms."""

    code: int
    written: bytes
    document: Mapping[str, Any]
    alarms: tuple[str, ...]


def told(ran: Ran, host: Host, *, command: str, began_ms: int, requests: int) -> Told:
    """A run that reached its end."""
    settings = host.stage.settings
    report = ran.report(
        command=command,
        realm=REALM,
        venue=settings.venue,
        account=settings.account,
        times_ms=(began_ms, host.clock.now_ms()),
        requests=requests,
    )
    document = to_run_json(report)
    alarms = _alarms(report)
    lines = [run_text(report), json.dumps(document), *alarms]
    return Told(int(report.exit_code), "\n".join(lines).encode(), document, alarms)


def _alarms(report: Report) -> tuple[str, ...]:
    events = [event for event in state_events(report) if event.kind in ALWAYS]
    return (title_of(report, events), *(event.text for event in events)) if events else ()

"""Tells people: one message a run with the events that are due, to every address of the configuration.

Rules: the addresses are secrets, often up to their host, so texts name their number and scheme. The library
that sends is imported only when something is due. An address that fails is a warning; the cursor moves when
at least one took the message. A folder that cannot be written narrows what is told to this run and the last
hour, and says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import field
from functools import partial
from pathlib import Path

from trader.core.candles import HOUR_MS
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.report import Report
from trader.core.text import printable, utc
from trader.sinks.deliver import bounded
from trader.sinks.events import Event
from trader.sinks.notify_cursor import Cursor, Due, due, read_cursor, write_cursor
from trader.sinks.private_files import Redact, alone_in, as_it_is, opened_folder

SEND_S = 3.5  # the rest of the sink's bound is for importing the library and for the cursor
KINDS = (
    *("naked", "emergency", "unknown", "unreadable", "unfamiliar", "error", "tripped"),
    *("hit", "close", "open", "stop_moved"),
)
"""Worst first: the title names the first that occurs."""
MISSING = "apprise is not installed and nobody is told; run: pip install 'trader[notify]'"


@frozen
class Sent:
    """How many addresses took a message, and what is to be said of the others."""

    taken: int
    problems: tuple[str, ...] = ()


Sender = Callable[[str, str], Sent]
"""Send a title and a body."""


@frozen
class Notify:
    """The sink; `events` are the kinds that the operator wants beside those that are always told."""

    folder: Path
    send: Sender
    events: frozenset[str] = field(default_factory=lambda: frozenset(KINDS))
    redact: Redact = as_it_is

    def tell(self, report: Report) -> list[str]:
        try:
            with opened_folder(self.folder, create=True) as folder, alone_in(folder):
                return self._tell(report, folder)
        except (OSError, ConfigError) as error:
            return self._tell_blind(report, error)

    def _tell(self, report: Report, folder: int) -> list[str]:
        cursor = read_cursor(folder)
        found = due(report, cursor, allowed=self.events)
        if not found.events:
            return self._kept(folder, found.after) if cursor != found.after else []
        write_cursor(folder, found.before, self.redact)
        sent = self._message(report, found)
        told = found.after if sent.taken else cursor or found.before
        return [*sent.problems, *self._kept(folder, told)]

    def _kept(self, folder: int, cursor: Cursor) -> list[str]:
        try:
            write_cursor(folder, cursor, self.redact)
        except OSError as error:
            return [f"what was told cannot be kept in {self.folder}: {error.strerror}; it will be repeated"]
        return []

    def _tell_blind(self, report: Report, error: OSError | ConfigError) -> list[str]:
        """Nothing says what was told, so tell the little that matters now."""
        why = error.strerror if isinstance(error, OSError) else str(error)
        found = due(report, None, allowed=self.events, lost_ms=HOUR_MS)
        problems = self._message(report, found).problems if found.events else ()
        return [f"what was told cannot be kept in {self.folder}: {why}", *problems]

    def _message(self, report: Report, found: Due) -> Sent:
        title = title_of(report, found.events)
        body = "\n".join([*(e.text for e in found.events), *halted_line(report)])
        return self.send(self._shown(title), self._shown(body))

    def _shown(self, text: str) -> str:
        return self.redact(text.encode("utf-8", "replace")).decode("utf-8", "replace")


def halted_line(report: Report) -> list[str]:
    """What every message says while entries are halted; a halt by itself wakes nobody, its author knows."""
    if not report.halted:
        return []
    since = "" if report.halted_since_ms is None else f" since {utc(report.halted_since_ms)}"
    return [f"entries are halted{since}"]


def title_of(report: Report, events: Sequence[Event]) -> str:
    """Whose money first, then the worst that happened."""
    kinds = sorted({e.kind for e in events}, key=KINDS.index)
    names = [k.upper() if k == "naked" else k.replace("_", " ") for k in kinds]
    return f"{printable(report.realm)} {printable(report.account)}: {', '.join(names)}"


def apprise_sender(urls: Sequence[str], *, timeout_s: float = SEND_S) -> Sender:
    """The real thing: every address at the same time, each within the bound."""

    def send(title: str, body: str) -> Sent:
        try:
            import apprise  # noqa: F401 late: it costs more than the whole tick
        except ImportError:
            return Sent(0, (MISSING,))
        calls = {str(i): partial(_send_one, url, title, body, timeout_s) for i, url in enumerate(urls)}
        problems = []
        for i, ended in bounded(calls, bound_s=timeout_s).items():
            lines = ended.value if ended.failure is None else [ended.failure]
            problems += [f"address {int(i) + 1} ({scheme_of(urls[int(i)])}): {line}" for line in lines]
        return Sent(len(urls) - len(problems), tuple(problems))

    return send


def scheme_of(url: str) -> str:
    """What may be shown: of many services the part after it is the token itself."""
    scheme, mark, _rest = url.partition("://")
    return printable(scheme, length_max=20) if mark and scheme.isalnum() else "no scheme"


def _send_one(url: str, title: str, body: str, timeout_s: float) -> Sequence[str]:
    from apprise import Apprise, AppriseAsset, NotifyFormat, PersistentStoreMode

    asset = AppriseAsset(storage_mode=PersistentStoreMode.MEMORY, secure_logging=True, async_mode=False)
    target = Apprise(asset=asset)
    if not target.add(url):
        return ["this is no address that apprise knows; see the list of services in its documentation"]
    for service in target:
        service.socket_connect_timeout = service.socket_read_timeout = timeout_s
        # Whatever the address says: a token goes to the host that it was meant for, which proves itself.
        service.redirects, service.verify_certificate = False, True
    taken = target.notify(title=title, body=body, body_format=NotifyFormat.TEXT)
    return [] if taken else ["the message was not taken"]

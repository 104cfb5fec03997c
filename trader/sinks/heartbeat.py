"""A sign of life to a monitor: the URL itself after a good run, `/fail` below it after a bad one.

Rules: a missed ping is the only alarm that outlives a dead machine, so a run pings once, at its end, and
never before its outcome is known. The URL is a secret: texts show scheme and host. No redirect is followed,
no proxy from the environment is used, and nothing is sent of an account but its label.
"""

from collections.abc import Callable
from dataclasses import field
from urllib.parse import urlsplit, urlunsplit

from trader.core.frozen import frozen
from trader.core.report import Exit, Report
from trader.core.text import printable, seconds, utc
from trader.sinks.private_files import Redact, as_it_is
from trader.sinks.wording import EXIT_MEANINGS

TIMEOUT_S = 5.0

Post = Callable[[str, bytes, float], str | None]
"""Send a body to a URL within a time; returns what went wrong, without the URL."""


def over_http(url: str, body: bytes, timeout_s: float) -> str | None:
    """The real thing."""
    import requests  # late: most runs of a machine without a monitor never need it

    with requests.Session() as session:
        session.trust_env = False
        try:
            answer = session.post(url, data=body, timeout=timeout_s, allow_redirects=False, stream=True)
        except (requests.RequestException, ValueError) as error:
            return f"no answer ({type(error).__name__})"
        with answer:
            return None if answer.status_code < 300 else f"answered {answer.status_code}"


@frozen
class Heartbeat:
    """The sink of one command; `pings` is false for a run that did no work a monitor should count."""

    url: str = field(repr=False)
    pings: bool = True
    timeout_s: float = TIMEOUT_S
    post: Post = over_http
    redact: Redact = as_it_is

    def tell(self, report: Report) -> list[str]:
        if not self.pings:
            return []
        url = self.url if report.exit_code is Exit.OK else below(self.url, "fail")
        problem = self.post(url, self.redact(body_of(report).encode()), self.timeout_s)
        return [] if problem is None else [f"{shown_url(self.url)} {problem}; the monitor will miss this run"]


def body_of(report: Report) -> str:
    """What the monitor keeps beside the ping."""
    code = report.exit_code
    words = (report.realm, report.venue, report.account, report.command)
    return (
        f"{' '.join(printable(word) for word in words)}\n"
        f"started {utc(report.started_ms)}\n"
        f"took {seconds(report.ended_ms - report.started_ms)}\n"
        f"exit {int(code)}: {EXIT_MEANINGS[code]}\n"
        f"{'entries are halted' if report.halted else ''}"
    )


def below(url: str, name: str) -> str:
    """The URL with one more step in its path, before any query."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/{name}"))


def shown_url(url: str) -> str:
    """What may be shown of a URL: scheme and host."""
    try:
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.hostname or '...'}"
    except ValueError:
        return "a URL that cannot be read"

"""Tries the addresses of a configuration: is each one understood, and does a message arrive there.

Rules: every address is tried, all at once, and one that fails says nothing about the others. What is shown of
an address is its number and scheme, or of a monitor its host. A ping to a monitor is a sign of life like any
other, because there is no other way to see whether it arrives.
"""

from collections.abc import Mapping, Sequence
from functools import partial

from trader.core.frozen import frozen
from trader.sinks.deliver import bounded
from trader.sinks.heartbeat import TIMEOUT_S, over_http, shown_url
from trader.sinks.notify import MISSING, SEND_S, apprise_sender, scheme_of

TRIAL_S = 7.0
"""For importing the library and one send; all of them side by side."""


@frozen
class Tried:
    """One address that was tried, as it may be shown, and what went wrong."""

    what: str
    problem: str | None


def misunderstood(urls: Sequence[str]) -> list[str]:
    """What is wrong with the addresses for messages before anything is sent to them."""
    if not urls:
        return []
    try:
        from apprise import Apprise
    except ImportError:
        return [MISSING]
    wrong = [number for number, url in enumerate(urls, start=1) if not Apprise().add(url)]
    return [
        f"notify.urls: address {number} ({scheme_of(urls[number - 1])}) is none that apprise knows"
        for number in wrong
    ]


def tried(urls: Sequence[str], heartbeats: Mapping[str, str], *, title: str, body: str) -> tuple[Tried, ...]:
    """One message to each address and one ping to each heartbeat, by the command that it is of."""
    calls = {
        f"address {number} ({scheme_of(url)})": partial(_message, url, title, body)
        for number, url in enumerate(urls, start=1)
    }
    pings = {
        f"heartbeat.{name} ({shown_url(url)})": partial(_ping, url, body) for name, url in heartbeats.items()
    }
    ends = bounded({**calls, **pings}, bound_s=TRIAL_S)
    return tuple(Tried(what, ended.failure or next(iter(ended.value), None)) for what, ended in ends.items())


def _message(url: str, title: str, body: str) -> list[str]:
    """What went wrong, without the number that the sender gives the only address it knows."""
    sent = apprise_sender((url,), timeout_s=SEND_S)(title, body)
    return [problem.partition("): ")[2] or problem for problem in sent.problems]


def _ping(url: str, body: str) -> list[str]:
    problem = over_http(url, body.encode(), TIMEOUT_S)
    return [] if problem is None else [problem]

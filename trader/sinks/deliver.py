"""Runs the sinks one after the other, each within its bound; whatever goes wrong becomes a warning line.

Rules: this file may catch everything, because a dead notifier must never hide a live position or the exit
code. A sink that hangs is left behind on its daemon thread, which ends with the process. A warning never
holds the text of a foreign exception: libraries quote URLs in theirs, and a webhook's URL is a secret.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from trader.core.errors import TraderError
from trader.core.frozen import frozen
from trader.core.report import Report
from trader.core.text import printable

BOUND_S = 5.0
ORDER = ("journal", "metrics", "heartbeat", "notify")
"""The record first, because it alone tells afterwards what happened; the slowest and least sure last."""


@frozen
class Outlet:
    """One sink: `tell` returns warnings, and may raise or hang without harm."""

    name: str
    tell: Callable[[Report], Sequence[str]]


@frozen
class Ended:
    """What became of a bounded call: its value, or the line that says why there is none."""

    value: Sequence[str]
    failure: str | None


def deliver(report: Report, outlets: Sequence[Outlet], *, bound_s: float = BOUND_S) -> list[str]:
    """Tell every outlet; return the warnings, one line each, for stderr."""
    warnings: list[str] = []
    for outlet in sorted(outlets, key=lambda o: ORDER.index(o.name)):
        ended = bounded({outlet.name: partial(outlet.tell, report)}, bound_s=bound_s)[outlet.name]
        said = ended.value if ended.failure is None else [ended.failure]
        warnings.extend(f"{outlet.name}: {printable(line)}" for line in said)
    return warnings


def bounded(calls: Mapping[str, Callable[[], Sequence[str]]], *, bound_s: float) -> dict[str, Ended]:
    """Run the calls side by side and wait no longer than the bound for all of them together."""
    ends: dict[str, Ended] = {}
    threads = []
    for name, call in calls.items():
        thread = threading.Thread(target=_run, args=(name, call, ends), name=f"sink {name}", daemon=True)
        try:
            thread.start()
        except RuntimeError as error:
            ends[name] = Ended((), f"no thread could be started: {error}")
        else:
            threads.append(thread)
    until = time.monotonic() + bound_s
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    late = Ended((), f"no end within {bound_s:g} s; left behind, nothing waits for it")
    return {name: ends.get(name, late) for name in calls}


def _run(name: str, call: Callable[[], Sequence[str]], ends: dict[str, Ended]) -> None:
    try:
        ends[name] = Ended(tuple(call()), None)
    except Exception as error:  # noqa: BLE001 a broken sink is a warning, whatever broke
        ends[name] = Ended((), without_secrets(error))


def without_secrets(error: BaseException) -> str:
    """What may be said of an error: our own text, the system's own words, or else only its kind."""
    if isinstance(error, TraderError):
        return str(error)
    if isinstance(error, OSError) and error.strerror and error.errno is not None:
        return f"{error.strerror} (errno {error.errno})"
    return f"failed with {type(error).__name__}"

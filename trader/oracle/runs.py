"""Judges a run by what it did outside the books: its exit code (I0), the lock (I7), the venue's limits
(I11), time (I12), secrets (I13) and a second run with nothing to do (I14); and two runs of one seed by their
bytes (I16).
"""

import re
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from trader.oracle.books import Found
from trader.oracle.seen import Asked, RunSeen, Terms

CODES = frozenset({0, 2, 10, 11, 12, 20, 21, 22, 23, 24, 25, 70, 75, 78})
BROKEN, BUSY = 70, 75
TOO_MANY, BANNED = 429, 418
WAITS = frozenset({"margin", "liquidation", "past"})  # rules of the gate
END_SLACK_MS = 35_000  # 30 s after its deadline the kernel ends a process; the rest is for a slow machine
MINUTE_MS = 60_000
_TRACEBACK = b"Traceback (most recent call last)"
_NO_NUMBERS = frozenset({"nan", "snan", "inf", "infinity"})
# A bare word where JSON or a metric has its number; a text in JSON has its quotation marks escaped.
_IN_JSON = re.compile(rb'(?:[\[,]|(?<!\\)":)\s*-?(?:NaN|Infinity)\s*[\],}]')
_IN_METRIC = re.compile(rb"^\w+(?:\{[^}]*\})? [+-]?(?:NaN|Inf)$")


def judge(terms: Terms, run: RunSeen, *, is_done: bool) -> Iterator[Found]:
    """Everything of this file that one run shows. `is_done`: the run before it had nothing left to try."""
    values = leaves(run.document)
    yield from _ending(run, values)
    yield from _lock(run)
    yield from _limits(terms, run.asked, run.round_ms)
    yield from _time(run)
    yield from _secrets(terms, run, values)
    writes = _unlimited_writes(run.asked)
    if run.is_second and is_done and writes:
        yield Found("I14", f"ran again at once and sent {', '.join(writes)}", frozenset({"disturbed"}))


def _unlimited_writes(asked: tuple[Asked, ...]) -> list[str]:
    """What was sent before the venue refused to say something: who could not read all of what the run before
    it did knows less, and takes risk off."""
    refused = (each.number for each in asked if not each.is_write and each.status in (TOO_MANY, BANNED))
    first = min(refused, default=None)
    return [each.what for each in asked if each.is_write and (first is None or each.number < first)]


def left_something(run: RunSeen) -> bool:
    """Something was refused, closed so that something else can follow, or waits for margin, for room before
    liquidation or for records that agree, which are more or less with every price and stop: the next run goes
    on with that."""
    document = run.document or {}
    if any(refused.get("rule") in WAITS for refused in document.get("refused") or ()):
        return True
    for done in document.get("done") or ():
        action, outcome = done.get("action") or {}, done.get("outcome") or {}
        if outcome.get("is") == "Rejected" or action.get("is") == "Close":
            return True
    return False


def _ending(run: RunSeen, values: list[Any]) -> Iterator[Found]:
    if run.code is not None and run.code not in CODES:
        yield Found("I0", f"left with {run.code}, which no page explains")
    if run.code == BROKEN:
        yield Found("I0", "left with 70: it found a flaw of its own")
    if run.crash is not None:
        yield Found("I0", f"crashed: {run.crash}")
    elif _TRACEBACK in run.written:
        yield Found("I0", "wrote a traceback")
    for number in _odd_numbers(run.written):
        yield Found("I0", f"wrote the number {number}")
    for value in filter(_is_odd, values):
        yield Found("I0", f"the document holds the number {value}")


def _odd_numbers(written: bytes) -> Iterator[str]:
    """Numbers that are none, in lines of JSON and of metrics; a sentence may quote the venue."""
    if b"NaN" not in written and b"Inf" not in written:
        return
    for line in written.splitlines():
        found = (_IN_JSON if line[:1] in (b"{", b"[") else _IN_METRIC).search(line)
        if found is not None:
            yield found.group().decode("utf-8", "replace").strip()


def leaves(document: Mapping[str, Any] | None) -> list[Any]:
    """Every value in a document that holds no other, and every key, in any order: one walk for all
    questions."""
    found: list[Any] = []
    left: list[Any] = [] if document is None else [document]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            found += value
            left += value.values()
        elif isinstance(value, (list, tuple)):
            left += value
        else:
            found.append(value)
    return found


def _is_odd(value: Any) -> bool:
    """A number, or a text that is nothing but a number, which is not finite."""
    if isinstance(value, str):
        return value.lower().lstrip("+-") in _NO_NUMBERS
    return isinstance(value, float) and not isfinite(value)


def _lock(run: RunSeen) -> Iterator[Found]:
    """I7: who does not get the lock asks nothing, and leaves with 0 from `run` and with 75 from all
    others."""
    if run.was_locked:
        wanted = 0 if run.command == "run" else BUSY
        if run.asked:
            yield Found("I7", f"asked {run.asked[0].what} while another run held the lock")
        if run.code not in (wanted, None):
            yield Found(
                "I7", f"left {run.command} with {run.code} while the lock was held, expected {wanted}"
            )
    elif run.code == BUSY:
        yield Found("I7", "left with 75 though nobody held the lock")


def _limits(terms: Terms, asked: tuple[Asked, ...], round_ms: int) -> Iterator[Found]:
    """I11: nothing is asked during a ban, and never more than half of what the venue allows. What may still
    be asked after 429 is only told by the books: see data.py."""
    bans = (each for each in asked if each.status == BANNED and each.what not in terms.own_limits)
    banned = next(bans, None)
    if banned is not None:
        since_ms = banned.at_ms + round_ms
        late = [each for each in asked if each.at_ms > since_ms and each.number > banned.number]
        if late:
            yield Found("I11", f"asked {late[0].what} after it was banned")
    if terms.weight_max is None:
        return
    for each in asked:
        since_ms = each.at_ms - MINUTE_MS
        used = sum(o.weight for o in asked if since_ms < o.at_ms <= each.at_ms and o.number <= each.number)
        if 2 * used > terms.weight_max:
            yield Found("I11", f"used {used} of {terms.weight_max} in a minute, and half is allowed")
            return


def _time(run: RunSeen) -> Iterator[Found]:
    """I12. Requests are stamped with a clock that may step: those outside the run say nothing. A machine that
    slept wakes with a round that was about to leave; what it asks after that, it asks knowing the time."""
    if run.took_ms > run.deadline_ms + END_SLACK_MS:
        yield Found("I12", f"took {run.took_ms} ms with a deadline of {run.deadline_ms} ms")
    used = [(asked.at_ms - run.began_ms, asked.what) for asked in run.asked]
    late = [each for each in used if run.deadline_ms < each[0] <= run.took_ms]
    for used_ms, what in late:
        if used_ms > late[0][0]:
            yield Found("I12", f"asked {what} {used_ms} ms after it began, {run.deadline_ms} are allowed")
            return


def _secrets(terms: Terms, run: RunSeen, values: list[Any]) -> Iterator[Found]:
    if not terms.secrets:
        return
    told = "\n".join((*run.alarms, run.crash or "", *(value for value in values if isinstance(value, str))))
    places = {"what it wrote": run.written, "what it told": told.encode()}
    for place, text in places.items():
        if any(secret in text for secret in terms.secrets):
            yield Found("I13", f"a secret stands in {place}")


def difference(first: RunSeen, second: RunSeen) -> Found | None:
    """I16: two runs of one seed ask the same, at the same instants, and write and leave the same."""
    for name in ("host", "command", "code", "began_ms", "took_ms", "asked", "written", "document", "alarms"):
        one, other = getattr(first, name), getattr(second, name)
        if one != other:
            return Found("I16", f"the same seed gave another {name}: {_short(one)} and {_short(other)}")
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."

"""Makes a script that breaks a promise as small as it can, so that a person sees what breaks it.

Rules: a smaller script counts only while it breaks the same invariant. Tried in this order, until nothing
more can go: events, runs, moves, what is given, then what can be said more simply (a
fault that lasts once instead, a late delivery none at all). Every step plays one episode, and there is a
limit on them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from trader.core.frozen import frozen
from trader.selftest.played import Played
from trader.selftest.script import Event, Script

TRIES_MAX = 200
DELIVERED_LATE = "T11"  # on its way for a while
NEVER_APPLIED = "T7"  # the same request, of which nothing arrived


@frozen
class Shrunk:
    """The smallest script that was found, what it showed, and how many episodes it took to find it."""

    script: Script
    played: Played
    tries: int


def shrunk(
    script: Script,
    invariant: str,
    play: Callable[[Script], Played],
    *,
    tries_max: int = TRIES_MAX,
    has_time: Callable[[], bool] = lambda: True,
) -> Shrunk | None:
    """None where the script does not break this invariant when it is played (again)."""
    played = play(script)
    if not _breaks(played, invariant):
        return None
    best = Shrunk(script, played, 1)
    tried = {script}
    smaller: Script | None = script
    while smaller is not None:
        smaller = None
        for candidate in _smaller(best.script):
            if candidate in tried:
                continue
            if best.tries >= tries_max or not has_time():
                return best
            tried.add(candidate)
            played = play(candidate)
            best = replace(best, tries=best.tries + 1)
            if _breaks(played, invariant):
                best = replace(best, script=candidate, played=played)
                smaller = candidate
                break
    return best


def _breaks(played: Played, invariant: str) -> bool:
    return any(violation.invariant == invariant for violation in played.violations)


def _smaller(script: Script) -> Iterator[Script]:
    """Everything one step smaller, the largest steps first."""
    yield from _fewer_events(script)
    yield from _fewer_runs(script)
    for place in range(len(script.moves)):
        yield replace(script, moves=script.moves[:place] + script.moves[place + 1 :])
    for name in script.given:
        yield replace(script, given=tuple(other for other in script.given if other != name))
    for place, event in enumerate(script.events):
        for simpler in _simpler(event):
            events = (*script.events[:place], simpler, *script.events[place + 1 :])
            yield replace(script, events=events)


def _fewer_events(script: Script) -> Iterator[Script]:
    """Without all of them, without one half, without any one."""
    events = script.events
    half = len(events) // 2
    if events:
        yield replace(script, events=())
    if half:
        yield replace(script, events=events[half:])
        yield replace(script, events=events[:half])
    for place in range(len(events)):
        yield replace(script, events=events[:place] + events[place + 1 :])


def _fewer_runs(script: Script) -> Iterator[Script]:
    """Up to the last event or move, the first half, one less; then without runs at the beginning."""
    last = max((*(event.run for event in script.events), *(move.after for move in script.moves), 1))
    for runs in (last, script.runs // 2, script.runs - 1):
        if 1 <= runs < script.runs:
            yield _cut(script, first=1, last=runs)
    for first in (script.runs // 2 + 1, 2):
        if 1 < first <= script.runs:
            yield _cut(script, first=first, last=script.runs)


def _cut(script: Script, *, first: int, last: int) -> Script:
    """These runs alone, numbered anew."""
    skipped = first - 1
    runs = last - skipped
    usual = script.pauses_s[-1:]
    return replace(
        script,
        runs=runs,
        events=tuple(replace(e, run=e.run - skipped) for e in script.events if first <= e.run <= last),
        moves=tuple(replace(m, after=m.after - skipped) for m in script.moves if first <= m.after <= last),
        pauses_s=(script.pauses_s[skipped:] or usual)[: max(1, runs - 1)],
    )


def _simpler(event: Event) -> Iterator[Event]:
    if event.lasts:
        yield replace(event, lasts=False)
    if event.what.startswith(DELIVERED_LATE):
        yield replace(event, what=NEVER_APPLIED)

"""What has been told already: the one file of the notifier, and what is due given it.

Rules: the cursor moves after the sending, and says before it what is about to be sent, so a kill in between
repeats with a mark and loses nothing. A cursor that is lost, torn or of another version repeats 24 hours,
marked. Repeats of a state within the hour are counted, not sent. No decision of trading reads this file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Literal

from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.codec import from_json, to_json
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.identity import account_tag
from trader.core.orders import Fill, Unreadable
from trader.core.report import Report
from trader.core.text import utc_clock
from trader.sinks.events import ALWAYS, Event, fill_events, fill_key, state_events
from trader.sinks.private_files import Redact, as_it_is, content_of, replace
from trader.sinks.wording import newest_holdings

FILE = "told.json"
REPEATED = " (repeated: what was told before is not known)"
PERHAPS = " (perhaps told before: the last sending was cut off)"


@frozen
class Folded:
    """When a state was last told, and how often it was seen since."""

    sent_ms: int
    count: int


@frozen
class Cursor:
    """Fills at or after `floor_ms` whose ids are not in `told` are new; `sending` may have been told."""

    floor_ms: int
    schema: Literal["trader.told/1"] = "trader.told/1"
    told: Mapping[str, int] = field(default_factory=dict)
    sending: tuple[str, ...] = ()
    folded: Mapping[str, Folded] = field(default_factory=dict)


@frozen
class Due:
    """Events to send now, the cursor to write before sending, and the one to write after it."""

    events: tuple[Event, ...]
    before: Cursor
    after: Cursor


def read_cursor(folder: int) -> Cursor | None:
    """The cursor, or None when there is none that can be believed."""
    content = content_of(folder, FILE)
    if content is None:
        return None
    try:
        return from_json(Cursor, json.loads(content))
    except (ValueError, RecursionError, Malformed):
        return None


def write_cursor(folder: int, cursor: Cursor, redact: Redact = as_it_is) -> None:
    replace(folder, FILE, redact(json.dumps(to_json(cursor)).encode()))


def due(report: Report, cursor: Cursor | None, *, allowed: frozenset[str], lost_ms: int = DAY_MS) -> Due:
    """What to tell; without a cursor the last `lost_ms` are told again, marked."""
    now_ms, fills, account = report.ended_ms, *_fills_of(report)
    newest_ms = max((f.at_ms for f in fills), default=0)
    held = newest_holdings(report)
    start = cursor or Cursor(floor_ms=(held.at_ms if held is not None else now_ms) - lost_ms)
    new = [f for f in fills if f.at_ms >= start.floor_ms and fill_key(f) not in start.told]
    found = [_marked(e, start, is_lost=cursor is None) for e in fill_events(new, account)]
    states, folded = _fold(state_events(report), start.folded, now_ms, allowed)
    events = [e for e in found if e.kind in allowed | ALWAYS] + states
    floor_ms = max(start.floor_ms, newest_ms - DAY_MS)
    told = {**start.told, **{fill_key(f): f.at_ms for f in new}}
    told = {key: at_ms for key, at_ms in told.items() if at_ms >= floor_ms}
    sending = tuple(key for e in events for key, _ in e.fills)
    before = Cursor(start.floor_ms, told=start.told, sending=sending, folded=start.folded)
    return Due(tuple(events), before, Cursor(floor_ms, told=told, folded=folded))


def _fills_of(report: Report) -> tuple[Sequence[Fill], int]:
    held = newest_holdings(report)
    if held is None or report.snapshot is None or isinstance(held.fills, Unreadable):
        return (), 0
    return held.fills, account_tag(report.snapshot.account_id)


def _marked(event: Event, cursor: Cursor, *, is_lost: bool) -> Event:
    if is_lost:
        return Event(event.kind, event.text + REPEATED, fills=event.fills)
    if any(key in cursor.sending for key, _ in event.fills):
        return Event(event.kind, event.text + PERHAPS, fills=event.fills)
    return event


def _fold(
    events: Sequence[Event], folded: Mapping[str, Folded], now_ms: int, allowed: frozenset[str]
) -> tuple[list[Event], dict[str, Folded]]:
    """The states that are due, and the counts after telling them."""
    counts = {key: f for key, f in folded.items() if 0 <= now_ms - f.sent_ms < DAY_MS}
    told = []
    for event in _first_of_key(events):
        if event.kind not in allowed | ALWAYS:
            continue
        last = counts.get(event.key) if event.key else None
        if last is not None and now_ms - last.sent_ms < HOUR_MS:
            counts[event.key] = Folded(last.sent_ms, last.count + 1)
            continue
        since = f" ({last.count} more since {utc_clock(last.sent_ms)})" if last and last.count else ""
        told.append(Event(event.kind, event.text + since, event.key))
        if event.key:
            counts[event.key] = Folded(now_ms, 0)
    return told, counts


def _first_of_key(events: Sequence[Event]) -> Iterator[Event]:
    seen: set[str] = set()
    for event in events:
        if not event.key or event.key not in seen:
            seen.add(event.key)
            yield event

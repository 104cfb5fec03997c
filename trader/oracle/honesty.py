"""Judges what a run said against what the books show (I8): exit code, alarms, and the document of `--json`.

A value that the document leaves out or calls null is unknown, which is always allowed; but who leaves with 0
has nothing unknown. A position is compared with what it was when the document says that it was read.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from trader.exchange.status import LIVE
from trader.oracle.books import Books, Found
from trader.oracle.exits import OK, SETTLED, VERIFYING, Start, codes_of
from trader.oracle.ids import own
from trader.oracle.seen import RunSeen
from trader.oracle.stops import Slot, told

SCHEMA = "trader.run/1"
SEVERITY = (20, 24, 23, 22, 21, 25, 12, 11, 10)  # which of several codes is the exit code
EMERGENCY_CODE, FOREIGN_CODE, OTHER_HOST_CODE = 21, 25, 24
READ_SLACK_MS = 3_000  # a reading takes a round or two, and its clock is the venue's
NAMES_ANOTHER = frozenset({"Cancel", "AmendStop"})  # refused, they say nothing of the order that they name
UNTRUE = frozenset({"venue_lied", "venue_took"})
# A proof speaks of the last reading; after it nobody may have traded, and no clock have jumped.
SINCE_READ = UNTRUE | {"hand", "gap", "forced", "hosts"}


def told_truth(
    books: Books,
    run: RunSeen,
    start: Start,
    bare: Mapping[Slot, str],
    emergencies: list[Slot],
    *,
    steady: bool,
) -> Iterator[Found]:
    """Everything of this file. `emergencies`: slots that were closed in an emergency while it ran; `steady`:
    neither this run nor the one before it was disturbed, and nothing else happened."""
    if run.code is None or run.command not in VERIFYING or run.was_locked:
        return
    if run.alarms and run.code == OK:
        yield Found("I8", f"left with 0 and told an alarm: {run.alarms[0]}")
    if emergencies and run.code == OK and run.command != "flatten":
        names = ", ".join(told(slot) for slot in emergencies)
        yield Found("I8", f"closed {names} in an emergency and left with 0", frozenset({"hosts"}))
    expected = {OK} | ({EMERGENCY_CODE} if emergencies else set())
    expected |= {FOREIGN_CODE} if any(part.foreign for part in books.parts.values()) else set()
    if steady and run.code not in expected and not bare:
        yield Found("I8", f"left with {run.code} though nothing is wrong any more", frozenset({"hosts"}))
    if run.document is not None:
        yield from _document(books, run, start, bare, run.document)


def _document(
    books: Books, run: RunSeen, start: Start, bare: Mapping[Slot, str], document: Mapping[str, Any]
) -> Iterator[Found]:
    if document.get("schema") != SCHEMA:
        yield Found("I8", f"the document has schema {document.get('schema')!r}, expected {SCHEMA!r}")
        return
    if document.get("exit_code") != run.code:
        yield Found(
            "I8", f"the document says exit {document.get('exit_code')}, the process left with {run.code}"
        )
    told_codes = codes_of(run)
    worst = next((code for code in SEVERITY if code in told_codes), run.code)
    if worst != run.code:
        yield Found("I8", f"left with {run.code}, and the worst of what it says is {worst}")
    if run.code == OK:
        yield from _nothing_unknown(document)
        yield from _nothing_left_out(books, document)
        yield from _waits(books, run, start, document)
    if not run.landed_late:
        yield from _outcomes(books, start, document)
    yield from _positions(books, start, document)
    yield from _proofs(books, run, bare, document)


def _nothing_unknown(document: Mapping[str, Any]) -> Iterator[Found]:
    for done in document.get("done") or ():
        outcome = done.get("outcome") or {}
        if outcome.get("is") == "Unknown":
            yield Found("I8", f"left with 0 and an outcome is unknown: {outcome.get('reason')}")
    for proof in document.get("proofs") or ():
        if proof.get("is") in ("Naked", "Unread"):
            yield Found("I8", f"left with 0 and a proof of {proof.get('coin')} says {proof['is']}")


def _nothing_left_out(books: Books, document: Mapping[str, Any]) -> Iterator[Found]:
    """Who leaves with 0 has proven the cover of everything of ours."""
    proofs = document.get("proofs")
    if proofs is None:
        return
    said = {_slot(books, proof) for proof in proofs}
    for position in books.positions:
        slot = (position.coin, position.leg)
        if books.ours(slot) and slot not in said and not _traded_lately(books, slot):
            yield Found("I8", f"left with 0 and not a word of {told(slot)}", SINCE_READ)


def _outcomes(books: Books, start: Start, document: Mapping[str, Any]) -> Iterator[Found]:
    """What is called refused has not filled; a write of an earlier run that lands now has the same id, and so
    has another try of one that was refused: the last word counts."""
    sent = [(done.get("action") or {}, done.get("outcome") or {}) for done in document.get("done") or ()]
    last = {own(said.get("client_id")): what for said, what in sent if said.get("is") not in NAMES_ANOTHER}
    refused = {
        said
        for said, outcome in last.items()
        if outcome.get("is") == "Rejected" and outcome.get("code") != "duplicate"
    }
    refused.discard(None)
    for row in books.model.history(books.user) if refused else ():
        order = row.order
        if order.placed_ms >= start.began_ms and order.filled > 0 and own(order.cloid) in refused:
            text = f"order {order.oid} of {told((order.coin, order.leg))} is called refused and has filled"
            yield Found("I8", text, frozenset({"venue_lied", "late_twice", "hosts"}))


def _waits(books: Books, run: RunSeen, start: Start, document: Mapping[str, Any]) -> Iterator[Found]:
    """An entry that is called accepted, and was to rest, rests or has filled; or went after the last look."""
    done = document.get("done") or ()
    sent = {own(each["action"].get("client_id")) for each in done if _is_said_to_rest(each)} - {None}
    looked_ms = start.began_ms if run.looked_ms is None else run.looked_ms
    for row in books.model.history(books.user) if sent else ():
        order = row.order
        is_gone = row.status not in LIVE and order.filled == 0 and order.status_ms < looked_ms - READ_SLACK_MS
        if is_gone and order.placed_ms >= start.began_ms and own(order.cloid) in sent:
            text = f"order {order.oid} of {told((order.coin, order.leg))} is called accepted and is gone"
            yield Found("I8", text, frozenset({"venue_lied", "hand", "late_twice", "hosts"}))


def _is_said_to_rest(done: Mapping[str, Any]) -> bool:
    action, outcome = done.get("action") or {}, done.get("outcome") or {}
    return action.get("is") == "Rest" and outcome.get("is") == "Accepted"


def _slot(books: Books, row: Mapping[str, Any]) -> Slot:
    leg = row.get("leg") if books.model.is_two_sided(books.user) else None
    return str(row.get("coin")), None if leg is None else str(leg)


def _positions(books: Books, start: Start, document: Mapping[str, Any]) -> Iterator[Found]:
    rows = document.get("positions")
    if rows is None:
        return
    said = {_slot(books, row): _number(row.get("size")) for row in rows}
    held = {(p.coin, p.leg) for p in books.positions}
    for slot in sorted({*said, *held, *books.sizes}, key=told):
        size = said.get(slot, Decimal(0))
        true = _sizes_at(books, slot, start, document.get("venue_ms"))
        if size not in true:
            known = " or ".join(map(str, sorted(true)))
            yield Found("I8", f"the document says {size} {told(slot)}, the books say {known}", UNTRUE)


def _number(value: object) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _sizes_at(books: Books, slot: Slot, start: Start, read_ms: object) -> set[Decimal]:
    """What a slot held about when it was read; at any time of the run where that is not said."""
    now = books.model.now_ms
    first, last = start.began_ms, now
    if isinstance(read_ms, int) and start.began_ms - READ_SLACK_MS <= read_ms <= now + READ_SLACK_MS:
        first, last = read_ms - READ_SLACK_MS, read_ms + READ_SLACK_MS
    sizes, held = set[Decimal](), Decimal(0)
    for at_ms, size in books.sizes.get(slot, ()):
        if at_ms > last:
            break
        if at_ms > first:
            sizes.add(held)
        held = size
    return sizes | {held}


def _proofs(
    books: Books, run: RunSeen, bare: Mapping[Slot, str], document: Mapping[str, Any]
) -> Iterator[Found]:
    """What a proof says of a slot, where nothing was traded after it was read."""
    for proof in document.get("proofs") or ():
        slot = _slot(books, proof)
        if _traded_lately(books, slot):
            continue
        ours = books.ours(slot)
        match proof.get("is"):
            case "Protected" if slot in bare and codes_of(run) - SETTLED:
                # With a code that admits nothing this is a broken promise of cover, and told as that.
                yield Found("I8", f"called protected, but {bare[slot]}", SINCE_READ)
            case "Flat" if ours:
                yield Found("I8", f"{told(slot)} is called flat and holds {ours} of ours", SINCE_READ)
            case "Naked" if ours and slot not in bare:
                yield Found("I8", f"{told(slot)} is called naked and is covered", SINCE_READ | {"disturbed"})
            case "Foreign":
                yield from _foreign(books, slot, proof)


def _foreign(books: Books, slot: Slot, proof: Mapping[str, Any]) -> Iterator[Found]:
    part = books.parts.get(slot)
    size, said = part.foreign if part is not None else Decimal(0), _number(proof.get("size"))
    if said != size:
        yield Found("I8", f"{told(slot)}: {said} is called foreign, it is {size}", SINCE_READ)


def _traded_lately(books: Books, slot: Slot) -> bool:
    sizes = books.sizes.get(slot)
    return bool(sizes) and sizes is not None and sizes[-1][0] > books.model.now_ms - READ_SLACK_MS

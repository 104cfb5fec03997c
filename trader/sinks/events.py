"""What is worth telling: events of a run, and of the time between two runs, read off the fills.

Rules: opens, closes and hits are told from fills alone, so that one that happened while no process ran is
told like one that this run made, and none of them twice. Everything else is a state of this run, which may
repeat and is folded by its key. No text holds a balance.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from trader.core.actions import PlaceExit
from trader.core.frozen import frozen
from trader.core.identity import STOP_ROLES
from trader.core.market import leg_of
from trader.core.orders import Accepted, Fill, Unknown
from trader.core.ownership import ordered
from trader.core.reasons import ADL, LIQUIDATION, MANUAL, role_of, told_reason
from trader.core.report import Exit, Flat, Naked, Report, Unread, slot_of
from trader.core.text import average, number, printable, signed_percent, utc
from trader.sinks.wording import EXIT_MEANINGS, action_text, proof_text

ALWAYS = frozenset({"naked", "emergency", "unknown", "unreadable"})
"""No configuration switches these off."""
_HITS = frozenset({"stop", "trail", "protect", "target"})
_EMERGENCIES = frozenset({"emergency", LIQUIDATION, ADL})
_STATES = {
    Exit.NAKED: "naked",
    Exit.EMERGENCY: "emergency",
    Exit.UNKNOWN: "unknown",
    Exit.UNREADABLE: "unreadable",
}


@frozen
class Event:
    """One line to tell. Fills have ids and are told once; a state has a key under which repeats fold."""

    kind: str
    text: str
    key: str = ""
    fills: tuple[tuple[str, int], ...] = ()


def fill_key(fill: Fill) -> str:
    return f"{fill.coin}:{fill.fill_id}"


def fill_events(fills: Sequence[Fill], account: int) -> list[Event]:
    """One event an order: its new fills together, in the order of time."""
    events = []
    for slot in sorted({f.slot for f in fills}, key=str):
        groups: dict[tuple[str, bool], list[Fill]] = {}
        for fill in ordered([f for f in fills if f.slot == slot]):
            groups.setdefault((fill.order_id, _reduces(fill)), []).append(fill)
        events += [_closing(g, account) if key[1] else _opening(g, account) for key, g in groups.items()]
    return sorted(events, key=lambda e: e.fills[-1][1])


def state_events(report: Report) -> list[Event]:
    """What this run found wrong or changed."""
    proofs = report.verified.proofs if report.verified is not None else ()
    events = [event for proof in proofs for event in _of_proof(proof)]
    for done in report.done:
        coin = printable(done.action.coin)
        if isinstance(done.outcome, Unknown):
            text = f"{coin} {action_text(done.action)}: outcome UNKNOWN, {printable(done.outcome.reason)}"
            events.append(Event("unknown", text, f"unknown {coin}"))
        placed = done.action if isinstance(done.outcome, Accepted) else None
        if isinstance(placed, PlaceExit) and placed.role in STOP_ROLES:
            text = f"{coin} stop now at {number(placed.trigger)}: {printable(placed.reason)}"
            events.append(Event("stop_moved", text))
    return [*events, *_of_codes(report, {e.kind for e in events})]


def _of_proof(proof: object) -> Iterator[Event]:
    match proof:
        case Naked():
            yield Event("naked", proof_text(proof), f"naked {slot_of(proof)}")
        case Flat(emergency=True):
            yield Event("emergency", proof_text(proof), f"emergency {slot_of(proof)}")
        case Unread():
            yield Event("unreadable", proof_text(proof), f"unreadable {slot_of(proof)}")
        case _:
            return


def _of_codes(report: Report, told: set[str]) -> Iterator[Event]:
    """An exit code that no event explains yet is an event of its own."""
    for rule, why in sorted(report.verdict.tripped.items()) if report.verdict is not None else ():
        yield Event("tripped", f"no entries, {rule}: {printable(why)}", f"tripped {rule}")
    if report.unfamiliar:
        text = f"the venue said something unknown; no entries this run: {printable(report.unfamiliar[0])}"
        yield Event("unfamiliar", text, "unfamiliar")
    for code in sorted(report.codes - {Exit.OK}):
        kind = _STATES.get(code, "error")
        if kind not in told or kind == "error":
            why = f"; {printable(report.problems[0])}" if report.problems else ""
            yield Event(kind, f"exit {int(code)}: {EXIT_MEANINGS[code]}{why}", f"exit {int(code)}")
    if report.problems and not report.codes - {Exit.OK}:
        yield Event("error", printable(report.problems[0]), "problem")


def _reduces(fill: Fill) -> bool:
    return fill.position_before != 0 and (fill.position_before > 0) != (fill.signed > 0)


def _ids(fills: Sequence[Fill]) -> tuple[tuple[str, int], ...]:
    return tuple((fill_key(f), f.at_ms) for f in fills)


def _totals(fills: Sequence[Fill]) -> tuple[Decimal, Decimal]:
    size = sum((f.size for f in fills), Decimal(0))
    return size, sum((f.size * f.price for f in fills), Decimal(0)) / size if size else Decimal(0)


def _opening(fills: Sequence[Fill], account: int) -> Event:
    last = fills[-1]
    size, price = _totals(fills)
    leg = leg_of(last.signed).value
    whose = "" if role_of(last.client_id, account) else " (not by us)"
    text = (
        f"{printable(last.coin)} {leg} opened: {number(size)} at {average(price)}{whose}, {utc(last.at_ms)}"
    )
    return Event("open", text, fills=_ids(fills))


def _closing(fills: Sequence[Fill], account: int) -> Event:
    last = fills[-1]
    reason = told_reason(last, account) or MANUAL
    size, price = _totals(fills)
    leg = leg_of(last.position_before).value
    how = "closed" if last.position_after == 0 else "reduced"
    text = f"{printable(last.coin)} {leg} {how} by {reason}: {number(size)} at {average(price)}"
    text += f"{_moved(fills, size * price)}, {utc(last.at_ms)}"
    kind = "hit" if reason in _HITS else "emergency" if reason in _EMERGENCIES else "close"
    return Event(kind, text, fills=_ids(fills))


def _moved(fills: Sequence[Fill], proceeds: Decimal) -> str:
    """The result as a share of what was paid: it says how it went and nothing of how much."""
    realised = sum((f.realised for f in fills), Decimal(0))
    paid = proceeds - realised * leg_of(fills[-1].position_before).sign
    return f", {signed_percent(realised / paid)} before fees" if paid > 0 else ""

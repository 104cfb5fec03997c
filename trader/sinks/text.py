"""The human text of a run: about ten lines that say whose money, what was seen, decided, done and proved.

Rules: the realm is the first word. A coin has one line with the one reason. A quiet run prints nothing when
it was clean and did nothing; a problem is printed always. No colour: the lines read the same in a mail.
"""

from collections.abc import Iterator

from trader.core.actions import Action, Cancel, Enter, Rest
from trader.core.orders import Rejected, Unknown, Unreadable
from trader.core.report import Exit, Flat, Report, Verdict
from trader.core.text import number, order_text, percent, plural, printable, seconds, usd, utc, utc_clock
from trader.sinks.wording import (
    EXIT_ADVICE,
    EXIT_MEANINGS,
    action_text,
    newest_holdings,
    outcome_text,
    position_text,
    proof_text,
    want_text,
)

_LABEL = 7
_LINE_MAX = 1000  # several texts of a venue may stand in one line; each is short already


def run_text(report: Report, *, next_ms: int | None = None, quiet: bool = False) -> str:
    """The lines, or nothing at all; `next_ms` is when the next tick should be."""
    if quiet and is_uneventful(report):
        return ""
    lines = [_first(report), *_seen(report), *_decided(report), *_done(report), *_proved(report)]
    lines += [_line("problem", printable(p)) for p in report.problems]
    lines += [_line("note", printable(n)) for n in report.notes]
    if next_ms is not None:
        lines.append(_line("next", utc_clock(next_ms)))
    if report.exit_code is not Exit.OK:
        lines.append(_line("exit", f"{int(report.exit_code)}: {EXIT_MEANINGS[report.exit_code]}"))
        others = sorted(report.codes - {report.exit_code})
        lines += [_line("do", EXIT_ADVICE[c]) for c in (report.exit_code, *others) if c in EXIT_ADVICE]
    return "\n".join(lines) + "\n"


def is_uneventful(report: Report) -> bool:
    """Nothing went wrong and nothing was sent: what cron need not mail."""
    closed = report.verified is not None and any(isinstance(p, Flat) for p in report.verified.proofs)
    return report.exit_code is Exit.OK and not (report.problems or report.done or closed)


def _line(label: str, text: str) -> str:
    return printable(f"{label:<{_LABEL}} {text}", length_max=_LINE_MAX)


def _first(report: Report) -> str:
    took = seconds(report.ended_ms - report.started_ms)
    words = (report.realm, report.venue, report.account)
    place = " ".join(printable(word) for word in words)
    return f"{place}: {printable(report.command)} at {utc(report.started_ms)}, {took}"


def _seen(report: Report) -> Iterator[str]:
    held = newest_holdings(report)
    if held is None:
        yield _line("saw", "nothing: the venue gave no account")
        return
    equity = held.account.equity
    text = f"equity {usd(equity)} USD"
    if equity > 0:
        text += f", {percent(held.account.margin_used / equity)} of it in margin"
    marks = "".join(f", {coin} {mark}" for coin, mark in _marks(report))
    yield _line("saw", f"{text}, {plural(len(held.positions), 'position')}{marks}")
    for part in (held.orders, held.fills):
        if isinstance(part, Unreadable):
            yield _line("saw", f"{part.what} could not be read: {printable(part.why)}")
    for position in sorted(held.positions, key=lambda p: str(p.slot)):
        yield _line("open", position_text(position))


def _marks(report: Report) -> Iterator[tuple[str, str]]:
    views = report.snapshot.markets if report.snapshot is not None else {}
    for coin, view in sorted(views.items()):
        if not isinstance(view.quote, Unreadable):
            yield printable(coin), number(view.quote.mark)


def _decided(report: Report) -> Iterator[str]:
    verdict = report.verdict
    if verdict is None:
        return
    for coin, want in sorted(verdict.wants.items()):
        yield _line(printable(coin), _refusal(verdict, coin) or want_text(want))
        yield from _not_resting(verdict, coin)
    for rule, why in sorted(verdict.tripped.items()):
        yield _line("tripped", f"{printable(rule)}: {printable(why)}")
    for note in verdict.notes:
        yield _line("note", printable(note))


def _refusal(verdict: Verdict, coin: str) -> str | None:
    """The one reason why a wanted entry is not made."""
    for refused in verdict.refused:
        if refused.action.coin == coin and isinstance(refused.action, Enter):
            leg = refused.action.leg.value
            return f"no entry ({leg} wanted), refused by {refused.rule}: {printable(refused.reason)}"
    return None


def _not_resting(verdict: Verdict, coin: str) -> Iterator[str]:
    """Entries that were to wait and may not: each rule once, with the first of its reasons."""
    refused = [r for r in verdict.refused if r.action.coin == coin and isinstance(r.action, Rest)]
    for rule in dict.fromkeys(r.rule for r in refused):
        reasons = [r.reason for r in refused if r.rule == rule]
        many = plural(len(reasons), "order")
        yield _line(printable(coin), f"{many} not placed, refused by {rule}: {printable(reasons[0])}")


def _done(report: Report) -> Iterator[str]:
    for done in report.done:
        what = _what(report, done.action)
        why = _why(report, done.action)
        attached = getattr(done.outcome, "attached", ())
        lost = [outcome_text(a) for a in attached if isinstance(a, Rejected | Unknown)]
        became = "; ".join([outcome_text(done.outcome), *lost])
        yield _line("did", f"{what}: {became}{why}")


def _what(report: Report, action: Action) -> str:
    """What was sent; of a cancel, the order as it was seen, because nobody knows its number."""
    if isinstance(action, Cancel) and report.snapshot is not None:
        orders = report.snapshot.holdings.orders
        for order in () if isinstance(orders, Unreadable) else orders:
            if order.order_id == action.order_id and order.coin == action.coin:
                return f"{printable(str(order.slot))} cancel {order_text(order)}"
    return f"{printable(action.coin)} {action_text(action)}"


def _why(report: Report, action: Action) -> str:
    """The reason, without what stands in the line of its coin already."""
    want = report.verdict.wants.get(action.coin) if report.verdict is not None else None
    reason = action.reason
    if want is not None and isinstance(action, Enter | Rest):
        reason = reason.removesuffix(want.reason).removesuffix(", ")
    return f" ({printable(reason)})" if reason else ""


def _proved(report: Report) -> Iterator[str]:
    if report.verified is None:
        yield _line("proof", "none: verify did not run")
        return
    for proof in report.verified.proofs:
        yield _line("proof", proof_text(proof))
    held = newest_holdings(report)
    if not report.verified.proofs and held is not None and not held.positions:
        yield _line("proof", "no position is open")

"""What a run knows, as samples: each number from a reading of this very run, or no sample at all.

Rules: what was not asked for and what could not be read give nothing, never zero or a former value. A zero is
only said where it was read: no position is open, no order of this run is unknown. What the configuration says
is told beside what it bounds, so that an alert needs no number of its own.
"""

from collections.abc import Iterator
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.orders import Unknown, Unreadable
from trader.core.past import Cause, Past
from trader.core.report import Exit, Flat, Foreign, Naked, Protected, Report, Unread, slot_of
from trader.core.snapshot import Holdings
from trader.core.standing import Money
from trader.core.text import printable
from trader.sinks.metric_table import OF_ALL, Labels, Sample
from trader.sinks.wording import newest_holdings

_BY_MONEY = ("daily_loss", "drawdown")  # breakers of the account, by what they are judged from
_BY_TRADES = "losing_streak"


@frozen
class Configured:
    """What of the configuration stands in the file: how often `run` is called, and two limits."""

    run_interval_s: int
    daily_loss_max: Decimal | None = None
    drawdown_fraction_max: float | None = None


def who(report: Report) -> Labels:
    """The labels of everything that one account tells."""
    words = (report.realm, report.venue, report.account)
    return tuple((name, printable(word)) for name, word in zip(OF_ALL, words, strict=True))


def samples_of(report: Report, configured: Configured) -> list[Sample]:
    """All that this run knows."""
    of = _Of(who(report))
    held = newest_holdings(report)
    return [
        *_ran(report, of),
        *_configured(configured, of),
        *_sent(report, of),
        *(_account(held, of) if held is not None else ()),
        *_cover(report, held, of),
        *_record(report, of),
        *_standing(report, of),
        *_tripped(report, of),
        *_switch(report, of),
        *_budgets(report, of),
    ]


@frozen
class _Of:
    """Makes the samples of one account."""

    who: Labels

    def __call__(self, name: str, value: str | Decimal, **labels: str) -> Sample:
        text = value if isinstance(value, str) else plain(value)
        return Sample(name, (*self.who, *((label, printable(said)) for label, said in labels.items())), text)


def _ran(report: Report, of: _Of) -> Iterator[Sample]:
    command = report.command
    yield of("last_run_timestamp_seconds", _seconds(report.ended_ms), command=command)
    if report.exit_code is Exit.OK:
        yield of("last_success_timestamp_seconds", _seconds(report.ended_ms), command=command)
    yield of("exit_code", str(int(report.exit_code)), command=command)
    for code in sorted(report.codes - {Exit.OK}):
        yield of("exit_reason", "1", command=command, code=str(int(code)))
    yield of("run_duration_seconds", _seconds(report.ended_ms - report.started_ms), command=command)


def _configured(configured: Configured, of: _Of) -> Iterator[Sample]:
    yield of("run_interval_seconds", str(configured.run_interval_s), command="run")
    if configured.daily_loss_max is not None:
        yield of("daily_loss_limit_usd", configured.daily_loss_max)
    if configured.drawdown_fraction_max is not None:
        yield of("drawdown_limit_ratio", repr(configured.drawdown_fraction_max))


def _sent(report: Report, of: _Of) -> Iterator[Sample]:
    for kind, count in sorted(report.requests.items()):
        yield of("run_requests", str(count), kind=kind)
    rules = [r.rule for r in report.verdict.refused] if report.verdict is not None else []
    for rule in sorted(set(rules)):
        yield of("run_refusals", str(rules.count(rule)), rule=rule)
    yield of("unknown_orders", str(sum(isinstance(d.outcome, Unknown) for d in report.done)))


def _account(held: Holdings, of: _Of) -> Iterator[Sample]:
    account = held.account
    yield of("equity_usd", account.equity)
    if account.equity > 0:
        yield of("margin_ratio", account.maintenance / account.equity)
    elif account.maintenance > 0:
        yield of("margin_ratio", "+Inf")
    yield of("unrealised_pnl_usd", sum((p.unrealised for p in held.positions), Decimal(0)))
    for leg in Leg:
        of_leg = (p.notional for p in held.positions if p.leg is leg)
        yield of("exposure_usd", sum(of_leg, Decimal(0)), side=leg.value)
    yield of("positions", str(len(held.positions)))
    for position in held.positions:
        yield of("position_notional_usd", position.notional, coin=position.coin, **_leg(position.slot.leg))


def _cover(report: Report, held: Holdings | None, of: _Of) -> Iterator[Sample]:
    """Of a position whose cover was not read nothing is said but that."""
    if report.verified is None:
        return
    proofs = report.verified.proofs
    yield of("cover_read", "0" if any(isinstance(p, Unread) for p in proofs) else "1")
    if report.verified.naked_ms is not None:
        yield of("naked_seconds", _seconds(report.verified.naked_ms))
    for proof in proofs:
        slot = {"coin": proof.coin, **_leg(proof.leg)}
        position = held.position_in(slot_of(proof)) if held is not None else None
        match proof:
            case Protected():
                yield of("position_uncovered", "0", **slot)
                yield of("unprotected_notional_usd", "0", **slot)
            case Naked():
                yield of("position_uncovered", "1", **slot)
                if position is not None:
                    yield of("unprotected_notional_usd", abs(proof.size) * position.mark, **slot)
            case Foreign():
                yield of("foreign_uncovered", "0" if proof.covered else "1", **slot)
            case Flat() | Unread():
                continue


def _record(report: Report, of: _Of) -> Iterator[Sample]:
    """What the venue's record of the account's money says; one with gaps says nothing."""
    past = report.snapshot.past if report.snapshot is not None else None
    if report.snapshot is None or not isinstance(past, Past) or past.missing is not None:
        return
    paid = {cause: -sum(g.amount for g in past.gains if g.cause is cause) for cause in Cause}
    yield of("window_realised_pnl_usd", sum((g.amount for g in past.gains), Decimal(0)))
    yield of("window_fees_paid_usd", Decimal(paid[Cause.FEE]))
    yield of("window_funding_paid_usd", Decimal(paid[Cause.FUNDING]))
    yield of("window_seconds", _seconds(report.snapshot.venue_ms - past.gains_since_ms))


def _standing(report: Report, of: _Of) -> Iterator[Sample]:
    """As the gate counted it; nothing where nothing was decided."""
    if report.standing is None or report.snapshot is None:
        return
    money = report.standing.money
    if isinstance(money, Money):
        yield of("day_realised_pnl_usd", money.day_gain)
        yield of("day_loss_usd", money.day_loss)
        yield of("drawdown_ratio", money.fall.fraction)
        yield of("drawdown_window_seconds", _seconds(report.snapshot.venue_ms - money.fall.since_ms))
    if not isinstance(report.snapshot.holdings.fills, Unreadable):
        yield of("losing_streak_trades", str(report.standing.streak))


def _tripped(report: Report, of: _Of) -> Iterator[Sample]:
    """A breaker that could not be judged is not said to be at rest; one of a coin is told when it trips."""
    if report.verdict is None or report.standing is None or report.snapshot is None:
        return
    tripped = report.verdict.tripped
    at_rest = [*_BY_MONEY] if isinstance(report.standing.money, Money) else []
    at_rest += [] if isinstance(report.snapshot.holdings.fills, Unreadable) else [_BY_TRADES]
    for rule in at_rest:
        if rule not in tripped:
            yield of("breaker_tripped", "0", rule=rule)
    for name in tripped:
        rule, _, coin = name.partition(" ")
        yield of("breaker_tripped", "1", rule=rule, **({"coin": coin} if coin else {}))


def _switch(report: Report, of: _Of) -> Iterator[Sample]:
    if report.halted is not None:
        yield of("halted", str(int(report.halted)))
    if report.halted_since_ms is not None:
        yield of("halted_since_timestamp_seconds", _seconds(report.halted_since_ms))


def _budgets(report: Report, of: _Of) -> Iterator[Sample]:
    budgets = report.snapshot.budgets if report.snapshot is not None else ()
    for budget in () if isinstance(budgets, Unreadable) else budgets:
        yield of("budget_used", str(budget.used), budget=budget.what)
        yield of("budget_limit", str(budget.limit), budget=budget.what)


def _leg(leg: Leg | None) -> dict[str, str]:
    """A label of its own in an account with two sides."""
    return {} if leg is None else {"leg": leg.value}


def _seconds(moment_ms: int) -> str:
    return f"{moment_ms / 1000:.3f}"


def plain(value: Decimal) -> str:
    return repr(float(value))

"""An audit for people and for programs: the waterfall, and what the statistics came to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from trader.backtest.audit.chance import Luck, Spread
from trader.backtest.audit.sensitivity import FACTORS, Variant
from trader.backtest.audit.statistics import Deflated, Statistics, statistics
from trader.backtest.audit.waterfall import Step, waterfall
from trader.backtest.study import Fees, Run, Study
from trader.core.frozen import frozen
from trader.core.text import percent, plural, signed_percent, signed_usd, utc
from trader.report.page.document import Step as PageStep
from trader.report.tables import Table

_FORESEEN_MAX = 5


@frozen
class Audit:
    """A waterfall, statistics of its ends, and of whose claim it is where it is a published one."""

    steps: tuple[Step, ...]
    statistics: Statistics
    claim: tuple[str, ...] = ()


def audit_of(
    study: Study,
    usual: Fees,
    answer: Callable[[Study], Run],
    *,
    seed: int,
    tries: int,
    claim: tuple[str, ...],
) -> Audit:
    """All of it; `usual` are the fees that the venue's accounts pay."""
    steps = waterfall(study, usual, answer)
    first, last = steps[0], steps[-1]
    found = statistics((first.study, first.run), (last.study, last.run), answer, seed=seed, tries=tries)
    return Audit(tuple(steps), found, claim)


def audit_tables(audit: Audit) -> Iterator[Table]:
    yield waterfall_table(audit)
    yield sensitivity_table(audit.statistics.sensitivity, audit.statistics.unmoved)
    yield Table("what it is worth", (), (), tuple(_verdicts(audit.statistics)))


def waterfall_table(audit: Audit) -> Table:
    """A row a step, with what the step itself changed."""
    rows, before = [], audit.steps[0].summary.return_fraction
    for step in audit.steps:
        found = step.summary
        change = (found.return_fraction - before) * 100.0
        before = found.return_fraction
        rows.append(
            (
                step.name,
                signed_percent(found.return_fraction),
                f"{change:+,.1f}" if step.is_run and step is not audit.steps[0] else "",
                str(found.trades),
                str(found.wins),
                signed_usd(found.net),
                percent(found.drawdown_fraction_max),
                step.text,
            )
        )
    heads = ("audit", "return>", "points>", "trades>", "won>", "net>", "drawdown>", "from here on")
    return Table("", heads, tuple(rows), audit.claim, ("won>", "net>"))


def sensitivity_table(tried: Sequence[Variant], unmoved: Sequence[tuple[str, str]]) -> Table:
    """A row a parameter, the return at each of its other values; empty where a value is not allowed."""
    named = list(dict.fromkeys((variant.coin, variant.name) for variant in tried))
    idle = [one for one in named if all(v.is_same for v in tried if (v.coin, v.name) == one)]
    names = [one for one in named if one not in idle]
    found = {(v.coin, v.name, v.factor): v.return_fraction for v in tried}
    heads = ("coin", "parameter", *(f"x {factor:g}>" for factor in FACTORS))
    rows = tuple(
        (coin, name, *(_cell(found.get((coin, name, factor))) for factor in FACTORS)) for coin, name in names
    )
    lost = sum(v.return_fraction <= 0.0 for v in tried)
    notes = [f"{lost} of {plural(len(tried), 'variant')} lose, each with one parameter moved alone"]
    if idle:
        notes.append(f"without any effect here: {_named(idle)}")
    if unmoved:
        notes.append(f"not moved, because a fifth more or less makes no other value of it: {_named(unmoved)}")
    return Table("return with one parameter moved", heads, rows, tuple(notes))


def _named(parameters: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{coin} {name}" for coin, name in parameters)


def _cell(fraction: float | None) -> str:
    return "" if fraction is None else signed_percent(fraction)


def _verdicts(found: Statistics) -> Iterator[str]:
    yield _foresight(found)
    if found.win_rate is not None:
        rate = found.win_rate
        even = "cannot be told" if rate.break_even is None else percent(rate.break_even)
        yield f"win rate {percent(rate.actual)}, to come out even {even}"
    if found.luck is not None:
        yield from _luck(found.luck)
    if found.deflated is not None:
        yield _deflated(found.deflated)


def _foresight(found: Statistics) -> str:
    checked = _many(found.lookahead.cuts, "prefix", "prefixes")
    if not found.lookahead.foreseen:
        return f"look-ahead: none seen; {checked} of the run make the same decisions"
    named = "; ".join(
        f"{one.coin} {utc(one.signal_ms)[:16]} without what came after {utc(one.cut_ms)[:16]}"
        for one in found.lookahead.foreseen[:_FORESEEN_MAX]
    )
    count = len(found.lookahead.foreseen)
    return f"LOOK-AHEAD: {plural(count, 'decision')} changed in {checked} of the run: {named}"


def _luck(luck: Luck) -> Iterator[str]:
    yield (
        f"the same trades in another order, {luck.draws} times: drawdown at exits "
        f"{_spread(luck.order_drawdown)}, really {percent(luck.order_drawdown.actual)}"
    )
    yield (
        f"the same bars in other blocks, {luck.draws} times: return {_spread(luck.block_return)}, really "
        f"{signed_percent(luck.block_return.actual)}; it loses in {percent(luck.loses)} of them"
    )


def _spread(spread: Spread) -> str:
    return f"{percent(spread.low)} to {percent(spread.high)}, half below {percent(spread.middle)}"


def _deflated(found: Deflated) -> str:
    chance = "cannot be told" if found.probability is None else percent(found.probability)
    return (
        f"Sharpe ratio {found.sharpe_a_year:.2f} a year over {found.days} days; the best of "
        f"{_many(found.tries, 'try', 'tries')} without skill has {found.by_chance_a_year:.2f}; that there is "
        f"skill (deflated Sharpe ratio): {chance}"
    )


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def page_steps(audit: Audit) -> tuple[PageStep, ...]:
    """The picture's data."""
    return tuple(
        PageStep(step.name, step.summary.return_fraction, step.summary.trades, step.text)
        for step in audit.steps
    )


def audit_json(audit: Audit) -> dict[str, Any]:
    """The same for programs."""
    found = audit.statistics
    return {
        "claim": list(audit.claim),
        "steps": [
            {"name": s.name, "text": s.text, "run": s.is_run, "summary": asdict(s.summary)}
            for s in audit.steps
        ],
        "lookahead": asdict(found.lookahead),
        "sensitivity": [
            {
                "coin": v.coin,
                "parameter": v.name,
                "factor": v.factor,
                "value": v.value,
                "return_fraction": v.return_fraction,
                "trades": v.trades,
                "is_same": v.is_same,
            }
            for v in found.sensitivity
        ],
        "not_moved": [{"coin": coin, "parameter": name} for coin, name in found.unmoved],
        "luck": None if found.luck is None else asdict(found.luck),
        "deflated_sharpe": None if found.deflated is None else asdict(found.deflated),
        "win_rate": None if found.win_rate is None else asdict(found.win_rate),
    }

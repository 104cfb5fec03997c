"""From an optimistic result to what is left of it: assumptions taken back one after the other.

Rules: each step is a whole run, with everything that the steps before it took back. A step never makes an
assumption kinder than it was; one that finds nothing to take back says so and keeps the run before it. A
step whose data is not there is told as not run.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from trader.backtest.bands import lacking_funding
from trader.backtest.study import Fees, Run, Study, Unreal
from trader.backtest.summary import Summary, summary_of
from trader.core.frozen import frozen
from trader.exchange.fill_model import PRESETS

BASE = PRESETS["base"]


@frozen
class Step:
    """One step: what is assumed from here on, and what that leaves. `text` says what it changed, or why it
    changed nothing."""

    name: str
    text: str
    study: Study
    run: Run
    summary: Summary
    is_run: bool = True


Change = Callable[[Study], tuple[Study, str]]


def waterfall(study: Study, usual: Fees, answer: Callable[[Study], Run]) -> list[Step]:
    """All steps; `usual` are the fees that the venue's accounts pay. The last one is what is left."""
    run = answer(study)
    steps = [Step("as configured", "", study, run, summary_of(run, study.equity))]
    for name, change in _changes(usual):
        before = steps[-1]
        changed, text = change(before.study)
        if changed is before.study:
            steps.append(replace(before, name=name, text=text, is_run=False))
            continue
        run = answer(changed)
        steps.append(Step(name, text, changed, run, summary_of(run, study.equity)))
    return [*steps, replace(steps[-1], name="what is left", text="", is_run=False)]


def _changes(usual: Fees) -> Iterator[tuple[str, Change]]:
    yield "no peeking", _without_peeking
    yield "only prices that existed", _real_prices
    yield "slippage", _with_slippage
    yield "fees", lambda study: _with_fees(study, usual)
    yield "funding", _with_funding
    yield "cron delay", _with_delay


def _without_peeking(study: Study) -> tuple[Study, str]:
    if study.unreal is None or not study.unreal.peeks:
        return study, "nothing peeked"
    unreal = Unreal(passed_levels=True) if study.unreal.passed_levels else None
    return replace(study, unreal=unreal), "the trend of the last closed bar, not of the bar that fills"


def _real_prices(study: Study) -> tuple[Study, str]:
    """Where price has jumped, the open; where a bar does not say what came first, finer bars or the stop."""
    model, told = study.model, []
    if study.unreal is not None:
        told.append("a band that price has passed is entered at the open")
    if model.gap != BASE.gap:
        told.append("gaps fill at the open")
    if model.ambiguous == "target":
        told.append("of stop and target in one bar the stop came first, unless finer bars say")
    if not model.liquidation:
        told.append("positions end where margin does")
    if not told:
        return study, "all of them existed"
    order = "finer" if model.ambiguous == "target" else model.ambiguous
    real = replace(model, gap=BASE.gap, ambiguous=order, liquidation=True)
    return replace(study, model=real, unreal=None), "; ".join(told)


def _with_slippage(study: Study) -> tuple[Study, str]:
    if study.model.slippage_bps >= BASE.slippage_bps:
        return study, f"{study.model.slippage_bps:g} bps already"
    model = replace(study.model, slippage_bps=BASE.slippage_bps)
    return replace(study, model=model), f"{BASE.slippage_bps:g} bps each time something is taken"


def _with_fees(study: Study, usual: Fees) -> tuple[Study, str]:
    fees = Fees(maker=max(study.fees.maker, usual.maker), taker=max(study.fees.taker, usual.taker))
    told = f"maker {fees.maker * 1e4:g} bps, taker {fees.taker * 1e4:g} bps"
    if fees == study.fees:
        return study, f"{told} already"
    return replace(study, fees=fees), told


def _with_funding(study: Study) -> tuple[Study, str]:
    if study.model.funding != "none":
        return study, f"{study.model.funding} already"
    lacking = lacking_funding(study)
    if lacking:
        return study, f"not run: {lacking}"
    return replace(study, model=replace(study.model, funding="actual")), "as it was paid"


def _with_delay(study: Study) -> tuple[Study, str]:
    """A tick comes some seconds after the close; a whole bar bounds what that can cost."""
    if study.model.delay_bars >= 1:
        return study, f"{study.model.delay_bars} already"
    return replace(study, model=replace(study.model, delay_bars=1)), "entries fill one bar later: a bound"

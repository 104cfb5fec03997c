"""One study under several fill models: the asked one, and the three that every result is read beside.

Rules: a model that needs funding is not run where a coin has none for the whole span, and says so; it is
never run with part of it. The three are the presets as they stand; what `--set fills.KEY=VALUE` changes
belongs to the asked one alone, and so does what no trader can do. Equal questions are run once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

import numpy as np

from trader.backtest.study import Run, Study, Trade, Unreal
from trader.backtest.summary import Summary, summary_of
from trader.backtest.tape import Bars, Rates, Tape
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.text import utc
from trader.exchange.fill_model import BANDS, PRESETS, FillModel

Answer = Callable[[Study], Run]
_PAUSE_MAX_MS = 2 * 8 * 3_600_000  # a venue's longest interval, with one payment missing


@frozen
class Band:
    """What one model made of the study; `run` is None where it was not run, and `why_not` says why."""

    name: str
    model: FillModel
    run: Run | None = None
    summary: Summary | None = None
    why_not: str = ""


@frozen
class Banded:
    """The asked model's band (`fills` is its name) and the three."""

    asked: Band
    bands: tuple[Band, ...]

    @property
    def fragile(self) -> bool:
        """Does the sign of what is left depend on the model?"""
        signs = {_sign(band.summary.net) for band in (self.asked, *self.bands) if band.summary is not None}
        return 1 in signs and -1 in signs


def banded(study: Study, answer: Answer, *, name: str) -> Banded:
    """All bands of a study, the asked one under the name of its preset. Raise ConfigError when that one
    needs funding that is not there."""
    lacking = lacking_funding(study)
    if study.model.funding != "none" and lacking:
        raise ConfigError(
            f"fills {name}: {lacking}. Give --funding COIN=PATH or COIN=RATE_PER_8H, or leave funding out: "
            "--fills kind or --set fills.funding=none"
        )
    runs: dict[tuple[FillModel, Unreal | None], Run] = {}

    def band(label: str, model: FillModel, unreal: Unreal | None = None) -> Band:
        if model.funding != "none" and lacking:
            return Band(label, model, why_not=lacking)
        if (model, unreal) not in runs:
            runs[model, unreal] = answer(replace(study, model=model, unreal=unreal))
        run = runs[model, unreal]
        return Band(label, model, run, summary_of(run, study.equity))

    asked = band(name, study.model, study.unreal)
    found = Banded(asked, tuple(band(preset, PRESETS[preset]) for preset in BANDS))
    return _marked(found) if found.fragile else found


def _marked(found: Banded) -> Banded:
    def marked(band: Band) -> Band:
        return band if band.summary is None else replace(band, summary=replace(band.summary, fragile=True))

    return Banded(marked(found.asked), tuple(marked(band) for band in found.bands))


def _sign(value: float) -> int:
    return 1 if value > 0.0 else -1 if value < 0.0 else 0


def lacking_funding(study: Study) -> str:
    """Which coins have no funding for all of the span, or nothing."""
    found = [text for coin in sorted(study.tapes) if (text := _lack(study.tapes[coin], study))]
    return "; ".join(found)


def _lack(tape: Tape, study: Study) -> str:
    if tape.funding is None or not len(tape.funding.at_ms):
        return f"no funding of {tape.coin} was given"
    first_ms, last_ms = _held_span(tape.bars, study)
    return _gap(tape.coin, tape.funding, first_ms, last_ms)


def _held_span(bars: Bars, study: Study) -> tuple[int, int]:
    """Between which moments a position could be held."""
    first_ms, last_ms = int(bars.open_ms[0]), int(bars.open_ms[-1]) + bars.frame_ms
    start_ms = first_ms if study.start_ms is None else max(first_ms, study.start_ms)
    return start_ms, last_ms if study.end_ms is None else min(last_ms, study.end_ms)


def _gap(coin: str, funding: Rates, first_ms: int, last_ms: int) -> str:
    """The first stretch without a payment that is longer than any venue's interval."""
    inner = funding.at_ms[(funding.at_ms >= first_ms) & (funding.at_ms <= last_ms)]
    instants = np.concatenate(([first_ms], inner, [last_ms]))
    pauses = np.diff(instants)
    if not len(pauses) or int(pauses.max()) <= _PAUSE_MAX_MS:
        return ""
    at = int(pauses.argmax())
    return f"the funding of {coin} has nothing from {utc(int(instants[at]))} to {utc(int(instants[at + 1]))}"


@frozen
class Differing:
    """A trade that two models do not have alike: made by one alone, or ended otherwise. `more` is what the
    second made more of it than the first."""

    coin: str
    entry_ms: int
    told: str
    more: float


def crossing(found: Banded) -> list[tuple[Band, Band]]:
    """Pairs of the three whose totals stand the other way round than their names promise."""
    run = [(band, band.summary.net) for band in found.bands if band.summary is not None]
    return [
        (kinder, harder)
        for at, (kinder, net) in enumerate(run)
        for harder, other in run[at + 1 :]
        if other > net
    ]


def differing(one: Band, other: Band) -> list[Differing]:
    """The trades in which two bands differ, by their signals; first those that make the most of it."""
    first, second = _by_signal(one.run), _by_signal(other.run)
    found = []
    for key in sorted(first.keys() | second.keys()):
        mine, theirs = first.get(key), second.get(key)
        if mine is not None and theirs is not None:
            ends = (mine.reason, mine.exit_ms), (theirs.reason, theirs.exit_ms)
            told = f"{one.name} {_ended(mine)}, {other.name} {_ended(theirs)}"
            if ends[0] != ends[1]:
                found.append(Differing(mine.coin, mine.entry_ms, told, theirs.pnl - mine.pnl))
        elif mine is not None:
            found.append(Differing(mine.coin, mine.entry_ms, f"in {one.name} alone", -mine.pnl))
        elif theirs is not None:
            found.append(Differing(theirs.coin, theirs.entry_ms, f"in {other.name} alone", theirs.pnl))
    return sorted(found, key=lambda each: (-abs(each.more), each.entry_ms, each.coin))


def _by_signal(run: Run | None) -> Mapping[tuple[int, str, str], Trade]:
    trades: Iterable[Trade] = () if run is None else run.trades
    return {(trade.signal_ms, trade.coin, trade.leg.value): trade for trade in trades}


def _ended(trade: Trade) -> str:
    return f"{trade.reason.value} at {utc(trade.exit_ms)[:16]}"

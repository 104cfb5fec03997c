"""The answer of `trader backtest` for programs: one JSON object, whose names and units are a contract.

Rules: `signal_ms` is the open of the bar whose close decided, `entry_ms` and `exit_ms` the opens of the
strategy's bars in which the fills happened (`*_inner_ms` of the finer ones, where these were given). Size is
in coins, fee is paid, funding received, pnl = price result - fee + funding. A band that was not run is the
text "not run", never a row of zeros.
"""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from trader.backtest.bands import Band, Banded, crossing, differing
from trader.backtest.study import Study, Trade
from trader.backtest.summary import total
from trader.core.frozen import frozen
from trader.core.text import plural, signed_usd, utc
from trader.exchange.fill_model import FillModel

SCHEMA = "trader.backtest/1"
NOT_RUN = "not run"
_NAMED_MAX = 2  # of trades that differ, in a note; all of them stand in the JSON


@frozen
class Answered:
    """A study with what came of it; `fills` names its preset, `notes` say what a reader has to know."""

    study: Study
    fills: str
    banded: Banded
    notes: tuple[str, ...] = ()

    @property
    def asked(self) -> Band:
        return self.banded.asked

    @property
    def trades(self) -> tuple[Trade, ...]:
        return () if self.asked.run is None else self.asked.run.trades

    @property
    def engine(self) -> str:
        return "" if self.asked.run is None else self.asked.run.engine


def document(answered: Answered) -> dict[str, Any]:
    """The whole answer; what follows `bands` may grow, what stands before it may not change."""
    has_inner = {coin for coin, tape in answered.study.tapes.items() if tape.inner is not None}
    return {
        "schema": SCHEMA,
        "engine": answered.engine,
        "fills": answered.fills,
        "trades": [trade_json(t, with_inner=t.coin in has_inner) for t in answered.trades],
        "summary": summary_json(answered.asked),
        "bands": {band.name: summary_json(band) for band in answered.banded.bands},
        "model": {**asdict(answered.study.model), "trigger": answered.study.trigger},
        "equity": answered.study.equity,
        "fees": asdict(answered.study.fees),
        "crossings": [
            {
                "kinder": kinder.name,
                "harder": harder.name,
                "trades": [asdict(d) for d in differing(kinder, harder)],
            }
            for kinder, harder in crossing(answered.banded)
        ],
        "notes": list(answered.notes),
    }


def summary_json(band: Band) -> dict[str, Any] | str:
    """The numbers of a band, or that it was not run."""
    return NOT_RUN if band.summary is None else asdict(band.summary)


def trade_json(trade: Trade, *, with_inner: bool) -> dict[str, Any]:
    inner = {"entry_inner_ms": trade.entry_inner_ms, "exit_inner_ms": trade.exit_inner_ms}
    return {
        "coin": trade.coin,
        "strategy": trade.strategy,
        "leg": trade.leg.value,
        "signal_ms": trade.signal_ms,
        "entry_ms": trade.entry_ms,
        "entry_price": trade.entry_price,
        "exit_ms": trade.exit_ms,
        "exit_price": trade.exit_price,
        "reason": trade.reason.value,
        "size": trade.size,
        "fee": trade.fee,
        "funding": trade.funding,
        "pnl": trade.pnl,
        "pnl_fraction": trade.pnl_fraction,
        "undecidable": trade.undecidable,
        **(inner if with_inner else {}),
    }


def notes_of(study: Study, banded: Banded, told: Sequence[str]) -> tuple[str, ...]:
    """What a reader has to know, each thing once: what was told on the way first, then of the runs."""
    runs = [band.run for band in (banded.asked, *banded.bands) if band.run is not None]
    notes = [*told, *(note for run in runs for note in run.notes)]
    notes += _limits(study, banded.asked)
    notes += [f"{band.name} not run: {band.why_not}" for band in banded.bands if band.why_not]
    notes += [_crossed(kinder, harder) for kinder, harder in crossing(banded)]
    if banded.fragile:
        notes.append("FRAGILE: whether anything is left depends on how bars are filled")
    return tuple(dict.fromkeys(notes))


def _limits(study: Study, asked: Band) -> list[str]:
    """Entries by limits, which a bar fills whole as if nobody stood before them in the book."""
    coins = [coin for coin in sorted(study.tapes) if _rests_limits(study, coin)]
    if not coins or asked.run is None:
        return []
    trades = [trade for trade in asked.run.trades if trade.coin in coins]
    if not trades:
        return []
    net = signed_usd(total(trade.pnl for trade in trades))
    what = f"entries of {', '.join(coins)} are limits, filled whole whenever price {_met(study.model)}"
    rests = f"{plural(len(trades), 'trade')} with {net} rest on it"
    return [f"{what}: the queue before them is not known, and {rests}"]


def _met(model: FillModel) -> str:
    return "goes through them" if model.limit_fill == "through" else "touches them"


def _rests_limits(study: Study, coin: str) -> bool:
    """A stop entry is a taker's; everything else that rests is a limit."""
    market = study.policy.markets[coin]
    if market.both_legs:
        return True
    entry, style = getattr(market.params, "entry", "close"), getattr(market.params, "style", "")
    return entry == "confirm" or (entry == "resting" and style == "reversion")


def _crossed(kinder: Band, harder: Band) -> str:
    trades = differing(kinder, harder)
    named = "; ".join(f"{d.coin} {utc(d.entry_ms)[:16]} {d.told}" for d in trades[:_NAMED_MAX])
    many = f"{len(trades)} of them {'differs' if len(trades) == 1 else 'differ'}, most of all {named}"
    why = f"because they do not make the same trades: {many}" if trades else "with trades that end alike"
    return f"{harder.name} ends above {kinder.name}, {why}{_of_funding(kinder, harder)}"


def _of_funding(kinder: Band, harder: Band) -> str:
    if kinder.summary is None or harder.summary is None:
        return ""
    here, there = kinder.summary.funding, harder.summary.funding
    if there <= here:
        return ""
    return f"; {harder.name} has {signed_usd(there)} of funding, {kinder.name} {signed_usd(here)}"

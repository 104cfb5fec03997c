"""Other engines on the same bars: vectorbt and backtesting.py, each in an environment of its own.

Rules: what cannot be installed is told and not measured. A slow engine runs a part of the combinations, and
the line says that it was scaled. Their rules are not quite ours (each file in peers/ says
what it has no rule for), so each line says how many of their trades are ours too: the same bar of entry, the
same side.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from scripts.backtest_bench.compiled import fast_trades
from scripts.backtest_bench.environments import NotMeasured, environment, ran
from scripts.backtest_bench.material import (
    EQUITY,
    FEES,
    FEW,
    MANY,
    MODEL,
    PARAMS,
    RATIO,
    bars_of,
    policy_of,
    study_of,
    variants,
)
from scripts.backtest_bench.rows import Row, scaled
from scripts.backtest_bench.timing import best_s
from trader.backtest.fast import sweep
from trader.backtest.tape import Bars
from trader.strategies.breakout_params import BreakoutParams, hold_bars

PART = 100  # of so many combinations a slow engine runs one
RUN_S = 900


def against_peers(folder: str) -> list[Row]:
    """Ours and theirs: the long run, where that is bearable, and the sweep."""
    few, many = bars_of(FEW, 2), variants()
    asked = many[::PART]
    study, policies = study_of(few, PARAMS), [policy_of(one) for one in many]
    ours = best_s(lambda: sweep.run_all(study, policies), 2)
    rows = []
    for name in ("vectorbt", "backtesting"):
        what = f"{len(many):,} combinations, {FEW:,} bars, beside {name}"
        try:
            told = answer_of(name, few, asked, Path(folder) / name)
        except NotMeasured as reason:
            rows.append(Row(what, f"{ours:.2f} s", f"not measured: {reason}"))
            continue
        theirs = scaled(told["seconds"], asked=len(asked), whole=len(many))
        peer = (
            f"{theirs:,.0f} s, {len(asked)} run and scaled; {told['peak_mb']} MB; {_shared(few, asked, told)}"
        )
        rows.append(Row(what, f"{ours:.2f} s", peer, ours / theirs))
    return [_long_run(Path(folder) / "long"), *rows]


def _long_run(folder: Path) -> Row:
    bars = bars_of(MANY, 1)
    ours = best_s(lambda: fast_trades(study_of(bars, PARAMS)))
    what = f"one breakout run, {MANY:,} bars, beside vectorbt"
    try:
        told = answer_of("vectorbt", bars, [PARAMS], folder)
    except NotMeasured as reason:
        return Row(what, f"{ours:.3f} s", f"not measured: {reason}")
    peer = f"{told['seconds']:.2f} s; {told['peak_mb']} MB; {_shared(bars, [PARAMS], told)}"
    return Row(what, f"{ours:.3f} s", peer, ours / told["seconds"])


def _shared(bars: Bars, asked: Sequence[BreakoutParams], told: dict[str, Any]) -> str:
    """How many of their trades are ours too."""
    both = theirs = ours = 0
    for one, pairs in zip(asked, told["trades"], strict=True):
        trades = fast_trades(study_of(bars, one))
        known = set(zip(trades["e"].tolist(), trades["sign"].tolist(), strict=True))
        both += sum((e, sign) in known for e, sign in pairs)
        theirs, ours = theirs + len(pairs), ours + len(known)
    return f"{both:,} of its {theirs:,} trades are among our {ours:,}"


def answer_of(name: str, bars: Bars, asked: Sequence[BreakoutParams], folder: Path) -> dict[str, Any]:
    """What an engine made of these combinations. Raise NotMeasured."""
    folder.mkdir()
    for column in ("open_ms", "open", "high", "low", "close", "volume"):
        np.save(folder / f"{column}.npy", getattr(bars, column))
    combinations = [{**asdict(one), "hold_bars": hold_bars(one)} for one in asked]
    slippage = MODEL.slippage_bps / 10_000.0
    account = {"equity": EQUITY, "ratio": RATIO, "taker": FEES.taker, "slippage": slippage}
    (folder / "asked.json").write_text(json.dumps({"combinations": combinations, "account": account}))
    module = f"scripts.backtest_bench.peers.run_{name}"
    ran((environment(name), "-W", "ignore", "-m", module, folder), what="its run", limit_s=RUN_S)
    told: dict[str, Any] = json.loads((folder / "told.json").read_text())
    return told

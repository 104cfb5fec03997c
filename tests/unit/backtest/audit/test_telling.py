"""An audit as a person and a program read it."""

import json
from dataclasses import replace

from tests.support.backtest_runs import EQUITY, FEES, a_run, a_study, a_trade
from trader.backtest.audit.lookahead import Foreseen, Prefixes
from trader.backtest.audit.telling import Audit, audit_json, audit_of, audit_tables, page_steps
from trader.backtest.study import Run, Study
from trader.report.tables import drawn


def answer(study: Study) -> Run:
    """Fees and slippage cost, and range_bars is all that the strategy reads."""
    params = study.policy.markets["BTC"].params
    cost = study.model.slippage_bps + study.fees.taker * 10_000
    first = params.range_bars - 20.0 - cost
    return a_run([a_trade(first, bar=2), a_trade(-cost, bar=60)])


def audited(*claim: str) -> Audit:
    study = a_study(overrides=("fills.preset=kind",))
    return audit_of(study, FEES, answer, seed=1, tries=500, claim=claim)


AUDIT = audited("published by somebody")


def text(audit: Audit) -> str:
    return "\n".join(drawn(table, on_terminal=False) for table in audit_tables(audit))


def test_the_waterfall_says_what_each_step_cost() -> None:
    lines = text(AUDIT).splitlines()
    assert lines[1].split()[:6] == ["as", "configured", "+1.9", "%", "2", "1"]
    assert lines[4].split()[:4] == ["slippage", "+1.5", "%", "-0.4"]
    assert lines[8].split()[:5] == ["what", "is", "left", "+1.5", "%"]
    assert lines[9] == "published by somebody"


def test_the_map_shows_what_matters_and_names_what_does_not() -> None:
    told = text(AUDIT)
    (row,) = [line for line in told.splitlines() if line.split()[:2] == ["BTC", "range_bars"]]
    assert row.split()[2::2] == ["+0.5", "+1.0", "+2.0", "+2.5"]
    assert "without any effect here: BTC vol_threshold, BTC lookback_bars" in told
    assert "not moved, because a fifth more or less makes no other value of it: BTC early_bars" in told
    assert audit_json(AUDIT)["not_moved"] == [{"coin": "BTC", "parameter": "early_bars"}]


def test_statistics_in_words() -> None:
    told = text(AUDIT)
    assert "look-ahead: none seen; 8 prefixes of the run make the same decisions" in told
    assert "win rate 50.0 %, to come out even 23.2 %" in told
    assert "the same trades in another order, 1000 times: drawdown" in told
    assert "the best of 500 tries without skill" in told


def test_foresight_is_loud() -> None:
    seen = Prefixes(3, (Foreseen(1_704_067_200_000, "BTC", 1_704_065_400_000),))
    loud = replace(AUDIT, statistics=replace(AUDIT.statistics, lookahead=seen))
    assert "LOOK-AHEAD: 1 decision changed in 3 prefixes of the run: BTC 2023-12-31 23:30" in text(loud)
    quiet = replace(AUDIT, statistics=replace(AUDIT.statistics, lookahead=Prefixes(1, ())))
    assert "look-ahead: none seen; 1 prefix of the run" in text(quiet)


def test_programs_and_the_page_read_the_same_steps() -> None:
    told = audit_json(AUDIT)
    assert json.loads(json.dumps(told, allow_nan=False))["lookahead"] == {"cuts": 8, "foreseen": []}
    assert [step["name"] for step in told["steps"]] == [step.name for step in page_steps(AUDIT)]
    assert told["steps"][-1]["summary"]["return_fraction"] == page_steps(AUDIT)[-1].return_fraction
    assert told["deflated_sharpe"]["tries"] == 500
    assert told["luck"]["block_return"]["actual"] == AUDIT.steps[-1].run.equity[-1] / EQUITY - 1

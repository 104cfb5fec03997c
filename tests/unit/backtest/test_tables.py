"""The tables as a person reads them."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from tests.support.backtest_runs import a_run, a_study, a_tape, a_trade, by_fills
from tests.unit.backtest.test_answer import answered
from trader.backtest.page import page_of
from trader.backtest.study import LevelMove, Reason
from trader.backtest.tables import months_table, tables
from trader.report.tables import drawn

RUN = a_run([a_trade(30.0), a_trade(-10.0, bar=60, reason=Reason.END)])
HARSH = a_run([a_trade(-1.0)])


def texts(*overrides: str, rate: float | None = 0.0001, name: str = "base") -> list[str]:
    study = a_study(a_tape(rate=rate), overrides=overrides)
    found = answered(study, by_fills(kind=RUN, base=RUN, harsh=HARSH), name)
    return [drawn(table, on_terminal=False) for table in tables(found)]


def test_bands_come_first_with_costs_win_rate_and_fragility() -> None:
    whole = texts()[0]
    lines = whole.splitlines()
    assert lines[0] == "breakout on BTC, fast engine, 2024-01-01 to 2024-01-05 (4 days, UTC)"
    assert " ".join(lines[2].split()) == "kind 2 1 +20.00 +2.0 % 1.0 % 25.0 % 0.0 %"
    assert [line.split()[0] for line in lines[2:5]] == ["kind", "base", "harsh"]
    assert lines[5] == "base: price +21.00, fees -2.00 (-9.5 %), funding +1.00 (+4.8 %), net +20.00"
    assert lines[6] == "won 50.0 % of 2 trades, and must win 25.0 % to come out even"
    assert lines[-1].startswith("FRAGILE")


def test_a_band_that_was_not_run_says_so() -> None:
    lines = texts("fills.preset=kind", rate=None, name="kind")[0].splitlines()
    assert lines[3].split() == ["base", "not", "run"]


def test_a_model_that_was_changed_stands_before_the_three() -> None:
    lines = texts("fills.gap=level")[0].splitlines()
    assert [line.split()[0] for line in lines[2:6]] == ["base,", "kind", "base", "harsh"]


def test_the_parts_follow() -> None:
    titles = [text.splitlines()[0] for text in texts()]
    assert titles[1:] == ["by coin", "by exit", "left open", "returns by month, %", "deepest drawdowns"]
    _, coins, reasons, left, months, falls = texts()
    assert coins.splitlines()[2].split()[:3] == ["BTC", "long", "2"]
    assert [line.split()[0] for line in reasons.splitlines()[2:]] == ["target", "end", "all"]
    assert "BTC" in left and "-10.00" in left
    assert months.splitlines()[2].split() == ["2024", "+2.0", "+2.0"]
    assert "not yet" in falls


def test_of_a_loss_before_costs_costs_are_no_share() -> None:
    lost = a_run([a_trade(-10.0)])
    found = answered(a_study(), by_fills(kind=lost, base=lost, harsh=lost))
    notes = next(tables(found)).notes
    assert notes[0] == "base: price -9.50, fees -1.00, funding +0.50, net -10.00"


def test_months_are_multiplied_to_their_year() -> None:
    closes = [utc_ms(2024, 2, 10), utc_ms(2024, 3, 10)]
    run = replace(a_run([a_trade(210.0)]), at_ms=np.array(closes), equity=np.array([1100.0, 1210.0]))
    (months,) = months_table(answered(a_study(), by_fills(kind=run, base=run, harsh=run)))
    assert [cell for cell in months.rows[0] if cell] == ["2024", "+10.0", "+10.0", "+21.0"]


def utc_ms(year: int, month: int, day: int) -> int:
    return int(datetime(year, month, day, tzinfo=UTC).timestamp() * 1_000)


def test_without_trades_there_is_one_table() -> None:
    empty = answered(a_study(), by_fills(kind=a_run(), base=a_run(), harsh=a_run()))
    (only,) = tables(empty)
    assert "no trade under base" in only.notes


def test_the_page_has_what_the_tables_have() -> None:
    moved = replace(RUN, moves=(LevelMove(0, RUN.trades[0].entry_ms, 98.0, 103.0),))
    found = answered(a_study(), by_fills(kind=moved, base=moved, harsh=HARSH))
    page = page_of(found)
    assert [curve.name for curve in page.curves] == ["base", "kind", "harsh"]
    assert [figure.value for figure in page.figures][-1] == "FRAGILE"
    assert (page.deals[1].reason, page.moves[0].stop) == ("end", 98.0)
    assert page.coins[0].open_ms[0] == found.study.tapes["BTC"].bars.open_ms[0]
    assert page.coins[0].lines
    assert {len(line.values) for line in page.coins[0].lines} == {len(page.coins[0].open_ms)}
    assert page.notes == found.notes

"""An account against its own replay: each planted mishap stands in its own line, and the sum is exact."""

from decimal import Decimal

import pytest

from tests.support.planted_day import LATE, LATE_S, MISSING, PARTIAL, lived, signal_ms
from trader.backtest.drifting import drift_of
from trader.commands.course import usual
from trader.core.candles import MINUTE_MS
from trader.core.errors import ConfigError
from trader.rehearsal import Stage
from trader.report.drift import CENT, Cause, Pair
from trader.report.drift_telling import Told, gap_table, json_of, pairs_table

VENUES = ("hyperliquid", "okx", "binance")
SPREAD_BPS = 2  # half the spread of the paper account's book


def told_of(stage: Stage) -> Told:
    return drift_of(stage.host.env().venue, stage.policy(), days=1, title="a day")


def pairs(told: Told, tick: int) -> dict[str, Pair]:
    """By coin, the signals that the tick of this half hour saw."""
    found = {}
    for pair in told.drift.pairs:
        side = pair.own or pair.replayed
        if side is not None and side.signal_ms == signal_ms(tick):
            found[side.coin] = pair
    return found


@pytest.fixture(scope="module", params=VENUES)
def day(request: pytest.FixtureRequest) -> tuple[Stage, Told]:
    stage = lived(request.param, mishaps=True)
    return stage, told_of(stage)


def test_the_lines_sum_to_the_gap_and_the_account_is_the_exchanges_own(day: tuple[Stage, Told]) -> None:
    stage, told = day
    assert not stage.coins_held()
    earned = stage.model.account(stage.user).total.account_value - stage.settings.backtest.equity
    assert abs(told.drift.own - earned) < Decimal("1e-9")
    lines = told.drift.lines()
    assert sum(lines.values(), Decimal(0)) == told.drift.gap == told.drift.own - told.drift.replayed
    document = json_of(told)
    assert sum(map(Decimal, document["cents"].values())) == Decimal(document["gap_cents"])
    rows = {row[0]: Decimal(row[2].replace(",", "")) for row in gap_table(told).rows}
    causes = sum((rows[cause.value] for cause in Cause), Decimal(0))
    assert rows["the replay"] + causes == rows["the account"] == told.drift.own.quantize(CENT)


def test_a_late_tick_is_delay(day: tuple[Stage, Told]) -> None:
    stage, told = day
    (pair,) = pairs(told, LATE).values()
    assert pair.own is not None and pair.replayed is not None
    # The order was decided at a price of that very minute, and not of the one at which it was due.
    then = stage.feed.minute("ETH", signal_ms(LATE + 1) + LATE_S // 60 * MINUTE_MS)
    assert pair.own.decided is not None
    assert then.low - 1 <= float(pair.own.decided) <= then.high + 1
    moved = pair.replayed.entry_price - pair.own.decided
    assert abs(moved) > 2
    assert pair.parts[Cause.DELAY] == pair.own.size * moved * pair.own.leg.sign
    assert max(Cause, key=lambda cause: abs(pair.parts[cause])) is Cause.DELAY
    assert pair.parts[Cause.PARTIAL] == 0


def test_a_tick_that_never_came_is_a_missed_signal(day: tuple[Stage, Told]) -> None:
    _, told = day
    missed = pairs(told, MISSING)
    assert set(missed) == {"ETH", "SOL"}
    for pair in missed.values():
        assert pair.own is None and pair.replayed is not None
        assert dict(pair.parts) == {Cause.MISSED: -pair.replayed.result}
    assert told.drift.counts()[Cause.MISSED] == 2


def test_an_entry_filled_in_part_is_partial(day: tuple[Stage, Told]) -> None:
    _, told = day
    pair = pairs(told, PARTIAL)["BTC"]
    assert pair.own is not None and pair.own.ordered is not None and pair.replayed is not None
    assert pair.own.size < pair.own.ordered / 2
    assert pair.parts[Cause.PARTIAL] == (pair.own.size - pair.own.ordered) * pair.replayed.per_coin != 0
    assert told.drift.counts()[Cause.PARTIAL] == 1


def test_without_mishaps_only_the_book_is_between_them() -> None:
    told = told_of(lived("hyperliquid", mishaps=False, last=MISSING + 1))
    assert len(told.drift.pairs) >= 3
    assert all(pair.own is not None and pair.replayed is not None for pair in told.drift.pairs)
    lines = told.drift.lines()
    assert lines[Cause.MISSED] == lines[Cause.FURTHER] == lines[Cause.PARTIAL] == lines[Cause.EXIT] == 0
    assert lines[Cause.SLIPPAGE] < 0
    assert not any("not run yet" in note for note in told.notes)
    slippage = json_of(told)["slippage"]
    assert slippage["bps"] == pytest.approx(SPREAD_BPS, abs=0.6)
    assert "nothing was changed" in gap_table(told).notes[-1]
    assert len(pairs_table(told).rows) == len(told.drift.pairs)


def test_what_the_forming_bar_brought_is_not_compared_yet() -> None:
    stage = lived("hyperliquid", mishaps=False, last=LATE)
    assert stage.coins_held() == ["ETH"]
    told = told_of(stage)
    assert told.drift.pairs == ()
    assert not any("before the window" in note for note in told.notes)
    assert told.window.end_ms == signal_ms(LATE + 1)
    assert pairs_table(told).title == "no signal was entered by either"
    assert "no slippage was measured" in gap_table(told).notes[-1]


@pytest.mark.parametrize("minutes", [0, 30])
def test_signals_of_before_the_account_was_run_are_named(minutes: int) -> None:
    """The window reaches back before the account's first tick, and it may have traded nothing yet."""
    stage = lived("hyperliquid", mishaps=False, last=LATE)
    stage.pass_time(minutes * 60)
    told = drift_of(stage.host.env().venue, stage.policy(), days=3, title="three days")
    first = min((pair.own.signal_ms for pair in told.drift.pairs if pair.own), default=None)
    assert (first is None) is (minutes == 0)
    early = [p for p in told.drift.pairs if p.replayed and (first is None or p.replayed.signal_ms < first)]
    assert len(early) >= 3
    (note,) = (note for note in told.notes if "not run yet" in note)
    did = "this account traded nothing" if first is None else "before its first trade (2"
    assert note.startswith(f"{len(early)} signals missed: {did}")


@pytest.mark.parametrize("hours", [24, 26])
def test_what_was_held_at_the_start_begins_the_replay_too(hours: int) -> None:
    """On a signal of before the window: entered in its first bar, or long before."""
    stage = lived("hyperliquid", mishaps=False, last=LATE)
    stage.pass_time(hours * 3_600)
    assert stage.coins_held() == ["ETH"]
    told = told_of(stage)
    assert told.window.start_ms == signal_ms(LATE + 1) + (hours - 24) * 3_600_000
    (pair,) = (p for p in told.drift.pairs if p.own is not None)
    assert pair.own is not None and pair.replayed is not None
    assert (pair.own.signal_ms, pair.own.coin) == (signal_ms(LATE), "ETH")
    assert (pair.own.entry_price, pair.own.size) == (pair.replayed.entry_price, pair.replayed.size)
    same = (Cause.PARTIAL, Cause.SIZE)
    assert [pair.parts[cause] for cause in same] == [0, 0]
    assert sum(told.drift.lines().values(), Decimal(0)) == told.drift.gap
    assert told.notes[0].startswith("ETH: held since before the window, or from a signal of before it: the")
    assert not any("not of this file" in note for note in told.notes)


def test_a_grid_has_no_signals_to_compare() -> None:
    stage = usual("binance", "hedge_grid").stage(signal_ms(LATE))
    with pytest.raises(ConfigError, match="a grid has none"):
        told_of(stage)

"""What a replay is shown of a tape: finer bars whole or not at all, funding over holes, no rate foreseen."""

from dataclasses import replace

import pytest

from tests.support.replay_stage import bars_of, ms, rates_of, still
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.tape import Tape
from trader.core.candles import HOUR_MS


def shown(tape: Tape) -> CoinTape:
    return CoinTape(tape, end_ms=None, on_mark=False, is_finer=True)


@pytest.mark.parametrize(("missing", "seen"), [((), [2, 2, 2]), ((3,), [2, 0, 2]), ((2, 3), [2, 0, 2])])
def test_finer_bars_are_looked_at_where_all_of_a_bar_are_there(
    missing: tuple[int, ...], seen: list[int]
) -> None:
    inner = bars_of(still(6), missing=missing)
    halves = replace(inner, frame_ms=HOUR_MS // 2, open_ms=ms(0) + (inner.open_ms - ms(0)) // 2)
    tape = shown(Tape("BTC", bars_of(still(3)), inner=halves))
    assert [len(tape.bar(index).inner) for index in range(3)] == seen


def test_funding_of_a_hole_is_due_at_the_next_open() -> None:
    due = rates_of((ms(2), 0.1), (ms(2) + 5, 0.2), (ms(3), 0.3), (ms(3) + 5, 0.4))
    bar = shown(Tape("BTC", bars_of(still(4), missing=(2,)), funding=due)).bar(2)
    assert [payment.rate for payment in bar.before] == [0.1, 0.2, 0.3]
    assert [payment.rate for payment in bar.within] == [0.4]


def test_the_rate_that_is_known_is_that_of_the_last_payment() -> None:
    due = rates_of((ms(0), 0.1), (ms(8), 0.2), (ms(16), 0.3))
    tape = shown(Tape("BTC", bars_of(still(3)), funding=due))
    told = [tape.funding_ahead(at_ms) for at_ms in (ms(0) - 1, ms(0), ms(8) - 1, ms(8), ms(17), ms(25))]
    every_ms = 8 * HOUR_MS
    assert told == [
        (ms(0), every_ms, 0.0),
        (ms(8), every_ms, 0.1),
        (ms(8), every_ms, 0.1),
        (ms(16), every_ms, 0.2),
        (ms(24), every_ms, 0.3),
        (ms(32), every_ms, 0.3),
    ]


def test_a_bar_knows_what_was_traded_before_it() -> None:
    bars = bars_of(still(3))
    bars.volume[:] = (7.0, 8.0, 9.0)
    tape = shown(Tape("BTC", bars))
    assert [tape.bar(index).volume_before for index in range(3)] == [0.0, 7.0, 8.0]


def test_the_windows_of_a_tick_end_with_the_bar_that_has_closed() -> None:
    bars = bars_of([(float(n), n + 1.0, float(n), n + 0.5) for n in range(1, 6)])
    tape = shown(Tape("BTC", bars))
    assert tape.candles(3, 2).close == (3.5, 4.5)
    assert tape.candles(1, 5).close == (1.5, 2.5)

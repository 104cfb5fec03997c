"""The prefix test: silent about engines that see what is there, loud about those that see the future."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.support.backtest_runs import FRAME_MS, a_run, a_study, a_tape, a_trade, at
from trader.backtest.audit.lookahead import Prefixes, prefixes, until
from trader.backtest.study import Reason, Run, Study
from trader.backtest.tape import Tape

WAVE = np.tile([100.0, 100.0, 101.0, 102.0, 103.0, 101.0, 100.0, 99.0, 98.0, 99.0], 20)


def waving() -> Tape:
    tape = a_tape()
    bars = replace(tape.bars, open=WAVE, high=WAVE + 1, low=WAVE - 1, close=WAVE)
    return replace(tape, bars=bars, inner=bars, mark=bars, inner_mark=bars)


def engine(buys: Callable[[np.ndarray, int], bool]) -> Callable[[Study], Run]:
    """Holds for two bars after each close of which `buys` says so, judged by all closes that there are."""

    def run(study: Study) -> Run:
        close = study.tapes["BTC"].bars.close
        last = len(close) - 1
        trades = [
            a_trade(
                1.0,
                bar=k + 1,
                bars=min(2, last - k - 1),
                reason=Reason.TIME if k + 3 <= last else Reason.END,
                entry_price=float(study.tapes["BTC"].bars.open[k + 1]),
            )
            for k in range(last)
            if buys(close, k)
        ]
        return a_run(trades)

    return run


def tried(buys: Callable[[np.ndarray, int], bool]) -> Prefixes:
    study, answer = a_study(waving()), engine(buys)
    return prefixes(study, answer(study), answer)


def test_what_was_known_at_the_close_is_no_foresight() -> None:
    found = tried(lambda close, k: bool(k and close[k] > close[k - 1]))
    assert (found.cuts > 10, found.foreseen) == (True, ())


def test_a_signal_of_the_next_close_is_seen() -> None:
    """The bar in which it fills ends elsewhere, and the entry is another one."""
    found = tried(lambda close, k: bool(close[k + 1] > close[k]))
    assert found.foreseen
    assert {one.coin for one in found.foreseen} == {"BTC"}


def test_a_signal_of_a_later_bar_is_seen() -> None:
    found = tried(lambda close, k: bool(k + 3 < len(close) and close[k + 3] > close[k]))
    assert found.foreseen


def test_a_rule_on_the_whole_file_is_seen() -> None:
    assert tried(lambda close, k: bool(close[k] > close.mean())).foreseen


def test_a_run_without_trades_has_no_prefixes() -> None:
    study = a_study()
    assert prefixes(study, a_run(), lambda _: a_run()) == Prefixes(0, ())


def test_a_prefix_has_the_bars_that_had_closed() -> None:
    tape = waving()
    cut = until(tape, at(9))
    assert cut.inner is not None and cut.mark is not None and cut.inner_mark is not None
    assert [len(bars) for bars in (cut.bars, cut.inner, cut.mark, cut.inner_mark)] == [10] * 4
    assert cut.bars.open_ms[-1] + FRAME_MS == at(10)
    ended = until(tape, at(9), 0.5).bars
    assert (ended.close[-1], ended.close[-2], ended.low[-1], ended.high[-1]) == (49.5, 98.0, 49.5, 100.0)
    risen = until(tape, at(9), 2.0).bars
    assert (risen.close[-1], risen.low[-1], risen.high[-1]) == (198.0, 98.0, 198.0)
    assert until(tape, at(900), 2.0).bars.close[-1] == tape.bars.close[-1]

"""Three bands beside the asked one: run once each, not run without funding, fragile if signs differ."""

from dataclasses import replace

import pytest

from tests.support.backtest_runs import a_run, a_study, a_tape, a_trade, at, by_fills
from trader.backtest.bands import banded, crossing, differing, lacking_funding
from trader.backtest.study import Reason, Run, Study, Unreal
from trader.core.errors import ConfigError

GOOD, BAD = a_run([a_trade(10.0)]), a_run([a_trade(-10.0)])
ANSWER = by_fills(kind=GOOD, base=GOOD, harsh=GOOD)


def test_the_three_are_always_there_and_equal_questions_are_run_once() -> None:
    asked: list[Study] = []

    def answer(study: Study) -> Run:
        asked.append(study)
        return ANSWER(study)

    found = banded(a_study(), answer, name="base")
    assert [band.name for band in found.bands] == ["kind", "base", "harsh"]
    assert found.asked.run is found.bands[1].run
    assert len(asked) == 3


def test_what_was_changed_belongs_to_the_asked_model_alone() -> None:
    study = a_study(overrides=("fills.gap=level",))
    found = banded(study, ANSWER, name="base")
    assert found.asked.model.gap == "level"
    assert [band.model.gap for band in found.bands] == ["level", "open", "open"]


def test_what_no_trader_can_do_belongs_to_the_asked_run_alone() -> None:
    seen: list[Unreal | None] = []

    def answer(study: Study) -> Run:
        seen.append(study.unreal)
        return ANSWER(study)

    peeking = Unreal(peeks=True)
    banded(replace(a_study(), unreal=peeking), answer, name="base")
    assert seen == [peeking, None, None, None]


def test_without_funding_the_asked_model_is_refused_and_a_band_not_run() -> None:
    bare = a_tape(rate=None)
    with pytest.raises(ConfigError, match=r"fills base: no funding of BTC was given. Give --funding"):
        banded(a_study(bare), ANSWER, name="base")
    found = banded(a_study(bare, overrides=("fills.preset=kind",)), ANSWER, name="kind")
    assert [(band.name, band.run is None, band.why_not) for band in found.bands] == [
        ("kind", False, ""),
        ("base", True, "no funding of BTC was given"),
        ("harsh", True, "no funding of BTC was given"),
    ]


def test_funding_with_a_hole_is_no_funding() -> None:
    tape = a_tape()
    assert tape.funding is not None
    cut = replace(tape.funding, at_ms=tape.funding.at_ms[:4], rate=tape.funding.rate[:4])
    text = lacking_funding(a_study(replace(tape, funding=cut)))
    assert text == "the funding of BTC has nothing from 2024-01-02 00:00:00 UTC to 2024-01-05 04:00:00 UTC"
    in_time = replace(a_study(replace(tape, funding=cut)), end_ms=at(60))
    assert lacking_funding(in_time) == ""
    late = replace(tape.funding, at_ms=tape.funding.at_ms[4:], rate=tape.funding.rate[4:])
    text = lacking_funding(a_study(replace(tape, funding=late)))
    assert text == "the funding of BTC has nothing from 2024-01-01 00:00:00 UTC to 2024-01-02 08:00:00 UTC"
    begun = replace(a_study(replace(tape, funding=late)), start_ms=at(60))
    assert lacking_funding(begun) == ""


def test_the_sign_that_depends_on_the_model_is_fragile() -> None:
    fragile = banded(a_study(), by_fills(kind=GOOD, base=GOOD, harsh=BAD), name="base")
    assert fragile.fragile
    assert all(band.summary is not None and band.summary.fragile for band in fragile.bands)
    assert fragile.asked.summary is not None and fragile.asked.summary.fragile
    firm = banded(a_study(), ANSWER, name="base")
    assert not firm.fragile and firm.asked.summary is not None and not firm.asked.summary.fragile
    assert not banded(a_study(), by_fills(kind=GOOD, base=GOOD, harsh=a_run()), name="base").fragile


def test_the_asked_model_is_among_those_whose_sign_counts() -> None:
    study = a_study(overrides=("fills.gap=level",))
    found = banded(study, lambda one: BAD if one.model == study.model else ANSWER(one), name="base")
    assert found.fragile


def test_totals_that_cross_are_told_with_the_trades_that_differ() -> None:
    kind = a_run([a_trade(5.0), a_trade(1.0, bar=50)])
    harsh = a_run(
        [
            a_trade(7.0, bars=6, reason=Reason.STOP),
            a_trade(1.0, bar=50),
            a_trade(4.0, bar=90, coin="ETH"),
        ]
    )
    found = banded(a_study(), by_fills(kind=kind, base=kind, harsh=harsh), name="base")
    assert [(a.name, b.name) for a, b in crossing(found)] == [("kind", "harsh"), ("base", "harsh")]
    told = differing(found.bands[0], found.bands[2])
    assert [(one.coin, one.told, one.more) for one in told] == [
        ("ETH", "in harsh alone", 4.0),
        ("BTC", "kind target at 2024-01-01 02:00, harsh stop at 2024-01-01 03:00", 2.0),
    ]
    gone = differing(found.bands[2], found.bands[0])
    assert (gone[0].told, gone[0].more) == ("in harsh alone", -4.0)

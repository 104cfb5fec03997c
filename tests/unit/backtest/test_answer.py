"""The JSON that tools depend on: names, units, bands, and every note that a reader needs."""

import json
from dataclasses import replace

import pytest

from tests.support.backtest_runs import Answer, a_run, a_study, a_tape, a_trade, at, by_fills
from trader.backtest.answer import Answered, document, notes_of
from trader.backtest.bands import banded
from trader.backtest.study import Study

WON, LOST = a_run([a_trade(10.0)]), a_run([a_trade(-10.0)])
ON_OKX = "venue=okx"
RESTING = "markets={BTC: {strategy: bollinger, params: {entry: %s, style: %s}}}"


def answered(study: Study, answer: Answer, name: str = "base", told: tuple[str, ...] = ()) -> Answered:
    found = banded(study, answer, name=name)
    return Answered(study, name, found, notes_of(study, found, told))


def test_the_contract_of_the_answer() -> None:
    told = document(answered(a_study(), by_fills(kind=WON, base=WON, harsh=WON)))
    assert list(told)[:6] == ["schema", "engine", "fills", "trades", "summary", "bands"]
    assert (told["schema"], told["engine"], told["fills"]) == ("trader.backtest/1", "fast", "base")
    assert told["trades"] == [
        {
            "coin": "BTC",
            "strategy": "breakout",
            "leg": "long",
            "signal_ms": at(-1),
            "entry_ms": at(0),
            "entry_price": 100.0,
            "exit_ms": at(4),
            "exit_price": 101.0,
            "reason": "target",
            "size": 3.0,
            "fee": 1.0,
            "funding": 0.5,
            "pnl": 10.0,
            "pnl_fraction": 0.01,
            "undecidable": False,
        }
    ]
    assert (
        told["summary"]
        == told["bands"]["base"]
        == {
            "trades": 1,
            "wins": 1,
            "net": 10.0,
            "fees": 1.0,
            "funding": 0.5,
            "return_fraction": 0.01,
            "drawdown_fraction_max": 0.0,
            "exposure_fraction": 0.25,
            "undecidable_fraction": 0.0,
            "fragile": False,
        }
    )
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_inner_times_stand_where_finer_bars_were_given() -> None:
    trade = a_trade(entry_inner_ms=at(0) + 60_000)
    run = a_run([trade])
    tape = replace(a_tape(), inner=a_tape().bars)
    found = document(answered(a_study(tape), by_fills(kind=run, base=run, harsh=run)))["trades"][0]
    assert (found["entry_inner_ms"], found["exit_inner_ms"]) == (at(0) + 60_000, None)


@pytest.mark.parametrize(("said", "used"), [((), "mark"), (("fills.trigger=last",), "last")])
def test_the_trigger_that_was_used_is_told(said: tuple[str, ...], used: str) -> None:
    study = a_study(overrides=said)
    assert document(answered(study, by_fills(kind=WON, base=WON, harsh=WON)))["model"]["trigger"] == used


def test_a_band_without_funding_is_given_as_not_run() -> None:
    study = a_study(a_tape(rate=None), overrides=("fills.preset=kind",))
    told = document(answered(study, by_fills(kind=WON, base=WON, harsh=WON), "kind"))
    assert (told["bands"]["base"], told["bands"]["harsh"]) == ("not run", "not run")
    assert "base not run: no funding of BTC was given" in told["notes"]


def test_notes_are_said_once_and_fragility_last() -> None:
    noted = replace(WON, notes=("candles stand in for mark",))
    harsh = replace(LOST, notes=("candles stand in for mark",))
    found = answered(a_study(), by_fills(kind=noted, base=noted, harsh=harsh), told=("a gap",))
    assert found.notes[:2] == ("a gap", "candles stand in for mark")
    assert found.notes[-1].startswith("FRAGILE")
    assert len(set(found.notes)) == len(found.notes)


def test_limits_that_always_fill_are_named() -> None:
    def said(entry: str, style: str, *more: str) -> list[str]:
        study = a_study(overrides=(ON_OKX, RESTING % (entry, style), *more))
        found = answered(study, by_fills(kind=WON, base=WON, harsh=WON))
        return [note for note in found.notes if "limits" in note]

    assert said("close", "reversion") == said("resting", "breakout") == []
    (touched,) = said("resting", "reversion")
    assert "entries of BTC are limits, filled whole whenever price touches them" in touched
    assert "1 trade with +10.00 rest on it" in touched
    (through,) = said("confirm", "breakout", "fills.limit_fill=through")
    assert "price goes through them" in through


def test_crossing_totals_are_told_in_words_and_as_data() -> None:
    other = a_run([a_trade(10.0, bars=5)])
    found = answered(a_study(), by_fills(kind=LOST, base=other, harsh=LOST))
    assert "base ends above kind, because they do not make the same trades: 1 of them differ" in told_of(
        found
    )
    assert document(found)["crossings"] == [
        {
            "kinder": "kind",
            "harder": "base",
            "trades": [
                {
                    "coin": "BTC",
                    "entry_ms": at(0),
                    "told": "kind target at 2024-01-01 02:00, base target at 2024-01-01 02:30",
                    "more": 20.0,
                }
            ],
        }
    ]


def test_totals_that_cross_by_funding_alone_say_so() -> None:
    paid = a_run([replace(a_trade(10.0), funding=4.0)])
    found = answered(
        a_study(), by_fills(kind=a_run([replace(a_trade(6.0), funding=0.0)]), base=paid, harsh=LOST)
    )
    assert (
        "base ends above kind, with trades that end alike; base has +4.00 of funding, kind +0.00"
        in found.notes
    )


def told_of(found: Answered) -> str:
    return "\n".join(found.notes)

"""What a campaign says of itself: what it may claim, and what a program reads."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from tests.support.campaign_plays import breaks, fine, scripts
from trader.oracle.seen import Violation
from trader.selftest.campaign import Campaign
from trader.selftest.played import Played
from trader.selftest.script import script_of, text_of
from trader.selftest.sometimes import SOMETIMES
from trader.selftest.summary import Asked, Found, claim, document, text
from trader.selftest.tally import Tally

ASKED = Asked(seed=7, code="abc", tiers={"A": "each fault at each request", "C": "drawn from seeds"})


def campaign_of(played: Sequence[Played], tier: str = "A") -> Campaign:
    tally = Tally()
    for number, one in enumerate(played):
        tally.add(number, tier, one)
    return Campaign(tally, elapsed_ms=2_000, workers=2, memory_kb={1: 100_000, 64: 120_000})


def bare(count: int) -> list[Played]:
    violation = Violation("I1", 2, "BTC long is bare, exit 0")
    return [replace(fine(script), violations=(violation,)) for script in scripts(count)]


def found_in(campaign: Campaign) -> list[Found]:
    return [Found(failure, failure.script) for failure in campaign.tally.failures.values()]


def test_the_promise_is_claimed_only_where_nothing_was_found() -> None:
    kept = campaign_of([fine(script) for script in scripts(40)])
    assert claim(kept.tally) == (
        "in 40 simulated episodes of the faults listed no run ended uncovered with exit 0, and no signal was "
        "entered twice from one host; under this model, which is ours"
    )
    broken = campaign_of([*map(fine, scripts(40)), *bare(2)])
    assert claim(broken.tally) == "2 violations in 2 episodes of 42: I1 2"
    assert claim(Tally()) == "no episode was played, so nothing was shown"


def test_a_bound_is_given_for_drawn_episodes_alone() -> None:
    drawn = campaign_of([fine(script) for script in scripts(30)], tier="C")
    drawn.tally.merge(campaign_of([fine(script) for script in scripts(40)]).tally)
    assert "in 70 simulated" in claim(drawn.tally)
    assert "for the 30 drawn from seeds: below 3/30" in claim(drawn.tally)


def test_a_program_finds_what_is_promised() -> None:
    campaign = campaign_of([*map(fine, scripts(40)), *bare(1)])
    told = document(campaign, ASKED, found_in(campaign))
    assert json.loads(json.dumps(told)) == told
    assert (told["schema"], told["episodes"], told["violations"]) == ("trader.selftest/1", 41, 1)
    assert (told["episodes_per_second"], told["seed"], told["commit"]) == (20.5, 7, "abc")
    assert told["tiers"]["A"] == {"binance": 13, "hyperliquid": 15, "okx": 13}
    assert told["never_seen"] == list(SOMETIMES)
    assert told["attach"] == {"binance": "none", "hyperliquid": "whole", "okx": "whole"}
    assert told["here"]["episodes_per_second_and_worker"] == 10.2
    [failure] = told["failures"]
    assert failure["violations"] == ["I1 run 2: BTC long is bare, exit 0"]
    assert script_of(failure["replay"].split("'")[1]) == script_of(failure["as_found"])


def test_two_machines_tell_the_same_but_for_what_they_measured() -> None:
    played = [breaks(script) for script in scripts(60)]
    one, other = campaign_of(played), campaign_of(played)
    other.elapsed_ms, other.workers, other.memory_kb = 9_000, 1, {}
    told: list[dict[str, Any]] = [document(c, ASKED, found_in(c)) for c in (one, other)]
    for each in told:
        del each["here"], each["episodes_per_second"]
    assert told[0] == told[1]


def test_a_person_reads_what_was_played_and_found() -> None:
    campaign = campaign_of([*map(fine, scripts(40)), *bare(1)])
    campaign.tally.planned["okx", "H13"] += 1
    campaign.out_of_time.add("A")
    campaign.sizes["A"] = 7_488
    campaign.ended_early = "it was interrupted"
    shown = "\n".join(text(campaign, ASKED, found_in(campaign)))
    for words in (
        "41 episodes, 123 runs of the trader in 2.0 s: 20.5 episodes a second with 2 workers; seed 7",
        "A (each fault at each request): binance 13, hyperliquid 15, okx 13, of 7,488; then the time ",
        "ended early            it was interrupted",
        "okx: 5 of 6 kinds, 10 of 35 pairs of kind and request; never: H13",
        f"must be seen           0 of {len(SOMETIMES)} situations; not yet: exit 0, ",
        "faults, okx (stop attached: whole): 10 times, p50 ",
        "I1 run 2: BTC long is bare, exit 0",
        "  trader selftest --replay 'v1;commit=abc;venue=hyperliquid;",
        "1 violation in 1 episode of 41: I1 1.",
    ):
        assert words in shown, shown


@pytest.mark.parametrize("count", [0, 25])
def test_a_person_is_shown_the_first_failures_only(count: int) -> None:
    campaign = campaign_of(bare(count))
    lines = list(text(campaign, ASKED, found_in(campaign)))
    replays = [line for line in lines if "--replay" in line]
    assert len(replays) == min(count, 20)
    assert ("and 5 more: --json lists all" in lines) == (count == 25)
    assert all(text_of(one).split(";", 1)[1] in line for one, line in zip(scripts(20), replays, strict=False))

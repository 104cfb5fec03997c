"""A campaign in parts: what is added up over them, what is played again, and what is open and mended."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.campaign_plays import breaks_at_v3, fine, scripts
from trader.clock import SystemClock
from trader.selftest import shares
from trader.selftest.campaign import Campaign, Effort, Hear, Share
from trader.selftest.findings import findings
from trader.selftest.known import require_known
from trader.selftest.parts import Parts, parts_of
from trader.selftest.played import Played
from trader.selftest.playing import play_part
from trader.selftest.saving import saving, write
from trader.selftest.script import Script
from trader.selftest.summary import Asked
from trader.selftest.workers import Play

WANTS = {"seed": 1, "full": True, "venues": ["hyperliquid", "okx", "binance"]}
NUMBERS = {"A": 40, "C": 20}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tiers of scripts that stand-ins for episodes can play; every name in them is known."""

    def share(tier: str, number: int | None, venues: object, *, seed: int, full: bool, first: int) -> Share:
        assert (seed, full, venues) == (1, True, WANTS["venues"])
        return Share(tier, scripts(), number, 1_000 if tier == "A" else None, first)

    monkeypatch.setattr(shares, "share", share)
    monkeypatch.setattr("trader.selftest.parts.require_known", lambda script: None)


def part(
    path: Path, play: Play, commit: str, numbers: Mapping[str, int] = NUMBERS, *, hear: Hear = lambda _: None
) -> dict[str, Any]:
    """One part, as the command plays it, and what the file then says."""
    parts, asked = parts_of(path, WANTS), Asked(1, commit, {"A": "single faults", "C": "seeds"})
    campaign = play_part(parts, numbers, play, SystemClock(), Effort(1, None), hear)
    found = findings(campaign.tally.failures.values(), play, SystemClock(), seconds_max=0)
    write(path, parts.to_json(asked, found))
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


def stops_after(count: int) -> Hear:
    """Somebody interrupts after so many episodes."""

    def hear(campaign: Any) -> None:
        if campaign.tally.total() == count:
            raise KeyboardInterrupt

    return hear


UNLIKE = (
    "parts",
    "to_go_on",
    "here",
    "episodes_per_second",
    "ended_early",
    "claim",
    "played_twice",
    "digest",
)


def test_parts_add_up_to_the_whole(tmp_path: Path) -> None:
    """Whoever interrupts it; what was on its way then is not played again, and not counted."""
    whole = part(tmp_path / "whole.json", fine, "abc")
    part(tmp_path / "parts.json", fine, "abc", {"A": 10, "C": 5})
    together = part(tmp_path / "parts.json", fine, "abc")
    assert [each["tiers"]["C"] for each in together["parts"]] == [
        {"binance": 1, "hyperliquid": 2, "okx": 2},
        {"binance": 5, "hyperliquid": 5, "okx": 5},
    ]
    assert {k: v for k, v in together.items() if k not in UNLIKE} == {
        k: v for k, v in whole.items() if k not in UNLIKE
    }
    assert together["to_go_on"]["spreads"] == whole["to_go_on"]["spreads"]


def test_an_interrupted_part_plays_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    first = part(path, fine, "abc", hear=stops_after(9))
    assert first["episodes"] == 9 and first["ended_early"] == "somebody interrupted it (KeyboardInterrupt)"
    second = part(path, fine, "abc")
    assert 9 < second["to_go_on"]["handed_out"]["A"] == 40
    assert 57 <= second["episodes"] <= 60
    assert second["parts"][1]["ended_early"] is None


def test_what_failed_is_open_until_the_newest_part_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    first = part(path, breaks_at_v3, "one", {"A": 20, "C": 10})
    number = len(first["failures"])
    assert number > 1 and first["violations"] == number == len(first["parts"][0]["failures"])
    assert first["found_and_mended"] == []

    second = part(path, breaks_at_v3, "two", {"A": 20, "C": 20})
    assert second["violations"] == len(second["failures"]) > number
    assert second["parts"][1]["played_again"] == {"episodes": number, "broken": number}
    assert len(second["parts"][1]["failures"]) == len(second["failures"]) - number
    assert second["claim"].startswith(f"{second['violations']} violations in")

    third = part(path, fine, "three")
    assert (third["violations"], third["failures"]) == (0, [])
    assert third["parts"][2]["played_again"] == {"episodes": len(second["failures"]), "broken": 0}
    mended = third["found_and_mended"]
    assert sorted(one["as_found"] for one in mended) == sorted(one["as_found"] for one in second["failures"])
    assert {one["found_at"] for one in mended} == {"one", "two"}
    assert f"save in {len(mended)} episodes that broke a promise when first played" in third["claim"]
    assert "drawn from seeds with the code" not in third["claim"], "none was played at the last commit"


def test_the_bound_is_of_the_last_code_alone(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    part(path, fine, "one", {"A": 5, "C": 8})
    told = part(path, fine, "two")
    assert "for the 12 drawn from seeds with the code of the last part: below 3/12" in told["claim"]


def test_what_was_not_the_same_twice_is_played_twice_again() -> None:
    def failure(number: int, said: str) -> dict[str, Any]:
        line = "v1;venue=okx;start=signal;seed=0x0;runs=3"
        return {"tier": "A", "number": number, "violations": [said], "as_found": line}

    played: list[bool] = []

    def again(_script: Script, twice: bool) -> tuple[()]:
        played.append(twice)
        return ()

    told = failure(0, "I16 played twice, it was not the same"), failure(1, "I1 run 1: BTC is bare")
    Parts(Campaign(), WANTS, ({"commit": "one", "failures": told},)).play_again(again)
    assert played == [True, False]


def test_what_cannot_be_played_any_more_stays_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trader.selftest.parts.require_known", require_known)
    path = tmp_path / "parts.json"
    part(path, breaks_at_v3, "one", {"A": 20})
    told = part(path, fine, "two", {"A": 20})
    assert set(told["violations_by_invariant"]) == {"gone"}
    assert "plan=V3: expected one of" in told["failures"][0]["violations"][0]


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    path.write_text('{"schema": "trader.selftest/1"}', encoding="utf-8")
    with pytest.raises(ValueError, match="is no summary of a campaign in parts"):
        parts_of(path, WANTS)
    part(tmp_path / "fresh.json", fine, "one", {"A": 1})
    with pytest.raises(ValueError, match="was asked for"):
        parts_of(tmp_path / "fresh.json", {**WANTS, "seed": 2})


class Minutes(SystemClock):
    """A minute passes with every look."""

    def __init__(self) -> None:
        self.looks = 0

    def elapsed_ms(self) -> int:
        self.looks += 1
        return self.looks * 60_000


def test_the_file_is_kept_every_minute(tmp_path: Path) -> None:
    path = tmp_path / "parts.json"
    parts = parts_of(path, WANTS)
    heard: list[int] = []
    hear = saving(parts, Asked(1, "abc", {}), path, Minutes(), lambda campaign: heard.append(1))
    hear(parts.campaign)
    assert json.loads(path.read_text(encoding="utf-8"))["parts"][0]["commit"] == "abc"
    assert heard == [1] and [each.name for each in tmp_path.iterdir()] == ["parts.json"]


def test_real_processes_are_played_where_they_belong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In this process, beside the others; where they cannot be, that is said and the others are played."""
    here: list[Script] = []

    def play(script: Script, _ground: object) -> Played:
        here.append(script)
        return fine(script)

    monkeypatch.setattr("trader.selftest.playing.of_processes.play", play)
    told = part(tmp_path / "parts.json", fine, "one", {"A": 8, "D": 4})
    assert len(here) == 4 and told["to_go_on"]["handed_out"] == {"A": 8, "D": 4}
    monkeypatch.setattr("trader.selftest.playing.why_not", lambda: "no Linux")
    others = part(tmp_path / "others.json", fine, "one", {"A": 8, "D": 4})
    assert others["tiers_not_played"] == {"D": "no Linux"} and others["episodes"] == 8

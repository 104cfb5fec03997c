"""`trader why`: the same decision as a tick, told condition by condition, with one reason."""

import json
from dataclasses import replace

from tests.support.builders import a_policy, a_snapshot, a_view
from tests.support.grid_stage import grid_stage, ticked, to_next_bar
from tests.support.scenes import drive, stage, stage_with_position
from trader.commands.why import why_json, why_text
from trader.core.actions import Enter
from trader.core.orders import Unreadable
from trader.core.policy import Policy
from trader.core.report import Verdict
from trader.core.snapshot import Snapshot
from trader.core.target import Stay, WantClose, WantEntry, WantHold
from trader.observe import scope_of
from trader.rehearsal import Stage
from trader.run import decide
from trader.why import Explained, explain

BOLLINGER = ("markets.ETH.strategy=bollinger",)


def seen(made: Stage) -> tuple[Snapshot, Policy]:
    env, policy = made.host.env(), made.policy()
    snapshot = env.venue.observe(scope_of(made.clock.now_ms(), policy, env.fills_back_ms))
    return replace(snapshot, ended=env.venue.history()), policy


def explained(made: Stage, coin: str = "BTC", halted: str | None = None) -> Explained:
    """The explanation, after it was found to be the decision."""
    snapshot, policy = seen(made)
    found = explain(snapshot, policy, coin, halted)
    verdict = decide(snapshot, policy, halted).verdict()
    assert found == part_of(verdict, coin, found)
    return found


def part_of(verdict: Verdict, coin: str, found: Explained) -> Explained:
    """What a tick decides of a coin, in the form of an explanation."""
    return replace(
        found,
        want=verdict.wants[coin],
        approved=tuple(a for a in verdict.approved if a.coin == coin),
        refused=tuple(r for r in verdict.refused if r.action.coin == coin),
    )


def failed(found: Explained) -> list[str]:
    return [one.name for one in found.conditions if not one.passed]


def test_a_signal_passes_every_condition_and_says_what_would_be_sent() -> None:
    found = explained(stage(("BTC",)))
    assert isinstance(found.want, WantEntry)
    names = [one.name for one in found.conditions]
    assert names == ["readings", "history", "break", "width", "volume", "trend", "regime", "size", "gate"]
    assert failed(found) == []
    assert found.reason is None
    assert [type(action) for action in found.approved][-1] is Enter
    text = why_text(found, "paper")
    assert "would be sent: enter long" in text and "because: enter long" in text


def test_a_quiet_bar_has_one_reason() -> None:
    found = explained(stage(("BTC",)), "ETH")
    assert isinstance(found.want, Stay)
    assert failed(found) == ["volume"]
    assert found.reason == found.want.reason
    assert found.reason.startswith("no long: volume 1 of the 1.25 wanted (high ")
    lines = why_text(found, "paper venue main").splitlines()
    assert lines[0].startswith("paper venue main: ETH by breakout, bar 20")
    assert lines[-1] == f"nothing is done: {found.reason}"


def test_a_refusal_of_the_gate_is_the_reason() -> None:
    found = explained(stage(("BTC",)), halted="halted: news")
    assert failed(found) == ["gate: halted"]
    assert found.reason == "refused by halted: halted: news"
    assert "refused: enter long" in why_text(found, "paper")


def test_an_entry_too_small_for_the_venue_is_the_reason() -> None:
    found = explained(stage(("BTC",), ("sizing.position_ratio=0.001",)))
    assert isinstance(found.want, WantEntry)
    assert found.reason is not None
    assert "below the venue's minimum" in found.reason


def test_a_held_position_says_what_lets_it_stay_and_what_ends_it() -> None:
    made = stage_with_position()
    found = explained(made)
    assert isinstance(found.want, WantHold)
    assert [one.name for one in found.conditions] == [
        *("readings", "early validation", "time stop", "target", "stop")
    ]
    assert found.reason == f"nothing to change: {found.want.reason}"
    made.pass_time(3 * 1800)
    found = explained(made)
    assert isinstance(found.want, WantClose)
    assert failed(found) == ["early validation"]
    assert found.reason is None
    assert "would be sent: close long" in why_text(found, "paper")


def test_a_strategy_that_could_not_be_asked_is_told_apart() -> None:
    view = a_view(candles=Unreadable("candles of BTC", "timeout"))
    found = explain(a_snapshot(markets={"BTC": view}), a_policy(), "BTC", None)
    assert [(one.name, one.passed) for one in found.conditions] == [("readings", False)]
    assert found.reason == "unreadable candles of BTC: timeout"
    late = stage(("BTC",))
    snapshot, policy = seen(late)
    older = replace(snapshot, holdings=replace(snapshot.holdings, at_ms=snapshot.venue_ms + 1_800_000))
    found = explain(older, policy, "BTC", None)
    assert found.reason is not None
    assert found.reason.startswith("bar late: ")


def test_the_explanation_is_the_decision_for_every_strategy_and_over_time() -> None:
    made = stage(("BTC", "ETH"), BOLLINGER)
    strategies = set()
    for price in (2_000.0, 2_050.0, 1_900.0, 2_000.0):
        drive(made, "ETH", *[price] * 29)
        for coin in ("BTC", "ETH"):
            found = explained(made, coin)
            strategies.add(found.strategy)
            document = json.loads(json.dumps(why_json(found)))
            assert (document["reason"] is None) is bool(document["approved"])
            assert document["bar_close_ms"] - document["bar_ms"] == 1_800_000
    assert strategies == {"breakout", "bollinger"}


def test_a_grid_that_stands_has_nothing_to_change_whatever_its_caps_leave_out() -> None:
    made = grid_stage("okx", side_notional_max=2_500, net_notional_max=2_500)
    ticked(made)
    found = explained(made)
    assert any("left out" in note for note in found.notes)
    assert found.reason is not None
    assert found.reason.startswith("nothing to change: anchor 100,000, 4 rungs")
    assert "is 0 bps from 100,000" in why_text(found, "paper")
    to_next_bar(made)
    halted = explained(made, halted="halted: by hand")
    assert {action.reason for action in halted.approved} == {"halted: by hand"}


def test_a_rule_that_refuses_many_rungs_is_one_condition() -> None:
    found = explained(grid_stage("okx", naked=0))
    assert len(found.refused) == 12
    assert [name for name in failed(found) if name.startswith("gate")] == ["gate: naked_resting"]
    assert found.reason is not None
    assert found.reason.startswith("refused by naked_resting: ")

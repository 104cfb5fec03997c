"""The commands as a script and a person use them: one JSON object alone, receipts, the halt switch."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.machine import ended
from tests.support.scenes import cancel_stops, entries_filled, stage, stage_with_position, stops
from tests.support.served import Held, Served, is_write
from trader.rehearsal import Stage


def serving(made: Stage, home: Path) -> Served:
    made.venue.ip_budget.limit = 1_000_000  # a test asks more in a minute than a day of cron does
    return Served(made, home)


@pytest.fixture
def signalled(tmp_path: Path) -> Iterator[Served]:
    """A signal is pending."""
    with serving(stage(("BTC",)), tmp_path) as one:
        yield one


@pytest.fixture
def holding(tmp_path: Path) -> Iterator[Served]:
    """A position with its stop."""
    with serving(stage_with_position(), tmp_path) as one:
        yield one


def json_of(served: Served, command: str, *, code: int = 0) -> dict[str, Any]:
    """What a command prints with --json: one object, and no talk on stderr."""
    result = ended(served.start(*command.split(), "--json", haste=10))
    assert result.code == code, result
    document = json.loads(result.out)
    assert isinstance(document, dict)
    assert result.said == ""
    return document


def test_every_command_answers_a_script_with_one_object(holding: Served) -> None:
    schemas = {
        "status": "trader.status/1",
        "plan": "trader.plan/1",
        "why BTC": "trader.why/1",
        "trades": "trader.trades/1",
        "report": "trader.report/1",
        "drift": "trader.drift/1",
        "check-sl": "trader.run/1",
        "run": "trader.run/1",
        "config check": "trader.config.check/1",
        "config show": "trader.config.show/1",
        "doctor": "trader.doctor/1",
        "resume": "trader.resume/1",
        "halt --flatten": "trader.run/1",
        "halt": "trader.halt/1",
    }
    assert {command: json_of(holding, command)["schema"] for command in schemas} == schemas


def test_a_clean_quiet_run_prints_nothing_and_a_bad_one_does(holding: Served) -> None:
    clean = [ended(holding.start(command, "--quiet")) for command in ("run", "check-sl", "halt", "resume")]
    assert [(one.code, one.text) for one in clean] == [(0, "")] * 4
    cancel_stops(holding.made, "BTC")
    bad = ended(holding.start("check-sl", "--no-repair", "--quiet"))
    assert bad.code == 20
    assert "BTC" in bad.out


def test_check_sl_that_may_only_look_leaves_everything_as_it_is(holding: Served) -> None:
    cancel_stops(holding.made, "BTC")
    before = holding.made.model.open_orders(holding.made.user)
    said = json_of(holding, "check-sl --no-repair", code=20)
    assert said["exit_code"] == 20
    assert holding.made.model.open_orders(holding.made.user) == before
    assert ended(holding.start("check-sl")).code == 0
    assert len(stops(holding.made, "BTC")) == 1


def test_a_plan_shows_the_entry_and_sends_nothing(signalled: Served) -> None:
    sent: list[bool] = []
    signalled.line.after = lambda request: sent.append(is_write(request))
    result = ended(signalled.start("plan"))
    assert result.code == 0
    assert "nothing is sent" in result.out
    assert "+ BTC" in result.out and "stop" in result.out
    assert json_of(signalled, "plan")["approved"]
    assert sent and not any(sent)
    assert entries_filled(signalled.made, "BTC") == 0


def test_why_shows_each_condition_and_what_would_be_sent(signalled: Served) -> None:
    result = ended(signalled.start("why", "BTC"))
    assert result.code == 0
    for words in (
        "BTC by breakout, bar 20",
        "break ",
        "yes",
        "would be sent: enter long",
        "nothing is sent",
    ):
        assert words in result.out
    document = json_of(signalled, "why BTC")
    assert document["reason"] is None
    assert {"name", "passed", "told"} == set(document["conditions"][0])
    assert entries_filled(signalled.made, "BTC") == 0
    unknown = ended(signalled.start("why", "DOGE"))
    assert unknown.code == 78
    assert "coin DOGE is not under `markets`" in unknown.text


def test_status_shows_position_stop_and_target(holding: Served) -> None:
    result = ended(holding.start("status"))
    assert result.code == 0
    assert all(word in result.out for word in ("BTC", "long", "0.00297", "95,659", "102,707", "ours"))


def test_flatten_halts_closes_sweeps_and_gives_a_receipt_from_fills(holding: Served) -> None:
    result = ended(holding.start("flatten", haste=10))
    assert result.code == 0
    assert "BTC close long 0.00297 down to" in result.out and "0.00297 filled at 100,688" in result.out
    assert "proof   no position is open" in result.out
    assert "note    halted: flatten (since 20" in result.out and "`trader resume`" in result.out
    assert holding.made.size("BTC") == 0
    assert holding.made.model.open_orders(holding.made.user) == ()
    assert "halted: flatten" in ended(holding.start("status")).out


def test_halted_nothing_is_entered_until_resume(signalled: Served) -> None:
    assert ended(signalled.start("halt", "--why", "news")).code == 0
    halted = ended(signalled.start("run"))
    assert halted.code == 0
    assert "halted: news (since 20" in halted.out and "`trader resume` allows entries" in halted.out
    assert entries_filled(signalled.made, "BTC") == 0
    assert ended(signalled.start("resume")).code == 0
    assert ended(signalled.start("run")).code == 0
    assert entries_filled(signalled.made, "BTC") == 1


def test_a_halt_that_cannot_be_read_counts_as_halted(signalled: Served) -> None:
    assert ended(signalled.start("halt")).code == 0
    (switch,) = (signalled.machine.home / ".config/trader").glob("halt-*.json")
    switch.write_text("{}")
    result = ended(signalled.start("run"))
    assert result.code == 78
    assert "cannot be read" in result.out and "trader resume" in result.out
    assert entries_filled(signalled.made, "BTC") == 0


def test_a_flatten_halts_the_tick_that_is_running_before_it_waits_for_it(signalled: Served) -> None:
    """The tick has decided and sets the leverage; it asks for the switch once more before its entry."""
    held = Held(signalled.line, is_write)
    run = signalled.start("run")
    held.wait()
    flatten = signalled.start("flatten", "--json", options=["announce"], haste=10)
    assert flatten.stdout is not None
    assert flatten.stdout.readline() == b"waits\n"
    held.let_go()
    tick = ended(run)
    assert tick.code == 0
    assert "halted: flatten" in tick.out
    assert entries_filled(signalled.made, "BTC") == 0
    result = ended(flatten)
    assert result.code == 0
    assert signalled.made.coins_held() == []


def test_protect_moves_a_stop_closer_and_says_what_it_will_do(holding: Served) -> None:
    result = ended(holding.start("protect", "--coin", "BTC", "--stop", "98000", "--yes"))
    assert result.code == 0
    assert "trigger 98,000" in result.said and "reduce-only" in result.said
    assert "covered by its stop at 98,000" in result.out
    looser = ended(holding.start("protect", "--coin", "BTC", "--stop", "90000", "--yes"))
    assert looser.code == 78
    assert "--loosen" in looser.said
    at_once = ended(holding.start("protect", "--coin", "BTC", "--stop", "101000", "--yes"))
    assert at_once.code == 78
    assert "would close at once" in at_once.said
    assert [str(level) for level in stops(holding.made, "BTC")] == ["98000"]

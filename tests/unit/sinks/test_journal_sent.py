"""What this machine sent and what had tripped, read off the journal that the runs here wrote."""

import json
from dataclasses import replace
from pathlib import Path

from tests.support.reports import NOON_MS, a_close, a_report, an_entry
from trader.core.actions import Action
from trader.core.orders import Accepted
from trader.core.report import Done, Report, Verdict
from trader.sinks.journal import DecisionInputs, Journal
from trader.sinks.journal_last import last_tripped
from trader.sinks.journal_sent import Recorded, recorded_since

HOUR_MS = 3_600_000


def wrote(folder: Path, *reports: Report) -> Path:
    journal = Journal(folder, DecisionInputs({}, None, None))
    for report in reports:
        assert journal.tell(report) == []
    return folder


def begun(at_ms: int, *actions: Action, **changes: object) -> Report:
    done = tuple(Done(action, Accepted(), at_ms, at_ms) for action in actions)
    return replace(a_report(), started_ms=at_ms, ended_ms=at_ms + 1, done=done, **changes)  # type: ignore[arg-type]


def test_every_id_of_what_was_done_is_known_and_when_records_begin_and_end(tmp_path: Path) -> None:
    entry, close = an_entry(), a_close()
    old = begun(NOON_MS - 5 * HOUR_MS, a_close("ETH"))
    folder = wrote(tmp_path / "j", old, begun(NOON_MS - HOUR_MS, entry), begun(NOON_MS, close))
    found = recorded_since(folder, NOON_MS - 2 * HOUR_MS)
    assert (found.first_ms, found.last_ms) == (NOON_MS - HOUR_MS, NOON_MS)
    verified = begun(0).verified
    repaired = (
        {getattr(d.action, "client_id", None) for d in verified.done} if verified is not None else set()
    )
    named = {entry.client_id, entry.stop_id, entry.target_id, close.client_id}
    assert found.ids == (named | repaired) - {None}


def test_half_a_line_and_what_is_no_record_add_nothing(tmp_path: Path) -> None:
    folder = wrote(tmp_path / "j", begun(NOON_MS, an_entry()))
    (file,) = folder.glob("*.jsonl")
    before = recorded_since(folder, 0)
    with file.open("a") as more:
        more.write('{"report": {"started_ms": 1, "done": [{"action": {"client_id": "x"\n[]\n{"report": 5}\n')
    assert recorded_since(folder, 0) == before
    assert last_tripped(folder) == {}


def test_a_journal_that_is_not_there_records_nothing(tmp_path: Path) -> None:
    assert recorded_since(tmp_path / "none", 0) == Recorded(frozenset(), None, None)
    assert last_tripped(tmp_path / "none") == {}
    (tmp_path / "empty").mkdir()
    assert last_tripped(tmp_path / "empty") == {}


def test_the_last_decision_tells_what_had_tripped(tmp_path: Path) -> None:
    def decided(at_ms: int, tripped: dict[str, str] | None) -> Report:
        verdict = None if tripped is None else Verdict({}, (), (), (), tripped)
        return begun(at_ms, verdict=verdict)

    day = [decided(NOON_MS, {"drawdown": "20 %"}), decided(NOON_MS + 1, None)]
    folder = wrote(tmp_path / "j", *day)
    assert last_tripped(folder) == {"drawdown": "20 %"}
    wrote(folder, decided(NOON_MS + 2, {}))
    assert last_tripped(folder) == {}


def test_a_line_of_another_shape_is_passed_over(tmp_path: Path) -> None:
    folder = tmp_path / "j"
    folder.mkdir(mode=0o700)
    lines = [{"report": {"verdict": {"tripped": {"a": "b"}}}}, {"report": None}, []]
    (folder / "2026-01-31.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert last_tripped(folder) == {"a": "b"}

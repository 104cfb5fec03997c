"""The textfile holds what this run read and nothing else, whole at every moment."""

import os
import re
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.reports import a_long, a_report, an_entry, held
from trader.core.orders import Unknown
from trader.core.report import (
    Done,
    Exit,
    Foreign,
    Naked,
    Protected,
    Refused,
    Report,
    Unread,
    Verdict,
    Verified,
)
from trader.sinks.metric_samples import Configured
from trader.sinks.metrics import Metrics

EVERY_HALF_HOUR = Configured(1800)
WHO = 'realm="paper",venue="hyperliquid",account="main"'


def written(folder: Path, *reports: Report) -> dict[str, str]:
    """The samples after these runs, with the labels that all of them share left out."""
    file = folder / "trader.prom"
    for report in reports:
        assert Metrics(file, EVERY_HALF_HOUR).tell(report) == []
    lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
    short = [line.removeprefix("trader_").replace(WHO, "").replace("{,", "{") for line in lines]
    found = {name: value for name, _, value in (line.rpartition(" ") for line in short)}
    assert len(found) == len(lines), "a series stands twice, and the exporter refuses the whole file"
    return found


def a_clean_run() -> Report:
    """One position, and no record of money."""
    report = a_report(held(a_long()))
    assert report.snapshot is not None
    return replace(report, snapshot=replace(report.snapshot, past=None))


def test_a_clean_run_is_these_lines(tmp_path: Path) -> None:
    assert written(tmp_path, a_clean_run()) == {
        'last_run_timestamp_seconds{command="run"}': "1763726402.100",
        'last_success_timestamp_seconds{command="run"}': "1763726402.100",
        'exit_code{command="run"}': "0",
        'run_duration_seconds{command="run"}': "2.100",
        'run_interval_seconds{command="run"}': "1800",
        'run_requests{kind="info"}': "5",
        "unknown_orders{}": "0",
        "equity_usd{}": "1000.5",
        "margin_ratio{}": "0.009995002498750625",
        "unrealised_pnl_usd{}": "0.0",
        'exposure_usd{side="long"}': "1010.0",
        'exposure_usd{side="short"}': "0.0",
        "positions{}": "1",
        'position_notional_usd{coin="BTC"}': "1010.0",
        "cover_read{}": "1",
        'position_uncovered{coin="BTC"}': "0",
        'unprotected_notional_usd{coin="BTC"}': "0",
    }


def test_each_family_has_its_help_and_type_and_parses(tmp_path: Path) -> None:
    written(tmp_path, a_clean_run())
    text = (tmp_path / "trader.prom").read_text()
    assert text.endswith("\n")
    families = re.findall(r"# HELP (trader_\w+) .+\n# TYPE (\1) gauge\n((?:\1\{.+\} [-+.e0-9]+\n)+)", text)
    assert len(families) == text.count("# TYPE") == 16


def test_what_was_not_read_is_absent(tmp_path: Path) -> None:
    dark = replace(
        a_report(),
        snapshot=None,
        verdict=None,
        verified=None,
        codes=frozenset({Exit.UNREADABLE}),
        requests={},
    )
    found = written(tmp_path, a_report(held(a_long())), dark)
    assert set(found) == {
        'last_run_timestamp_seconds{command="run"}',
        'last_success_timestamp_seconds{command="run"}',
        'exit_code{command="run"}',
        'exit_reason{command="run",code="23"}',
        'run_duration_seconds{command="run"}',
        'run_interval_seconds{command="run"}',
        "unknown_orders{}",
    }
    assert found['exit_code{command="run"}'] == "23"


def test_the_last_success_keeps_its_own_time(tmp_path: Path) -> None:
    bad = replace(a_report(), codes=frozenset({Exit.NAKED}), ended_ms=a_report().ended_ms + 60_000)
    found = written(tmp_path, a_report(), bad)
    assert found['last_success_timestamp_seconds{command="run"}'] == "1763726402.100"
    assert found['last_run_timestamp_seconds{command="run"}'] == "1763726462.100"
    (tmp_path / "trader.prom").unlink()
    assert 'last_success_timestamp_seconds{command="run"}' not in written(tmp_path, bad)


def test_another_command_keeps_its_run_and_nothing_else(tmp_path: Path) -> None:
    found = written(tmp_path, a_report(held(a_long())), replace(a_report(), command="check-sl"))
    assert found['last_run_timestamp_seconds{command="run"}'] == "1763726402.100"
    assert found['exit_code{command="check-sl"}'] == "0"
    assert found["positions{}"] == "0"
    assert 'position_notional_usd{coin="BTC"}' not in found


def test_another_account_and_foreign_lines_are_not_carried(tmp_path: Path) -> None:
    other = replace(a_report(), account='o"th\\er\n')
    written(tmp_path, other)
    assert 'account="o\\"th\\\\er\\\\x0a"' in (tmp_path / "trader.prom").read_text()
    found = written(tmp_path, replace(other, command="check-sl"))
    assert sum("last_run" in name for name in found) == 2
    with (tmp_path / "trader.prom").open("ab") as file:
        file.write(b'trader_exit_code{command="x"} 1\nnode_x{} 2\n\xff\xfe\n')
    found = written(tmp_path, a_report())
    assert len([name for name in found if "last_run" in name]) == 1
    assert not any("node" in name for name in found)


@pytest.mark.parametrize(
    ("proof", "expected"),
    [
        (
            Naked("BTC", Decimal("0.005"), ()),
            {"position_uncovered": "1", "unprotected_notional_usd": "505.0"},
        ),
        (Naked("ETH", Decimal(1), ()), {"position_uncovered": "1"}),
        (Unread("BTC", "timeout"), {}),
        (Foreign("BTC", Decimal(1), False), {"foreign_uncovered": "1"}),
        (Foreign("BTC", Decimal(1), True), {"foreign_uncovered": "0"}),
        (
            Protected("BTC", Decimal(1), ("1",), Decimal(1)),
            {"position_uncovered": "0", "unprotected_notional_usd": "0"},
        ),
    ],
    ids=lambda p: type(p).__name__,
)
def test_cover_is_told_a_coin_at_a_time(tmp_path: Path, proof: Naked, expected: dict[str, str]) -> None:
    reading = held(a_long())
    found = written(tmp_path, a_report(reading, verified=Verified((proof,), holdings=reading)))
    told = {name: value for name, value in found.items() if "uncovered" in name or "unprotected" in name}
    assert told == {f'{name}{{coin="{proof.coin}"}}': value for name, value in expected.items()}


def test_refusals_and_unknown_orders_are_counted(tmp_path: Path) -> None:
    refused = tuple(Refused(an_entry(), rule, "no") for rule in ("drift", "age", "drift"))
    done = (Done(an_entry(), Unknown("timeout"), 1, 2),) * 2
    found = written(tmp_path, a_report(verdict=Verdict({}, (), refused), done=done))
    assert (found['run_refusals{rule="drift"}'], found['run_refusals{rule="age"}']) == ("2", "1")
    assert found["unknown_orders{}"] == "2"


def test_the_file_is_for_the_exporter_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        written(tmp_path, a_report())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "trader.prom").stat().st_mode) == 0o644
    assert [p.name for p in tmp_path.iterdir()] == ["trader.prom"]


@pytest.mark.parametrize("kind", ["missing", "folder", "link"])
def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path, kind: str) -> None:
    file = tmp_path / "trader.prom"
    match kind:
        case "missing":
            file = tmp_path / "none" / "trader.prom"
        case "folder":
            file.mkdir()
        case _:
            (tmp_path / "victim").write_text("mine")
            file.symlink_to(tmp_path / "victim")
    [warning] = Metrics(file, EVERY_HALF_HOUR).tell(a_report())
    assert warning.startswith(f"{file} is not written: ")
    assert not (tmp_path / "victim").exists() or (tmp_path / "victim").read_text() == "mine"

"""Every setting changes what the program decides, sends, reports or touches: none is accepted and forgotten.

Rules: the table is complete by test, so a new setting fails until a row shows what it is for. A row tells one
course of events twice, with and without one more `--set`, and the tellings must differ. The limits are shown
by the gate's own cases; the numbers of a strategy by the tests beside it, of which one is tried here too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import pytest

from tests.support import own_home, setting_courses, setting_edges
from tests.support.gate_cases import all_cases
from tests.support.questions import Parts, Question, Tripped
from trader import config
from trader.config.document import dotted
from trader.config.words import leaves
from trader.core.fingerprint import fingerprint
from trader.core.policy import BookLimits, Limits
from trader.policies import policy_of
from trader.settings import Settings

home = own_home.home

OURS = fingerprint("hyperliquid", "live", "0x" + "a" * 40)
TESTNET = ("mode=testnet",)
HOOK = ("credentials.file={here}/a.env",)


@dataclass(frozen=True)
class InMarket:
    """A course of events on the embedded exchange."""

    watch: Callable[[Sequence[str]], str]
    other: str
    first: tuple[str, ...] = ()

    def told(self, _file: Path, *more: str) -> str:
        return self.watch((*self.first, *more))


@dataclass(frozen=True)
class AtEdge:
    """What the edge of the program makes of a file."""

    watch: Callable[[Path, Sequence[str]], str]
    other: str
    first: tuple[str, ...] = ()

    def told(self, file: Path, *more: str) -> str:
        return self.watch(file, (*self.first, *more))


COURSES, EDGES = setting_courses, setting_edges
OF_A_COIN: dict[str, InMarket | AtEdge] = {
    "sizing.position_ratio": InMarket(COURSES.entry, "0.2"),
    "sizing.max_single_loss": InMarket(COURSES.entry, "1"),
    "sizing.leverage": InMarket(COURSES.entry, "5"),
    "sizing.margin": InMarket(COURSES.entry, "isolated"),
    "entries.slippage_max": InMarket(COURSES.entry, "0.002"),
    "entries.drift_max": InMarket(COURSES.price_left, "0.001"),
    "entries.max_signal_age_s": InMarket(COURSES.entry, "5"),
    "entries.level_tolerance": InMarket(COURSES.stop_is_a_little_off, "0.1"),
    "entries.exit_tolerance": AtEdge(EDGES.guessed, "0.001"),
    "entries.resting_life_s": InMarket(COURSES.grid, "7000"),
}
ROWS: dict[str, InMarket | AtEdge] = {
    **OF_A_COIN,
    **{f"markets.<COIN>.{path}": row for path, row in OF_A_COIN.items()},
    "venue": AtEdge(EDGES.whose, "okx"),
    "mode": AtEdge(EDGES.whose, "testnet", HOOK),
    "account": AtEdge(EDGES.whose, "other"),
    "region": AtEdge(EDGES.asked, "eea", ("venue=okx",)),
    "abilities.attach": InMarket(COURSES.resting, "pro_rata", ("venue=okx",)),
    "abilities.stop_first": InMarket(COURSES.resting, "accepted"),
    "live.fingerprint": AtEdge(EDGES.owned, f'"{OURS}"'),
    "credentials.file": AtEdge(EDGES.whose, "{here}/a.env", TESTNET),
    "credentials.systemd": AtEdge(EDGES.whose, "trader-main", TESTNET),
    "credentials.command": AtEdge(EDGES.whose, "[/bin/cat, {here}/a.env]", TESTNET),
    "credentials.environment": AtEdge(EDGES.whose, "true", TESTNET),
    "paper.equity": AtEdge(EDGES.asked, "2000"),
    "paper.feed": AtEdge(EDGES.whose, "venue"),
    "paper.url": AtEdge(EDGES.asked, "http://127.0.0.1:9"),
    "paper.file": AtEdge(EDGES.whose, "{here}/paper.sqlite"),
    "schedule.every_minutes": AtEdge(EDGES.told_to, "60", ("metrics.textfile={here}/trader.prom",)),
    "schedule.deadline_s": InMarket(COURSES.slow, "32"),
    "markets.<COIN>.strategy": InMarket(COURSES.entry, "bollinger"),
    "markets.<COIN>.params": InMarket(COURSES.entry, "{vol_threshold: 9}"),
    "markets.<COIN>.naked_window": InMarket(COURSES.no_stop_first, "accept"),
    "stops.trigger": InMarket(COURSES.entry_with_stop_attached, "last"),
    "stops.liquidation_margin": InMarket(COURSES.near_liquidation, "0.1"),
    "stops.fallback": InMarket(COURSES.level_unknown, "0.1"),
    "backtest.equity": InMarket(COURSES.rehearsal, "2000"),
    "backtest.fees.maker": InMarket(COURSES.rehearsal, "0.001"),
    "backtest.fees.taker": InMarket(COURSES.rehearsal, "0.001"),
    "fills.preset": InMarket(COURSES.rehearsal, "harsh"),
    "fills.gap": InMarket(COURSES.backtest, "level"),
    "fills.target_gap": InMarket(COURSES.backtest, "level"),
    "fills.ambiguous": InMarket(COURSES.backtest, "target"),
    "fills.slippage_bps": InMarket(COURSES.backtest, "7"),
    "fills.spread_bps": InMarket(COURSES.backtest, "9"),
    "fills.delay_bars": InMarket(COURSES.backtest, "2"),
    "fills.limit_fill": InMarket(COURSES.backtest_of_limits, "through"),
    "fills.funding": InMarket(COURSES.backtest, "none"),
    "fills.impact": InMarket(COURSES.backtest, "0.1"),
    "fills.liquidation": InMarket(COURSES.backtest_to_ruin, "false"),
    "fills.trigger": InMarket(COURSES.backtest, "last"),
    "foreign": InMarket(COURSES.something_foreign, "ignore"),
    "adopt.<COIN>.stop": InMarket(COURSES.something_foreign, "0.1"),
    "unreadable_cover.flatten_after": InMarket(COURSES.unseen, "3"),
    "notify.urls": AtEdge(EDGES.told_to, "[secret:HOOK]", HOOK),
    "notify.events": AtEdge(EDGES.told_to, "[open]", (*HOOK, "notify.urls=[secret:HOOK]")),
    "heartbeat.run": AtEdge(EDGES.told_to, "secret:BEAT", HOOK),
    "heartbeat.check_sl": AtEdge(EDGES.told_to, "secret:BEAT", HOOK),
    "heartbeat.protect": AtEdge(EDGES.told_to, "secret:BEAT", HOOK),
    "heartbeat.flatten": AtEdge(EDGES.told_to, "secret:BEAT", HOOK),
    "metrics.textfile": AtEdge(EDGES.told_to, "{here}/trader.prom"),
    "journal.folder": AtEdge(EDGES.told_to, "{here}/journal"),
    "journal.days": AtEdge(EDGES.told_to, "30"),
    "journal.megabytes": AtEdge(EDGES.told_to, "100"),
    "lock_dir": AtEdge(EDGES.whose, "{here}/locks"),
    "limits.failed_writes_max": InMarket(COURSES.refused_writes, "1"),
    "accounts_on_this_ip": AtEdge(EDGES.allowed, "2"),
}


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("HYPERLIQUID_ACCOUNT", "0x" + "a" * 40)
    monkeypatch.setenv("HYPERLIQUID_AGENT_KEY", "0x" + "a" * 64)
    prepared = setting_edges.prepared(tmp_path)
    (tmp_path / "trader-main").write_bytes((tmp_path / "a.env").read_bytes())
    (tmp_path / "trader-main").chmod(0o400)
    return prepared


def coin_of(path: str) -> str:
    return "SOL" if path.startswith("adopt") else "BTC"


@pytest.mark.parametrize("path", ROWS)
def test_another_value_changes_what_happens(file: Path, path: str) -> None:
    row = ROWS[path]
    named = path.replace("<COIN>", coin_of(path))
    assert row.told(file) != row.told(file, f"{named}={row.other}"), f"nothing reads {path}"


def test_a_value_that_changes_nothing_is_noticed(file: Path) -> None:
    assert setting_courses.entry(()) == setting_courses.entry(("journal.days=7",))
    assert setting_edges.whose(file, ()) == setting_edges.whose(file, ("sizing.leverage=5",))


# In the file; in the policy; and how a number of the file becomes one of the policy's.
NAMED_OTHERWISE = {
    "clock_skew_max_s": "clock_skew_max_ms",
    "data_age_max_s": "data_age_max_ms",
    "loss_at_stops_max": "book",
    "risk_volatility_max": "book",
    "strategy_loss_at_stops_max": "strategy_book",
    "strategy_risk_volatility_max": "strategy_book",
}


def limit_settings() -> list[str]:
    names = (str(path[1]) for path in leaves(Settings) if path[0] == "limits")
    return [name for name in names if f"limits.{name}" not in ROWS]


def policy_with(**limits: Any) -> Limits:
    settings = config.load(None).settings
    changed = replace(settings, limits=replace(settings.limits, **limits))
    return policy_of(changed, account_tag=0, entries_for=frozenset()).limits


@pytest.mark.parametrize("name", limit_settings())
def test_each_limit_of_the_file_reaches_the_policy_and_there_decides(name: str) -> None:
    """The file's number arrives in one field of the policy, and a case of the gate turns on that field."""
    field = NAMED_OTHERWISE.get(name, name)
    before, after = policy_with(), policy_with(**{name: 7})
    differing = {f.name for f in fields(Limits) if getattr(before, f.name) != getattr(after, f.name)}
    assert differing == {field}
    part = name.removeprefix("strategy_") if field in ("book", "strategy_book") else None
    assert any(turns_on(case.question, field, part) for case in all_cases().values()), f"no case of {field}"


def turns_on(question: object, field: str, part: str | None) -> bool:
    """Without its value of this limit the gate answers something else."""
    if not isinstance(question, Question | Tripped):
        return False
    limits = question.policy.limits
    plain: Any = {f.name: f.default for f in fields(Limits)}[field]
    if part is not None:
        plain = replace(getattr(limits, field), **{part: getattr(BookLimits(), part)})
    if not isinstance(plain, type(getattr(limits, field)) | None):
        plain = 10**12  # a limit without a default: one that nothing reaches
    if getattr(limits, field) == plain:
        return False
    looser: dict[str, Any] = {field: plain}
    other = replace(question, policy=replace(question.policy, limits=replace(limits, **looser)))
    return other.answer(Parts()) != question.answer(Parts())


def test_the_table_names_every_setting() -> None:
    named = {dotted(path) for path in leaves(Settings)}
    assert named == set(ROWS) | {f"limits.{name}" for name in limit_settings()}

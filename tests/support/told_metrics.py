"""What a whole run on an embedded exchange puts into the text file, read back from there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.promql import NAME, samples
from tests.support.scenes import stage_with_position
from tests.support.way_cases import entered
from trader.core.report import Report
from trader.rehearsal import Stage
from trader.run import Ran
from trader.sinks.metric_samples import Configured
from trader.sinks.metrics import Metrics

# Every run moves these, whatever the venue does.
CLOCKED = frozenset(
    {
        *("last_run_timestamp_seconds", "last_success_timestamp_seconds"),
        *("window_seconds", "drawdown_window_seconds"),
    }
)
EVERY_HALF_HOUR = Configured(1800)
_OF_ALL = ("realm", "venue", "account")
Told = Mapping[str, float]

STAGES: Mapping[str, Callable[..., Stage]] = {
    "hyperliquid": lambda overrides=(): stage_with_position(overrides=overrides),
    "okx": lambda overrides=(): entered("attached", overrides),
    "binance": lambda overrides=(): entered("stop first", overrides),
}
ACCOUNT = {"equity_usd", "margin_ratio"}
DAY = {"day_realised_pnl_usd", "day_loss_usd"}
OPEN = {"unrealised_pnl_usd", "exposure_usd long", "position_notional_usd BTC"}


@dataclass(frozen=True, slots=True)
class Teller:
    """One account with its text file; each run is a process of its own."""

    made: Stage
    file: Path
    configured: Configured = EVERY_HALF_HOUR

    def run(self) -> Told:
        """A tick, one minute after whatever was before it."""
        return self._told("run")

    def check(self, *, repair: bool = True) -> Told:
        return self._told("check-sl", repair=repair)

    def _told(self, command: str, *, repair: bool = True) -> Told:
        host = self.made.host
        self.made.pass_time(60)
        started_ms, requests = self.made.clock.now_ms(), host.mount.requests
        ran = host.run() if command == "run" else host.check(repair=repair)
        assert ran is not None
        sent = host.mount.requests - requests
        report = report_of(self.made, command, ran, started_ms=started_ms, requests=sent)
        assert Metrics(self.file, self.configured).tell(report) == []
        return short(self.file.read_text())


def teller(made: Stage, folder: Path) -> Teller:
    return Teller(made, folder / "trader.prom")


def report_of(made: Stage, command: str, ran: Ran, *, started_ms: int, requests: int) -> Report:
    """The run as a report, as a command makes it."""
    return Report(
        command=command,
        realm="paper",
        venue=made.settings.venue,
        account=made.settings.account,
        started_ms=started_ms,
        ended_ms=made.clock.now_ms(),
        snapshot=ran.snapshot,
        verdict=ran.verdict,
        done=tuple(ran.done),
        verified=ran.verified,
        codes=frozenset(ran.codes),
        problems=tuple(ran.problems),
        notes=tuple(ran.notes),
        requests={"sent": requests},
        standing=ran.standing,
    )


def short(text: str) -> Told:
    """The samples, without what all of them share: `exposure_usd long`, `exit_code run`."""
    found = {}
    for series, value in samples(text).items():
        labels = dict(series)
        name = labels.pop(NAME).removeprefix("trader_")
        own = [labels[label] for label in sorted(labels, key=_place) if label not in _OF_ALL]
        found[" ".join((name, *own))] = value
    return found


def _place(label: str) -> tuple[bool, str]:
    """The command before its exit code, the coin before its leg."""
    return label != "command", label


def changed(before: Told, after: Told) -> set[str]:
    """What is different, gone or new, clocks aside."""
    every = {*before, *after}
    return {
        name
        for name in every
        if name.partition(" ")[0] not in CLOCKED and before.get(name) != after.get(name)
    }

"""The journal: one JSON line a run, with all that is needed to decide again what was decided.

Rules: one file a UTC day, `YYYY-MM-DD.jsonl`; days that are over are compressed and old ones pruned. A line
is added with one write; a torn one (kill, power, full disk) is never believed and spoils itself only. Bars
are stored apart and referenced. No run reads what stands here, so a failed write is a warning.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from trader.core.candles import Candles
from trader.core.codec import to_json
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.report import Report
from trader.core.snapshot import Snapshot
from trader.core.text import utc_day
from trader.sinks.bar_store import keep
from trader.sinks.journal_upkeep import tidy
from trader.sinks.private_files import Redact, alone_in, append, as_it_is, opened_folder

SCHEMA = "trader.journal/2"
BARS_TAG = "Bars"
DAYS_KEPT = 60
MEGABYTES_KEPT = 200


@frozen
class DecisionInputs:
    """What a decision depended on beside the snapshot: settings as JSON, the scope, the halt then, and since
    when failures and losses are counted."""

    settings: Any
    entries_for: frozenset[str] | None
    halted: str | None
    resumed_ms: int | None = None


@frozen
class Journal:
    """The sink; the folder is made on first use, for this user alone."""

    folder: Path
    inputs: DecisionInputs
    days: int = DAYS_KEPT
    megabytes: int = MEGABYTES_KEPT
    redact: Redact = as_it_is

    def tell(self, report: Report) -> list[str]:
        try:
            with opened_folder(self.folder, create=True) as folder, alone_in(folder):
                line = self.redact(_line(folder, report, self.inputs))
                append(folder, f"{utc_day(report.started_ms)}.jsonl", line)
                moment_ms = _trusted_ms(report)
                if moment_ms is None:
                    return []
                return tidy(folder, now_ms=moment_ms, days=self.days, bytes_max=self.megabytes * 1_000_000)
        except (OSError, ConfigError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return [f"this run is not recorded in {self.folder}: {why}; trading goes on without a record"]


def _line(folder: int, report: Report, inputs: DecisionInputs) -> bytes:
    written = to_json(report)
    if report.snapshot is not None:
        _store_bars(folder, report.snapshot, written["snapshot"]["markets"])
    entries_for = None if inputs.entries_for is None else sorted(inputs.entries_for)
    line = {
        "schema": SCHEMA,
        "report": written,
        "settings": inputs.settings,
        "entries_for": entries_for,
        "halted": inputs.halted,
        "resumed_ms": inputs.resumed_ms,
    }
    return json.dumps(line, separators=(",", ":"), allow_nan=False).encode() + b"\n"


def _store_bars(folder: int, snapshot: Snapshot, markets: Mapping[str, Any]) -> None:
    """Put a reference in the place of each coin's bars."""
    for coin, view in snapshot.markets.items():
        if isinstance(view.candles, Candles):
            reference = keep(folder, view.candles, now_ms=snapshot.venue_ms)
            markets[coin]["candles"] = {"is": BARS_TAG, **to_json(reference)}


def _trusted_ms(report: Report) -> int | None:
    """The venue's time, if this run read it: a stepped clock of ours must not prune the journal."""
    holdings = report.verified.holdings if report.verified else None
    if holdings is None and report.snapshot is not None:
        holdings = report.snapshot.holdings
    return holdings.at_ms if holdings else None

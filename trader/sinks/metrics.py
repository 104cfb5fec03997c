"""The Prometheus textfile: values that this run read, or no line at all.

Rules: a number that was not read is absent, never zero or the last one, so that an alert sees the gap. Only
the four facts of a whole run (when, when well, exit code, duration) of the account's other commands are
carried over, each with its own time. The file is replaced whole, readable for the exporter's user.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from trader.core.errors import ConfigError
from trader.core.market import Leg
from trader.core.orders import Unknown
from trader.core.report import Exit, Flat, Foreign, Naked, Protected, Report, Unread, slot_of
from trader.sinks.private_files import content_of, opened_folder, replace
from trader.sinks.wording import newest_holdings

FILE_PERMISSIONS = 0o644
_HELP = {
    "last_run_timestamp_seconds": "When a run of this command ended.",
    "last_success_timestamp_seconds": "When a run of this command last ended with exit code 0.",
    "exit_code": "Exit code of the last run of this command.",
    "duration_seconds": "How long the last run of this command took.",
    "equity": "Equity of the account at mark, in USD.",
    "positions": "Open positions of the account.",
    "position_notional": "Size of an open position at mark, in USD.",
    "position_uncovered": "1 when a position is known to have no stop, 0 when its stop was proven live.",
    "unprotected_notional": "USD at mark of a position that is known to have no stop.",
    "foreign_uncovered": "1 when a position that is not ours has no stop, else 0.",
    "unknown_orders": "Orders of this run whose outcome is still unknown.",
    "refusals": "Actions that the gate refused in this run, by rule.",
    "requests": "Requests of this run, by kind.",
}
_OF_A_RUN = (
    "last_run_timestamp_seconds",
    "last_success_timestamp_seconds",
    "exit_code",
    "duration_seconds",
)
_LINE = re.compile(r'trader_([a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\} ([-+0-9.e]+)')

Labels = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Sample:
    """One line of the file."""

    name: str
    labels: Labels
    value: str


@dataclass(frozen=True, slots=True)
class Metrics:
    """The sink; the folder must be there, since the exporter reads it."""

    textfile: Path

    def tell(self, report: Report) -> list[str]:
        try:
            with opened_folder(self.textfile.parent.resolve(), create=False) as folder:
                before = content_of(folder, self.textfile.name) or b""
                samples = [*carried(before.decode(errors="replace"), report), *samples_of(report)]
                replace(folder, self.textfile.name, text_of(samples).encode(), permissions=FILE_PERMISSIONS)
        except (OSError, ConfigError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return [f"{self.textfile} is not written: {why}"]
        return []


def samples_of(report: Report) -> list[Sample]:
    """All that this run knows."""
    who = _who(report)
    ran = (*who, ("command", report.command))
    found = [
        Sample("last_run_timestamp_seconds", ran, _seconds(report.ended_ms)),
        Sample("exit_code", ran, str(int(report.exit_code))),
        Sample("duration_seconds", ran, _seconds(report.ended_ms - report.started_ms)),
        Sample("unknown_orders", who, str(sum(isinstance(d.outcome, Unknown) for d in report.done))),
    ]
    if report.exit_code is Exit.OK:
        found.append(Sample("last_success_timestamp_seconds", ran, _seconds(report.ended_ms)))
    found += [Sample("requests", (*who, ("kind", k)), str(n)) for k, n in sorted(report.requests.items())]
    return [*found, *_held(report, who), *_proven(report, who), *_refused(report, who)]


def carried(text: str, report: Report) -> list[Sample]:
    """What stays of the file: whole runs of this account by other commands, and when ours last went well."""
    kept = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match is None or match[1] not in _OF_A_RUN:
            continue
        labels = tuple(re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', match[2]))
        labels = tuple((name, _unescaped(value)) for name, value in labels)
        if labels[:-1] != _who(report) or labels[-1][0] != "command":
            continue
        is_ours = labels[-1][1] == report.command
        went_well = match[1] == "last_success_timestamp_seconds" and report.exit_code is not Exit.OK
        if not is_ours or went_well:
            kept.append(Sample(match[1], labels, match[3]))
    return kept


def text_of(samples: list[Sample]) -> str:
    """The exposition format, one family after the other."""
    lines = []
    for name, meaning in _HELP.items():
        of_name = sorted((s for s in samples if s.name == name), key=lambda s: s.labels)
        if of_name:
            lines += [f"# HELP trader_{name} {meaning}", f"# TYPE trader_{name} gauge"]
        for sample in of_name:
            labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in sample.labels)
            lines.append(f"trader_{name}{{{labels}}} {sample.value}")
    return "\n".join(lines) + "\n"


def _who(report: Report) -> Labels:
    return (("realm", report.realm), ("venue", report.venue), ("account", report.account))


def _held(report: Report, who: Labels) -> Iterator[Sample]:
    held = newest_holdings(report)
    if held is None:
        return
    yield Sample("equity", who, _plain(held.account.equity))
    yield Sample("positions", who, str(len(held.positions)))
    for position in held.positions:
        labels = (*who, ("coin", position.coin), *_leg(position.slot.leg))
        yield Sample("position_notional", labels, _plain(position.notional))


def _proven(report: Report, who: Labels) -> Iterator[Sample]:
    """Of a coin whose cover was not read nothing is said."""
    held = newest_holdings(report)
    for proof in report.verified.proofs if report.verified is not None else ():
        labels = (*who, ("coin", proof.coin), *_leg(proof.leg))
        position = held.position_in(slot_of(proof)) if held is not None else None
        match proof:
            case Protected():
                yield Sample("position_uncovered", labels, "0")
                yield Sample("unprotected_notional", labels, "0")
            case Naked():
                yield Sample("position_uncovered", labels, "1")
                if position is not None:
                    yield Sample("unprotected_notional", labels, _plain(abs(proof.size) * position.mark))
            case Foreign():
                yield Sample("foreign_uncovered", labels, "0" if proof.covered else "1")
            case Flat() | Unread():
                continue


def _leg(leg: Leg | None) -> Labels:
    """A label of its own in an account with two sides."""
    return () if leg is None else (("leg", leg.value),)


def _refused(report: Report, who: Labels) -> Iterator[Sample]:
    rules = [r.rule for r in report.verdict.refused] if report.verdict is not None else []
    for rule in sorted(set(rules)):
        yield Sample("refusals", (*who, ("rule", rule)), str(rules.count(rule)))


def _seconds(moment_ms: int) -> str:
    return f"{moment_ms / 1000:.3f}"


def _plain(value: Decimal) -> str:
    return repr(float(value))


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)

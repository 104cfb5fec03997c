"""The Prometheus textfile: values that this run read, or no line at all.

Rules: a number that was not read is absent, never zero or the last one, so that an alert sees the gap. Only
the facts of a whole run (when, when well, exit codes, duration) of the account's other commands are carried
over, each with its own time. The file is replaced whole, readable for the exporter's user.
"""

import re
from pathlib import Path

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.report import Exit, Report
from trader.sinks.metric_samples import Configured, samples_of, who
from trader.sinks.metric_table import FAMILIES, OF_ALL, Labels, Sample
from trader.sinks.private_files import Redact, as_it_is, content_of, opened_folder, replace

FILE_PERMISSIONS = 0o644
_LINE = re.compile(r'trader_([a-z_]+)\{((?:[a-z]+="(?:[^"\\]|\\.)*",?)+)\} ([-+0-9.e]+)')


@frozen
class Metrics:
    """The sink; the folder must be there, since the exporter reads it."""

    textfile: Path
    configured: Configured
    redact: Redact = as_it_is

    def tell(self, report: Report) -> list[str]:
        try:
            with opened_folder(self.textfile.parent.resolve(), create=False) as folder:
                before = (content_of(folder, self.textfile.name) or b"").decode(errors="replace")
                samples = [*carried(before, report), *samples_of(report, self.configured)]
                content = self.redact(text_of(samples).encode())
                replace(folder, self.textfile.name, content, permissions=FILE_PERMISSIONS)
        except (OSError, ConfigError) as error:
            why = error.strerror if isinstance(error, OSError) else str(error)
            return [f"{self.textfile} is not written: {why}"]
        return []


def carried(text: str, report: Report) -> list[Sample]:
    """What stays of the file: whole runs of this account by other commands, and when ours last went well."""
    kept = []
    for line in text.splitlines():
        sample = _parsed(line)
        if sample is None or sample.labels[: len(OF_ALL)] != who(report):
            continue
        is_ours = dict(sample.labels)["command"] == report.command
        went_well = sample.name == "last_success_timestamp_seconds" and report.exit_code is not Exit.OK
        if not is_ours or went_well:
            kept.append(sample)
    return kept


def _parsed(line: str) -> Sample | None:
    """A line that tells of a whole run, if it is one as this program writes it."""
    match = _LINE.fullmatch(line)
    family = FAMILIES.get(match[1]) if match is not None else None
    if match is None or family is None or not family.is_of_run:
        return None
    labels: Labels = tuple(
        (name, _unescaped(value)) for name, value in re.findall(r'([a-z]+)="((?:[^"\\]|\\.)*)"', match[2])
    )
    if tuple(name for name, _ in labels) != (*OF_ALL, *family.labels):
        return None
    return Sample(match[1], labels, match[3])


def text_of(samples: list[Sample]) -> str:
    """The exposition format, one family after the other."""
    lines = []
    for name, family in FAMILIES.items():
        of_name = sorted((s for s in samples if s.name == name), key=lambda s: s.labels)
        if of_name:
            lines += [f"# HELP trader_{name} {family.meaning}", f"# TYPE trader_{name} gauge"]
        for sample in of_name:
            labels = ",".join(f'{label}="{_escaped(value)}"' for label, value in sample.labels)
            lines.append(f"trader_{name}{{{labels}}} {sample.value}")
    return "\n".join(lines) + "\n"


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], value)

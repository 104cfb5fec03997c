"""Writes docs/contract.md: every numbered behaviour of every venue, and how it fared in each place.

The table is read off a test run, so a behaviour that was not run, or failed, is not called passed. Run it
with `scripts/contract`; `--check` compares instead of writing.
"""

import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "docs/contract.md"
PLACES = ("in process", "over http", "test network")
VENUES = {"hl": "Hyperliquid", "okx": "OKX", "bn": "Binance USD-M"}
_NUMBERED = re.compile(r"test_(hl|okx|bn)_(\d+)_(\w+)(?:\[(.*)\])?")
_HEAD = """\
# What each venue's adapter is held to

Written by `scripts/contract` from a test run; do not edit. Each behaviour is asked of the adapter on the
embedded exchange in this process and over HTTP, and of the venue's own test network when somebody runs it
with keys. The number counts the cases of a behaviour; a dash means that it was not run there, or cannot be:
an embedded exchange can be told to misbehave, a real one cannot.
"""


@dataclass
class Behaviour:
    """One numbered behaviour: its words, and cases passed and failed in each place."""

    words: str
    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def cell(self, place: str) -> str:
        if self.failed[place]:
            return f"FAILED {self.failed[place]}"
        return f"passed {self.passed[place]}" if self.passed[place] else "-"


def main() -> int:
    text = table(results())
    if "--check" in sys.argv:
        same = TABLE.exists() and TABLE.read_text() == text
        print(
            "docs/contract.md is what the tests say"
            if same
            else "docs/contract.md is stale: scripts/contract"
        )
        return 0 if same else 1
    TABLE.write_text(text)
    print(f"wrote {TABLE.relative_to(ROOT)}")
    return 1 if "FAILED" in text else 0


def results() -> dict[tuple[str, int], Behaviour]:
    """Every numbered behaviour of a run of tests/contract."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n",
            "auto",
            f"--junitxml={report}",
            "tests/contract",
        ]
        subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL)
        cases = ElementTree.parse(report).getroot().iter("testcase")
        found: dict[tuple[str, int], Behaviour] = {}
        for case in cases:
            match = _NUMBERED.fullmatch(case.get("name", ""))
            if match is None:
                continue
            key = (match[1], int(match[2]))
            one = found.setdefault(key, Behaviour(match[3].replace("_", " ")))
            place = next((p for p in PLACES if p in (match[4] or "")), "in process")
            is_bad = case.find("failure") is not None or case.find("error") is not None
            (one.failed if is_bad else one.passed)[place] += 1
    return found


def table(found: dict[tuple[str, int], Behaviour]) -> str:
    parts = [_HEAD]
    for code, venue in VENUES.items():
        rows = sorted((number, one) for (of, number), one in found.items() if of == code)
        parts.append(f"## {venue}: {len(rows)} behaviours\n")
        parts.append("| number | behaviour | in process | over HTTP | test network |\n|---|---|---|---|---|")
        for number, one in rows:
            cells = " | ".join(one.cell(place) for place in PLACES)
            parts.append(f"| {code.upper()}-{number:02d} | {one.words} | {cells} |")
        parts.append("")
    return "\n".join(parts).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(main())

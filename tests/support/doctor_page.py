"""The table of checks as docs/doctor.md shows it: the catalogue, and what the tests do to each."""

from tests.support.ailments import AILMENTS
from trader.doctor.catalogue import CHECKS
from trader.doctor.findings import Check
from trader.parts import NAMES

FIRST_OF_VENUE = "D21"
"""What stands before it in the table is alike on every venue, and tripped on one of them."""
HEAD = [
    "| code | check | looks at | cause | do | needs | tripped in the tests by |",
    "|---|---|---|---|---|---|---|",
]


def rows() -> list[str]:
    return [*HEAD, *(_row(check) for check in CHECKS)]


def _row(check: Check) -> str:
    needs = ", ".join(check.needs) or "nothing"
    return (
        "| "
        + " | ".join((check.code, check.name, check.asks, check.cause, check.fix, needs, _tripped(check)))
        + " |"
    )


def _tripped(check: Check) -> str:
    """What is done, by venue where that differs, and where only some venues can show it."""
    done = AILMENTS[check.code]
    told = list(dict.fromkeys(words for words, _ in done.values()))
    if len(told) > 1:
        return "; ".join(f"{venue}: {words}" for venue, (words, _) in done.items())
    everywhere = check.code < FIRST_OF_VENUE or len(done) == len(NAMES)
    return told[0] if everywhere else f"{told[0]} ({', '.join(done)})"

"""Every case of the gate by name, with the answers that are kept beside them in a file.

`python -m tests.support.gate_cases` writes that file anew from the program: read the difference.
"""

import json
from functools import cache
from pathlib import Path

from tests.support import (
    condition_cases,
    day_cases,
    edge_cases,
    entry_cases,
    failure_cases,
    fall_cases,
    liquidation_cases,
    portfolio_cases,
    reduction_cases,
    rest_cases,
    resumed_cases,
    sealed_cases,
    size_cases,
    stopped_cases,
)
from tests.support.questions import Case, Parts

SOURCES = (
    condition_cases,
    entry_cases,
    rest_cases,
    size_cases,
    portfolio_cases,
    day_cases,
    fall_cases,
    resumed_cases,
    failure_cases,
    edge_cases,
    reduction_cases,
    sealed_cases,
    stopped_cases,
    liquidation_cases,
)
ANSWERS = Path(__file__).parents[1] / "fixtures" / "gate-answers.json"


@cache
def all_cases() -> dict[str, Case]:
    """By name; no two files give one name."""
    found: dict[str, Case] = {}
    for source in SOURCES:
        some = source.cases()
        twice = found.keys() & some.keys()
        if twice:
            raise KeyError(f"two cases have one name: {sorted(twice)}")
        found |= some
    return found


@cache
def answers() -> dict[str, list[str]]:
    """What each case is answered, word by word."""
    found: dict[str, list[str]] = json.loads(ANSWERS.read_text(encoding="utf-8"))
    return found


def main() -> None:
    parts = Parts()
    now = {name: case.question.answer(parts) for name, case in all_cases().items()}
    ANSWERS.write_text(json.dumps(now, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

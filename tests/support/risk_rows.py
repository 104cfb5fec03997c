"""The rows of docs/risk.md: what each rule of the gate counts, and the setting behind it.

The words of the rows stand in tests/fixtures/risk-rows.json.

`python -m tests.support.risk_rows` writes the tables of that page anew, with the sentences of the cases.
"""

import json
from collections.abc import Mapping
from dataclasses import MISSING, fields

from tests.support.gate_cases import all_cases, answers
from tests.support.questions import Question
from tests.support.source_tree import ROOT
from trader.rules.entries import ENTRY_RULES
from trader.rules.resting import REST_RULES
from trader.settings import LimitSettings

PAGE = ROOT / "docs" / "risk.md"

_ROWS = json.loads((ROOT / "tests" / "fixtures" / "risk-rows.json").read_text(encoding="utf-8"))
SET: Mapping[str, tuple[str, str]] = {
    rule: (setting, counts) for rule, (setting, counts) in _ROWS["set"].items()
}
ALWAYS: Mapping[str, str] = _ROWS["always"]
SHOWN: Mapping[str, str] = _ROWS["shown"]  # where the first case is not the one to show


def case_of(rule: str) -> str:
    """The case whose sentence is shown."""
    if rule in SHOWN:
        return SHOWN[rule]
    found = (
        n for n, case in all_cases().items() if case.rule == rule and isinstance(case.question, Question)
    )
    return next(found)


def sentence(rule: str) -> str:
    line = next(line for line in answers()[case_of(rule)] if line.startswith(f"{rule}: "))
    return line.removeprefix(f"{rule}: ").replace("|", "\\|")


def default(setting: str) -> str:
    (found,) = (f for f in fields(LimitSettings) if f.name == setting)
    return "none" if found.default is MISSING or found.default is None else str(found.default)


def asked_by(rule: str) -> str:
    both = rule in REST_RULES and (rule in ENTRY_RULES or rule == "liquidation")
    return "both" if both else "at once" if rule not in REST_RULES else "resting"


def row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def tables() -> dict[str, list[str]]:
    """The two tables, by the name that they have on the page."""
    limited = [
        row(rule, f"`limits.{setting}`", default(setting), counts, *told(rule))
        for rule, (setting, counts) in SET.items()
    ]
    always = [row(rule, what, *told(rule)) for rule, what in ALWAYS.items()]
    last = ("entries", "case", "what you read")
    first, second = ("rule", "setting", "default", "what it counts", *last), ("rule", "what must hold", *last)
    return {
        "limits": [row(*first), "|" + "---|" * len(first), *limited],
        "always": [row(*second), "|" + "---|" * len(second), *always],
    }


def told(rule: str) -> tuple[str, str, str]:
    """Of which entries it is asked, a case that it stops, and in which words."""
    return asked_by(rule), case_of(rule), sentence(rule)


def written(page: str) -> str:
    """The page with its tables as they must be."""
    for name, lines in tables().items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- end of {name} -->\n")
        page = "".join(
            [
                before,
                f"<!-- {name} -->\n",
                *(f"{line}\n" for line in lines),
                f"<!-- end of {name} -->\n",
                after,
            ]
        )
    return page


def main() -> None:
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

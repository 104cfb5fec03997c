"""The page on venues shows the abilities that the adapters declare."""

from dataclasses import fields
from typing import Any

from tests.support.source_tree import ROOT
from trader.core.abilities import Abilities
from trader.parts import NAMES, parts_of

PAGE = ROOT / "docs/venues.md"
NOT_SHOWN = {"id_alphabet", "id_length"}
ABSENT = {"bound_stops_max": "any", "resting_expiry_min_s": "never"}


def told(name: str, value: Any) -> str:
    if value is None:
        return ABSENT.get(name, "unknown")
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else str(value)


def rows() -> list[str]:
    venues = [parts_of(name).abilities for name in NAMES]
    found = [f"| ability | {' | '.join(NAMES)} |", "|---|---|---|---|"]
    for field in fields(Abilities):
        if field.name not in NOT_SHOWN:
            cells = " | ".join(told(field.name, getattr(one, field.name)) for one in venues)
            found.append(f"| {field.name} | {cells} |")
    return found


def test_the_table_of_abilities_is_what_the_adapters_declare() -> None:
    assert "\n".join(rows()) in PAGE.read_text(), "\n".join(["docs/venues.md should hold:", *rows()])

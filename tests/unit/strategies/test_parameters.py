"""What holds for the parameters of every strategy: defaults keep their bounds, no word is a truth value."""

from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_type_hints

import pytest

from trader.strategies.registry import STRATEGIES

WITH_DEFAULT = [
    (name, field)
    for name, spec in STRATEGIES.items()
    for field in fields(spec.params_type)
    if field.default is not MISSING
]


@pytest.mark.parametrize(
    ("strategy", "field"), WITH_DEFAULT, ids=[f"{name}-{field.name}" for name, field in WITH_DEFAULT]
)
def test_every_default_keeps_its_own_bounds(strategy: str, field: Field[Any]) -> None:
    value, kind = field.default, get_type_hints(STRATEGIES[strategy].params_type)[field.name]
    if isinstance(value, str):
        assert value in get_args(kind)
        return
    assert type(value) is kind
    assert field.metadata or kind is bool, f"{field.name} has no bounds"
    for bound, limit in field.metadata.items():
        assert {"ge": value >= limit, "gt": value > limit, "le": value <= limit, "lt": value < limit}[bound]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_no_word_of_an_enum_reads_as_a_truth_value(strategy: str) -> None:
    hints = get_type_hints(STRATEGIES[strategy].params_type)
    words = {word for kind in hints.values() for word in get_args(kind)}
    assert len(words) > 8
    assert not words & {"yes", "no", "on", "off", "true", "false", "y", "n"}

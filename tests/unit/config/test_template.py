"""The commented file tells the truth: every setting is in it, and each default shown is the default."""

import re
from dataclasses import MISSING, fields
from pathlib import Path

import pytest

from tests.support.configurations import write
from trader.config import load
from trader.config.document import dotted
from trader.config.resolve import values
from trader.config.template import combinations, composed
from trader.config.words import leaves
from trader.settings import Settings
from trader.strategies.registry import STRATEGIES

ROOT = Path(__file__).parents[3]
TEMPLATE = composed("hyperliquid", "breakout")


def test_the_template_loads_to_the_defaults(tmp_path: Path) -> None:
    template = load(write(tmp_path, TEMPLATE))
    built_in = load(None)
    assert template.warnings == ()
    found, expected = (dict(values(one.settings)) for one in (template, built_in))
    assert {dotted(path) for path in expected if found[path] != expected[path]} == set()


def test_every_setting_that_is_switched_off_shows_its_default_or_an_example(tmp_path: Path) -> None:
    text = re.sub(r"^( *)#(?=\S)", r"\1", TEMPLATE, flags=re.MULTILINE)
    text = text.replace("  url: http", "  #url: http")  # it and `file` exclude one another
    text = re.sub(r"^  (systemd|command|environment): ", r"  #\1: ", text, flags=re.MULTILINE)  # as here
    loaded = load(write(tmp_path, text))
    bare = dict(values(load(None).settings))
    for path, value in values(loaded.settings):
        default = bare.get(path)
        if default not in (None, ()):
            assert value == default, dotted(path)
    written = {name for name, source in loaded.sources.items() if source != "default"}
    params = {f"markets.BTC.params.{dotted(p)}" for p in leaves(STRATEGIES["breakout"].params_type)}
    common = {dotted(p) for p in leaves(Settings) if p[0] not in ("markets", "adopt")} - {"paper.url"}
    common -= {f"credentials.{name}" for name in ("systemd", "command", "environment")}
    assert params | common | {"adopt.DOGE.stop"} <= written


@pytest.mark.parametrize(("venue", "strategy"), tuple(combinations()))
def test_each_example_in_the_sources_is_what_init_writes_and_loads(
    tmp_path: Path, venue: str, strategy: str
) -> None:
    text = composed(venue, strategy)
    assert (ROOT / f"configs/{strategy}-{venue}.yaml").read_text() == text
    loaded = load(write(tmp_path, text)).settings
    assert (loaded.venue, {m.strategy for m in loaded.markets.values()}) == (venue, {strategy})


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_number_of_a_strategy_stands_in_its_example(tmp_path: Path, strategy: str) -> None:
    venue = next(v for v, s in combinations() if s == strategy)
    text = re.sub(r"^( *)#(?=\S)", r"\1", composed(venue, strategy), flags=re.MULTILINE)
    text = text.replace("  url: http", "  #url: http").replace("region: global\n", "")
    text = re.sub(r"^  (systemd|command|environment): ", r"  #\1: ", text, flags=re.MULTILINE)
    params_type = STRATEGIES[strategy].params_type
    loaded = load(write(tmp_path, text))
    written = {name for name, source in loaded.sources.items() if source != "default"}
    assert {f"markets.BTC.params.{dotted(p)}" for p in leaves(params_type)} <= written
    shown = loaded.settings.markets["BTC"].params
    for field in fields(params_type):
        if field.default is not MISSING:
            assert getattr(shown, field.name) == field.default, field.name


@pytest.mark.parametrize(
    ("lines", "warned"),
    [
        ("", {"BTC"}),
        ("limits: {naked_resting_notional_max: 500}", set()),
        ("abilities: {attach: pro_rata}", set()),
    ],
)
def test_entries_that_could_never_be_made_are_told(tmp_path: Path, lines: str, warned: set[str]) -> None:
    text = (
        f"venue: okx\nmode: paper\naccount: main\n{lines}\nmarkets:\n"
        "  BTC: {strategy: bollinger, params: {entry: resting}}\n  ETH: {strategy: bollinger}\n"
    )
    found = [line for line in load(write(tmp_path, text)).warnings if "naked_resting" in line]
    assert {re.findall(r"no entry of markets\.(\w+) is made", line)[0] for line in found} == warned

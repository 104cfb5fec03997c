"""The commented file tells the truth: every setting is in it, and each default shown is the default."""

import re
from pathlib import Path

from tests.support.configurations import write
from trader.config import load
from trader.config.document import dotted
from trader.config.resolve import values
from trader.config.words import leaves
from trader.settings import Settings
from trader.strategies.registry import STRATEGIES

ROOT = Path(__file__).parents[3]
TEMPLATE = ROOT / "trader/config/template.yaml"


def test_the_template_loads_to_the_defaults(tmp_path: Path) -> None:
    template = load(write(tmp_path, TEMPLATE.read_text()))
    built_in = load(None)
    assert template.warnings == ()
    found, expected = (dict(values(one.settings)) for one in (template, built_in))
    assert {dotted(path) for path in expected if found[path] != expected[path]} == set()


def test_every_setting_that_is_switched_off_shows_its_default_or_an_example(tmp_path: Path) -> None:
    text = re.sub(r"^( *)#(?=\S)", r"\1", TEMPLATE.read_text(), flags=re.MULTILINE)
    text = text.replace("  url: http", "  #url: http")  # it and `file` exclude one another
    loaded = load(write(tmp_path, text))
    bare = dict(values(load(None).settings))
    for path, value in values(loaded.settings):
        default = bare.get(path)
        if default not in (None, ()):
            assert value == default, dotted(path)
    written = {name for name, source in loaded.sources.items() if source != "default"}
    params = {f"markets.BTC.params.{dotted(p)}" for p in leaves(STRATEGIES["breakout"].params_type)}
    common = {dotted(p) for p in leaves(Settings) if p[0] not in ("markets", "adopt")} - {"paper.url"}
    assert params | common | {"adopt.DOGE.stop"} <= written


def test_the_example_in_the_sources_is_the_template() -> None:
    assert (ROOT / "configs/breakout-hyperliquid.yaml").read_text() == TEMPLATE.read_text()

"""How kindly the embedded exchange fills is the operator's word, in a rehearsal and on paper."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import get_type_hints

import pytest
from click.testing import CliRunner

from trader import config
from trader.commands.course import of_file, terms_of, usual
from trader.commands.demo import command as demo_command
from trader.core.errors import ConfigError
from trader.exchange.bar_fills import adverse_fraction
from trader.exchange.fill_model import BANDS, FIELDS, PRESETS, FillModel, chosen
from trader.parts import NAMES, parts_of
from trader.parts.embedded import in_file, in_memory
from trader.parts.terms import Terms, terms_under
from trader.settings import FillSettings
from trader.sim.bundle import BUNDLE_START_MINUTE

START_MS = BUNDLE_START_MINUTE * 60_000
KIND, BASE, HARSH = (terms_under(PRESETS[name]) for name in BANDS)


@pytest.mark.parametrize("venue", NAMES)
def test_terms_reach_the_exchange_of_every_venue(venue: str) -> None:
    parts = parts_of(venue)
    terms = Terms("through", Decimal(7), Decimal("0.001"), Decimal("0.002"))
    made = in_memory(
        parts.dialect(),
        parts.bundle_feed(),
        label="main",
        start_ms=START_MS,
        equity=Decimal(1000),
        terms=terms,
    )
    quote = made.model.quote("BTC")
    assert (quote.ask - quote.bid) / quote.mark == pytest.approx(Decimal("0.0007"), rel=Decimal("0.01"))
    assert made.model.fee_rates(made.user) == (Decimal("0.001"), Decimal("0.002"))


def test_a_memory_takes_the_spread_of_the_file_that_opens_it(tmp_path: Path) -> None:
    parts = parts_of("hyperliquid")

    def spread(terms: Terms) -> Decimal:
        made = in_file(
            parts.dialect(),
            parts.bundle_feed(),
            tmp_path / "paper.sqlite",
            label="main",
            start_ms=START_MS,
            equity=Decimal(1000),
            terms=terms,
        )
        quote = made.model.quote("BTC")
        made.close()
        return quote.ask - quote.bid

    base = spread(BASE)
    assert spread(HARSH) > 2 * base
    assert spread(BASE) == base


def test_presets_are_ordered_by_what_they_cost() -> None:
    assert [each.spread_bps for each in (KIND, BASE, HARSH)] == [0, 4, 10]
    assert [each.limit_fill for each in (KIND, BASE, HARSH)] == ["touch", "touch", "through"]


def test_a_taker_pays_on_a_book_what_it_pays_on_bars() -> None:
    model = FillModel(slippage_bps=3.0, spread_bps=2.0)
    taken = adverse_fraction(model.slippage_bps, model.spread_bps, 0.0, 1.0, 1.0)
    assert float(terms_under(model).spread_bps) / 2 == taken * 10_000 == 4.0


def test_a_file_has_its_preset_with_what_it_says_over_it() -> None:
    settings = config.load(
        None, ("fills.preset=harsh", "fills.limit_fill=touch", "fills.spread_bps=1")
    ).settings
    assert chosen("harsh", settings.fills.given) == replace(
        PRESETS["harsh"], limit_fill="touch", spread_bps=1.0
    )
    assert terms_of(settings) == Terms("touch", Decimal(11))


def test_a_file_can_say_every_field_of_a_fill_model() -> None:
    hints, meant = get_type_hints(FillSettings), get_type_hints(FillModel)
    assert list(hints) == ["preset", *FIELDS]
    assert {name: hints[name] for name in FIELDS} == {name: meant[name] | None for name in FIELDS}


def test_a_rehearsal_charges_the_fees_of_the_file() -> None:
    settings = config.load(None, ("backtest.fees.taker=0.001", "fills.preset=kind")).settings
    assert terms_of(settings) == Terms("touch", Decimal(0), None, Decimal("0.001"))


def test_a_demo_of_a_file_starts_from_its_equity_and_trades_its_coins(tmp_path: Path) -> None:
    file = tmp_path / "trader.yaml"
    file.write_text(
        "venue: okx\nmode: testnet\nmarkets: {ETH: {strategy: bollinger}}\nbacktest: {equity: 2500}\n"
    )
    file.chmod(0o600)
    course = of_file(file, ("fills.preset=harsh",))
    stage = course.stage(START_MS)
    assert (course.text.split(",")[0], stage.settings.mode) == ("bollinger on ETH (okx)", "paper")
    assert stage.model.account(stage.user).total.account_value == 2500


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--set", "fills.preset=harsh"], "--set overrides a setting of a file: name the file with --config"),
        (["--config", "FILE", "--strategy", "breakout"], "--strategy: the file of --config names it"),
        (["--config", "FILE", "--venue", "okx"], "--venue: the file of --config names it"),
    ],
)
def test_a_demo_refuses_what_nothing_would_read(tmp_path: Path, arguments: list[str], said: str) -> None:
    words = [str(tmp_path / "trader.yaml") if word == "FILE" else word for word in arguments]
    result = CliRunner().invoke(demo_command, [*words, "--days", "1"])
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_coin_without_recorded_prices_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "trader.yaml"
    file.write_text("venue: hyperliquid\nmode: paper\nmarkets: {DOGE: {strategy: breakout}}\n")
    file.chmod(0o600)
    with pytest.raises(ConfigError, match=r"no recorded prices of DOGE; there are of BTC, ETH, SOL"):
        of_file(file, ())


def test_a_usual_demo_is_what_it_was() -> None:
    assert usual("okx", "hedge_grid").settings.backtest.equity == 5000
    assert usual("hyperliquid", "breakout").pace.checks is False

"""What an episode may be given: each changes the file or the market, and the judge knows of it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from trader.exchange.status import Tif
from trader.rehearsal import Stage
from trader.selftest import hands
from trader.selftest.accounts import COIN, OTHER
from trader.selftest.draws import Draws
from trader.selftest.episode import play
from trader.selftest.events import HAPPENINGS, Scene
from trader.selftest.givens import GIVENS
from trader.selftest.known import require_known
from trader.selftest.promised import terms_of
from trader.selftest.script import Cell, Event, Script, script_of, text_of
from trader.selftest.starts import build

CELL = Cell("okx")
RESTS = Script(Cell("okx", strategy="bollinger"), "signal", 6, 3, (Event(2, 35, "entry-fills"),), (), (1800,))


def built(*given: str, cell: Cell = CELL, start: str = "naked") -> Stage:
    return build(cell, start, Draws(7), given)


def test_the_line_names_it_and_without_it_is_what_it_was() -> None:
    script = Script(CELL, "naked", 7, given=("adopt", "thin"))
    assert ";start=naked;given=adopt,thin;seed=0x7;" in text_of(script)
    assert script_of(text_of(script)) == script
    assert "given" not in text_of(replace(script, given=()))


@pytest.mark.parametrize("line", ["given=nothing", "given=a b"])
def test_a_name_that_is_not_known_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="given="):
        require_known(script_of(f"v1;venue=okx;start=flat;{line};seed=0x0;runs=1"))
    with pytest.raises(ValueError, match="given=nothing"):
        built("nothing")


def test_the_judge_is_told_of_the_file_as_it_is_now() -> None:
    plain, given = terms_of(built()), terms_of(built("adopt", "flatten", "leverage", "little", "margin"))
    assert (plain.adopted, given.adopted) == (frozenset[str](), frozenset({COIN, OTHER}))
    assert (plain.leverage[COIN], given.leverage[COIN]) == ((3, True), (5, False))
    assert (plain.flattens, given.flattens) == (False, True)
    assert given.naked_max == 1_500


def test_in_a_thin_market_what_rests_fills_a_little_at_a_time() -> None:
    stage = built("thin", start="flat")
    near = stage.model.quote(COIN).mark * Decimal("0.9999")
    hands.rest(stage.model, stage.user, COIN, near, Decimal("0.01"), is_buy=True)
    (order,) = (o for o in stage.model.open_orders(stage.user) if o.tif is Tif.GTC)
    stage.model.set_offsets(COIN, mark=Decimal(-50), mid=Decimal(-50))
    assert stage.size(COIN) == Decimal("0.004")
    assert stage.model.open_orders(stage.user)[0].oid == order.oid


@pytest.mark.parametrize("given", GIVENS)
def test_the_program_keeps_its_promises_with_each(given: str) -> None:
    played = play(Script(Cell("binance"), "undersized", 3, given=(given,)))
    assert played.violations == ()


def test_an_entry_that_waits_fills_in_the_middle_of_a_run() -> None:
    """Where none waits, it says so."""
    played = play(RESTS)
    assert ([what for what, _ in played.met], played.violations) == (["entry-fills"], ())
    stage = built(start="flat")
    scene = Scene(stage, stage.host, Draws(1), lambda _skew_ms: None)
    assert not HAPPENINGS["entry-fills"].act(scene)

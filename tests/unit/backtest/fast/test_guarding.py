"""What sends a run to the replay because margin or liquidation could have a say, as plain numbers."""

from typing import Any

import numpy as np
import pytest

from trader.backtest.fast.entering import size_of, stands
from trader.backtest.fast.guarding import NOWHERE, is_ruined, set_ruin, weigh
from trader.backtest.fast.layout import (
    DONE,
    FAR,
    FUNDING,
    FUNDING_DUE,
    HIGHS,
    LIMIT,
    LIQUIDATION,
    MARGIN,
    MODEL,
    RULES,
    STATE,
    WAITING,
    Book,
    Table,
)
from trader.backtest.fast.leaving import next_touch, pay

EQUITY = 1_000.0


def table_of(prices: Any = None, funding: Any = None, **numbers: float) -> Table:
    """Two coins with these numbers; no liquidation tiers, one per cent of maintenance."""
    rules, model = np.zeros(2, RULES), np.zeros(1, MODEL)
    rules["tier_rate"], rules["tier_notional"], rules["cross"] = 0.01, np.inf, 1
    rules["leverage"], rules["stop"], rules["den"], rules["num"] = 1.0, 0.05, 100.0, 1.0
    rules["lot_num"], rules["lot_den"], rules["position_ratio"] = 1.0, 1_000.0, 0.5
    rules["single_loss_max"], rules["funding_end"] = np.inf, 0 if funding is None else len(funding)
    for name, value in numbers.items():
        rules[name] = value
    model["liquidation"], model["reach"] = True, HIGHS
    return Table(np.zeros(1, np.int64), prices, None, rules, None, None, funding, model[0])


def book_of(held: float = 0.0, waiting: float = 0.0, *, stop: float = 95.0, sign: int = 1) -> Book:
    """So much is held of the second coin at 100, and so much waits in the first."""
    states, one = np.zeros(2, STATE), np.zeros((2, 1), WAITING)
    one["due"] = -1
    if held:
        states[1]["sign"], states[1]["size"], states[1]["stop"] = sign, held / 100.0, stop
    if waiting:
        one[0, 0]["due"], one[0, 0]["value"] = 3, waiting
    return Book(states, one, np.full(2, 100.0), np.array([EQUITY, 0.0]))


@pytest.mark.parametrize(
    ("held", "waiting", "code"),
    [
        (350.0, 350.0, MARGIN),
        (0.0, 350.0, DONE),
        (350.0, 0.0, DONE),
        (350.0, 249.0, DONE),
        (350.0, 251.0, MARGIN),
    ],
)
def test_margin_is_that_of_all_that_is_held_and_waits(held: float, waiting: float, code: int) -> None:
    assert weigh(table_of(), book_of(held, waiting), 0, 350.0, 0.05, EQUITY) == code


@pytest.mark.parametrize(
    ("held", "waiting", "code"), [(400.0, 400.0, LIQUIDATION), (0.0, 400.0, DONE), (400.0, 0.0, DONE)]
)
def test_so_is_what_would_be_lost_at_every_stop(held: float, waiting: float, code: int) -> None:
    table = table_of(leverage=50.0, stop=0.5)
    assert weigh(table, book_of(held, waiting, stop=50.0), 0, 400.0, 0.5, EQUITY) == code


@pytest.mark.parametrize(("cross", "code"), [(1, DONE), (0, LIQUIDATION)])
def test_an_isolated_entry_bears_its_loss_alone(cross: int, code: int) -> None:
    assert weigh(table_of(leverage=10.0, cross=cross), book_of(), 0, 400.0, 0.5, EQUITY) == code


@pytest.mark.parametrize(
    ("sign", "numbers", "ruin"),
    [
        pytest.param(1, {}, 16.0, id="long"),
        pytest.param(-1, {}, 184.0, id="short"),
        pytest.param(1, {"cross": 0, "leverage": 5.0}, 88.0, id="isolated long"),
        pytest.param(-1, {"cross": 0, "leverage": 5.0}, 112.0, id="isolated short"),
    ],
)
def test_ruin_is_where_the_account_has_lost_what_it_can(
    sign: int, numbers: dict[str, float], ruin: float
) -> None:
    table, book = table_of(**numbers), book_of(EQUITY, sign=sign)
    assert set_ruin(table, book, EQUITY) == DONE
    assert book.states[1]["ruin"] == pytest.approx(ruin)
    assert is_ruined(book.states[1], ruin + 0.01, ruin - 0.01)
    assert not is_ruined(book.states[1], ruin - 0.01 if sign < 0 else 200.0, ruin + 0.01 if sign > 0 else 1.0)
    table.model["liquidation"] = False
    assert set_ruin(table, book, EQUITY) == DONE
    assert book.states[1]["ruin"] == (0.0 if sign > 0 else NOWHERE)


def test_an_account_that_bears_hardly_anything_is_for_the_replay() -> None:
    assert set_ruin(table_of(), book_of(11_000.0), EQUITY) == DONE
    assert set_ruin(table_of(), book_of(12_000.0), EQUITY) == LIQUIDATION
    assert set_ruin(table_of(tier_notional=900.0), book_of(EQUITY), EQUITY) == LIQUIDATION


@pytest.mark.parametrize(
    ("sign", "stop", "target", "ruin"),
    [
        pytest.param(1, 90.0, 200.0, 96.0, id="long, ruin"),
        pytest.param(1, 96.0, 200.0, 90.0, id="long, stop"),
        pytest.param(1, 90.0, 104.0, 90.0, id="long, target"),
        pytest.param(-1, 110.0, 50.0, 104.0, id="short, ruin"),
        pytest.param(-1, 104.0, 50.0, 110.0, id="short, stop"),
        pytest.param(-1, 110.0, 96.0, 110.0, id="short, target"),
    ],
)
def test_a_bar_is_looked_at_that_reaches_the_stop_the_target_or_ruin(
    sign: int, stop: float, target: float, ruin: float
) -> None:
    calm = [100.0, 103.0, 97.0, 100.0]
    prices = np.array([calm, calm, [100.0, 104.0, 96.0, 100.0], calm]).T
    state = np.zeros(1, STATE)[0]
    state["sign"], state["stop"], state["target"], state["ruin"] = sign, stop, target, ruin
    assert next_touch(table_of(prices), state, 0, 4) == 2
    assert next_touch(table_of(prices), state, 0, 2) == 2


@pytest.mark.parametrize(
    ("sign", "rate", "code"), [(1, 0.03, FUNDING), (1, -0.03, DONE), (-1, -0.03, FUNDING)]
)
def test_funding_that_eats_margin_is_for_the_replay(sign: int, rate: float, code: int) -> None:
    funding = np.array([(0, rate)], FUNDING_DUE)
    table, book = table_of(np.full((5, 1), 100.0), funding), book_of(EQUITY, sign=sign)
    assert pay(table, book, 1, 0, 1) == code


@pytest.mark.parametrize(("price", "code"), [(61.0, DONE), (59.0, FAR), (139.0, DONE), (141.0, FAR)])
def test_an_order_far_from_mark_is_for_the_replay(price: float, code: int) -> None:
    """Beyond two fifths of mark a limit of the gate may bind."""
    sign = 1 if price < 100.0 else -1
    rule = table_of().rules[0]
    assert stands(price, price, 100.0, 0.5, sign, LIMIT, rule) == code


@pytest.mark.parametrize(
    ("numbers", "size"),
    [
        ({}, 5.0),
        ({"size_min": 5.0}, 5.0),
        ({"size_min": 5.001}, 0.0),
        ({"notional_min": 500.0}, 5.0),
        ({"notional_min": 500.01}, 0.0),
    ],
)
def test_below_a_minimum_there_is_no_entry(numbers: dict[str, float], size: float) -> None:
    assert size_of(100.0, 0.05, EQUITY, table_of(**numbers).rules[0]) == size

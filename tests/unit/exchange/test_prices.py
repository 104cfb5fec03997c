"""The path inside a minute, its adverse order, and the four notions of price."""

from decimal import Decimal

import pytest

from tests.support.model_exchange import MINUTE_MS, START_MS, USER, an_exchange, flat, market, place_one
from trader.exchange.orders import Liquidity
from trader.exchange.prices import Bar, ScriptedPrices, corners, price_at
from trader.exchange.rules import Rules

WIDE = Bar(100, 110, 90, 101)


@pytest.mark.parametrize(
    ("offset_ms", "price"),
    [(0, 100), (10_000, 95), (20_000, 90), (30_000, 100), (40_000, 110), (59_999, 101)],
)
def test_the_path_meets_its_corners(offset_ms: int, price: float) -> None:
    assert price_at(corners(WIDE, low_first=True), offset_ms) == pytest.approx(price)


def test_scripted_prices_hold_outside_the_script() -> None:
    prices = ScriptedPrices({"SOL": [WIDE]}, start_ms=0)
    assert prices.minute("SOL", 0) is WIDE
    assert prices.minute("SOL", -MINUTE_MS) == Bar(100, 100, 100, 100)
    assert prices.minute("SOL", 7 * MINUTE_MS) == Bar(101, 101, 101, 101)


@pytest.mark.parametrize(("side", "first"), [("buy", 90), ("sell", 110)])
def test_the_extreme_against_the_position_comes_first(side: str, first: int) -> None:
    model = an_exchange(sol=[*flat(100), WIDE])
    place_one(model, market(side, "1"))
    model.advance(START_MS + MINUTE_MS + 20_000)
    assert model.quote("SOL").last == first


@pytest.mark.parametrize(("close", "first"), [(101, 90), (100, 90), (99, 110)])
def test_without_a_position_the_close_tells_the_order(close: float, first: int) -> None:
    model = an_exchange(sol=[Bar(100, 110, 90, close)])
    model.advance(START_MS + 20_000)
    assert model.quote("SOL").last == first


def test_the_order_is_kept_for_the_minute() -> None:
    model = an_exchange(sol=[Bar(100, 110, 90, 101), *flat(101)])
    model.advance(START_MS + 10_000)
    place_one(model, market("sell", "1"))
    model.advance(START_MS + 20_000)
    assert model.quote("SOL").last == 90


def test_opposite_positions_of_two_users_count_by_their_sum() -> None:
    model = an_exchange(sol=[*flat(100), WIDE])
    model.deposit("bob", Decimal(1000))
    place_one(model, market("buy", "1"))
    model.place("bob", [market("sell", "2")])
    model.advance(START_MS + MINUTE_MS + 20_000)
    assert model.quote("SOL").last == 110


def test_mark_mid_oracle_and_last_are_four_things() -> None:
    model = an_exchange()
    model.set_offsets(
        "SOL", mark=Decimal("0.5"), mid=Decimal("-0.25"), oracle=Decimal(1), spread_bps=Decimal(20)
    )
    quote = model.quote("SOL")
    assert (quote.last, quote.mark, quote.mid, quote.oracle) == (
        Decimal(100),
        Decimal("100.5"),
        Decimal("99.75"),
        Decimal(101),
    )
    assert (quote.bid, quote.ask) == (Decimal("99.65"), Decimal("99.85"))


def test_the_book_is_never_crossed_and_has_the_depth_that_was_set() -> None:
    model = an_exchange(rules=Rules(spread_bps=Decimal(0)))
    quote = model.quote("SOL")
    assert (quote.bid, quote.ask) == (Decimal(100), Decimal("100.01"))
    model.set_liquidity("SOL", Liquidity(size=Decimal("3.456"), levels=3, step_bps=Decimal(10)))
    bids, asks = model.book("SOL")
    assert [(level.px, level.sz) for level in bids] == [
        (Decimal(px), Decimal("3.45")) for px in ("100", "99.9", "99.8")
    ]
    assert [level.px for level in asks] == [Decimal("100.01"), Decimal("100.12"), Decimal("100.22")]
    assert model.book("SOL", 2)[0] == bids[:2]


def test_the_running_minute_shows_only_what_has_happened() -> None:
    model = an_exchange(sol=[Bar(100, 110, 90, 101, volume=60)])
    model.advance(START_MS + 29_999)
    bar = model.bar_so_far("SOL")
    assert (bar.open, bar.low) == (100, 90)
    assert bar.high == pytest.approx(100, abs=0.01)
    assert bar.close == pytest.approx(100, abs=0.01)
    assert bar.volume == pytest.approx(30)
    model.advance(START_MS + 59_999)
    assert model.bar_so_far("SOL") == model.bar("SOL", START_MS)


def test_time_never_runs_backwards() -> None:
    model = an_exchange()
    model.advance(START_MS + 5)
    before = model.dump()
    model.advance(START_MS + 4)
    assert model.dump() == before
    assert model.now_ms == START_MS + 5
    assert model.users == (USER,)

"""What counts against an entry whose stop liquidation might overtake, and what a refusal says."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import a_quote, dec
from tests.support.liquidation_bench import (
    Bench,
    Drawn,
    a_rest,
    an_enter,
    lots,
)
from trader.core.actions import Enter
from trader.core.candles import HOUR_MS
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.exchange.rules import Tier
from trader.rules import liquidation
from trader.rules.stopped import payments_due

CHEAP, STEEP = (Tier(dec(0), 50),), (Tier(dec(0), 40), Tier(dec(2_000), 8), Tier(dec(8_000), 4))


def drawn(tiers: tuple[Tier, ...] = CHEAP, leverage: int = 4, **changes: Any) -> Drawn:
    return replace(Drawn(tiers, leverage, is_cross=True), **changes)


def a_bench(cash: int = 1_000, btc: Drawn | None = None, sol: Drawn | None = None, **changes: Any) -> Bench:
    return Bench({"BTC": btc or drawn(), "SOL": sol or drawn()}, cash, **changes)


def enter(notional: int = 1_000, stop: int = 57_000, leg: Leg = Leg.LONG) -> Enter:
    return an_enter("BTC", leg, lots("BTC", notional), dec(stop))


def test_an_isolated_entry_is_refused_with_the_leverage_that_passes() -> None:
    made = a_bench(btc=drawn(leverage=20, is_cross=False))
    why = liquidation.fit(enter(), made.book())
    assert isinstance(why, str)
    assert "at 20x isolated liquidation comes before its stop 57000" in why
    assert why.endswith("set sizing.leverage to 5 or less")


def test_no_leverage_passes_a_stop_that_is_too_far() -> None:
    made = a_bench(btc=drawn((Tier(dec(0), 3),), 3, is_cross=False))
    why = liquidation.fit(enter(stop=6_000), made.book())
    assert isinstance(why, str)
    assert why.endswith("not even 1x passes: bring its stop nearer")


def test_a_resting_entry_on_cross_is_refused_with_the_size_that_passes() -> None:
    made = a_bench(cash=200)
    whole = a_rest("BTC", Leg.LONG, lots("BTC", 6_000), dec(59_000), dec(57_000))
    why = liquidation.resting(whole, made.book())
    assert why is not None
    size = dec(why.split("at most ")[1].split(" ")[0])
    assert 0 < size < whole.size
    assert liquidation.resting(replace(whole, size=size), made.book()) is None


def test_a_foreign_position_without_a_stop_counts_as_moved_a_fifth_and_is_named() -> None:
    made = a_bench(cash=300)
    assert made.hold("SOL", Leg.LONG, lots("SOL", 1_000), None)
    why = liquidation.fit(enter(6_000), replace(made.book(), entered=(enter(800),)))
    assert isinstance(why, str)
    assert "(SOL: no stop, counted as moved 20%)" in why


def held_stops_matter(stop: Decimal | None) -> Decimal:
    """How much of an entry passes beside a position of another coin."""
    made = a_bench(cash=600)
    assert made.hold("SOL", Leg.SHORT, lots("SOL", 1_500), stop)
    fitted = liquidation.fit(enter(6_000), made.book())
    assert isinstance(fitted, Enter)
    return fitted.size


def test_the_stops_of_other_coins_count_at_the_same_time() -> None:
    sizes = [held_stops_matter(stop) for stop in (dec(102), dec(106), None)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


def test_a_stop_of_a_part_leaves_the_rest_without() -> None:
    """The part that no stop closes counts as moved, the other as stopped."""
    made = a_bench(cash=600)
    assert made.hold("SOL", Leg.SHORT, lots("SOL", 1_500), dec(102))
    book = made.book()
    (stop,) = book.snapshot.holdings.orders  # type: ignore[misc]
    half = replace(book.snapshot.holdings, orders=(replace(stop, size=stop.size / 2),))
    fitted = liquidation.fit(enter(6_000), replace(book, snapshot=replace(book.snapshot, holdings=half)))
    assert isinstance(fitted, Enter)
    assert held_stops_matter(None) < fitted.size < held_stops_matter(dec(102))


def test_what_rests_on_the_venue_counts_like_what_this_plan_lets_rest() -> None:
    made = a_bench(cash=600)
    rung = a_rest("BTC", Leg.SHORT, lots("BTC", 1_500), dec(61_000), dec(63_440))
    placed, live = (
        liquidation.fit(enter(6_000), book) for book in (made.book([rung]), made.book(resting=[rung]))
    )
    assert isinstance(placed, Enter) and isinstance(live, Enter)
    assert placed.size == live.size < enter(6_000).size


def test_the_tier_of_a_part_is_that_of_the_whole() -> None:
    """A second rung stands in the tier that the first has filled up."""
    made = a_bench(cash=900, btc=drawn(STEEP, 2))
    first = a_rest("BTC", Leg.LONG, lots("BTC", 1_900), dec(59_000), dec(57_000), 1)
    second = replace(first, client_id=a_rest("BTC", Leg.LONG, dec(1), dec(1), dec(1), 2).client_id)
    flat_tiers = a_bench(cash=900, btc=drawn((Tier(dec(0), 40),), 2))
    assert liquidation.resting(second, flat_tiers.book([first])) is None
    assert liquidation.resting(second, made.book([])) is None
    assert liquidation.resting(replace(second, size=second.size * 2), made.book([first])) is not None
    assert liquidation.resting(replace(second, size=second.size * 2), flat_tiers.book([first])) is None


def test_all_of_an_isolated_position_stands_to_its_farthest_stop() -> None:
    """Margin and entry price are those of the whole: what stops first takes no more than its share along."""
    made = a_bench(cash=5_000, btc=drawn(leverage=3, is_cross=False))
    near = a_rest("BTC", Leg.LONG, dec("0.02"), dec(59_000), dec(57_000), 1)
    far = a_rest("BTC", Leg.LONG, dec("0.02"), dec(50_000), dec(42_000), 2)
    assert liquidation.resting(near, made.book()) is None
    assert liquidation.resting(far, made.book()) is None
    assert "comes before its stop 42000" in str(liquidation.resting(far, made.book([near])))
    assert "comes before its stop 57000" in str(liquidation.resting(near, made.book([far])))


def test_an_isolated_entry_must_not_take_the_margin_that_others_need() -> None:
    made = a_bench(cash=400, btc=drawn(leverage=1, is_cross=False))
    assert made.hold("SOL", Leg.LONG, lots("SOL", 1_000), dec(96))
    assert isinstance(liquidation.fit(enter(100), made.book()), Enter)
    shrunk = liquidation.fit(enter(390), made.book())
    assert isinstance(shrunk, Enter) and shrunk.size < enter(390).size
    bare = a_bench(cash=400, btc=drawn(leverage=1, is_cross=False))
    assert liquidation.fit(enter(390), bare.book()) == enter(390)


@pytest.mark.parametrize(("next_in_ms", "due"), [(1, 1), (HOUR_MS, 1), (HOUR_MS + 1, 0), (1 - HOUR_MS, 2)])
def test_only_fundings_that_fall_due_before_the_next_check_count(next_in_ms: int, due: int) -> None:
    made = a_bench()
    book = made.book()
    book = replace(book, policy=replace(book.policy, check_every_ms=HOUR_MS))
    now = book.snapshot.venue_ms
    quote = a_quote(funding_next_ms=now + next_in_ms, funding_interval_ms=HOUR_MS)
    assert payments_due(quote, book) == due


def test_where_the_venue_does_not_say_when_one_falls_due_at_least_one_counts() -> None:
    book = a_bench().book()
    for minutes, due in ((5, 1), (60, 1), (61, 2), (1_440, 24)):
        every = replace(book, policy=replace(book.policy, check_every_ms=minutes * 60_000))
        assert payments_due(a_quote(), every) == due


def test_funding_against_the_entry_counts_and_what_it_would_receive_does_not() -> None:
    sizes = []
    for rate in ("0.003", "0", "-0.003"):
        made = a_bench(cash=600, btc=drawn(funding=dec(rate)))
        fitted = liquidation.fit(enter(6_000), made.book())
        assert isinstance(fitted, Enter)
        sizes.append(fitted.size)
    assert sizes[0] < sizes[1] == sizes[2]


def test_a_coin_whose_rate_was_not_read_pays_the_steepest_that_was() -> None:
    def size(funding: str) -> Decimal:
        made = a_bench(cash=600, btc=drawn(funding=dec(funding)))
        assert made.hold("SOL", Leg.SHORT, lots("SOL", 1_500), dec(102))
        book = made.book()
        views = dict(book.snapshot.markets)
        views["SOL"] = replace(views["SOL"], quote=Unreadable("SOL prices", "test"))
        fitted = liquidation.fit(
            enter(6_000, 63_000, Leg.SHORT), replace(book, snapshot=replace(book.snapshot, markets=views))
        )
        assert isinstance(fitted, Enter)
        return fitted.size

    assert size("0.003") < size("0")


def test_tiers_that_could_not_be_read_let_nothing_through() -> None:
    made = a_bench()
    assert made.hold("SOL", Leg.LONG, lots("SOL", 100), dec(96))
    book = made.book()
    views = {"BTC": book.snapshot.markets["BTC"]}
    blind = replace(book, snapshot=replace(book.snapshot, markets=views, rules={}))
    assert "the margin tiers of SOL could not be read" in str(liquidation.fit(enter(), blind))

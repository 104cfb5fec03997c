"""No entry passes whose stop liquidation would overtake: the model exchange's own books are the judge."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.support.builders import a_quote, dec
from tests.support.liquidation_bench import (
    COINS,
    UNGUARDED,
    Bench,
    Drawn,
    a_rest,
    an_enter,
    asked,
    bound,
    least,
    lots,
)
from trader.core.actions import Enter, Rest
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


@dataclass(frozen=True)
class Case:
    """Everything that one example draws."""

    coins: dict[str, Drawn]
    cash: int
    by_size: bool
    two_sided: bool
    fee_counts: bool
    held: tuple[str, Leg, int, int | None]
    leg: Leg
    notional: int
    distance: int
    rungs: int

    def bench(self) -> Bench | None:
        """The exchange with what is held; None where the venue does not let it be held."""
        made = Bench(self.coins, self.cash, self.by_size, self.two_sided, self.fee_counts)
        return made if made.hold(self.held[0], self.held[1], self.held_size, self.held_stop) else None

    @property
    def held_size(self) -> Decimal:
        return lots(self.held[0], self.held[2])

    @property
    def held_stop(self) -> Decimal | None:
        coin, leg, _, away = self.held
        return None if away is None else away_from(COINS[coin], leg, away)

    def entries(self) -> list[Enter | Rest]:
        """One at once, or rungs 2 % apart."""
        if not self.rungs:
            stop = away_from(COINS["BTC"], self.leg, self.distance)
            return [an_enter("BTC", self.leg, lots("BTC", self.notional), stop)]
        prices = [away_from(COINS["BTC"], self.leg, 20 * n) for n in range(1, self.rungs + 1)]
        size = lots("BTC", self.notional // self.rungs)
        return [
            a_rest("BTC", self.leg, size, px, away_from(px, self.leg, self.distance), n)
            for n, px in enumerate(prices, start=1)
        ]

    def marks(self, passed: list[Enter | Rest]) -> list[dict[str, Decimal]]:
        """Where marks may stand when stops act: all at once, where they are of two coins."""
        coin, leg, _, _ = self.held
        stop = self.held_stop
        entry = COINS[coin]
        if stop is None:
            mine = {coin: least(entry * (1 - UNGUARDED * leg.sign), dec(0), leg)}
        else:
            mine = {coin: least(bound(stop, leg), asked(entry, entry, stop), leg)}
        theirs = [self._mark_of(one) for one in passed]
        # What stops first has left before the next does; of an isolated one all stand to the last.
        is_last = not self.coins["BTC"].is_cross
        at = min(theirs) if (self.leg is Leg.LONG) is is_last else max(theirs)
        return [mine | {"BTC": at}, mine] if coin == "BTC" else [mine | {"BTC": at}]

    def _mark_of(self, one: Enter | Rest) -> Decimal:
        price = one.bound if isinstance(one, Enter) else one.price
        return least(one.stop_bound, asked(price, one.mark, one.stop), self.leg)


def away_from(price: Decimal, leg: Leg, thousandths: int) -> Decimal:
    """A price so far against the leg."""
    return (price * (1 - dec(thousandths) / 1000 * leg.sign)).quantize(
        Decimal(1) if price > 1_000 else dec("0.01")
    )


def tiers(coin: str, *, by_size: bool) -> st.SearchStrategy[tuple[Tier, ...]]:
    def built(first: int, steps: list[tuple[int, int]]) -> tuple[Tier, ...]:
        found, floor, lever = [Tier(dec(0), first)], 0, first
        for more, cut in steps:
            floor, lever = floor + more, max(1, lever // cut)
            found.append(Tier(lots(coin, floor) if by_size else dec(floor), lever))
        return tuple(found)

    step = st.tuples(st.sampled_from([300, 1_000, 2_000]), st.sampled_from([2, 3]))
    return st.builds(built, st.sampled_from([25, 50]), st.lists(step, max_size=2))


CROSS = st.sampled_from([True, True, True, False])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    by_size, two_sided = draw(st.booleans()), draw(st.booleans())
    coins = {}
    for coin in COINS:
        found = draw(tiers(coin, by_size=by_size))
        highest = found[-1].max_leverage
        lever = draw(st.sampled_from([highest, highest, highest, max(1, highest // 4)]))
        coins[coin] = Drawn(found, lever, draw(CROSS), dec(draw(st.integers(-40, 40))) / 4_000)
    held_in = draw(st.sampled_from(["BTC", "SOL"])) if two_sided else "SOL"
    leg = draw(st.sampled_from(Leg))
    held_leg = (
        (Leg.SHORT if leg is Leg.LONG else Leg.LONG) if held_in == "BTC" else draw(st.sampled_from(Leg))
    )
    held = (held_in, held_leg, draw(st.integers(300, 1_500)), draw(st.none() | st.integers(10, 80)))
    return Case(
        coins, draw(st.sampled_from([300, 500, 800])), by_size, two_sided, draw(st.booleans()), held, leg,
        notional=draw(st.integers(500, 6_000)), distance=draw(st.integers(10, 80)),
        rungs=draw(st.sampled_from([0, 0, 1, 3])),
    )  # fmt: skip


@given(cases())
@settings(max_examples=200, deadline=None, derandomize=True)
def test_the_exchange_liquidates_nothing_before_every_stop_has_acted(case: Case) -> None:
    """With slippage, fees, two fundings, the margin asked for and every position at its stop at once."""
    made = case.bench()
    if made is None:
        return event("the venue refuses what is held")
    passed: list[Enter | Rest] = []
    for entry in case.entries():
        book = made.book(passed)
        judged = (
            liquidation.fit(entry, book) if isinstance(entry, Enter) else liquidation.resting(entry, book)
        )
        if isinstance(judged, Enter):
            event("shrunk" if judged.size < entry.size else "entered")
            passed.append(judged)
        elif judged is None:
            event("rests")
            passed.append(entry)
        else:
            event("refused")
            _what_is_named_passes(entry, judged, made, passed)
    for marks in case.marks(passed) if passed else ():
        stage = case.bench()
        assert stage is not None
        filled = [
            stage.buy("BTC", case.leg, p.size, p.bound if isinstance(p, Enter) else p.price) for p in passed
        ]
        if all(filled):
            event("judged by the exchange")
            alone = set() if case.coins[case.held[0]].is_cross else {stage.slot(*case.held[:2])}
            assert stage.liquidated(marks) <= alone, (marks, passed)


def _what_is_named_passes(entry: Enter | Rest, why: str, made: Bench, passed: list[Enter | Rest]) -> None:
    """A refusal names a size or a leverage; with it the same entry passes, and with one step more not."""
    if "at most" in why:
        size = dec(why.split("at most ")[1].split(" ")[0].replace(",", ""))
        step = dec("0.00001")
        results = [_judged(replace(entry, size=s), made, passed) for s in (size, size + step)]
        assert results[0] and not results[1], why
    elif "sizing.leverage to" in why:
        lever = int(why.split("sizing.leverage to ")[1].split(" ")[0])
        kept = made.coins["BTC"]
        results = []
        for one in (lever, lever + 1):
            made.coins["BTC"] = replace(kept, leverage=one)
            results.append(_judged(entry, made, passed))
        made.coins["BTC"] = kept
        assert results[0] and not results[1], why
    else:
        assert "no size passes" in why or "not even 1x" in why, why


def _judged(entry: Enter | Rest, made: Bench, passed: list[Enter | Rest]) -> bool:
    book = made.book(passed)
    if isinstance(entry, Enter):
        return liquidation.fit(entry, book) == entry
    return liquidation.resting(entry, book) is None


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

"""No entry passes whose stop liquidation would overtake: the model exchange's own books are the judge."""

from dataclasses import dataclass, replace
from decimal import Decimal

from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.support.builders import dec
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
from trader.core.market import Leg
from trader.exchange.rules import Tier
from trader.rules import liquidation


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

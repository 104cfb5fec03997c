"""What the whole book loses at its stops and how a day may swing it, of the account and of each strategy."""

from dataclasses import replace
from decimal import Decimal
from math import log, sqrt
from typing import Any

import pytest

from tests.support.builders import (
    a_fill,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_snapshot,
    a_stop,
    a_view,
    an_entry,
    an_id,
    dec,
    flat_candles,
    holdings,
)
from tests.support.portfolio_cases import days
from tests.support.resting_scenes import (
    GRID,
    MARKET,
    VIEW,
    a_grid,
    a_grid_policy,
    a_ladder,
    a_snap,
    diffed,
    whole,
)
from trader.core.actions import Enter, Rest
from trader.core.candles import DAY_MS, Candles
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.core.policy import BookLimits
from trader.core.snapshot import Account, Snapshot
from trader.gate import gate
from trader.rules import portfolio
from trader.rules.book import Book
from trader.rules.stopped import part_of, parts_of

RICH = Account(dec(100_000), dec(0), dec(0))
DECAY = 0.94


def daily(*closes: float, gap_after: int | None = None) -> Candles:
    """One bar a day with these closes; a day may be missing."""
    opened = [n * DAY_MS for n in range(len(closes))]
    if gap_after is not None:
        opened = [at + (DAY_MS if n > gap_after else 0) for n, at in enumerate(opened)]
    return Candles("BTC", DAY_MS, tuple(opened), closes, closes, closes, closes, closes)


def test_the_volatility_is_the_root_of_a_mean_in_which_the_newest_day_weighs_most() -> None:
    returns = [0.01, -0.02, 0.03]
    weights = [DECAY**2, DECAY, 1.0]
    mean = sum(w * r * r for w, r in zip(weights, returns, strict=True)) / sum(weights)
    assert portfolio.volatility(returns) == pytest.approx(sqrt(mean), rel=1e-12)
    assert portfolio.volatility([0.02] * 9) == pytest.approx(0.02)
    assert portfolio.volatility([0.05, 0.01]) < portfolio.volatility([0.01, 0.05])


def test_a_return_is_between_the_closes_of_two_days_that_follow_each_other() -> None:
    assert portfolio.daily_returns(daily(100.0, 110.0, 99.0)) == [log(1.1), log(0.9)]
    assert portfolio.daily_returns(daily(100.0, 110.0, 99.0, gap_after=0)) == [log(0.9)]
    half_hours = days(bars=48 * 3)
    assert len(portfolio.daily_returns(half_hours)) == 2
    assert portfolio.daily_returns(flat_candles(bars=40)) == []


def limited(**limits: Any) -> Any:
    return a_policy(limits=replace(a_policy().limits, **limits))


def a_book(policy: Any, snapshot: Snapshot | None = None) -> Book:
    return Book.of(snapshot or a_snapshot(holdings(account=RICH), views()), policy, None)


def views(**others: Any) -> Any:
    return {"BTC": a_view(candles=days()), **others}


def swing_limit(fraction: float) -> Any:
    return limited(book=BookLimits(risk_volatility_max=fraction))


def test_the_swing_is_gross_times_volatility_times_2_33_over_equity() -> None:
    volatility = portfolio.volatility(portfolio.daily_returns(days()))
    entry = an_entry(size=dec(1))
    exact = float(entry.bound) * volatility * 2.33 / 100_000
    assert portfolio.account_volatility(entry, a_book(swing_limit(exact * 1.0001))) is None
    why = portfolio.account_volatility(entry, a_book(swing_limit(exact * 0.9999)))
    assert why is not None and "above limits.risk_volatility_max" in why
    assert portfolio.account_volatility(entry, a_book(limited())) is None


def test_both_legs_and_what_rests_or_was_let_through_add_to_the_swing() -> None:
    volatility = portfolio.volatility(portfolio.daily_returns(days()))
    entry, other = an_entry(size=dec(1)), an_entry(size=dec(1), leg=Leg.SHORT)
    alone = float(entry.bound) * volatility * 2.33 / 100_000
    book = a_book(swing_limit(alone * 1.5))
    assert portfolio.account_volatility(entry, book) is None
    assert portfolio.account_volatility(entry, book.plus(other)) is not None


@pytest.mark.parametrize(
    ("bars", "lacking"),
    [(8 * 48, None), (353, None), (352, "1 closed day"), (304, "2 closed days"), (40, "7 closed days")],
)
def test_too_few_days_are_told_with_how_many_are_missing(bars: int, lacking: str | None) -> None:
    """It is eight in the morning here: eight closes of days are the bars of seven days and eight hours."""
    snapshot = a_snapshot(holdings(account=RICH), {"BTC": a_view(candles=days(bars))})
    why = portfolio.account_volatility(an_entry(), a_book(swing_limit(0.9), snapshot))
    assert (why is None) is (lacking is None), why
    assert lacking is None or f"BTC: its volatility is not known: {lacking} more" in str(why)


def test_candles_of_the_file_that_could_not_be_read_let_nothing_through() -> None:
    blind = a_snapshot(holdings(account=RICH), {"BTC": a_view(candles=Unreadable("BTC candles", "test"))})
    why = portfolio.account_volatility(an_entry(), a_book(swing_limit(0.9), blind))
    assert why == "BTC: its volatility is not known: BTC candles: test"


def beside_the_file(size: str) -> Snapshot:
    """A position by hand in a coin that the file does not name."""
    position = a_position(size, "SOL", entry_price=dec(100), mark=dec(100))
    made = a_snapshot(holdings([position], account=RICH), views())
    return replace(made, rules={**made.rules, "SOL": a_market("SOL")})


def test_a_coin_beside_the_file_counts_with_the_highest_volatility_known_and_is_named() -> None:
    volatility = portfolio.volatility(portfolio.daily_returns(days()))
    entry = an_entry(size=dec(1))
    exact = (float(entry.bound) + 100 * 500) * volatility * 2.33 / 100_000
    below, above = (a_book(swing_limit(exact * f), beside_the_file("500")) for f in (0.9999, 1.0001))
    assert portfolio.account_volatility(entry, above) is None
    why = portfolio.account_volatility(entry, below)
    assert why is not None and "(SOL counted with the highest volatility known)" in why


def test_no_equity_bears_a_swing() -> None:
    broke = a_snapshot(holdings(account=Account(dec(0), dec(0), dec(0))), views())
    assert "bears no swing" in str(portfolio.account_volatility(an_entry(), a_book(swing_limit(0.9), broke)))


def test_what_is_foreign_or_of_another_strategy_is_the_account_s_and_not_this_strategy_s() -> None:
    """By the id of the order that opened it, whatever the file says of the coin."""
    ours = a_position("0.2", "ETH", entry_price=dec(2_000), mark=dec(2_000))
    stop = a_stop(1_900, "0.2", "ETH")
    entry = an_entry()
    own, both = (
        [
            sum(p.loss for p in parts_of(book) if p.strategy == number)
            for book in (a_book(limited(), with_eth(ours, stop, strategy)) for strategy in (1, 2))
        ]
        for number in (1, 2)
    )
    assert own[0] > 0 == own[1]
    assert both[0] == 0 < both[1]
    assert part_of(entry, a_book(limited())).strategy == 1
    limits = limited(strategy_book=BookLimits(loss_at_stops_max=part_of(entry, a_book(limited())).loss))
    assert portfolio.strategy_loss(entry, a_book(limits, with_eth(ours, stop, 2))) is None
    assert "limits.strategy_loss_at_stops_max" in str(
        portfolio.strategy_loss(entry, a_book(limits, with_eth(ours, stop, 1)))
    )
    assert portfolio.strategy_loss(entry, a_book(limits, with_eth(ours, stop, None))) is None
    account = limited(book=limits.limits.strategy_book)
    assert portfolio.account_loss(entry, a_book(account, with_eth(ours, stop, None))) is not None


def with_eth(position: Any, stop: Any, strategy: int | None) -> Snapshot:
    """Of this strategy, or by hand."""
    client_id = None if strategy is None else an_id(coin="ETH", strategy=strategy)
    fill = a_fill("0.2", coin="ETH", client_id=client_id)
    made = a_snapshot(holdings([position], [stop], [fill], account=RICH), views())
    return replace(made, rules={**made.rules, "ETH": a_market("ETH")})


def test_a_position_loses_from_mark_to_the_bound_of_its_stop_with_a_fee_and_funding() -> None:
    position = a_position("0.2", mark=dec(110_000))
    stop = a_stop(105_000, "0.2", price=dec(94_500))
    quote = a_quote(110_000, funding_rate=dec("0.001"))
    made = a_snapshot(
        holdings([position], [stop], [a_fill("0.2")], account=RICH), {"BTC": a_view(quote=quote)}
    )
    (part,) = parts_of(a_book(limited(), made))
    fee, funding = dec("0.2") * 94_500 * dec("0.00045"), dec("0.2") * 110_000 * dec("0.001")
    assert part.loss == dec("0.2") * (110_000 - 94_500) + fee + funding


@pytest.mark.parametrize(
    ("stops", "pieces"),
    [
        ([a_stop(96_000, "0.2", position_bound=True)], [("0.2", "86400")]),
        ([a_stop(96_000, "0.05"), a_stop(94_000, "0.2")], [("0.05", "86400"), ("0.15", "84600")]),
        ([a_stop(96_000, "0.05", price=None)], [("0.05", "86400"), ("0.15", "86400")]),
        ([], [("0.2", "86400")]),
        ([a_stop(96_000, "0.2", is_armed=False)], [("0.2", "86400")]),
    ],
    ids=["bound", "in parts", "a part without", "the fallback", "not armed"],
)
def test_each_part_counts_at_the_stop_that_closes_it_and_the_rest_at_the_fallback(
    stops: Any, pieces: list[tuple[str, str]]
) -> None:
    """Ours, whose strategy keeps its stops four percent away."""
    reading = holdings([a_position("0.2")], stops, [a_fill("0.2")], account=RICH)
    parts = parts_of(a_book(limited(), a_snapshot(reading, views())))
    assert [(p.size, p.worst) for p in parts] == [(dec(size), dec(worst)) for size, worst in pieces]


def ladder(limit: BookLimits, name: str) -> tuple[list[str], list[str]]:
    """The rungs that pass and those that do not, through the plan and the gate, of a grid with ten a side."""
    rich = a_snap(market=MARKET, holdings=holdings(account=Account(dec(1_000_000), dec(0), dec(0))))
    made = replace(rich, markets={"BTC": replace(VIEW, candles=days())})
    policy = whole(a_grid_policy(), **{name: limit})
    rests = diffed(a_grid(a_ladder(10)), made, policy).rests
    decided = gate(rests, made, policy, None)
    refused = [r for r in decided.refused if isinstance(r.action, Rest)]
    assert {r.rule for r in refused} <= {rule_of(name, limit)}
    return [_rung(a.action) for a in decided.approved], [_rung(r.action) for r in refused]


def rule_of(name: str, limit: BookLimits) -> str:
    kind = "loss_at_stops" if limit.loss_at_stops_max is not None else "risk_volatility"
    return kind if name == "book" else f"strategy_{kind}"


def _rung(action: Any) -> str:
    identity = decode(action.client_id)
    assert isinstance(identity, Identity) and identity.strategy == GRID and identity.role is Role.RUNG
    return f"{identity.leg.value} {identity.rung}"


LOSS = BookLimits(loss_at_stops_max=dec(1_000))
SWING = BookLimits(risk_volatility_max=0.00014)


@pytest.mark.parametrize("name", ["book", "strategy_book"])
@pytest.mark.parametrize("limit", [LOSS, SWING], ids=["loss", "swing"])
def test_a_ladder_is_trimmed_from_its_far_end_and_each_rung_left_out_is_named(
    name: str, limit: BookLimits
) -> None:
    passed, refused = ladder(limit, name)
    assert sorted(passed + refused) == sorted(f"{leg.value} {n}" for n in range(1, 11) for leg in Leg)
    for leg in Leg:
        near = [one for one in passed if one.startswith(leg.value)]
        assert near == [f"{leg.value} {n}" for n in range(1, len(near) + 1)]
        assert 1 < len(near) < 10


def test_without_a_limit_the_whole_ladder_passes() -> None:
    assert ladder(BookLimits(loss_at_stops_max=dec(10**9)), "book")[1] == []


def test_an_entry_at_once_counts_those_let_through_before_it() -> None:
    first, second = an_entry(), an_entry(coin="ETH")
    policy = a_policy(a_market_policy(), a_market_policy("ETH"))
    alone = part_of(first, a_book(policy)).loss
    limits = replace(policy.limits, book=BookLimits(loss_at_stops_max=alone * Decimal("1.5")))
    book = a_book(replace(policy, limits=limits))
    assert isinstance(second, Enter)
    assert portfolio.account_loss(second, book) is None
    assert portfolio.account_loss(second, book.plus(first)) is not None

"""The gate is monotone: a tighter limit lets nothing through that a looser one stops; and it goes in order.

Of a plan of several entries that is said of the first difference: what a tighter limit stops early leaves
room for what comes later. Books, plans and limits are random.
"""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import NOW_MS, a_past, a_policy, a_quote, a_view, an_entry, dec, lookups_for
from tests.support.day_cases import gain
from tests.support.edge_cases import a_short
from tests.support.entry_cases import an_eth_entry
from tests.support.failure_cases import dead_stops_found, trip
from tests.support.fall_cases import flow
from tests.support.portfolio_cases import days
from tests.support.questions import KINDS, Kind, Question, asked
from tests.support.reduction_cases import CLOSE, STOP, TARGET
from tests.support.resting_gate import a_rest
from tests.support.resting_scenes import as_order
from tests.support.size_cases import eth
from trader.core.access import Budget
from trader.core.actions import Action, Cancel
from trader.core.candles import DAY_MS, HOUR_MS
from trader.core.market import Leg, Trading
from trader.core.orders import Kind as OrderKind
from trader.core.orders import Unreadable
from trader.core.policy import BookLimits
from trader.core.snapshot import Account
from trader.gate import Decided, gate

MONEY = st.integers(0, 4_000).map(Decimal)
FRACTIONS = st.floats(0.0001, 0.6)
COUNTS = st.integers(0, 8)
LIMITS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("notional_max", "coin_notional_max", "gross_notional_max", "side_notional_max"), MONEY),
    **dict.fromkeys(("net_notional_max", "trade_loss_max", "naked_resting_notional_max"), MONEY),
    "daily_loss_max": MONEY,
    **dict.fromkeys(("positions_max", "resting_per_side_max", "orders_per_run_max"), COUNTS),
    **dict.fromkeys(("orders_per_minute_max", "losing_streak_max", "emergency_closes_max"), COUNTS),
    "dead_stops_max": COUNTS,
    **dict.fromkeys(("drawdown_fraction_max", "funding_day_max", "market_deviation_max"), FRACTIONS),
    "limit_deviation_max": FRACTIONS,
    "leverage_used_max": st.floats(0.01, 5),
    **dict.fromkeys(("clock_skew_max_ms", "data_age_max_ms"), st.integers(0, 90_000)),
    **dict.fromkeys(("book.loss_at_stops_max", "strategy_book.loss_at_stops_max"), MONEY),
    **dict.fromkeys(("book.risk_volatility_max", "strategy_book.risk_volatility_max"), FRACTIONS),
}
WINDOWS = {"drawdown_days", "failed_writes_max"}  # how far back it looks; what is counted while acting


def limited(question: Question, name: str, value: Any) -> Question:
    limits = question.policy.limits
    book, _, field = name.rpartition(".")
    changes = {book: BookLimits(**{field: value})} if book else {field: value}
    return replace(question, policy=replace(question.policy, limits=replace(limits, **changes)))


@st.composite
def questions(draw: st.DrawFn) -> Question:
    """A plan before a book in which anything may have happened."""
    kind = draw(st.sampled_from(KINDS))
    held = eth(draw(st.sampled_from(Leg)), draw(st.sampled_from(["0.003", "0.02"])), kind)
    reading = held if draw(st.booleans()) else {"positions": (), "fills": (), "orders": ()}
    fills = [f for n in range(draw(st.integers(0, 3))) for f in trip(n, draw(st.integers(-20, 20)))]
    gains = tuple(gain(draw(st.integers(-200, 200)), h * HOUR_MS) for h in range(1, draw(st.integers(1, 5))))
    money = Account(dec(draw(st.sampled_from([1_000, 100_000]))), dec(0), dec(0))
    return asked(
        kind,
        actions=draw(plans(kind)),
        holdings={
            "account": money,
            "positions": reading["positions"],
            "orders": (*reading["orders"], *draw(resting(kind))),
            "fills": reading["fills"] if kind == "rest" or reading["fills"] else tuple(fills),
        },
        markets={"BTC": draw(views()), "ETH": a_view("ETH", candles=days())},
        lookups=lookups_for(["BTC", "ETH"]),
        policy_changes={"resumed_ms": draw(st.sampled_from([None, NOW_MS - DAY_MS]))},
        past=a_past(gains=gains, flows=(flow(draw(st.integers(-500, 500)), 2 * HOUR_MS),)),
        ended=dead_stops_found(draw(st.integers(0, 3))),
        local_ms=NOW_MS + draw(st.integers(-4_000, 4_000)),
        budgets=(Budget("orders", draw(st.integers(0, 85)), 100),),
    )


@st.composite
def views(draw: st.DrawFn) -> Any:
    quote = a_quote(
        draw(st.integers(99_700, 100_300)),
        funding_rate=dec(draw(st.integers(-50, 50))) / 10_000,
        funding_interval_ms=draw(st.sampled_from([None, HOUR_MS, 8 * HOUR_MS])),
        funding_next_ms=draw(st.sampled_from([None, NOW_MS - 30_000])),
    )
    return a_view("BTC", quote=quote, candles=days())


@st.composite
def plans(draw: st.DrawFn, kind: Kind) -> tuple[Action, ...]:
    if kind == "entry":
        sizes = st.sampled_from(["0.001", "0.003", "0.01"]).map(dec)
        several = [an_entry(size=draw(sizes)), an_eth_entry(size=draw(sizes)), a_short(size=draw(sizes))]
        return tuple(draw(st.permutations(several)))[: draw(st.integers(1, 3))]
    numbers = draw(st.permutations([(leg, n) for leg in Leg for n in (1, 2, 3)]))
    return tuple(a_rest(leg, n) for leg, n in numbers[: draw(st.integers(1, 5))])


@st.composite
def resting(draw: st.DrawFn, kind: Kind) -> list[Any]:
    """Orders of somebody that wait on either side, in either coin."""
    found = []
    for number in range(draw(st.integers(0, 3))):
        leg = draw(st.sampled_from(Leg))
        order = as_order(
            a_rest(leg, number + 4), number, client_id=None, coin=draw(st.sampled_from(["BTC", "ETH"]))
        )
        found.append(replace(order, leg=leg if kind == "rest" else None))
    return found


def decided(question: Question) -> Decided:
    return gate(question.actions, question.snapshot, question.policy, question.halted)


def passed(question: Question) -> list[Action]:
    return [a.action for a in decided(question).approved]


def test_every_number_of_the_file_is_tried() -> None:
    limits = asked("entry").policy.limits
    flat = {name for name in limits.__dataclass_fields__ if not isinstance(getattr(limits, name), BookLimits)}
    assert {name for name in LIMITS if "." not in name} == flat - WINDOWS


@given(questions(), st.sampled_from(sorted(LIMITS)), st.data())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_at_the_first_difference_the_tighter_limit_refuses(
    question: Question, name: str, data: st.DataObject
) -> None:
    one, other = data.draw(LIMITS[name]), data.draw(LIMITS[name])
    tight = limited(question, name, min(one, other))
    for loose in (limited(question, name, max(one, other)), *_without(question, name)):
        for step in range(1, len(question.actions) + 1):
            few = passed(replace(tight, actions=question.actions[:step]))
            many = passed(replace(loose, actions=question.actions[:step]))
            if few != many:
                assert len(few) < len(many), (name, one, other)
                break


def _without(question: Question, name: str) -> list[Question]:
    """No limit is the loosest, where the file can leave it out."""
    optional = name.rpartition(".")[0] or getattr(a_policy().limits, name) is None
    return [limited(question, name, None)] if optional else []


@given(questions(), st.sampled_from(sorted(LIMITS)), st.data())
@settings(max_examples=40, deadline=None, derandomize=True)
def test_what_comes_later_changes_nothing_before_it(
    question: Question, name: str, data: st.DataObject
) -> None:
    one = limited(question, name, data.draw(LIMITS[name]))
    whole = decided(one)
    for step in range(len(one.actions)):
        part = decided(replace(one, actions=one.actions[:step]))
        assert [a.action for a in part.approved] == [a.action for a in whole.approved][: len(part.approved)]
        assert part.refused == whole.refused[: len(part.refused)]


@given(questions(), st.data())
@settings(max_examples=60, deadline=None, derandomize=True)
def test_nothing_refuses_a_reduction(question: Question, data: st.DataObject) -> None:
    """Nor does it cost one that an entry before it was refused, whatever could not be read."""
    tight = question
    for name in data.draw(st.lists(st.sampled_from(sorted(LIMITS)), max_size=6)):
        tight = limited(tight, name, data.draw(LIMITS[name]))
    broken = data.draw(
        st.sampled_from(["orders", "fills", "past", "ended", "budgets", "quote", "clock", "venue"])
    )
    entry = as_order(a_rest(), client_id=None)
    reductions: list[Action] = [
        STOP,
        TARGET,
        CLOSE,
        Cancel.of(replace(entry, kind=OrderKind.LIMIT), "not wanted"),
    ]
    actions: tuple[Action, ...] = tuple(data.draw(st.permutations([*reductions, *question.actions])))
    halted = data.draw(st.sampled_from([None, "halted"]))
    asked_of = replace(tight, snapshot=_broken(tight.snapshot, broken), actions=actions, halted=halted)
    found = decided(asked_of)
    assert [a for a in actions if a in reductions] == [
        a.action for a in found.approved if a.action in reductions
    ]


def _broken(snapshot: Any, part: str) -> Any:
    lost = Unreadable(part, "504", answered=True)
    match part:
        case "orders" | "fills":
            return replace(snapshot, holdings=replace(snapshot.holdings, **{part: lost}))
        case "past" | "ended" | "budgets":
            return replace(snapshot, **{part: lost})
        case "quote":
            view = snapshot.markets["BTC"]
            closed = replace(view.market, trading=Trading.CLOSED)
            return replace(snapshot, markets={"BTC": replace(view, quote=lost, market=closed)})
        case "clock":
            return replace(snapshot, local_ms=0)
    return replace(snapshot, venue_problem="maintenance", account_problem="no equity")

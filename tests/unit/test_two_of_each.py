"""Of two coins, orders or fills, what is skipped of the first says nothing of the second.

An account with one coin cannot tell a loop that goes on from one that ends: each list here begins with what
its reader passes over, and what it is to find comes after.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from tests.support.builders import (
    ABILITIES,
    NOW_MS,
    TAG,
    a_fill,
    a_market,
    a_market_policy,
    a_policy,
    a_position,
    a_quote,
    a_snapshot,
    a_stop,
    a_target,
    a_view,
    an_entry,
    an_id,
    dec,
    flat_candles,
    holdings,
)
from tests.support.scripted_venue import ScriptedVenue, env_of
from tests.unit.test_patience import FAILED
from tests.unit.test_plan import an_entry_want
from trader import observe
from trader.core.actions import AmendStop, Close, Enter, PlaceExit
from trader.core.errors import TraderError
from trader.core.identity import Role
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Accepted, Found, Kind, Refusal, Rejected, Status, Unreadable
from trader.core.policy import StopRules
from trader.core.ports import Venue
from trader.core.report import Done, Flat
from trader.core.snapshot import Account, Holdings
from trader.core.target import Stay, WantEntry
from trader.crowding import crowded, crowded_cases
from trader.dress import undressed
from trader.examine import examine, orphans, others, shared_targets, superseded
from trader.level import own_records
from trader.plan import diff
from trader.recall import recalled
from trader.repair import mend_each
from trader.resting_orders import own_resting
from trader.settle import unconfirmed
from trader.verify import _prove, _Work

BOTH = a_policy(a_market_policy(), a_market_policy("ETH"))
BTC, ETH = Slot("BTC"), Slot("ETH")
STRANGE = a_fill(client_id=None)
MINE = a_fill(coin="ETH", fill_id="2")


def held(*orders: Any, btc: Any = STRANGE) -> Holdings:
    """BTC, which is somebody else's unless a test says otherwise, and ETH, which is ours."""
    return holdings([a_position(), a_position(coin="ETH")], orders, [btc, MINE])


def eth_stop(trigger: object = 96_000, **changes: Any) -> Any:
    return a_stop(trigger, coin="ETH", order_id=f"eth-{trigger}", **changes)


@pytest.mark.parametrize("first", ["nothing is wanted", "its prices could not be read"])
def test_the_second_coin_is_planned_for(first: str) -> None:
    quote = Unreadable("quote", "429") if "read" in first else a_quote()
    views = {"BTC": a_view(quote=quote), "ETH": a_view("ETH")}
    wants: dict[str, Any] = {"BTC": an_entry_want(), "ETH": an_entry_want()}
    if "wanted" in first:
        wants["BTC"] = Stay("no signal")
    actions = diff(wants, a_snapshot(markets=views), BOTH).actions
    assert [a.coin for a in actions if isinstance(a, Enter)] == ["ETH"]
    assert isinstance(wants["ETH"], WantEntry)


@dataclass
class Tables(ScriptedVenue):
    """Fails for BTC, and knows the rules of any other coin."""

    error: TraderError = field(default_factory=lambda: FAILED[0])

    def market(self, coin: str) -> Market:
        if coin == "BTC":
            raise self.error
        return a_market(coin)


def test_the_second_case_is_mended_where_the_first_coin_has_no_rules() -> None:
    now = held(btc=a_fill())
    cases = examine(now, BOTH, ABILITIES)[1]
    assert [case.coin for case in cases] == ["BTC", "ETH"]
    env = env_of(Tables(readings=[now]))
    mended = mend_each(env, BOTH, now, cases, is_crowd=False)
    assert {d.action.coin for d in mended.done} == {"ETH"}
    assert env.trouble == [FAILED[0]]


class TestExamine:
    """examine.py."""

    def test_worse_stops_of_the_second_position_are_found(self) -> None:
        now = held(eth_stop(96_000), eth_stop(97_000))
        assert [o.order_id for o in superseded(now, BOTH, ABILITIES)] == ["eth-96000"]

    def test_of_three_targets_the_newest_stays(self) -> None:
        targets = [
            a_target(level, client_id=an_id(Role.TARGET, bar_minute=at))
            for level, at in ((107_000, 1), (108_000, 2), (109_000, 3))
        ]
        now = holdings([a_position()], [a_stop(), *targets], [a_fill()])
        assert [o.order_id for o in superseded(now, BOTH, ABILITIES)] == ["target-107000", "target-108000"]

    @pytest.mark.parametrize("first", ["ours alone", "foreign alone", "in doubt"])
    def test_a_target_beside_a_part_that_is_not_ours_is_found_in_the_second(self, first: str) -> None:
        fills = {"ours alone": a_fill(), "foreign alone": STRANGE, "in doubt": a_fill("0.02")}[first]
        target = a_target(coin="ETH", client_id=an_id(Role.TARGET, "ETH"))
        part = a_fill("0.01", "0.01", coin="ETH", client_id=None, fill_id="3", at_ms=NOW_MS)
        now = holdings(
            [a_position(), a_position("0.02", coin="ETH")], [eth_stop(), target], [fills, MINE, part]
        )
        assert shared_targets(now, BOTH, ABILITIES) == [target]

    def test_every_orphan_is_found(self) -> None:
        lonely = [a_stop(), eth_stop()]
        assert orphans(holdings(orders=lonely), BOTH) == lonely

    def test_every_order_and_fill_of_another_host_is_told(self) -> None:
        strange = [a_stop(placed_ms=NOW_MS), eth_stop(placed_ms=NOW_MS)]
        fills = [a_fill(at_ms=NOW_MS), a_fill(coin="ETH", at_ms=NOW_MS, fill_id="2")]
        found = others(
            holdings(orders=strange, fills=fills),
            sent=(),
            entered={},
            stood=(),
            since_ms=NOW_MS - 1,
            account=TAG,
        )
        assert [line.partition(":")[0] for line in found] == ["BTC", "ETH", "BTC", "ETH"]


@pytest.mark.parametrize("first", ["somebody else's", "without cover"])
def test_what_the_second_position_lacks_is_found(first: str) -> None:
    follows = replace(ABILITIES, attached_stands=False, attaches_target=False, bound_stops_max=1)
    now = held(eth_stop(), btc=STRANGE if "else" in first else a_fill())
    found = [(slot, is_target) for slot, is_target, _ in undressed(now, BOTH, follows, [])]
    assert found == [(ETH, False)]


@pytest.mark.parametrize(
    "first",
    [
        a_stop(coin="ETH", client_id=an_id(Role.STOP, "ETH", reference=1)),
        a_target(client_id=an_id(Role.TARGET, reference=1)),
        a_stop(client_id=None),
        a_stop(client_id=an_id(Role.CLOSE_TIME, reference=1)),
        a_stop(client_id=an_id(Role.STOP, reference=7)),
    ],
    ids=["another coin", "a target", "not ours", "no stop by its id", "another trade"],
)
def test_a_record_of_our_stop_is_found_behind_others(first: Any) -> None:
    (case,) = examine(holdings([a_position()], (), [a_fill()]), BOTH, ABILITIES)[1]
    ours = a_stop(client_id=an_id(Role.STOP, reference=1))
    history = tuple(Found(order, Status.CANCELLED, NOW_MS) for order in (first, ours))
    assert [found.order for found in own_records(case, history)] == [ours]


class TestCrowding:
    """crowding.py."""

    POLICY = replace(BOTH, stops=StopRules("mark", 0.005, 0.05))

    def reading(self, *before: Any, orders: Any = (), fills: Any = ()) -> Holdings:
        """Long 1 BTC and 50 ETH, of which both stops cannot act; others stand before them in the list."""
        eth: dict[str, Any] = {"entry_price": dec(2_000), "mark": dec(2_000), "liquidation": dec(1_900)}
        stops = [a_stop(96_000, 1, position_bound=True), a_stop(1_920, 50, "ETH", position_bound=True)]
        bought = [a_fill(1), a_fill(50, coin="ETH", price=dec(2_000))]
        return holdings(
            [*before, a_position(1, liquidation=dec(95_000)), a_position(50, "ETH", **eth)],
            [*orders, *stops],
            [*fills, *bought],
            account=Account(dec(50_000), dec(0), dec(0)),
        )

    @pytest.mark.parametrize(
        "first", [a_position(1, "SOL"), a_position(1, "SOL", cross=False), a_position(1, "SOL", mark=dec(9))]
    )
    def test_a_position_that_counts_for_nothing_hides_none_behind_it(self, first: Any) -> None:
        assert set(crowded(self.reading(first), self.POLICY)) == {BTC, ETH}

    def test_a_stop_that_is_not_ours_hides_no_case_behind_it(self) -> None:
        """SOL's stop is ours, the position is not: it has no case, and the two behind it have."""
        sol = a_position(1, "SOL", entry_price=dec(100), mark=dec(100), liquidation=dec(1))
        stop = a_stop(90, 1, "SOL", position_bound=True)
        now = self.reading(sol, orders=[stop], fills=[a_fill(1, coin="SOL", client_id=None)])
        assert [case.coin for case in crowded_cases(now, self.POLICY)] == ["BTC", "ETH"]

    def test_a_share_is_halved_four_and_twenty_times(self) -> None:
        """As near as that to where it fits, from below: the last half of a way is a 2^24th of it."""
        now = self.reading()
        ends = {"BTC": dec(94_700), "ETH": dec(1_894)}  # 5,300 are left, 1,000 of them as margins
        held = [replace(p, liquidation=ends[p.coin]) for p in now.positions]
        levels = crowded(replace(now, positions=tuple(held)), self.POLICY)
        parts = int(dec("0.5375") * 2**24)
        assert levels[BTC] == 100_000 - dec(4_000) * parts / 2**24


@pytest.mark.parametrize(
    "first",
    [
        Done(AmendStop("BTC", Leg.LONG, "7", an_id(Role.STOP), dec(1), dec(1), ""), Accepted("1"), 0, 0),
        Done(an_entry(), Rejected(Refusal.OTHER, "no"), 0, 0),
        Done(an_entry(), Accepted("1"), 0, 0),
    ],
    ids=["no order of this kind", "refused", "no word of what filled"],
)
def test_what_is_unconfirmed_is_found_behind_others(first: Done) -> None:
    second = Done(an_entry(coin="ETH"), Accepted("2", filled=dec("0.003")), 0, 0)
    assert unconfirmed(holdings(), [first, second]) == [ETH]


def test_a_close_is_proven_flat_behind_what_else_was_sent() -> None:
    close = Close("ETH", Leg.LONG, Role.CLOSE_TIME, dec(1), dec(1), an_id(Role.CLOSE_TIME, "ETH"), "time")
    work = _Work([], frozenset())
    work.done += [
        Done(PlaceExit("BTC", Leg.LONG, Role.STOP, None, dec(1), dec(1), an_id(), ""), Accepted(), 0, 0),
        Done(replace(close, coin="BTC"), Rejected(Refusal.OTHER, "no"), 0, 0),
        Done(close, Accepted("2"), 0, 0),
    ]
    env = env_of(ScriptedVenue())
    assert _prove(env, holdings(), BOTH, work) == (Flat("ETH", "time", emergency=False, leg=None),)


def test_an_entry_that_waits_is_found_behind_other_orders() -> None:
    waits: dict[str, Any] = {"kind": Kind.LIMIT, "side": Leg.LONG.opening, "reduce_only": False}
    ours = a_stop(order_id="9", client_id=an_id(Role.ENTRY), **waits)
    before = [
        a_stop(client_id=None, **waits),
        a_stop(client_id=an_id(Role.ENTRY, strategy=2), **waits),
        a_stop(),
    ]
    assert [order for order, _ in own_resting(holdings(orders=[*before, ours]), "BTC", BOTH)] == [ours]


@pytest.mark.parametrize("first", ["not of the file", "not read", "no bars", "there"])
def test_the_late_bar_of_the_second_coin_is_waited_for(first: str) -> None:
    late = a_view("ETH", candles=flat_candles("ETH", last_ms=NOW_MS - 3_600_000 - 5_000))
    views: dict[str, Callable[[], Any]] = {
        "not of the file": lambda: a_view("SOL"),
        "not read": lambda: a_view(candles=Unreadable("candles", "429")),
        "no bars": lambda: a_view(candles=flat_candles(bars=0)),
        "there": a_view,
    }
    name = "SOL" if "file" in first else "BTC"
    seen = a_snapshot(markets={name: views[first](), "ETH": late})
    assert observe._bar_is_late(seen, BOTH)
    assert not observe._bar_is_late(a_snapshot(markets={name: views[first]()}), BOTH)


def test_the_second_position_without_fills_is_looked_for_in_the_history() -> None:
    bare = holdings([a_position(), a_position(coin="ETH")])
    entry = Found(a_stop(coin="ETH", client_id=an_id(Role.ENTRY, "ETH")), Status.FILLED, NOW_MS)

    class Remembers(ScriptedVenue):
        def history(self) -> Any:
            return (entry,)

    found = recalled(cast(Venue, Remembers(readings=(bare,))), bare)
    assert isinstance(found.fills, Unreadable) and "ETH" in found.fills.why

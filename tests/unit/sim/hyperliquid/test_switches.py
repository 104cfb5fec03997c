"""What nobody has verified about the venue, both ways on the wire."""

from decimal import Decimal
from typing import Any

import pytest

from tests.support.embedded import Embedded, limit, order, orders, trigger
from tests.support.embedded_wire import NOW_MS
from trader.exchange.orders import Liquidity
from trader.sim.hyperliquid.switches import Switches

STOP = order("sell", "94900", "0.001", trigger("95000"), reduce=True)


def long_exchange(**switches: Any) -> Embedded:
    exchange = Embedded(Switches(**switches))
    exchange.buy("0.001")
    return exchange


@pytest.mark.parametrize(("value", "said"), [(False, "resting"), (True, "error")])
def test_the_minimum_for_triggers(value: bool, said: str) -> None:
    exchange = long_exchange(min_notional_on_triggers=value)
    small = order("sell", "85000", "0.0001", trigger("95000"), reduce=True)
    assert said in exchange.statuses(small)[0]


def gap(exchange: Embedded, price: float) -> None:
    """The market opens a minute elsewhere."""
    begin = NOW_MS // 60_000 * 60_000 + 60_000
    exchange.script.move("BTC", 100_000, from_ms=begin)
    exchange.venue.model.set_offsets("BTC", mid=Decimal(price) - 100_000, mark=Decimal(price) - 100_000)
    exchange.clock.advance(1_000)


@pytest.mark.parametrize(("bound", "left"), [("price", "0.001"), ("ten_percent", "0")])
def test_what_bounds_a_fired_market_trigger(bound: str, left: str) -> None:
    exchange = long_exchange(market_trigger_bound=bound)
    exchange.statuses(STOP)
    gap(exchange, 94_000)
    exchange.read("allMids")
    assert exchange.position() == Decimal(left)
    status = exchange.read("orderStatus", user=exchange.user, oid=2)["order"]["status"]
    assert status == ("filled" if left == "0" else "marketOrderNoLiquidityRejected")


@pytest.mark.parametrize(("rests", "open_rows"), [(False, 0), (True, 1)])
def test_whether_a_fired_market_trigger_rests(rests: bool, open_rows: int) -> None:
    exchange = long_exchange(market_trigger_rests=rests)
    exchange.statuses(STOP)
    gap(exchange, 94_000)
    assert len(exchange.open_rows()) == open_rows
    assert exchange.position() == Decimal("0.001")


@pytest.mark.parametrize(("arms", "kinds"), [(False, []), (True, ["Stop Market"])])
def test_the_children_of_an_immediate_entry_that_filled_in_part(arms: bool, kinds: list[str]) -> None:
    exchange = Embedded(Switches(ioc_partial_arms_children=arms))
    exchange.venue.model.set_liquidity("BTC", Liquidity(size=Decimal("0.001")))
    entry = order("buy", "101000", "0.002", limit("Ioc"))
    child = order("sell", "85000", "0.002", trigger("95000"), reduce=True)
    first = exchange.statuses(entry, child, grouping="normalTpsl")[0]
    assert first["filled"]["totalSz"] == "0.001"
    assert [row["orderType"] for row in exchange.open_rows()] == kinds


@pytest.mark.parametrize(("needs", "said"), [(False, "resting"), (True, "error")])
def test_a_lone_trigger_on_a_flat_coin(needs: bool, said: str) -> None:
    exchange = Embedded(Switches(trigger_needs_position=needs))
    assert said in exchange.statuses(STOP)[0]


@pytest.mark.parametrize(("needs", "status"), [(False, "ok"), (True, "err")])
def test_modifying_to_an_order_that_executes_at_once(needs: bool, status: str) -> None:
    exchange = Embedded(Switches(modify_needs_always_place=needs))
    exchange.statuses(order("buy", "90000", "0.001"))
    crossing = {"type": "modify", "oid": 1, "order": order("buy", "101000", "0.001")}
    assert exchange.act(crossing)["status"] == status
    if needs:
        assert exchange.act(crossing | {"a": True})["status"] == "ok"


@pytest.mark.parametrize(("costs", "used"), [(True, 5), (False, 0)])
def test_what_an_expired_action_costs(costs: bool, used: int) -> None:
    exchange = Embedded(Switches(expired_costs_budget=costs))
    exchange.refusal(orders(order("buy", "90000", "0.001")), expires_ms=NOW_MS - 1)
    assert exchange.read("userRateLimit", user=exchange.user)["nRequestsUsed"] == used


@pytest.mark.parametrize(("counts", "left"), [(False, ["Stop Market", "Limit"]), (True, None)])
def test_whether_waiting_exits_count_against_the_position(counts: bool, left: list[str] | None) -> None:
    exchange = long_exchange(triggers_count_in_sum=counts)
    exchange.statuses(order("sell", "110000", "0.001", reduce=True))
    exchange.statuses(STOP)
    kinds = [(row["orderType"], row["sz"]) for row in exchange.open_rows()]
    if left is not None:
        assert [kind for kind, _ in kinds] == left
        return
    assert sum(Decimal(size) for _, size in kinds) == Decimal("0.001")


@pytest.mark.parametrize(("grace_ms", "status"), [(900_000, "ok"), (0, "err")])
def test_how_late_an_agents_expiry_is_enforced(grace_ms: int, status: str) -> None:
    exchange = Embedded(Switches(agent_expiry_grace_ms=grace_ms))
    exchange.venue.accounts.declare(
        exchange.me.agent_address, master=exchange.user, valid_until_ms=NOW_MS - 1
    )
    assert exchange.act({"type": "noop"})["status"] == status

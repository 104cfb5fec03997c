"""The account's state, fees, mode and leverage: recorded ones, and what is never taken for flat or empty."""

from decimal import Decimal

import pytest

from tests.support.hyperliquid_answers import NOW_MS, a_position, a_state, a_table, recorded
from trader.core.errors import Malformed
from trader.core.market import Market
from trader.core.snapshot import Leverage
from trader.venues.hyperliquid import parse_account
from trader.venues.hyperliquid.parse_account import abstraction_problem, fees, leverage
from trader.venues.hyperliquid.parse_market import MarketTable


def no_market(coin: str) -> Market | None:
    return None


def state(value: object) -> parse_account.State:
    return parse_account.state(value, no_market)


def test_a_recorded_isolated_position() -> None:
    seen = state(recorded("account_2025"))
    (position,) = seen.positions
    assert seen.at_ms == 1754467216357
    assert (seen.account.equity, seen.account.margin_used) == (Decimal("83.307638"), Decimal("7.525754"))
    assert (position.coin, position.size, position.mark) == ("HYPE", Decimal(2), Decimal("37.826"))
    assert (position.cross, position.leverage) == (False, 10)
    assert position.liquidation == Decimal("35.8559189474")


def test_a_recorded_state_of_an_older_venue_lacks_its_time_and_is_refused() -> None:
    old = recorded("account_2023")
    with pytest.raises(Malformed, match="the field time is missing"):
        state(old)
    with pytest.raises(Malformed, match="crossMaintenanceMarginUsed"):
        state(old | {"time": NOW_MS})
    seen = state(old | {"time": NOW_MS, "crossMaintenanceMarginUsed": "10.0"})
    assert len(seen.positions) == 12
    assert {p.coin: p.size for p in seen.positions}["BTC"] == Decimal("-0.00785")
    assert {p.coin: p.liquidation for p in seen.positions}["ETH"] is None


def test_an_account_without_positions_is_flat() -> None:
    assert state(a_state()).positions == ()


def test_a_position_of_zero_is_flat() -> None:
    assert state(a_state(a_position(szi="0.0", positionValue="0.0"))).positions == ()


@pytest.mark.parametrize("others", [(), (a_position(coin="BTC", positionValue="5000.0"),)])
def test_a_list_that_lacks_a_position_does_not_add_up_and_is_never_flat(others: tuple[object, ...]) -> None:
    whole = a_state(a_position(), *others)
    with pytest.raises(Malformed, match="a part is missing"):
        state(whole | {"assetPositions": list(others)})


def test_the_rounding_of_the_values_is_no_contradiction() -> None:
    whole = a_state(a_position(), a_position(coin="BTC", positionValue="5000.0"))
    whole["marginSummary"]["totalNtlPos"] = "5200.01"
    assert len(state(whole).positions) == 2


def test_the_rounding_of_the_value_is_taken_out_of_the_mark() -> None:
    table = MarketTable(a_table())
    row = a_position(coin="BTC", szi="0.00017", positionValue="10.200001", liquidationPx="5000.5")
    (position,) = parse_account.state(a_state(row), table.market).positions
    assert position.mark == Decimal("60000.0")
    assert position.liquidation == Decimal("5000.5")


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "",
        {},
        a_state() | {"assetPositions": None},
        a_state() | {"assetPositions": {}},
        a_state() | {"marginSummary": None},
        a_state() | {"marginSummary": {}},
        a_state() | {"time": None},
        a_state() | {"time": "1750003205000"},
        a_state() | {"time": 5},
        a_state(equity="NaN"),
        a_state(equity="1e400"),
        a_state() | {"crossMaintenanceMarginUsed": 0},
        a_state({"type": "oneWay"}),
        a_state({"type": "hedge", "position": a_position()["position"]}),
        a_state(a_position(), a_position()),
        a_state(a_position(coin=None)),
        a_state(a_position(szi=None)),
        a_state(a_position(szi="2e0")),
        a_state(a_position(entryPx=None)),
        a_state(a_position(entryPx="0.0")),
        a_state(a_position(positionValue="-1.0")),
        a_state(a_position(liquidationPx="0.0")),
        a_state(a_position(leverage={"type": "cross"})),
        a_state(a_position(leverage={"type": "both", "value": 5})),
        a_state(a_position(leverage={"type": "cross", "value": 0})),
        a_state(a_position(marginUsed="")),
        a_state(a_position(unrealizedPnl=1)),
    ],
)
def test_a_state_that_is_not_whole_is_never_flat(value: object) -> None:
    with pytest.raises(Malformed):
        state(value)


@pytest.mark.parametrize("name", ["assetPositions", "marginSummary", "time", "crossMaintenanceMarginUsed"])
def test_a_missing_part_of_the_state_is_named(name: str) -> None:
    value = a_state()
    del value[name]
    with pytest.raises(Malformed, match=f"the field {name} is missing"):
        state(value)


@pytest.mark.parametrize(
    "name", ["coin", "szi", "leverage", "entryPx", "positionValue", "liquidationPx", "marginUsed"]
)
def test_a_missing_part_of_a_position_is_named(name: str) -> None:
    row = a_position()
    del row["position"][name]
    with pytest.raises(Malformed, match=rf"assetPositions\[0\]: the field {name} is missing"):
        state(a_state(row))


def test_the_setting_of_a_coin() -> None:
    assert leverage({"coin": "SOL", "leverage": {"type": "isolated", "value": 3}}, "SOL") == Leverage(
        3, False
    )


@pytest.mark.parametrize(
    "value",
    [None, {}, {"coin": "SOL"}, {"coin": "ETH", "leverage": {"type": "cross", "value": 3}}],
)
def test_a_setting_of_another_coin_or_none_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        leverage(value, "SOL")


def test_the_rates() -> None:
    rates = {"userCrossRate": "0.00045", "userAddRate": "-0.00001"}
    assert fees(rates) == (Decimal("0.00045"), Decimal("-0.00001"))


@pytest.mark.parametrize("taker", ["0.5", "-0.0001", "NaN", None, 0.00045])
def test_rates_that_cannot_be_are_malformed(taker: object) -> None:
    with pytest.raises(Malformed):
        fees({"userCrossRate": taker, "userAddRate": "0.00015"})


@pytest.mark.parametrize("kind", ["default", "disabled"])
def test_a_plain_account_has_no_problem(kind: str) -> None:
    assert abstraction_problem(kind) is None


@pytest.mark.parametrize("kind", ["unifiedAccount", "portfolioMargin", "dexAbstraction", "something new", ""])
def test_any_other_account_is_refused_with_the_way_out(kind: str) -> None:
    problem = abstraction_problem(kind)
    assert problem is not None
    assert kind in problem
    assert "switch it to the standard (disabled) mode" in problem


@pytest.mark.parametrize("value", [None, {}, [], 1])
def test_a_kind_that_is_no_word_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        abstraction_problem(value)

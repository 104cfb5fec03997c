"""What the account is and holds, as values."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import ACCOUNT, Row, a_balance, a_config, a_position, cells, sample
from trader.core.errors import Malformed
from trader.core.market import Leg
from trader.core.snapshot import Leverage, Position
from trader.venues.okx import parse_account
from trader.venues.okx.parse_account import Held

CONTRACTS = {"SOL": Decimal("0.1"), "BTC": Decimal("0.01")}
FLAT = Held((), Decimal(0), Decimal(0), False, ())


def held(*rows: object) -> Held:
    return parse_account.positions(list(rows), CONTRACTS.get)


def position(**changes: object) -> Position:
    (found,) = held(a_position(**changes)).positions
    return found


def test_a_config_of_a_fit_account() -> None:
    found = parse_account.config([a_config()])
    assert (found.account_id, found.two_sided, found.problems) == (ACCOUNT, False, ())
    assert parse_account.config([a_config(posMode="long_short_mode")]).two_sided


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"acctLv": "1"}, "spot mode"),
        ({"acctLv": "4"}, "portfolio margin mode"),
        ({"acctLv": "9"}, "account level 9"),
        ({"acctStpMode": "cancel_taker"}, "would be cancelled"),
        ({"acctStpMode": "cancel_both"}, "would be cancelled"),
        ({"perm": "read_only,trade,withdraw"}, "may withdraw"),
        ({"perm": "read_only"}, "may not trade"),
        ({"perm": ""}, "may not trade"),
        ({"stgyType": "1"}, "strategy of the venue's own"),
        ({"ctIsoMode": "autonomy"}, "moved by hand"),
    ],
)
def test_what_makes_an_account_unfit_is_said_with_the_way_out(changes: Row, said: str) -> None:
    (problem,) = parse_account.config([a_config(**changes)]).problems
    assert said in problem
    assert ":" in problem


def test_everything_that_is_wrong_is_said() -> None:
    assert len(parse_account.config([a_config(acctLv="1", perm="withdraw", stgyType="1")]).problems) == 4


@pytest.mark.parametrize(
    "changes",
    [{"uid": ""}, {"uid": 7}, {"posMode": ""}, {"posMode": "both"}, {"acctLv": None}, {"perm": None}],
)
def test_a_config_that_lacks_something_is_malformed(changes: Row) -> None:
    with pytest.raises(Malformed):
        parse_account.config([a_config(**changes)])


@pytest.mark.parametrize("data", [[], [a_config(), a_config()], [None]])
def test_a_config_is_of_one_account(data: list[object]) -> None:
    with pytest.raises(Malformed):
        parse_account.config(data)


def test_a_position_of_a_one_way_account() -> None:
    found = position(pos="-20", liqPx="130.5")
    assert (found.coin, found.size, found.leg, found.two_sided) == ("SOL", Decimal(-2), Leg.SHORT, False)
    assert (found.entry_price, found.mark, found.liquidation) == (
        Decimal("100.01"),
        Decimal(100),
        Decimal("130.5"),
    )
    assert (found.leverage, found.cross, found.margin_used) == (5, True, Decimal(40))


def test_positions_of_a_two_sided_account() -> None:
    rows = [a_position(pos="20", posSide="long"), a_position(pos="30", posSide="short")]
    long, short = held(*rows).positions
    assert (long.size, short.size) == (Decimal(2), Decimal(-3))
    assert [str(one.slot) for one in (long, short)] == ["SOL long", "SOL short"]


def test_isolated_margin_has_a_field_of_its_own() -> None:
    """What was set aside for it, with what it won or lost so far."""
    found = position(mgnMode="isolated", imr="", margin="33")
    assert (found.cross, found.margin_used) == (False, Decimal(33) + found.unrealised)
    assert found.unrealised != 0


@pytest.mark.parametrize("price", ["", "0", "-5"])
def test_without_a_price_that_could_liquidate_there_is_none(price: str) -> None:
    assert position(liqPx=price).liquidation is None


def test_what_is_not_held_any_more_is_no_position() -> None:
    assert held(a_position(pos="0", avgPx="", markPx="", imr="", mmr="", upl="")).positions == ()


def test_other_products_are_told_apart() -> None:
    found = held(
        a_position(instId="BTC-USD-SWAP", ccy="BTC"), a_position(), a_position(instId="BTC-USDT-260327")
    )
    assert [one.coin for one in found.positions] == ["SOL"]
    assert found.others == ("BTC-USDT-260327",), "only what shares the margin"


@pytest.mark.parametrize(
    "rows",
    [
        [a_position(), a_position(mgnMode="isolated", imr="", margin="3")],
        [a_position(), a_position(posSide="long")],
        [a_position(pos="-2", posSide="long")],
        [a_position(pos="")],
        [a_position(avgPx="")],
        [a_position(markPx="0")],
        [a_position(imr="")],
        [a_position(mmr="")],
        [a_position(mgnMode="")],
        [a_position(posSide="")],
        [a_position(lever="")],
        [a_position(upl=None)],
        [a_position(ccy=None)],
        [a_position(instId="DOGE-USDT-SWAP")],
        ["SOL"],
    ],
)
def test_positions_that_cannot_be_are_malformed(rows: list[object]) -> None:
    with pytest.raises(Malformed):
        held(*rows)


def test_the_balance_is_the_usdt() -> None:
    account = parse_account.balance(
        [a_balance("1234.5", upl="3")], held(a_position(), a_position(instId="BTC-USDT-SWAP"))
    )
    assert account.equity == Decimal("1234.5")
    assert (account.margin_used, account.maintenance) == (Decimal(80), Decimal("2.6"))


def test_an_account_without_usdt_has_none() -> None:
    row = a_balance("0") | {"details": []}
    assert parse_account.balance([row], FLAT).equity == 0
    with pytest.raises(Malformed, match="0 rows of USDT"):
        parse_account.balance([row], held(a_position()))


def test_an_account_with_a_debt_can_be_read() -> None:
    assert parse_account.balance([a_balance("-110.3") | {"totalEq": "-110.3"}], FLAT).equity == Decimal(
        "-110.3"
    )


def test_currencies_that_are_not_usdt_do_not_count() -> None:
    row = a_balance("7")
    row["details"].append({"ccy": "BTC"})
    assert parse_account.balance([row], FLAT).equity == 7


@pytest.mark.parametrize("changes", [{"upl": "-3.1"}, {"isoUpl": "2"}, {"isoEq": "40"}])
def test_a_balance_that_knows_of_positions_contradicts_an_empty_list(changes: Row) -> None:
    with pytest.raises(Malformed, match="a part is missing"):
        parse_account.balance([a_balance(**changes)], FLAT)


def test_a_coin_margined_position_does_not_hide_a_missing_one() -> None:
    other = held(a_position(instId="BTC-USD-SWAP", ccy="BTC"))
    with pytest.raises(Malformed, match="a part is missing"):
        parse_account.balance([a_balance(upl="4")], other)


@pytest.mark.parametrize(
    "row",
    [
        {},
        a_balance() | {"details": None},
        a_balance() | {"totalEq": ""},
        a_balance(eq="x"),
        a_balance(upl=None),
        a_balance() | {"details": [a_balance()["details"][0]] * 2},
    ],
)
def test_a_balance_that_lacks_something_is_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        parse_account.balance([row], FLAT)


LEVER = "instId=SOL-USDT-SWAP mgnMode=isolated posSide={} lever={}"


def test_the_leverage_of_a_coin() -> None:
    rows: list[object] = [cells(LEVER.format("long", 3)), cells(LEVER.format("short", 5))]
    assert parse_account.leverage(rows, "SOL", cross=False) == Leverage(5, False, legs_differ=True)
    assert parse_account.leverage(rows[:1], "SOL", cross=False) == Leverage(3, False)
    assert parse_account.leverage([rows[1]] * 2, "SOL", cross=False) == Leverage(5, False)


@pytest.mark.parametrize(
    "row",
    [
        "instId=BTC-USDT-SWAP mgnMode=isolated lever=3",
        "instId=SOL-USDT-SWAP mgnMode=cross lever=3",
        LEVER.format("net", ""),
    ],
)
def test_leverage_of_something_else_is_malformed(row: str) -> None:
    with pytest.raises(Malformed):
        parse_account.leverage([cells(row)], "SOL", cross=False)


def test_leverage_that_is_not_said_is_malformed() -> None:
    with pytest.raises(Malformed, match="no row"):
        parse_account.leverage([], "SOL", cross=False)


GROUPS = [cells("groupId=4 maker=-0.0002 taker=-0.0005"), cells("groupId=5 maker=0.0001 taker=-0.0007")]
PLAIN = cells("maker=-0.0003 taker=-0.0006 makerU= takerU=")


@pytest.mark.parametrize(
    ("row", "groups", "taker", "maker"),
    [
        (PLAIN, "4", "0.0006", "0.0003"),
        (PLAIN | {"takerU": "-0.0004", "makerU": "0.00005"}, "4", "0.0004", "-0.00005"),
        (PLAIN | {"feeGroup": GROUPS}, "4", "0.0005", "0.0002"),
        (PLAIN | {"feeGroup": GROUPS}, "5", "0.0007", "-0.0001"),
        (PLAIN | {"feeGroup": GROUPS}, "9", "0.0007", "0.0002"),
        (PLAIN | {"feeGroup": []}, "4", "0.0006", "0.0003"),
    ],
)
def test_a_negative_rate_is_paid(row: Row, groups: str, taker: str, maker: str) -> None:
    assert parse_account.fees([row], frozenset({groups})) == (Decimal(taker), Decimal(maker))


@pytest.mark.parametrize(
    "row", [PLAIN | {"taker": "0.0005"}, PLAIN | {"taker": "-0.05"}, PLAIN | {"maker": ""}, {}]
)
def test_rates_that_cannot_be_are_malformed(row: Row) -> None:
    with pytest.raises(Malformed):
        parse_account.fees([row], frozenset())


def test_documented_answers_can_be_read() -> None:
    config = parse_account.config(sample("GetAccountConfiguration")["data"])
    assert (config.account_id, config.two_sided) == (ACCOUNT, False)
    assert ["withdraw" in problem for problem in config.problems] == [True]
    (row,) = sample("GetAccountPositions")["data"]
    assert held(row).positions == ()
    found = position(**row | {"instId": "SOL-USDT-SWAP"})
    assert (found.leg, found.two_sided, found.cross, found.leverage) == (Leg.LONG, True, False, 10)
    account = parse_account.balance(sample("GetAccountBalance")["data"], held(a_position()))
    assert account.equity == Decimal("4992.890093622894")
    assert parse_account.fees(sample("GetFeeRates")["data"], frozenset()) == (
        Decimal("0.001"),
        Decimal("0.0008"),
    )
    rows = [row | {"instId": "BTC-USDT-SWAP"} for row in sample("GetAccountLeverage")["data"]]
    assert parse_account.leverage(rows, "BTC", cross=True) == Leverage(10, True)

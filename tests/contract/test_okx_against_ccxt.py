"""What our strict parsers read and our encoder writes, against ccxt's, where ccxt can be believed."""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.support.okx_answers import (
    NOW_MS,
    a_fill,
    a_position,
    an_algo_row,
    an_instrument,
    an_order_row,
    some_candles,
)
from tests.support.okx_money import a_bill, a_transfer, an_ended_position
from tests.unit.venues.okx.test_encode import a_close, a_rest, an_entry, an_exit
from trader.core.identity import Role
from trader.core.market import Leg, Market, Slot
from trader.core.orders import Refusal
from trader.core.ports import CandleNeed
from trader.venues.okx import encode, parse_account, parse_fills, parse_orders
from trader.venues.okx.bills import bills
from trader.venues.okx.encode import Ground
from trader.venues.okx.lives import ended
from trader.venues.okx.parse_candles import candles
from trader.venues.okx.parse_market import InstrumentTable
from trader.venues.okx.refusals import CODES, IS_DENIED, MAY_HAVE_HAPPENED, meaning

ROWS = [an_instrument("SOL", ctVal="0.1"), an_instrument("BTC", ctVal="0.01", tickSz="0.1")]
TABLE = InstrumentTable(list(ROWS))


@pytest.fixture(scope="module")
def ccxt() -> Any:
    """ccxt with these instruments, and keys so that it can build requests."""
    import ccxt

    exchange = ccxt.okx({"apiKey": "k", "secret": "s", "password": "p"})
    exchange.set_markets([exchange.parse_market(row) for row in ROWS])
    return exchange


def contracts(value: object, coin: str = "SOL") -> Decimal:
    """A size that ccxt tells, in coins."""
    return Decimal(str(value)) * (TABLE.contract(coin) or 0)


def exactly(value: object) -> Decimal:
    return Decimal(str(value))


@pytest.mark.parametrize(
    "changes", [{}, {"pos": "-3"}, {"posSide": "short"}, {"mgnMode": "isolated", "margin": "3"}]
)
def test_a_position(ccxt: Any, changes: dict[str, str]) -> None:
    row = a_position(**changes)
    (ours,) = parse_account.positions([row], TABLE.contract).positions
    theirs = ccxt.parse_position(row)
    assert theirs["side"] == ours.leg.value
    assert theirs["hedged"] == ours.two_sided
    assert theirs["marginMode"] == ("cross" if ours.cross else "isolated")
    assert contracts(theirs["contracts"]) == abs(ours.size)
    assert exactly(theirs["entryPrice"]) == ours.entry_price
    assert exactly(theirs["markPrice"]) == ours.mark
    assert exactly(theirs["liquidationPrice"]) == ours.liquidation
    assert exactly(theirs["unrealizedPnl"]) == ours.unrealised
    assert exactly(theirs["leverage"]) == ours.leverage


def test_a_limit(ccxt: Any) -> None:
    row = an_order_row(accFillSz="1", state="partially_filled")
    ours, theirs = parse_orders.found_normal(row, "here", TABLE.contract), ccxt.parse_order(row)
    order = ours.order
    assert (theirs["id"], theirs["clientOrderId"]) == (order.order_id, order.client_id)
    assert (theirs["side"], theirs["status"]) == (order.side.value, "open")
    assert exactly(theirs["price"]) == order.price
    assert contracts(theirs["remaining"]) == order.size
    assert contracts(theirs["filled"]) == order.filled
    assert theirs["timestamp"] == order.placed_ms


def test_a_stop(ccxt: Any) -> None:
    row = an_algo_row()
    (ours,), theirs = parse_orders.algo(row, "here", TABLE.contract), ccxt.parse_order(row)
    assert (theirs["id"], theirs["side"]) == (ours.order_id, ours.side.value)
    assert exactly(theirs["stopLossPrice"]) == ours.trigger
    assert theirs["reduceOnly"] == ours.reduce_only
    assert contracts(theirs["amount"]) == ours.size


@pytest.mark.parametrize(
    ("state", "theirs"),
    [("live", "open"), ("effective", "closed"), ("canceled", "canceled"), ("order_failed", "canceled")],
)
def test_a_stop_that_failed_is_dead_here_and_only_cancelled_there(ccxt: Any, state: str, theirs: str) -> None:
    ours = parse_orders.found_algo(an_algo_row(state=state), "here", TABLE.contract).status
    assert ccxt.parse_order_status(state) == theirs
    expected = {"live": "live", "effective": "triggered", "canceled": "cancelled", "order_failed": "rejected"}
    assert ours.value == expected[state]


def test_a_fill(ccxt: Any) -> None:
    row = a_fill(clOrdId="0d" * 16)
    (ours,), theirs = parse_fills.fills([row], TABLE.contract)[0], ccxt.parse_trade(row)
    assert (theirs["side"], theirs["order"]) == (ours.fill.side.value, ours.fill.order_id)
    assert contracts(theirs["amount"]) == ours.fill.size
    assert exactly(theirs["price"]) == ours.fill.price
    assert exactly(theirs["fee"]["cost"]) == ours.fill.fee
    assert theirs["timestamp"] == ours.fill.at_ms + 1, "ccxt takes the record's time, we the trade's"


def test_bars(ccxt: Any) -> None:
    rows = some_candles(5)
    ours = candles([rows], CandleNeed("SOL", 1_800_000, 9), venue_ms=NOW_MS)
    theirs = ccxt.parse_ohlcvs(rows, ccxt.market("SOL/USDT:USDT"), "30m")
    told = list(zip(ours.open_ms, ours.open, ours.high, ours.low, ours.close, ours.volume, strict=True))
    assert [list(bar) for bar in told] == theirs[:-1], "ccxt keeps the bar that still forms"


def written_by_ccxt(
    ccxt: Any, market: Market, kind: str, side: str, contracts: str, price: str | None, **params: Any
) -> Any:
    request = ccxt.create_order_request(
        f"{market.coin}/USDT:USDT", kind, side, float(contracts), price, params
    )
    return {key: str(value) if isinstance(value, float) else value for key, value in request.items()}


@pytest.mark.parametrize("two_sided", [False, True])
def test_orders_are_written_as_ccxt_writes_them(ccxt: Any, two_sided: bool) -> None:
    """An immediate order, a limit, a close and a stop; ccxt adds nothing that ours lacks."""
    market = TABLE.market("BTC")
    assert market is not None
    ground = Ground(market, two_sided, frozenset(), {Slot("BTC"): True}, "mark")
    shared: dict[str, Any] = {"tdMode": "cross", "posSide": "long" if two_sided else "net"}
    reduces: dict[str, Any] = {} if two_sided else {"reduceOnly": True}
    attached = encode.entry(an_entry(), ground)["attachAlgoOrds"]
    cases = [
        (
            encode.entry(an_entry(), ground),
            ("limit", "buy", "1.23", "60100.5"),
            {"clOrdId": "0a" * 16, "timeInForce": "IOC", "attachAlgoOrds": attached},
        ),
        (
            encode.resting(a_rest(stop_id=None), ground),
            ("limit", "buy", "1", "58000"),
            {"clOrdId": "0a" * 16, "postOnly": True},
        ),
        (
            encode.close(a_close(), ground),
            ("limit", "sell", "2", "57000"),
            {"clOrdId": "0e" * 16, "timeInForce": "IOC", **reduces},
        ),
    ]
    for ours, (kind, side, size, price), params in cases:
        theirs = written_by_ccxt(ccxt, market, kind, side, size, price, **shared, **params)
        assert json.loads(json.dumps(ours)) == theirs


@pytest.mark.parametrize(("role", "prefix"), [(Role.STOP, "sl"), (Role.TARGET, "tp")])
def test_exits_are_written_as_ccxt_writes_them_but_under_the_id_that_the_venue_documents(
    ccxt: Any, role: Role, prefix: str
) -> None:
    market = TABLE.market("BTC")
    assert market is not None
    ground = Ground(market, two_sided=False, isolated=frozenset(), cross_of={}, trigger_source="mark")
    ours = encode.place_exit(an_exit(role, size=None), ground)
    price = {"sl": "stopLossPrice", "tp": "takeProfitPrice"}[prefix]
    theirs = written_by_ccxt(
        ccxt, market, "market", "sell", "1", None,
        **{price: "59000.5", f"{prefix}TriggerPxType": "mark", "tdMode": "cross", "posSide": "net"},
        algoClOrdId="0d" * 16, closeFraction="1", reduceOnly=True,
    )  # fmt: skip
    assert ours == {key: value for key, value in theirs.items() if key not in ("clOrdId", "tag")}


def test_what_ccxt_calls_a_bad_key_we_deny_and_what_it_calls_a_timeout_stays_open(ccxt: Any) -> None:
    named = {code: error.__name__ for code, error in ccxt.exceptions["exact"].items()}
    for code, error in named.items():
        if error == "AuthenticationError" and code.startswith("501"):
            assert code in IS_DENIED or code.startswith("501"), code
        if error == "RequestTimeout":
            assert code in MAY_HAVE_HAPPENED, code
        if error in ("InvalidOrder", "InsufficientFunds") and code in CODES:
            assert code not in MAY_HAVE_HAPPENED, code
    assert {named["51008"], named["50004"]} == {"InsufficientFunds", "RequestTimeout"}
    poor = {code for code, error in named.items() if error == "InsufficientFunds" and code.startswith("51")}
    assert {CODES[code].value for code in poor if code in CODES} == {"margin"}


def test_every_code_of_an_order_or_a_setting_that_ccxt_knows_is_familiar_here(ccxt: Any) -> None:
    """But those of what is never asked for: stablecoin products (517) and sub-accounts (595)."""
    theirs = {code for code in ccxt.exceptions["exact"] if code.startswith(("51", "54", "59"))}
    assert len(theirs) > 200
    unfamiliar = {code for code in theirs if meaning(code) is Refusal.UNFAMILIAR}
    assert {code for code in unfamiliar if not code.startswith(("517", "595"))} == set()


def test_bills_and_what_a_position_realised(ccxt: Any) -> None:
    for row in (a_bill(balChg="-2.1", pnl="-2"), a_transfer(amount="-250")):
        (ours,) = bills([row])
        theirs = ccxt.parse_ledger_entry(row)
        moved = [ours.flow.amount] if ours.flow is not None else [gain.amount for gain in ours.gains]
        assert exactly(theirs["amount"]) == sum(moved) == exactly(theirs["after"]) - exactly(theirs["before"])
        assert (theirs["id"], theirs["timestamp"]) == (str(ours.number), ours.at_ms)
        assert (theirs["type"] == "transfer") == (ours.flow is not None)
    row = an_ended_position()
    (ended_now,) = ended([row])
    assert exactly(ccxt.parse_position(row)["realizedPnl"]) == sum(ended_now.amounts.values())


def test_a_short_leg_is_signed_here_and_only_named_there(ccxt: Any) -> None:
    row = a_position(posSide="short")
    (ours,) = parse_account.positions([row], TABLE.contract).positions
    assert (ours.size, ours.leg) == (Decimal("-0.2"), Leg.SHORT)
    assert ccxt.parse_position(row)["contracts"] == 2

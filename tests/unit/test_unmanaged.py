"""What no strategy of the file looks after is told of, run after run."""

from decimal import Decimal

import pytest

from tests.support.builders import TAG, a_fill, a_market_policy, a_policy, a_position, a_stop, an_id, holdings
from trader.core.identity import STRATEGY_NUMBERS, Role
from trader.core.market import Side
from trader.core.orders import Kind, Order, Unreadable
from trader.core.report import Protected, Verified
from trader.unmanaged import unmanaged

GRID = STRATEGY_NUMBERS["hedge_grid"]
TOLD = (
    "BTC: 1 resting entry of ours, of no strategy of this file: nothing takes them off before they fill; "
    "put that strategy back, or `trader flatten --coin BTC`"
)


def waiting(client_id: str | None, *, opens: bool = True, coin: str = "BTC") -> Order:
    return Order(
        coin=coin,
        side=Side.BUY,
        kind=Kind.LIMIT,
        size=Decimal("0.01"),
        price=Decimal(99_000),
        order_id="7",
        client_id=client_id,
        placed_ms=1,
        reduce_only=not opens,
    )


def told(*orders: Order, proofs: tuple[Protected, ...] = (), **policy: object) -> list[str]:
    reading = holdings([a_position()], orders, [a_fill()])
    return unmanaged(None, a_policy(**policy), Verified(proofs, (), (), reading))


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        pytest.param(waiting(an_id(Role.ENTRY)), [], id="of the strategy of the file"),
        pytest.param(waiting(an_id(Role.RUNG, strategy=GRID)), [TOLD], id="of another strategy"),
        pytest.param(waiting(an_id(Role.ENTRY, account=TAG + 1)), [], id="of another account"),
        pytest.param(waiting(None), [], id="of somebody else"),
        pytest.param(a_stop(client_id=an_id(Role.STOP, strategy=GRID)), [], id="an exit"),
        pytest.param(waiting(an_id(Role.RUNG, strategy=GRID), opens=False), [], id="it can only reduce"),
    ],
)
def test_an_entry_that_waits_is_told_of_where_no_strategy_of_the_file_placed_it(
    order: Order, expected: list[str]
) -> None:
    assert told(order) == expected


def test_a_coin_that_the_file_does_not_name_is_told_of_once_for_all_that_waits_there() -> None:
    two = (waiting(an_id(coin="ETH"), coin="ETH"), waiting(an_id(coin="ETH", attempt=2), coin="ETH"))
    (line,) = told(*two)
    assert line.startswith("ETH: 2 resting entries of ours, of no strategy of this file")


def test_orders_that_could_not_be_read_say_nothing() -> None:
    reading = holdings([a_position()], Unreadable("open orders", "no answer"), [a_fill()])
    assert unmanaged(None, a_policy(), Verified((), (), (), reading)) == []
    assert unmanaged(None, a_policy(), Verified((), (), (), None)) == []


@pytest.mark.parametrize("by_foreign", [False, True])
def test_a_position_of_a_coin_that_the_file_does_not_name(by_foreign: bool) -> None:
    proof = Protected("BTC", Decimal("0.01"), ("1",), Decimal(96_000), by_foreign)
    assert told(proofs=(proof,)) == []
    eth = a_policy(a_market_policy("ETH"))
    lines = unmanaged(None, eth, Verified((proof,), (), (), None))
    wanted = [] if by_foreign else ["BTC: a position of ours, but not under `m"]
    assert [line[:41] for line in lines] == wanted

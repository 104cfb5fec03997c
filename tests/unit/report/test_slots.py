"""Two legs of one coin are two positions: their trades and their funding are told apart."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.builders import TAG, a_fill, an_id
from trader.core.identity import Role
from trader.core.market import Leg, Slot
from trader.core.orders import Fill, Funding
from trader.report.slots import payments_of
from trader.report.trades import rebuild

HOUR = 3_600_000


def legged(leg: Leg, signed: str, before: str, role: Role, price: str, hour: int) -> Fill:
    fill = a_fill(signed, before, price=Decimal(price), fee=Decimal(0), at_ms=hour * HOUR)
    name = f"{leg.value} {hour}"
    return replace(fill, leg=leg, fill_id=name, order_id=name, client_id=an_id(role, leg=leg))


BOTH = [
    legged(Leg.LONG, "3", "0", Role.RUNG, "100", 1),
    legged(Leg.SHORT, "-1", "0", Role.RUNG, "110", 2),
    legged(Leg.LONG, "-3", "3", Role.TARGET, "105", 5),
    legged(Leg.SHORT, "1", "-1", Role.STOP, "120", 6),
]


def payment(amount: str, hour: int, rate: str | None = None) -> Funding:
    return Funding("BTC", hour * HOUR, Decimal(amount), None if rate is None else Decimal(rate))


def test_each_leg_has_trades_of_its_own() -> None:
    found = rebuild(BOTH, [], TAG)
    assert [(t.leg, t.size, t.reason, t.pnl) for t in found] == [
        (Leg.LONG, Decimal(3), "target", Decimal(15)),
        (Leg.SHORT, Decimal(1), "stop", Decimal(-10)),
    ]


def test_funding_goes_to_the_leg_that_was_open() -> None:
    paid = [payment("-0.3", 1), payment("0.1", 3), payment("-0.3", 3), payment("0.1", 5)]
    long = payments_of(Slot("BTC", Leg.LONG), BOTH, paid)
    short = payments_of(Slot("BTC", Leg.SHORT), BOTH, paid)
    assert [(p.at_ms // HOUR, p.amount) for p in long] == [(1, Decimal("-0.3")), (3, Decimal("-0.3"))]
    assert [(p.at_ms // HOUR, p.amount) for p in short] == [(3, Decimal("0.1")), (5, Decimal("0.1"))]


@pytest.mark.parametrize(
    ("rate", "of_long", "of_short"), [("0.0001", "-0.1", "0.3"), ("-0.0001", "0.3", "-0.1")]
)
def test_the_sign_of_a_known_rate_tells_the_leg_whatever_the_sizes(
    rate: str, of_long: str, of_short: str
) -> None:
    paid = [payment(of_short, 3, rate), payment(of_long, 3, rate)]
    assert [p.amount for p in payments_of(Slot("BTC", Leg.LONG), BOTH, paid)] == [Decimal(of_long)]
    assert [p.amount for p in payments_of(Slot("BTC", Leg.SHORT), BOTH, paid)] == [Decimal(of_short)]


def test_no_payment_is_lost_or_counted_twice() -> None:
    paid = [payment("-0.2", hour) for hour in range(8)]
    both = [p for leg in Leg for p in payments_of(Slot("BTC", leg), BOTH, paid)]
    assert sorted(p.at_ms for p in both) == [p.at_ms for p in paid]
    assert payments_of(Slot("BTC"), BOTH, paid) == paid

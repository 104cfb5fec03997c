"""Look-ups by id in the right book, the history of both books, and funding payments."""

from decimal import Decimal

import pytest

from tests.support.okx_answers import (
    ALGOS,
    ENDINGS,
    NOW_MS,
    Scripted,
    an_algo_row,
    an_order_row,
    cells,
    query_of,
    refused,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_writes import a_venue, id_of
from trader.core.identity import Role
from trader.core.orders import Absent, Found, Kind, Lookup, Status, Unreadable
from trader.core.wire import Answer, Lost
from trader.venues.okx.asking import RATES_A_PAGE

DAY_MS = 86_400_000
UNREAD: list[Given] = [
    Lost(True, "x"),
    refused("50011"),
    refused("50111", status=401),
    Answer(200, b"{}"),
    Answer(502, b""),
]


def found(client_id: str, **answers: Given) -> tuple[Lookup, list[str]]:
    wire = Scripted()
    wire.answers |= {key.replace("__", "/").replace("_", "-"): value for key, value in answers.items()}
    lookup = a_venue(wire).find({client_id: "SOL"})[client_id]
    return lookup, wire.kinds[0]


@pytest.mark.parametrize(
    ("role", "books"),
    [
        (Role.ENTRY, ["trade/order", "trade/order-algo"]),
        (Role.RUNG, ["trade/order", "trade/order-algo"]),
        (Role.STOP, ["trade/order-algo"]),
        (Role.TRAIL, ["trade/order-algo"]),
        (Role.PROTECT, ["trade/order-algo"]),
        (Role.TARGET, ["trade/order-algo"]),
        (Role.CLOSE_EMERGENCY, ["trade/order"]),
        (Role.FLATTEN, ["trade/order"]),
        (None, ["trade/order", "trade/order-algo"]),
    ],
)
def test_each_role_is_looked_for_in_its_own_book(role: Role | None, books: list[str]) -> None:
    lookup, asked = found(id_of(role) if role else "0d" * 16)
    assert lookup == Absent()
    assert asked == books


@pytest.mark.parametrize("answer", [refused("51603"), refused("51527"), []])
def test_a_stop_that_is_not_there_however_the_venue_says_so(answer: Given) -> None:
    assert found(id_of(Role.STOP), trade__order_algo=answer)[0] == Absent()


def test_an_order_that_is_not_there_is_not_an_empty_answer() -> None:
    """The venue has a code for it; an empty list of a normal order says nothing."""
    assert isinstance(found(id_of(Role.FLATTEN), trade__order=[])[0], Unreadable)


def test_an_entry_is_found_in_either_book() -> None:
    client_id = id_of(Role.ENTRY)
    lookup, _ = found(client_id, trade__order=an_order_row(clOrdId=client_id))
    assert isinstance(lookup, Found)
    assert lookup.order.kind is Kind.LIMIT
    lookup, _ = found(client_id, trade__order_algo=an_algo_row(algoClOrdId=client_id))
    assert isinstance(lookup, Found)


@pytest.mark.parametrize("answer", UNREAD)
@pytest.mark.parametrize("book", ["trade__order", "trade__order_algo"])
def test_an_entry_is_absent_only_when_both_books_say_so(book: str, answer: Given) -> None:
    lookup, _ = found(id_of(Role.ENTRY), **{book: answer})
    assert isinstance(lookup, Unreadable)


@pytest.mark.parametrize("answer", UNREAD)
def test_an_entry_found_in_one_book_is_found_whatever_the_other_says(answer: Given) -> None:
    client_id = id_of(Role.ENTRY)
    lookup, _ = found(client_id, trade__order=an_order_row(clOrdId=client_id), trade__order_algo=answer)
    assert isinstance(lookup, Found)


def test_an_answer_about_another_order_is_none() -> None:
    assert isinstance(found(id_of(Role.STOP), trade__order_algo=an_algo_row())[0], Unreadable)
    assert isinstance(found(id_of(Role.FLATTEN), trade__order=an_order_row())[0], Unreadable)


def test_several_ids_in_one_round() -> None:
    wire = Scripted()
    ids = {id_of(role): "SOL" for role in (Role.STOP, Role.ENTRY, Role.FLATTEN)}
    assert a_venue(wire).find(ids) == dict.fromkeys(ids, Absent())
    assert len(wire.rounds) == 1


def test_history_asks_for_every_way_to_end_and_for_what_lives() -> None:
    wire = Scripted()
    assert a_venue(wire).history() == ()
    endings = [f"trade/orders-algo-history {kinds} {state}" for kinds in ALGOS for state in ENDINGS]
    lists = [f"trade/orders-algo-pending {kinds}" for kinds in ALGOS]
    assert wire.kinds == [["trade/orders-pending", *lists, "trade/orders-history", *endings]]


def test_history_has_the_newest_of_each_order_newest_first() -> None:
    wire = Scripted()
    failed = an_algo_row(state="order_failed", failCode="1000", uTime=str(NOW_MS - 50_000))
    wire.answers |= {
        "trade/orders-algo-pending conditional,oco": an_algo_row(),
        "trade/orders-algo-history conditional,oco order_failed": failed,
        "trade/orders-history": [an_order_row(state="filled", accFillSz="2", uTime=str(NOW_MS - 1))],
        "trade/orders-pending": an_order_row(instId="BTC-USD-SWAP"),
    }
    history = a_venue(wire).history()
    assert not isinstance(history, Unreadable)
    assert [(one.order.order_id, one.status) for one in history] == [
        ("31", Status.FILLED),
        ("7", Status.REJECTED),
    ]
    assert history[1].detail == "order_failed, failCode 1000"


@pytest.mark.parametrize("answer", UNREAD)
@pytest.mark.parametrize(
    "what", ["trade/orders-history", "trade/orders-algo-history trigger canceled", "trade/orders-pending"]
)
def test_history_that_lacks_a_list_is_unread(what: str, answer: Given) -> None:
    wire = Scripted()
    wire.answers[what] = answer
    assert isinstance(a_venue(wire).history(), Unreadable)


def a_bill(number: int, at_ms: int = NOW_MS - 1000) -> dict[str, str]:
    return cells(f"billId={number} type=8 subType=173 instId=SOL-USDT-SWAP ccy=USDT pnl=-0.02 ts={at_ms}")


RATE = cells(f"fundingTime={NOW_MS - 5000} fundingRate=0.0001 realizedRate=0.0002")


def test_funding_with_the_rate_that_was_settled() -> None:
    wire = Scripted()
    wire.answers |= {
        "account/bills": [a_bill(1), a_bill(2, NOW_MS - 900), a_bill(3, NOW_MS - 2 * DAY_MS)],
        "public/funding-rate-history": RATE,
    }
    payments = a_venue(wire).funding(NOW_MS - DAY_MS)
    assert not isinstance(payments, Unreadable)
    assert [(str(p.amount), str(p.rate)) for p in payments] == [("-0.02", "0.0002")] * 2
    assert [query_of(request).get("type") for request in wire.requests] == ["8", None]


def test_funding_of_long_ago_comes_from_the_archive() -> None:
    wire = Scripted()
    wire.answers["account/bills-archive"] = []
    assert a_venue(wire).funding(NOW_MS - 30 * DAY_MS) == ()
    assert wire.kinds == [["account/bills-archive"]]


def test_funding_comes_page_by_page_each_payment_once() -> None:
    wire = Scripted()
    wire.series["account/bills"] = [[a_bill(i) for i in range(300, 200, -1)], [a_bill(201), a_bill(200)]]
    wire.answers["public/funding-rate-history"] = RATE
    payments = a_venue(wire).funding(NOW_MS - DAY_MS)
    assert not isinstance(payments, Unreadable)
    assert len(payments) == 101
    assert query_of(wire.requests[1])["after"] == "201"


def test_funding_that_does_not_end_is_unread() -> None:
    wire = Scripted()
    wire.answers["account/bills"] = [a_bill(i) for i in range(300, 200, -1)]
    assert "more than" in str(a_venue(wire).funding(NOW_MS - DAY_MS))


@pytest.mark.parametrize("answer", [*UNREAD, []])
def test_funding_without_its_rates_is_unread(answer: Given) -> None:
    wire = Scripted()
    wire.answers |= {"account/bills": a_bill(1), "public/funding-rate-history": answer}
    assert isinstance(a_venue(wire).funding(NOW_MS - DAY_MS), Unreadable)


@pytest.mark.parametrize("answer", UNREAD)
def test_funding_that_cannot_be_read_is_not_none(answer: Given) -> None:
    wire = Scripted()
    wire.answers["account/bills"] = answer
    assert isinstance(a_venue(wire).funding(NOW_MS - DAY_MS), Unreadable)


@pytest.mark.parametrize("coin", ["SOL", "BTC"])
def test_rules_asked_for_by_themselves_come_with_the_limits_that_can_be_read(coin: str) -> None:
    wire = Scripted()
    venue = a_venue(wire, inspects=False)
    assert (venue.market(coin).limit_band is None) == (coin == "BTC")
    assert wire.kinds == [["public/instruments"], ["public/price-limit", "public/mark-price"]]
    venue.market("SOL")


def test_a_payment_before_the_page_of_rates_is_told_without_its_rate() -> None:
    wire, due_ms, hour_ms = Scripted(), NOW_MS - 5000, 3_600_000
    rates = [RATE | {"fundingTime": str(due_ms - i * hour_ms)} for i in range(RATES_A_PAGE)]
    old_ms = due_ms - RATES_A_PAGE * hour_ms
    wire.answers |= {
        "account/bills-archive": [a_bill(2), a_bill(1, old_ms)],
        "public/funding-rate-history": rates,
    }
    found = a_venue(wire).funding(old_ms)
    assert not isinstance(found, Unreadable)
    assert [payment.rate for payment in found] == [None, Decimal("0.0002")]
    wire.answers["public/funding-rate-history"] = rates[:-1]
    assert isinstance(a_venue(wire).funding(old_ms), Unreadable)

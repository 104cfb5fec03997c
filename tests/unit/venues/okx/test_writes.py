"""Rounds of writes: what goes together, where each goes, when it expires, and what becomes of it."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.clocks import ManualClock
from tests.support.okx_answers import (
    ACCOUNT,
    BASE,
    NOW_MS,
    Row,
    Scripted,
    a_config,
    a_position,
    algo_taken,
    an_algo_row,
    body_of,
    cells,
    header_of,
    order_taken,
    refused,
    taken,
)
from tests.support.scripted_answers import Given
from tests.unit.venues.okx.test_encode import a_close, a_rest, an_entry, an_exit
from tests.unit.venues.okx.test_signing import KEYS
from trader.core.actions import Action, AmendStop, Cancel, SetLeverage
from trader.core.identity import Identity, Role, encode
from trader.core.market import Leg
from trader.core.orders import Accepted, Kind, Outcome, Refusal, Rejected, Unknown
from trader.core.wire import Lost
from trader.venues.okx.venue import OkxVenue

AMEND = AmendStop("BTC", Leg.LONG, "7", "0d" * 16, Decimal(59500), Decimal(1), "")


def cancel(number: str, kind: Kind = Kind.LIMIT, client_id: str | None = None) -> Cancel:
    return Cancel("BTC", number, client_id, "a test", kind)


def id_of(role: Role) -> str:
    return encode(Identity(1, "BTC", 1, Leg.LONG, role, bar_minute=5, reference=5))


def a_venue(
    wire: Scripted, *, isolated: frozenset[str] = frozenset(), inspects: bool = True, has_keys: bool = True
) -> OkxVenue:
    venue = OkxVenue(
        wire,
        ManualClock(wall_ms=NOW_MS + 500),
        account_id=ACCOUNT,
        keys=KEYS if has_keys else None,
        base_url=BASE,
        isolated=isolated,
        timeout=lambda cap_s: cap_s,
    )
    if inspects:
        venue.inspect(86_400_000)
        wire.rounds.clear()
    return venue


def performed(
    *actions: Action, isolated: frozenset[str] = frozenset(), **answers: Given
) -> tuple[Scripted, list[Outcome]]:
    """What left, and what became of it; every write is taken unless a test says else."""
    wire = Scripted()
    wire.answers |= {
        "trade/order": taken(order_taken("1")),
        "trade/order-algo": taken(algo_taken("2")),
        "trade/amend-algos": taken(algo_taken("7")),
        "trade/cancel-order": taken(order_taken("31")),
        "account/set-leverage": taken(cells("lever=5 mgnMode=cross instId=BTC-USDT-SWAP posSide=")),
    }
    wire.answers |= {key.replace("__", "/").replace("_", "-"): value for key, value in answers.items()}
    return wire, a_venue(wire, isolated=isolated).perform(actions)


def test_each_action_goes_where_it_belongs_and_all_of_a_round_together() -> None:
    stop_entry = a_rest(trigger=Decimal(61000))
    actions: list[Action] = [
        an_exit(),
        a_close(),
        an_entry(),
        stop_entry,
        AMEND,
        cancel("31"),
        SetLeverage("BTC", 5, True, ""),
    ]
    wire, outcomes = performed(*actions)
    assert wire.kinds == [
        [
            "trade/order-algo",
            "trade/order",
            "trade/order",
            "trade/order-algo",
            "trade/amend-algos",
            "trade/cancel-order",
            "account/set-leverage",
        ]
    ]
    numbers = [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)]
    assert numbers == ["2", "1", "1", "2", "7", "31", None]


def test_entries_and_limits_go_in_one_request_and_protection_never_waits_for_another() -> None:
    rungs = [a_rest(client_id=f"{i:032x}") for i in range(23)]
    first = taken(*(order_taken(str(i)) for i in range(20)))
    wire = Scripted()
    wire.answers |= {"trade/batch-orders": taken(*(order_taken(str(i)) for i in range(20, 24)))}
    wire.series["trade/batch-orders"] = [first]
    outcomes = a_venue(wire).perform([*rungs[:3], an_entry(), *rungs[3:]])
    assert [len(body_of(request)) for request in wire.requests] == [20, 4]
    assert [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)] == [
        str(i) for i in range(24)
    ]
    ids = [body["clOrdId"] for request in wire.requests for body in body_of(request)]
    assert ids == [*(f"{i:032x}" for i in range(3)), "0a" * 16, *(f"{i:032x}" for i in range(3, 23))]


def test_an_outcome_stays_with_its_action_whatever_goes_between() -> None:
    wire, outcomes = performed(
        a_rest(client_id="01" * 16),
        an_exit(),
        a_rest(client_id="02" * 16),
        trade__batch_orders=taken(order_taken("8"), order_taken("", sCode="51008", sMsg="no"), code="2"),
    )
    assert wire.kinds == [["trade/batch-orders", "trade/order-algo"]]
    assert outcomes == [Accepted("8"), Accepted("2"), Rejected(Refusal.MARGIN, "51008 no")]


def test_cancels_of_each_book_go_in_one_request() -> None:
    wire = Scripted()
    wire.answers |= {
        "trade/cancel-algos": taken(algo_taken("11"), algo_taken("12")),
        "trade/cancel-batch-orders": taken(order_taken("31"), order_taken("32")),
    }
    venue = a_venue(wire)
    outcomes = venue.perform(
        [cancel("11", Kind.STOP), cancel("31"), cancel("32"), cancel("12", Kind.STOP_ENTRY)]
    )
    assert wire.kinds == [["trade/cancel-algos", "trade/cancel-batch-orders"]]
    assert [outcome.order_id for outcome in outcomes if isinstance(outcome, Accepted)] == [
        "11",
        "31",
        "32",
        "12",
    ]


def test_at_most_ten_conditional_orders_are_cancelled_in_one_request() -> None:
    wire = Scripted()
    wire.answers["trade/cancel-algos"] = taken()
    a_venue(wire).perform([cancel(str(i), Kind.TARGET) for i in range(23)])
    assert [len(body_of(request)) for request in wire.requests] == [10, 10, 3]


@pytest.mark.parametrize(
    ("action", "is_algo"),
    [
        (cancel("7"), True),
        (cancel("8"), False),
        (cancel("8", Kind.TARGET), True),
        (cancel("8", client_id=id_of(Role.STOP)), True),
        (cancel("8", client_id=id_of(Role.TARGET)), True),
        (cancel("8", client_id=id_of(Role.RUNG)), False),
    ],
)
def test_a_cancel_goes_to_the_book_that_the_order_is_in(action: Cancel, is_algo: bool) -> None:
    """Asked of the other book the venue says that there is no such order, while it lives on."""
    wire = Scripted()
    wire.answers |= {
        "trade/orders-algo-pending conditional,oco": an_algo_row(algoId="7"),
        "trade/cancel-algos": taken(algo_taken("7")),
        "trade/cancel-order": taken(order_taken("8")),
    }
    a_venue(wire).perform([action])
    assert wire.kinds == [["trade/cancel-algos" if is_algo else "trade/cancel-order"]]


def test_an_expiry_counts_from_the_venues_time_in_the_last_reading() -> None:
    wire, _ = performed(
        an_entry(),
        a_rest(client_id="01" * 16),
        a_close(),
        an_exit(),
        AMEND,
        cancel("31"),
        trade__batch_orders=taken(order_taken("1"), order_taken("2")),
    )
    told = [header_of(request, "expTime") for request in wire.requests]
    assert told == [str(NOW_MS + 5_000), str(NOW_MS + 20_000), None, None, None]


def test_a_position_decides_the_margin_kind_of_its_exits() -> None:
    wire = Scripted()
    wire.answers |= {
        "account/positions": a_position(instId="BTC-USDT-SWAP", mgnMode="isolated", imr="", margin="4"),
        "trade/order-algo": taken(algo_taken("2")),
    }
    a_venue(wire).perform([an_exit(size=None)])
    assert body_of(wire.requests[0])["tdMode"] == "isolated"


def test_the_two_legs_of_isolated_margin_are_set_together_and_one_refusal_counts() -> None:
    wire = Scripted()
    wire.answers |= {
        "account/config": a_config(posMode="long_short_mode"),
        "account/set-leverage": taken(cells("lever=5")),
    }
    venue = a_venue(wire)
    assert venue.perform([SetLeverage("BTC", 5, False, "")]) == [Accepted()]
    assert [body_of(request)["posSide"] for request in wire.requests] == ["long", "short"]
    wire.series["account/set-leverage"] = [refused("59102")]
    (outcome,) = venue.perform([SetLeverage("BTC", 5, False, "")])
    assert isinstance(outcome, Rejected)


def test_nothing_is_sent_before_the_venues_clock_was_read() -> None:
    wire = Scripted()
    (outcome,) = a_venue(wire, inspects=False).perform([an_exit()])
    assert isinstance(outcome, Rejected)
    assert (outcome.code, "clock" in outcome.reason) == (Refusal.UNSENT, True)
    assert wire.rounds == []


def test_nothing_is_sent_without_a_key() -> None:
    (outcome,) = a_venue(Scripted(), inspects=False, has_keys=False).perform([an_exit()])
    assert outcome == Rejected(Refusal.UNSENT, "never sent: there is no key to sign with")


@pytest.mark.parametrize(
    "action",
    [
        replace(an_exit(), coin="NOPE"),
        replace(an_exit(), size=Decimal("0.000001")),
        an_exit(Role.ENTRY),
        cancel("x"),
    ],
)
def test_what_cannot_be_built_is_never_sent_and_keeps_nothing_else_from_going(action: Action) -> None:
    wire, outcomes = performed(action, an_exit())
    assert wire.kinds == [["trade/order-algo"]]
    assert outcomes[1] == Accepted("2")
    assert isinstance(outcomes[0], Rejected)
    assert outcomes[0].code is Refusal.UNSENT


def test_a_batch_without_an_answer_leaves_all_of_it_unknown() -> None:
    _, outcomes = performed(a_rest(), an_entry(), trade__batch_orders=Lost(True, "timed out"))
    assert [type(outcome) for outcome in outcomes] == [Unknown, Unknown]


def test_nothing_is_ever_sent_again() -> None:
    wire, (outcome,) = performed(an_exit(), trade__order_algo=Lost(True, "timed out"))
    assert isinstance(outcome, Unknown)
    venue = a_venue(wire)
    assert venue.resend(outcome) is outcome
    assert wire.rounds == []
    assert not venue.abilities.exactly_once_nonce


@pytest.mark.parametrize(("change", "sides"), [({}, "net"), ({"posMode": "long_short_mode"}, "long")])
def test_the_account_says_whether_orders_name_a_leg(change: Row, sides: str) -> None:
    wire = Scripted()
    wire.answers |= {"account/config": a_config(**change), "trade/order": taken(order_taken("1"))}
    a_venue(wire).perform([an_entry()])
    assert body_of(wire.requests[0])["posSide"] == sides

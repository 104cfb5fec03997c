"""Ids of new orders: the next attempt, and numbering that never runs out."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.builders import SIGNAL_MS, TAG, a_fill, a_stop, an_id, an_identity, holdings
from trader.core.identity import ATTEMPT_MAX, Identity, Role, decode, encode
from trader.core.market import Leg
from trader.core.orders import Unreadable
from trader.ids import claim_id, entry_id, identity_for, next_id, seen_ids

PROTECT = an_identity(Role.PROTECT)


def numbered(attempt: int) -> Identity:
    return replace(PROTECT, attempt=attempt)


def test_the_first_attempt_is_one() -> None:
    assert decode(next_id(PROTECT, [])) == numbered(1)


def test_the_next_is_one_more_than_the_highest_seen() -> None:
    assert decode(next_id(PROTECT, [numbered(1), numbered(4), numbered(2)])) == numbered(5)


def test_other_orders_do_not_count() -> None:
    changes: list[dict[str, Any]] = [{n: 7} for n in ("bar_minute", "reference", "strategy", "account")]
    others = [replace(PROTECT, **change) for change in changes]
    others += [
        replace(PROTECT, role=Role.STOP),
        replace(PROTECT, leg=Leg.SHORT),
        replace(PROTECT, market="ETH"),
    ]
    assert decode(next_id(PROTECT, [replace(o, attempt=9) for o in others])) == numbered(1)


@settings(max_examples=30)
@given(made=st.integers(min_value=0, max_value=5 * ATTEMPT_MAX))
def test_protection_never_runs_out_of_ids(made: int) -> None:
    """A stop that is refused again and again within one bar still gets an id that nobody has used."""
    seen: list[Identity] = []
    for _ in range(made):
        identity = decode(next_id(PROTECT, seen))
        assert isinstance(identity, Identity)
        seen.append(identity)
    assert len({encode(i) for i in seen}) == made
    assert all((i.role, i.reference, i.leg) == (PROTECT.role, PROTECT.reference, PROTECT.leg) for i in seen)


def test_a_later_attempt_is_younger_though_the_numbers_began_anew() -> None:
    seen: list[Identity] = []
    for _ in range(3 * ATTEMPT_MAX):
        identity = decode(next_id(PROTECT, seen))
        assert isinstance(identity, Identity)
        seen.append(identity)
    assert seen == sorted(seen, key=lambda i: (i.bar_minute, i.attempt))


def test_every_id_of_ours_is_seen_and_nothing_else() -> None:
    foreign, garbage = a_stop(client_id=None, order_id="2"), a_stop(client_id="ff" * 16, order_id="3")
    reading = holdings(orders=[a_stop(), foreign, garbage], fills=[a_fill()])
    found = seen_ids(reading, [an_id(Role.TRAIL), None, "nothing"])
    assert sorted(i.role for i in found) == [Role.ENTRY, Role.STOP, Role.TRAIL]


def test_what_could_not_be_read_shows_no_ids() -> None:
    blind = holdings(orders=Unreadable("orders", "429"), fills=Unreadable("fills", "429"))
    assert seen_ids(blind) == []


def test_an_entry_has_one_id_for_each_signal_and_leg() -> None:
    ids = {
        entry_id(account=TAG, coin=coin, strategy=strategy, leg=leg, signal_ms=signal)
        for coin in ("BTC", "ETH")
        for strategy in (1, 2)
        for leg in Leg
        for signal in (1_800_000, 3_600_000)
    }
    assert len(ids) == 16
    again = entry_id(account=TAG, coin="BTC", strategy=1, leg=Leg.LONG, signal_ms=1_800_000)
    assert again in ids


def test_an_id_says_for_which_bar_and_signal() -> None:
    identity = identity_for(
        account=TAG,
        coin="BTC",
        strategy=1,
        leg=Leg.SHORT,
        role=Role.TRAIL,
        bar_ms=3_600_000,
        signal_ms=1_800_000,
    )
    read = decode(encode(identity))
    assert isinstance(read, Identity)
    assert (read.bar_ms, read.signal_ms, read.leg, read.attempt) == (3_600_000, 1_800_000, Leg.SHORT, 1)


def test_a_claim_is_the_first_stop_of_its_signal_whatever_was_seen() -> None:
    claim = claim_id(account=TAG, coin="BTC", strategy=1, leg=Leg.LONG, signal_ms=SIGNAL_MS)
    identity = decode(claim)
    assert isinstance(identity, Identity)
    assert (identity.role, identity.attempt, identity.signal_ms) == (Role.STOP, 1, SIGNAL_MS)
    assert identity.bar_ms == SIGNAL_MS
    assert claim != claim_id(account=TAG, coin="BTC", strategy=1, leg=Leg.SHORT, signal_ms=SIGNAL_MS)

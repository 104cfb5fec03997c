"""The judge reads ids by their written layout; the program's own reader must come to the same."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trader.core.identity import CLOSE_ROLES, STOP_ROLES, Identity, Role, decode, encode
from trader.core.market import Leg
from trader.oracle.ids import CLOSING, EMERGENCY, OPENING, RUNG, STOPPING, TARGET, Own, own

PREFIXES = ("0x", "")
IDENTITIES = st.builds(
    Identity,
    account=st.integers(0, 0xFFFF),
    market=st.sampled_from(["BTC", "ETH", "SOL", "PEPE", "X"]),
    strategy=st.integers(0, 15),
    leg=st.sampled_from(list(Leg)),
    role=st.sampled_from(list(Role)),
    bar_minute=st.integers(0, (1 << 26) - 1),
    reference=st.integers(0, (1 << 26) - 1),
    rung=st.integers(0, 63),
    attempt=st.integers(1, 31),
)


@given(IDENTITIES, st.sampled_from(PREFIXES))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_every_field_of_an_id_is_read_as_it_was_written(identity: Identity, prefix: str) -> None:
    said = own(prefix + encode(identity))
    assert said is not None
    assert (said.version, said.account, said.strategy) == (1, identity.account, identity.strategy)
    assert (said.leg, said.role, said.rung) == (identity.leg.value, identity.role, identity.rung)
    assert (said.bar_minute, said.reference) == (identity.bar_minute, identity.reference)
    assert said.attempt == identity.attempt


@given(IDENTITIES, st.integers(0, 127))
@settings(max_examples=80, deadline=None, derandomize=True)
def test_one_changed_bit_is_ours_for_both_readers_or_for_neither(identity: Identity, bit: int) -> None:
    text = f"{int(encode(identity), 16) ^ 1 << bit:032x}"
    # The program also refuses a role that it does not know; to the judge it is ours all the same.
    if (decode(text) is None) != (own(text) is None):
        assert 63 <= bit < 67


@pytest.mark.parametrize("text", [None, "", "0x", "my-order-1", "a7" * 15, "a7" * 17, "g" * 32])
def test_what_is_no_id_is_not_ours(text: str | None) -> None:
    assert own(text) is None


def test_another_version_is_ours_and_says_nothing_more() -> None:
    first = Identity(7, "BTC", 1, Leg.LONG, Role.ENTRY, 1, 1)
    assert own(f"{int(encode(first), 16) + (1 << 116):032x}") == Own(2)


def test_the_roles_are_those_of_the_layout() -> None:
    assert {Role.ENTRY, Role.RUNG} == OPENING
    assert STOP_ROLES == STOPPING
    assert CLOSE_ROLES == CLOSING
    assert (Role.TARGET, Role.RUNG, Role.CLOSE_EMERGENCY) == (TARGET, RUNG, EMERGENCY)
    assert set(Role) == OPENING | STOPPING | CLOSING | {TARGET}

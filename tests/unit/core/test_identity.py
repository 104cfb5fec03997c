"""Order ids decode to what was encoded, for ever, and nothing else decodes."""

import json
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support.builders import an_identity
from trader.core.errors import Broken
from trader.core.identity import (
    ATTEMPT_MAX,
    Identity,
    OtherVersion,
    Role,
    account_tag,
    decode,
    encode,
    market_code,
)
from trader.core.market import Leg

GOLDEN = Path(__file__).parents[2] / "fixtures" / "ids-v1.json"
VERSION_SHIFT = 116

identities = st.builds(
    Identity,
    account=st.integers(0, (1 << 16) - 1),
    market=st.sampled_from(["BTC", "ETH", "SOL", "A", "1INC", "ZZZZ", "9999", "KPEP"]),
    strategy=st.integers(0, 15),
    leg=st.sampled_from(list(Leg)),
    role=st.sampled_from(list(Role)),
    bar_minute=st.integers(0, (1 << 26) - 1),
    reference=st.integers(0, (1 << 26) - 1),
    rung=st.integers(0, 63),
    attempt=st.integers(0, ATTEMPT_MAX),
)


@settings(max_examples=300)
@given(identities)
def test_an_id_decodes_to_itself(identity: Identity) -> None:
    text = encode(identity)
    assert len(text) == 32
    assert decode(text) == identity
    assert decode(f"0x{text}") == identity
    assert decode(text.upper()) == identity


@settings(max_examples=100)
@given(identities, identities)
def test_different_orders_have_different_ids(one: Identity, other: Identity) -> None:
    assert (encode(one) == encode(other)) == (one == other)


def test_released_ids_decode_for_ever() -> None:
    """The golden file is never regenerated: orders with these ids may be live."""
    rows = json.loads(GOLDEN.read_text())
    assert len(rows) >= 12
    for row in rows:
        fields = row["fields"] | {"leg": Leg(row["fields"]["leg"]), "role": Role[row["fields"]["role"]]}
        assert decode(row["id"]) == Identity(**fields), row["id"]
        assert encode(Identity(**fields)) == row["id"]
    assert {row["fields"]["role"] for row in rows} == {role.name for role in Role}


@settings(max_examples=200)
@given(identities, st.integers(0, 127))
def test_one_wrong_bit_is_never_the_same_order(identity: Identity, bit: int) -> None:
    spoiled = decode(f"{int(encode(identity), 16) ^ (1 << bit):032x}")
    assert spoiled != identity


@pytest.mark.parametrize("version", [0, 2, 3, 15])
def test_an_unknown_version_is_ours_and_not_understood(version: int) -> None:
    value = int(encode(an_identity()), 16)
    other = value & ~(0xF << VERSION_SHIFT) | version << VERSION_SHIFT
    assert decode(f"{other:032x}") == OtherVersion(version)


@example(None)
@example("")
@example("0x")
@example("ours")
@example("a7" * 15)
@example("a7" * 17)
@example("0x" + "zz" * 16)
@example("-" + "a" * 31)
@example("a7 " + "1" * 29)
@settings(max_examples=100)
@given(st.one_of(st.none(), st.text(max_size=40)))
def test_what_is_no_id_decodes_to_nothing(text: str | None) -> None:
    assert decode(text) is None


@settings(max_examples=200)
@given(st.integers(0, (1 << 128) - 1))
def test_a_foreign_id_is_taken_for_ours_only_when_magic_and_check_agree(value: int) -> None:
    found = decode(f"{value:032x}")
    if value >> 120 != 0xA7:
        assert found is None
    elif isinstance(found, Identity):
        assert encode(found) == f"{value:032x}"


def test_a_role_that_was_never_given_out_is_not_ours() -> None:
    assert {int(role) for role in Role} == set(range(1, len(Role) + 1))


@pytest.mark.parametrize("field", ["account", "strategy", "rung", "bar_minute", "reference", "attempt"])
def test_a_number_that_does_not_fit_is_a_bug_and_not_another_id(field: str) -> None:
    for number in (1 << 30, -1):
        change: dict[str, Any] = {field: number}
        with pytest.raises(Broken, match=field):
            encode(replace(an_identity(), **change))


@pytest.mark.parametrize("market", ["", "TOOLONG"])
def test_a_market_that_does_not_fit_is_a_bug(market: str) -> None:
    with pytest.raises(Broken, match="market code"):
        encode(replace(an_identity(), market=market))


@pytest.mark.parametrize(
    ("coin", "code"),
    [("BTC", "BTC"), ("kPEPE", "KPEP"), ("1INCH", "1INC"), ("a-b_c", "ABC"), ("BTCUSDT", "BTCU")],
)
def test_a_coin_s_code_is_its_first_four_letters_and_digits(coin: str, code: str) -> None:
    assert market_code(coin) == code


@settings(max_examples=60)
@given(st.text(min_size=1, max_size=20))
def test_every_coin_has_a_code_that_fits(coin: str) -> None:
    identity = replace(an_identity(), market=market_code(coin))
    assert decode(encode(identity)) == identity


def test_an_account_s_tag_does_not_depend_on_how_it_is_written() -> None:
    assert account_tag("0xABcd") == account_tag("0xabCD")
    assert account_tag("0xabcd") != account_tag("0xabce")


def test_attempts_at_one_order_are_attempts_at_the_same_and_at_no_other() -> None:
    one = Identity(7, "BTC", 3, Leg.LONG, Role.RUNG, 100, 200, 4, 1)
    assert replace(one, attempt=9).order == one.order
    others: dict[str, Any] = {
        "account": 8,
        "market": "ETH",
        "strategy": 2,
        "leg": Leg.SHORT,
        "role": Role.ENTRY,
    }
    others |= {"bar_minute": 101, "reference": 201, "rung": 5}
    for name, other in others.items():
        assert replace(one, **{name: other}).order != one.order, name
    assert len(others) == len(fields(Identity)) - 1

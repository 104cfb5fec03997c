"""Roles, agents, limits and the venue's own state, as recorded and as they must not be."""

import json
from typing import Any

import pytest

from tests.support.hyperliquid_answers import ACCOUNT, NOW_MS, RECORDED
from trader.core.access import Budget
from trader.core.errors import Malformed
from trader.venues.hyperliquid.parse_access import Role, actions_left, agent_ends, role, venue_problem


def cassette(name: str) -> Any:
    return json.loads((RECORDED.parent / "hyperliquid" / "recorded" / f"{name}.json").read_text())[-1][
        "response"
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"role": "user"}, Role("user")),
        ({"role": "missing"}, Role("missing")),
        ({"role": "agent", "data": {"user": ACCOUNT.upper()}}, Role("agent", ACCOUNT)),
        ({"role": "subAccount", "data": {"master": ACCOUNT}}, Role("subAccount", ACCOUNT)),
        (cassette("user_role"), Role("vault")),
    ],
)
def test_what_an_address_is(value: object, expected: Role) -> None:
    assert role(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        *(None, {}, [], "user", {"role": "guardian"}, {"role": None}, {"role": "agent"}),
        {"role": "agent", "data": {"master": ACCOUNT}},
        {"role": "subAccount", "data": {"user": ACCOUNT}},
        {"role": "subAccount", "data": None},
    ],
)
def test_a_role_that_is_not_understood_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        role(value)


def test_when_agents_end() -> None:
    assert agent_ends(cassette("extra_agents")) == {
        "0x286edfa08c04f6899dab3bfdecf2dd133f9733b9": 1767776120478,
        "0xc06e6617005c1888aeb8b3017fe00f82b7b84fc0": 1771174068515,
    }
    assert agent_ends([{"name": "a", "address": "0xAB", "validUntil": None}]) == {"0xab": None}


@pytest.mark.parametrize(
    "row",
    [
        {"name": "a", "address": "0xab"},
        {"name": "a", "address": "0xab", "validUntil": "1767776120478"},
        {"name": "a", "address": "0xab", "validUntil": 1767776120},
        {"name": "a", "validUntil": None},
        None,
    ],
)
def test_an_agent_that_does_not_say_when_it_ends_is_malformed(row: object) -> None:
    with pytest.raises(Malformed):
        agent_ends([row])


def test_what_the_account_may_still_send() -> None:
    left = actions_left(cassette("user_rate_limit"))
    assert left == Budget("actions of the account", 36589831368, 170043731737)
    assert (left.per_s, left.left) == (None, 170043731737 - 36589831368)
    assert actions_left({"nRequestsUsed": 12, "nRequestsCap": 10}).left == 0


@pytest.mark.parametrize(
    "value",
    [
        *(None, [], {}, {"nRequestsUsed": 1}, {"nRequestsCap": 1}),
        {"nRequestsUsed": "1", "nRequestsCap": 10},
        {"nRequestsUsed": -1, "nRequestsCap": 10},
        {"nRequestsUsed": True, "nRequestsCap": 10},
    ],
)
def test_a_limit_that_is_not_whole_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        actions_left(value)


def test_a_venue_that_says_nothing_special_is_well() -> None:
    assert venue_problem({"time": NOW_MS, "specialStatuses": None}) is None


@pytest.mark.parametrize("special", ["network upgrade", "", [], ["halted"], {"a": 1}, False, 0])
def test_whatever_it_says_of_itself_is_a_problem(special: object) -> None:
    assert str(special) in str(venue_problem({"time": NOW_MS, "specialStatuses": special}))


@pytest.mark.parametrize(
    "value", [None, [], {}, {"time": NOW_MS}, {"specialStatuses": None}, {"time": 0, "specialStatuses": None}]
)
def test_a_state_that_is_not_told_is_malformed(value: object) -> None:
    with pytest.raises(Malformed):
        venue_problem(value)

"""What a refused reading tells a person to do, code by code."""

import json

import pytest

from trader.core.errors import Denied, Malformed, Unavailable
from trader.core.wire import Answer
from trader.venues.okx.envelope import data_of


def refusal(code: str, message: str = "It is so.", status: int = 401) -> Answer:
    return Answer(status, json.dumps({"code": code, "msg": message, "data": []}).encode(), {})


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("50101", "a key of demo trading serves nothing else"),
        ("50105", "correct OKX_API_PASSPHRASE"),
        ("50110", "add this machine's address to the key"),
        ("50111", "`region` names the site"),
        ("50113", "copy OKX_API_SECRET again"),
        ("50119", "`region` names the site"),
        ("50120", "it needs read and trade, and never withdraw"),
        ("50103", "check the key, its passphrase, its addresses and its region"),
    ],
)
def test_a_refused_key_says_what_to_do(code: str, said: str) -> None:
    with pytest.raises(Denied) as raised:
        data_of(refusal(code), "account/config")
    assert str(raised.value).startswith(f"account/config: code {code} It is so; ")
    assert said in str(raised.value)


def test_what_is_no_fault_of_the_key_is_not_told_as_one() -> None:
    with pytest.raises(Unavailable, match=r"50011 Slow down$"):
        data_of(refusal("50011", "Slow down.", 429), "positions")
    with pytest.raises(Malformed):
        data_of(refusal("51000", "Parameter error", 400), "positions")

"""Each number that the venue says "no" with, and what it means."""

import pytest

from trader.core.orders import Refusal
from trader.venues.binance.refusals import ALREADY_SO, MAYBE_DONE, REFUSALS, SIDE_CODES, refusal

MEANINGS = {
    Refusal.WOULD_TRIGGER: [-2021, -4142],
    Refusal.NOTHING_MATCHED: [-2020, -4131, -5021],
    Refusal.MARGIN: [-2018, -2019, -2027, -2028],
    Refusal.REDUCE_ONLY: [-2022, -2024, -4118, -4509],
    Refusal.POST_ONLY: [-5022],
    Refusal.GONE: [-2011, -2013, -4117],
    Refusal.BUDGET: [-1003, -1008, -1015],
    Refusal.DUPLICATE: [-4116, -4130],
    Refusal.EXPIRED: [-1021, -5028],
    Refusal.DENIED: [-1002, -1022, -2014, -2015, -4087, -4088],
    Refusal.UNSENT: [-1001],
    Refusal.RULE: [
        *[-1100, -1101, -1102, -1103, -1104, -1105, -1106, -1111, -1114, -1115, -1116, -1117, -1118, -1119],
        *[-1120, -1121, -1127, -1128, -1130, -2025, -2026, -4001, -4003, -4004, -4005, -4013, -4014, -4015],
        *[-4016, -4023, -4024, -4028, -4045, -4047, -4048, -4060, -4061, -4062, -4067, -4068, -4120, -4135],
        *[-4136, -4137, -4138, -4140, -4141, -4161, -4164, -4165, -4192, -4210, -4211, -4400, -4401],
        *[-5024, -5025, -5026, -5027, -5029, -5037, -5038, -5039, -5040, -5041, -5043, -5047],
    ],
    Refusal.OTHER: [-2010, -2023, -4531, -9999, 0, 200],
}


@pytest.mark.parametrize(("code", "meaning"), [(c, m) for m, codes in MEANINGS.items() for c in codes])
def test_a_number_means(code: int, meaning: Refusal) -> None:
    told = refusal(code, "Words\nof the venue.")
    assert told.code is meaning
    assert str(code) in told.reason
    assert "\n" not in told.reason


def test_what_may_have_been_done_is_no_refusal() -> None:
    assert {-1000, -1006, -1007} == MAYBE_DONE
    assert not MAYBE_DONE & set(REFUSALS)
    assert not ALREADY_SO & set(REFUSALS)


def test_what_is_a_bug_of_ours_says_so() -> None:
    assert "a bug of this program" in refusal(-4120, "use the Algo Order API").reason


def test_what_the_sides_of_the_account_refuse_is_a_rule() -> None:
    assert {refusal(code, "").code for code in SIDE_CODES} == {Refusal.RULE}

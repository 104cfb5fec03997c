"""Each number that the venue says "no" with, and what it means."""

import pytest

from trader.core.orders import Refusal
from trader.venues.binance.refusals import ALREADY_SO, MAYBE_DONE, MOVED, REFUSALS, SIDE_CODES, refusal

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
    Refusal.DENIED: [-1002, -1005, -1011, -1022, -1099, -2014, -2015, -2017, -4087, -4088],
    Refusal.UNSENT: [-1001, -1016],
    Refusal.RULE: [
        *[-1100, -1101, -1102, -1103, -1104, -1105, -1106, -1111, -1114, -1115, -1116, -1117, -1118],
        *[-1119, -1120, -1121, -1127, -1128, -1130, -2025, -2026, -4001, -4002, -4003, -4004, -4005],
        *[-4006, -4007, -4008, -4009, -4010, -4011, -4012, -4013, -4014, -4015, -4016, -4023, -4024],
        *[-4028, -4045, -4047, -4048, -4060, -4061, -4062, -4067, -4068, -4135, -4136, -4137, -4138],
        *[-4139, -4140, -4141, -4161, -4164, -4165, -4168, -4192, -4210, -4211, -4400, -4401, -5024],
        *[-5025, -5026, -5027, -5029, -5037, -5038, -5039, -5040, -5041, -5043, -5047],
    ],
    Refusal.OTHER: [
        *[-1004, -1010, -1013, -1014, -1020, -1023, -1108, -1109, -1110, -1112, -1113, -1122, -1125],
        *[-1126, -1136, -2010, -2012, -2016, -2023, -4000, -4017, -4018, -4019, -4020, -4021, -4022],
        *[-4025, -4026, -4027, -4029, -4030, -4031, -4032, -4033, -4044, -4049, -4050, -4051, -4052],
        *[-4053, -4054, -4055, -4056, -4057, -4058, -4063, -4064, -4065, -4066, -4069, -4070, -4071],
        *[-4072, -4073, -4074, -4075, -4076, -4077, -4078, -4079, -4080, -4081, -4082, -4083, -4084],
        *[-4085, -4086, -4104, -4114, -4115, -4144, -4167, -4169, -4170, -4171, -4172, -4183, -4184],
        *[-4202, -4203, -4205, -4206, -4208, -4209, -4402, -4403, -4531],
    ],
    Refusal.UNFAMILIAR: [-4120, -9999, -1, 0, 200, -4002999],
}


@pytest.mark.parametrize(("code", "meaning"), [(c, m) for m, codes in MEANINGS.items() for c in codes])
def test_a_number_means(code: int, meaning: Refusal) -> None:
    told = refusal(code, "Words\nof the venue.")
    assert told.code is meaning
    assert str(code) in told.reason
    assert "\n" not in told.reason


def test_every_number_that_is_known_stands_here() -> None:
    assert {c: m for m, codes in MEANINGS.items() for c in codes if c in REFUSALS} == REFUSALS


def test_what_may_have_been_done_is_no_refusal() -> None:
    assert {-1000, -1006, -1007} == MAYBE_DONE
    assert not MAYBE_DONE & set(REFUSALS)
    assert not ALREADY_SO & set(REFUSALS)


def test_an_order_that_the_venue_takes_elsewhere_now_is_a_change_of_the_venue() -> None:
    told = refusal(
        MOVED, "Order type not supported for this endpoint. Please use the Algo Order API endpoints."
    )
    assert told.code is Refusal.UNFAMILIAR
    assert told.reason.startswith("the venue no longer takes this order where this program sends it: -4120 ")


def test_every_number_that_ccxt_has_for_this_venue_is_familiar() -> None:
    import ccxt

    listed = {int(code) for code in ccxt.binance().describe()["exceptions"]["linear"]["exact"]}
    assert len(listed) > 80
    assert listed - set(REFUSALS) - MAYBE_DONE - ALREADY_SO == {MOVED}


def test_what_the_sides_of_the_account_refuse_is_a_rule() -> None:
    assert {refusal(code, "").code for code in SIDE_CODES} == {Refusal.RULE}

"""Whether somebody would be told: no address at all is a failure only where money is at stake."""

import pytest

from trader.doctor.alerts import Alerts, configured, delivered
from trader.doctor.findings import State
from trader.sinks.trial import Tried


@pytest.mark.parametrize(
    ("alerts", "has_money", "state", "said"),
    [
        (Alerts(0, ()), False, State.WARNING, "nobody is told of anything"),
        (Alerts(0, ()), True, State.FAILED, "nobody is told of anything"),
        (Alerts(0, ("run", "check_sl")), True, State.WARNING, "notify.urls is not set"),
        (Alerts(2, ("run",)), True, State.WARNING, "heartbeat.check_sl not set"),
        (Alerts(2, ()), True, State.WARNING, "heartbeat.run and heartbeat.check_sl not set"),
        (Alerts(2, ("run", "check_sl")), True, State.OK, "2 for messages"),
        (Alerts(2, ("run", "check_sl"), ("address 1 is none",)), False, State.FAILED, "address 1 is none"),
    ],
)
def test_what_is_configured(alerts: Alerts, has_money: bool, state: State, said: str) -> None:
    found = configured(alerts, has_money=has_money)
    assert (found.state, said in found.found) == (state, True)


def test_what_was_tried() -> None:
    good, bad = Tried("address 1 (json)", None), Tried("heartbeat.run (https://x)", "answered 404")
    assert delivered(Alerts(1, ())).state is State.NOT_APPLICABLE
    assert delivered(Alerts(0, (), (), ())).state is State.NOT_APPLICABLE
    assert delivered(Alerts(1, (), (), (good,))).found == "address 1 (json) took it"
    found = delivered(Alerts(1, (), (), (good, bad)))
    assert (found.state, found.found) == (State.FAILED, "heartbeat.run (https://x): answered 404")

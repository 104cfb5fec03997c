"""Trying every address: what arrives, what is lost, and that no secret is shown."""

import sys

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
from trader.sinks.notify import MISSING
from trader.sinks.trial import Tried, misunderstood, tried

SECRET = "T0KEN-a1b2"
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")


def taking(talk: Conversation) -> None:
    while talk.request():
        talk.send(answer(b"OK"))


def refusing(talk: Conversation) -> None:
    while talk.request():
        talk.send(answer(b"no", status="404 Not Found"))


def test_one_message_to_each_address_and_one_ping_to_each_heartbeat() -> None:
    with RawServer(taking) as good, RawServer(refusing) as bad:
        urls = [f"json://u:p@127.0.0.1:{server.port}/{SECRET}" for server in (good, bad)]
        monitors = {name: f"{server.url}/{SECRET}" for name, server in (("run", good), ("check_sl", bad))}
        ends = tried(urls, monitors, title="a test", body="nothing is wrong")
    assert ends == (
        Tried("address 1 (json)", None),
        Tried("address 2 (json)", "the message was not taken"),
        Tried("heartbeat.run (http://127.0.0.1)", None),
        Tried("heartbeat.check_sl (http://127.0.0.1)", "answered 404"),
    )
    assert len(good.requests) == 2 and len(bad.requests) == 2
    assert any(b"nothing is wrong" in request for request in good.requests)
    assert SECRET not in repr(ends)


def test_an_address_of_no_service_is_told_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    assert misunderstood([]) == []
    assert misunderstood(["json://127.0.0.1/x", f"nonsense://{SECRET}"]) == [
        "notify.urls: address 2 (nonsense) is none that apprise knows"
    ]
    monkeypatch.setitem(sys.modules, "apprise", None)
    assert misunderstood(["json://127.0.0.1/x"]) == [MISSING]

"""The library that sends, over a real socket: it delivers, it is bounded, and no secret leaves it."""

import json
import logging
import subprocess
import sys
import time

import pytest

from tests.support.raw_server import Conversation, RawServer, answer
from trader.sinks.notify import MISSING, Sent, apprise_sender

SECRET = "T0KEN-a1b2"
pytestmark = pytest.mark.filterwarnings("ignore:.imghdr. is deprecated:DeprecationWarning")


def address(server: RawServer) -> str:
    return f"json://user:pw@127.0.0.1:{server.port}/{SECRET}"


def taking(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(answer(b"OK"))


def refusing(conversation: Conversation) -> None:
    conversation.request()
    conversation.send(answer(b"no", status="403 Forbidden"))


def test_a_message_arrives_as_it_was_written() -> None:
    with RawServer(taking) as server:
        assert apprise_sender([address(server)])("paper main: open", "a <b> \\n *c*\nd") == Sent(1)
    [request] = server.requests
    told = json.loads(request.partition(b"\r\n\r\n")[2])
    assert (told["title"], told["message"]) == ("paper main: open", "a <b> \\n *c*\nd")


def test_one_address_that_fails_does_not_keep_the_others(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with RawServer(taking) as good, RawServer(refusing) as bad, RawServer(Conversation.hang) as dead:
        began = time.monotonic()
        send = apprise_sender([address(bad), address(dead), "nonsense", address(good)], timeout_s=0.6)
        sent = send("title", "body")
        assert time.monotonic() - began < 4
    assert len(good.requests) == 1
    assert sent.taken == 1
    assert sent.problems[0] == "address 1 (json): the message was not taken"
    assert sent.problems[1].startswith("address 2 (json): ")
    assert sent.problems[2].startswith("address 3 (no scheme): this is no address")
    assert SECRET not in str(sent.problems)


def test_nothing_of_an_address_reaches_the_terminal() -> None:
    script = (
        "from trader.sinks.notify import apprise_sender\n"
        f"urls = ['json://127.0.0.1:1/{SECRET}', 'tgram://{SECRET}/1', '{SECRET}']\n"
        "print(apprise_sender(urls)('t', 'b'))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    assert "taken=0" in done.stdout
    assert SECRET not in done.stdout + done.stderr


def test_without_the_extra_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    sent = apprise_sender(["json://127.0.0.1:1/x"])("title", "body")
    assert sent == Sent(0, (MISSING,))
    assert "pip install 'trader[notify]'" in MISSING


def test_the_library_is_imported_only_when_something_is_due() -> None:
    script = (
        "import sys\n"
        "from trader.sinks.notify import apprise_sender\n"
        "from trader.sinks.heartbeat import Heartbeat\n"
        "apprise_sender(['json://127.0.0.1:1'])\n"
        "print(sorted({'apprise', 'requests', 'urllib3', 'rich', 'logging'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

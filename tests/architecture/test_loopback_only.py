"""The guard that keeps tests on this machine bites: in this process, in children, and for caught refusals."""

import http.client
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from scripts import set_up
from tests.support.loopback.loopback_only import VARIABLE, LeftTheMachine, is_loopback

# An address kept for documentation: nobody is there.
ELSEWHERE = "192.0.2.1"
ROOT = Path(__file__).resolve().parents[2]


def taken(refusals: Path) -> str:
    """What was refused; taken away, because the test meant it."""
    text = refusals.read_text(encoding="utf-8")
    refusals.write_text("", encoding="utf-8")
    return text


@pytest.mark.parametrize("name", ["connect", "connect_ex", "bind"])
def test_a_socket_to_another_machine_is_refused(name: str, refusals: Path) -> None:
    with socket.socket() as one, pytest.raises(LeftTheMachine):
        getattr(one, name)((ELSEWHERE, 443))
    assert ELSEWHERE in taken(refusals)


def test_a_datagram_to_another_machine_is_refused(refusals: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one, pytest.raises(LeftTheMachine):
        one.sendto(b"x", (ELSEWHERE, 53))
    assert "sendto" in taken(refusals)


def test_listening_on_every_address_is_refused(refusals: Path) -> None:
    with socket.socket() as one, pytest.raises(LeftTheMachine):
        one.bind(("", 0))
    taken(refusals)


@pytest.mark.parametrize("name", ["getaddrinfo", "gethostbyname"])
def test_looking_up_a_foreign_name_is_refused(name: str, refusals: Path) -> None:
    arguments = ("example.com", 443) if name == "getaddrinfo" else ("example.com",)
    with pytest.raises(LeftTheMachine):
        getattr(socket, name)(*arguments)
    assert "example.com" in taken(refusals)


def test_a_http_client_is_refused(refusals: Path) -> None:
    with pytest.raises(LeftTheMachine):
        http.client.HTTPConnection("example.com").request("GET", "/")
    taken(refusals)


def test_loopback_is_allowed() -> None:
    server = socket.create_server(("127.0.0.1", 0))
    with server, socket.create_connection(("localhost", server.getsockname()[1])) as client:
        client.sendall(b"x")


def test_a_child_is_refused_and_its_refusal_is_seen_here(refusals: Path) -> None:
    program = f"import socket; socket.socket().connect_ex(({ELSEWHERE!r}, 443))"
    child = subprocess.run([sys.executable, "-W", "ignore", "-c", program], capture_output=True, text=True)
    assert child.returncode == 1
    assert "LeftTheMachine" in child.stderr
    assert ELSEWHERE in taken(refusals)


def test_an_isolated_child_of_the_tests_own_environment_is_refused(refusals: Path) -> None:
    """It ignores PYTHONPATH, so set-up leaves a line for it in the environment."""
    program = f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{set_up.NETWORK_GUARD}"
    program += f"import socket\nsocket.gethostbyname({ELSEWHERE!r})\n"
    child = subprocess.run([sys.executable, "-I", "-c", program], capture_output=True, text=True)
    assert "LeftTheMachine" in child.stderr
    assert ELSEWHERE in taken(refusals)


def test_a_caught_refusal_still_fails_the_test(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text((ROOT / "tests" / "conftest.py").read_text())
    (tmp_path / "test_one.py").write_text(
        "import socket\n\ndef test_one():\n    try:\n        socket.gethostbyname('example.com')\n"
        "    except Exception as error:\n        print(error)\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    environment["PYTHONPATH"] = str(ROOT)
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--rootdir", str(tmp_path), str(tmp_path)]
    nested = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert nested.returncode == 1, nested.stdout + nested.stderr
    assert "a socket tried to leave this machine" in nested.stdout


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("127.0.0.1.example.com", False),
        ("localhost.example.com", False),
        ("0.0.0.0", False),
        ("", False),
        ("10.0.0.1", False),
    ],
)
def test_what_counts_as_loopback(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected

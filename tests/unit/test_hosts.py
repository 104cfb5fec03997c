"""Practice, real and embedded can never mix: which hosts a configuration reaches, with which signature."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support import canaries
from tests.support.own_home import home as home
from trader.clock import SystemClock
from trader.config import Loaded, load
from trader.core.access import Access
from trader.core.errors import ConfigError
from trader.core.fingerprint import fingerprint
from trader.core.orders import Unreadable
from trader.core.wire import Answer, Lost, Request
from trader.parts import NAMES, Keys, parts_of
from trader.parts.owners import risk_problem, signatures
from trader.parts.veiled import VeiledTransport
from trader.redaction import Veil
from trader.wiring import connect, require_said, wire

ACCOUNTS = {"hyperliquid": "0x" + "ab" * 20, "okx": "44705892343619584", "binance": "SgsRfWTimYsR"}
REAL = {
    ("hyperliquid", "global"): {"api.hyperliquid.xyz"},
    ("okx", "global"): {"www.okx.com"},
    ("okx", "eea"): {"eea.okx.com"},
    ("okx", "us"): {"us.okx.com"},
    ("binance", "global"): {"fapi.binance.com", "api.binance.com"},
}
PRACTICE = {
    ("hyperliquid", "global"): {"api.hyperliquid-testnet.xyz"},
    ("okx", "global"): {"www.okx.com"},  # the same host, told apart by a header of each request
    ("okx", "eea"): {"eea.okx.com"},
    ("okx", "us"): {"us.okx.com"},
    ("binance", "global"): {"demo-fapi.binance.com"},
}
LOCAL = "http://127.0.0.1:8900"


class Recorder:
    """Stands where the sockets are: which hosts it was made for, and what it was to send."""

    def __init__(self) -> None:
        self.hosts: set[str] = set()
        self.reroute: dict[str, str] = {}
        self.sent: list[Request] = []

    def __call__(self, hosts: Collection[str], reroute: Mapping[str, str] = {}) -> "Recorder":
        self.hosts |= set(hosts)
        self.reroute |= reroute
        return self

    def exchange(self, requests: Sequence[Request], *, timeout_s: float) -> list[Answer | Lost]:
        self.sent += requests
        return [Lost(reached=False, reason="recorded") for _ in requests]

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr("trader.venues.transport.HttpTransport", made)
    return made


def loaded(folder: Path, venue: str, mode: str, region: str = "global", more: str = "") -> Loaded:
    """A file that is right for its mode, with keys in it that could sign anywhere."""
    key = folder / "key.env"
    lines = {"ACCOUNT": ACCOUNTS[venue], **canaries.KEYS[venue]}
    key.write_text("".join(f"{venue.upper()}_{name}={value}\n" for name, value in lines.items()))
    key.chmod(0o600)
    file = folder / "trader.yaml"
    seal = fingerprint(venue, "live", ACCOUNTS[venue])
    file.write_text(
        f"venue: {venue}\nmode: {mode}\ncredentials: {{file: {key}}}\nlive: {{fingerprint: '{seal}'}}\n"
        + ("" if region == "global" else f"region: {region}\n")
        + f"{more}markets: {{BTC: {{strategy: breakout}}}}\n"
    )
    file.chmod(0o600)
    return load(file)


def asked(recorder: Recorder, configuration: Loaded) -> list[Request]:
    """What the first look at the account would send."""
    clock = SystemClock()
    connection = connect(wire(configuration), clock, lambda cap_s: cap_s, proven=False)
    connection.venue.access()
    return recorder.sent


@pytest.mark.parametrize(("venue", "region"), REAL)
@pytest.mark.parametrize("mode", ["live", "testnet"])
def test_each_mode_reaches_its_own_hosts_and_no_other(
    mode: str, venue: str, region: str, tmp_path: Path, recorder: Recorder
) -> None:
    sent = asked(recorder, loaded(tmp_path, venue, mode, region))
    expected = (REAL if mode == "live" else PRACTICE)[venue, region]
    assert recorder.hosts == expected
    assert recorder.reroute == {}
    assert sent != []
    assert {urlsplit(request.url).netloc for request in sent} <= expected
    assert all(urlsplit(request.url).scheme == "https" for request in sent)
    marked = {("x-simulated-trading", "1") in request.headers for request in sent}
    assert marked == {venue == "okx" and mode == "testnet"}


@pytest.mark.parametrize("venue", NAMES)
def test_an_embedded_exchange_on_this_machine_is_all_that_paper_reaches(
    venue: str, tmp_path: Path, recorder: Recorder
) -> None:
    sent = asked(recorder, loaded(tmp_path, venue, "paper", more=f"paper: {{url: '{LOCAL}'}}\n"))
    assert set(recorder.reroute.values()) == {LOCAL}
    assert {urlsplit(url).netloc for url in recorder.reroute} == recorder.hosts
    for request in sent:
        assert not canaries.sung_in(repr(request).encode()), "a key of the credentials signs nothing on paper"


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "http://example.com:1", "http://10.0.0.1:80"])
def test_no_setting_leads_paper_or_a_key_to_a_host_of_the_files_choice(url: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="expected an embedded exchange on this machine"):
        loaded(tmp_path, "okx", "paper", more=f"paper: {{url: '{url}'}}\n")


@pytest.mark.parametrize("mode", ["live", "testnet"])
def test_the_address_of_an_embedded_exchange_means_nothing_where_a_key_signs(
    mode: str, tmp_path: Path, recorder: Recorder
) -> None:
    asked(recorder, loaded(tmp_path, "binance", mode, more=f"paper: {{url: '{LOCAL}'}}\n"))
    assert recorder.reroute == {}


@pytest.mark.parametrize(
    ("mode", "live", "refused"),
    [
        ("paper", False, None),
        ("testnet", False, None),
        ("live", True, None),
        ("paper", True, "--live: the configuration says mode: paper"),
        ("testnet", True, "--live: the configuration says mode: testnet"),
        ("live", False, "needs --live as well"),
    ],
)
def test_the_word_on_the_command_line_and_the_file_agree(
    mode: str, live: bool, refused: str | None, tmp_path: Path
) -> None:
    wired = wire(loaded(tmp_path, "okx", mode))
    if refused is None:
        require_said(wired, live=live)
        return
    with pytest.raises(ConfigError, match=refused):
        require_said(wired, live=live)


def test_the_key_of_the_real_network_signs_for_no_other(tmp_path: Path) -> None:
    """A signature says which network it is for, where the venue's own form has a place for it."""
    parts = parts_of("hyperliquid")
    keys = Keys(ACCOUNTS["hyperliquid"], canaries.KEYS["hyperliquid"])
    assert "'a'" in repr(parts.pen(keys, practice=False))
    assert "'b'" in repr(parts.pen(keys, practice=True))


class Asked:
    """As much of a venue as the question about its key needs."""

    def __init__(self, access: Access) -> None:
        self._access = access

    def access(self) -> Access:
        return self._access


SAFE = Access(can_withdraw=False, can_move=False)
UNREAD = Unreadable("apiRestrictions", "no answer")


@pytest.mark.parametrize(
    ("access", "said"),
    [
        (SAFE, None),
        (replace(SAFE, can_move=None), None),
        (replace(SAFE, can_withdraw=True), "the key may withdraw"),
        (replace(SAFE, can_move=True), "the key may move money out of the account"),
        (replace(SAFE, can_withdraw=UNREAD), "could not be read (no answer)"),
        (replace(SAFE, can_move=UNREAD), "could not be read (no answer)"),
        (replace(SAFE, can_withdraw=None), "does not say"),
    ],
)
def test_only_a_key_that_surely_cannot_withdraw_takes_new_risk(access: Access, said: str | None) -> None:
    for venue in ("okx", "binance"):
        problem = risk_problem(venue, Asked(access))  # type: ignore[arg-type]
        assert problem is None if said is None else problem is not None and said in problem
    assert risk_problem("hyperliquid", Asked(access)) is None  # type: ignore[arg-type]


REQUESTS = (
    Request("https://x/fapi/v1/order?a=1&signature=" + "ab12" * 16, method="GET"),
    Request("https://x/fapi/v1/order", b"a=1&signature=" + b"ab12" * 16 + b"&z=1"),
    Request(
        "https://x/api/v5", headers=(("OK-ACCESS-SIGN", "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="),)
    ),
    Request(
        "https://x/exchange",
        b'{"action":{},"signature":{"r":"0x' + b"c1" * 32 + b'","s":"0xd2d2d2d2","v":27}}',
    ),
)


@pytest.mark.parametrize("request_sent", REQUESTS)
def test_a_signature_is_hidden_before_it_leaves(request_sent: Request) -> None:
    veil, recorder = Veil(), Recorder()
    found = signatures(request_sent)
    assert found
    VeiledTransport(recorder, veil).exchange([request_sent], timeout_s=1)
    assert recorder.sent == [request_sent]
    shown = veil.text(repr(request_sent))
    assert not [signature for signature in found if signature in shown]

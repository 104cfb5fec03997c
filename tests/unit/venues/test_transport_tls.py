"""TLS: only a valid certificate of the very host from a trusted authority, and nothing is sent before."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.certificates import Authority
from tests.support.processes import output_of, start
from tests.support.raw_server import Conversation, RawServer, answer
from trader.core.errors import ConfigError
from trader.core.wire import Answer, Lost, Request
from trader.venues.connection import trusting_context
from trader.venues.transport import HttpTransport

HOST = "127.0.0.1"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.made(tmp_path_factory.mktemp("tls") / "trusted")


@pytest.fixture
def transport(authority: Authority) -> Iterator[HttpTransport]:
    made = HttpTransport({HOST}, ca_file=authority.file, retry_pause_s=0)
    yield made
    made.close()


def serve(talk: Conversation) -> None:
    while talk.request():
        talk.send(answer(b"fine"))


def ask(transport: HttpTransport, url: str, *, is_write: bool = True, timeout_s: float = 5) -> Answer | Lost:
    [result] = transport.exchange([Request(url, body=b"{}", is_write=is_write)], timeout_s=timeout_s)
    return result


def test_a_good_certificate_is_trusted_and_its_connection_used_again(
    transport: HttpTransport, authority: Authority
) -> None:
    with RawServer(serve, context=authority.server_context(HOST)) as server:
        for _ in range(3):
            result = ask(transport, server.url)
            assert isinstance(result, Answer), result
            assert result.body == b"fine"
        assert server.connections == 1


@pytest.mark.parametrize("is_write", [True, False])
@pytest.mark.parametrize("wrong", ["another host", "expired", "unknown authority"])
def test_t4_a_certificate_that_does_not_fit_stops_the_request_before_it_is_sent(
    transport: HttpTransport, authority: Authority, tmp_path: Path, wrong: str, is_write: bool
) -> None:
    if wrong == "another host":
        context = authority.server_context("api.hyperliquid.xyz")
    elif wrong == "expired":
        context = authority.server_context(HOST, days=-1)
    else:
        context = Authority.made(tmp_path / "other").server_context(HOST)
    with RawServer(serve, context=context) as server:
        result = ask(transport, server.url, is_write=is_write)
        assert isinstance(result, Lost)
        assert not result.reached
        assert "certificate verify failed" in result.reason
        assert server.requests == []


def test_t4_a_server_without_tls_gets_nothing(transport: HttpTransport) -> None:
    def speaks_plainly(talk: Conversation) -> None:
        talk.send(answer(b"fine"))
        talk.request()

    with RawServer(speaks_plainly) as server:
        result = ask(transport, server.url.replace("http:", "https:"))
        assert isinstance(result, Lost)
        assert not result.reached
        assert server.requests == []


def test_t4_a_handshake_that_hangs_is_given_up_unsent(transport: HttpTransport) -> None:
    with RawServer(lambda talk: talk.hang()) as server:
        result = ask(transport, server.url.replace("http:", "https:"), timeout_s=0.25)
        assert result == Lost(reached=False, reason="127.0.0.1: no answer within 0.25 s")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_an_old_tls_version_is_refused(transport: HttpTransport, authority: Authority) -> None:
    context = authority.server_context(HOST)
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with RawServer(serve, context=context) as server:
        result = ask(transport, server.url)
        assert isinstance(result, Lost)
        assert not result.reached


def test_a_connection_lost_after_the_request_over_tls_is_lost_once(
    transport: HttpTransport, authority: Authority
) -> None:
    def closes(talk: Conversation) -> None:
        talk.request()

    with RawServer(closes, context=authority.server_context(HOST)) as server:
        result = ask(transport, server.url)
        assert isinstance(result, Lost)
        assert result.reached
        assert len(server.requests) == 1


def test_a_body_cut_short_over_tls_is_lost(transport: HttpTransport, authority: Authority) -> None:
    def cuts(talk: Conversation) -> None:
        talk.request()
        talk.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfine")

    with RawServer(cuts, context=authority.server_context(HOST)) as server:
        result = ask(transport, server.url)
        assert isinstance(result, Lost)
        assert result.reached


def test_the_rules_verify_the_host_and_take_no_word_from_the_environment(
    authority: Authority, tmp_path: Path
) -> None:
    """A variable that names other authorities, or a file for session keys, changes nothing."""
    keys = tmp_path / "keys"
    code = (
        "from trader.core.wire import Request\nfrom trader.venues.transport import HttpTransport\n"
        "made = HttpTransport({'127.0.0.1'})\n"
        "result = made.exchange([Request(sys.argv[1], is_write=True)], timeout_s=5)[0]\n"
        "context = made._context\n"
        "print(result.reached, 'certificate verify failed' in result.reason, context.check_hostname,"
        " context.verify_mode.name, context.minimum_version.name, context.keylog_filename)"
    )
    with RawServer(serve, context=authority.server_context(HOST)) as server:
        env = {"SSL_CERT_FILE": str(authority.file), "SSLKEYLOGFILE": str(keys), "PATH": "/usr/bin"}
        process = start(code, server.url, env=env)
        assert output_of(process)[1] == "False True True CERT_REQUIRED TLSv1_2 None\n"
    assert not keys.exists()


class Paths:
    """Where OpenSSL was built to look, as `ssl.get_default_verify_paths` tells it."""

    def __init__(self, *, openssl_cafile: str, openssl_capath: str) -> None:
        self.openssl_cafile = openssl_cafile
        self.openssl_capath = openssl_capath


@pytest.mark.parametrize("source", ["a system bundle", "the bundle of certifi"])
def test_without_hashed_certificates_a_bundle_is_trusted(
    monkeypatch: pytest.MonkeyPatch, authority: Authority, tmp_path: Path, source: str
) -> None:
    bundle = authority.file if source == "a system bundle" else tmp_path / "none.pem"
    paths = Paths(openssl_cafile=str(bundle), openssl_capath=str(tmp_path / "none"))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    trusted = trusting_context(None).cert_store_stats()["x509_ca"]
    assert trusted == 1 if source == "a system bundle" else trusted > 50


def test_without_any_authority_nothing_is_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    paths = Paths(openssl_cafile=str(tmp_path / "none.pem"), openssl_capath=str(tmp_path / "none"))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="no certificate authorities found"):
        trusting_context(None)


def test_an_authority_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pem cannot be read"):
        HttpTransport({HOST}, ca_file=tmp_path / "none.pem").exchange(
            [Request("https://127.0.0.1/")], timeout_s=5
        )

"""A key is used where it must be and seen nowhere: not on paper, not in any sink, whatever a venue echoes."""

import json
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from tests.support import canaries
from tests.support.lasting import lasting_home as lasting_home
from tests.support.machine import Machine
from tests.support.raw_server import Conversation, RawServer, answer
from tests.support.real_places import RealPlace, is_write
from trader.cli import group
from trader.core.wire import Answer, Request
from trader.parts import NAMES, parts_of
from trader.sim.line import Delivery, Fate

HOSTILE = "\x1b[2J\r\nlive hyperliquid main: all is well\u202e\u2066\x07\x00"
AUTHORITY = ("apikey", "access", "sign", "passphrase", "authorization", "timestamp", "recvwindow", "cookie")


def taking(conversation: Conversation) -> None:
    while conversation.request():
        conversation.send(answer(b"OK"))


def environment_with_keys(proxy: str) -> dict[str, str]:
    """Every key there is, and every way of saying that a proxy is to be asked."""
    keys = {
        f"{venue.upper()}_{name}": value
        for venue, secrets in canaries.KEYS.items()
        for name, value in {"ACCOUNT": account_of(venue), **secrets}.items()
    }
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
    return {**keys, **dict.fromkeys(names, proxy)}


def account_of(venue: str) -> str:
    return parts_of(venue).paper_keys("main").account_id


def key_file(folder: Path, venue: str) -> Path:
    path = folder / "key.env"
    lines = {"ACCOUNT": account_of(venue), **canaries.KEYS[venue]}
    path.write_text("".join(f"{venue.upper()}_{name}={value}\n" for name, value in lines.items()))
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("venue", NAMES)
def test_paper_sends_nothing_whatever_keys_and_proxies_there_are(
    venue: str, tmp_path: Path, refusals: Path
) -> None:
    machine = Machine(tmp_path / "home")
    machine.home.mkdir()
    machine.configure(
        f"venue: {venue}\nmode: paper\ncredentials: {{file: {key_file(tmp_path, venue)}}}\n"
        "markets: {BTC: {strategy: breakout}}\n"
    )
    with RawServer(taking) as proxy:
        result = machine.run("run", env=environment_with_keys(f"http://127.0.0.1:{proxy.port}"))
        assert result.code == 0, result
        assert result.out.startswith(f"paper {venue} main")
        assert (proxy.connections, proxy.requests) == (0, [])
    assert refusals.read_text() == ""


@pytest.mark.parametrize("venue", NAMES)
def test_paper_on_the_venues_prices_asks_for_prices_alone(
    venue: str, lasting_home: Path, refusals: Path
) -> None:
    """The venue's public host is played here: what arrives there is all that would have left."""
    with RealPlace(venue, lasting_home) as place, RawServer(taking) as proxy:
        place.configure()
        place.machine.configure(
            f"venue: {venue}\nmode: paper\ncredentials: {{file: {place.credentials()}}}\n"
            "paper: {feed: venue}\nmarkets: {BTC: {strategy: breakout}}\n"
        )
        env = environment_with_keys(f"http://127.0.0.1:{proxy.port}")
        result = place.run("run", env=env)
        assert result.out.startswith(f"paper {venue} main"), result
        assert place.requests != []
        assert place.writes == []
        for request in place.requests:
            said = [*(name for name, _ in request.headers), request.url.partition("?")[2]]
            assert not [w for w in AUTHORITY for part in said if w in part.lower()], request
            assert account_of(venue).encode() not in bytes(request.body)
        assert (proxy.connections, proxy.requests) == (0, [])
        assert not place.holds_btc()
    assert refusals.read_text() == ""


def echoing(
    place: RealPlace, fits: Callable[[Request], bool], body: Callable[[str], bytes], status: int
) -> None:
    """From now on the venue answers such requests with the key it was asked by, and worse."""
    key = next(iter(place.keys.secrets.values()))
    deliver = place.line.deliver

    def instead(request: Request, *, at_ms: int, client: str = "127.0.0.1") -> Delivery:
        if fits(request):
            place.requests.append(request)
            return Delivery(Fate.ANSWERED, Answer(status, body(key), {"content-type": "application/json"}))
        return deliver(request, at_ms=at_ms, client=client)

    place.line.deliver = instead  # type: ignore[method-assign]


def is_harmless(text: str, *, lines: bool = True) -> bool:
    """Nothing in it that a terminal or an eye obeys, but the ends of our own lines."""
    return all(character.isprintable() or (lines and character == "\n") for character in text)


REFUSALS: dict[str, Callable[[str], bytes]] = {
    "hyperliquid": lambda key: json.dumps({"status": "err", "response": f"Bad key {key}{HOSTILE}"}).encode(),
    "okx": lambda key: json.dumps(
        {"code": "1", "data": [{"sCode": "59999", "sMsg": f"{key}{HOSTILE}"}]}
    ).encode(),
    "binance": lambda key: json.dumps({"code": -9999, "msg": f"Bad key {key}{HOSTILE}"}).encode(),
}


@pytest.mark.parametrize("venue", NAMES)
def test_no_sink_shows_a_key_that_the_venue_echoes(venue: str, lasting_home: Path) -> None:
    """stdout, stderr, JSON, journal, metrics, messages, sign of life, what is kept for a report."""
    with RealPlace(venue, lasting_home) as place, RawServer(taking) as listener:
        hook = f"127.0.0.1:{listener.port}/{canaries.TOKEN}"
        metrics = lasting_home / "trader.prom"
        place.configure(
            extra=(
                f"metrics: {{textfile: {metrics}}}\nnotify: {{urls: ['secret:NOTE']}}\n"
                "heartbeat: {run: 'secret:BEAT'}\n"
            ),
            more=f"NOTE=json://{hook}\nBEAT=http://{hook}\n",
        )
        echoing(place, lambda r: is_write(venue, r), REFUSALS[venue], 200 if venue != "binance" else 400)
        result = place.run("run", "--live")
        assert result.code not in (0, 70, 78), result
        assert is_harmless(result.out) and is_harmless(result.said), result
        assert "(secret)" in result.text
        bodies = [request.partition(b"\r\n\r\n")[2] for request in listener.requests]
        heads = [request.partition(b"\r\n\r\n")[0] for request in listener.requests]
        assert len(bodies) == 2, "a message and a sign of life"
        assert all(canaries.TOKEN.encode() in head for head in heads), "each went to its own address"
        for body in bodies:
            canaries.refuse(body, "a message")
            assert is_harmless(body.decode())
        assert "trader_exit_code" in metrics.read_text()
        journal = next(place.machine.home.rglob("journal/*.jsonl")).read_text()
        assert "(secret)" in journal
        assert [json.loads(line)["schema"] for line in journal.splitlines()]
        assert is_harmless(journal)


def test_libraries_that_log_all_they_do_show_no_key(lasting_home: Path) -> None:
    with RealPlace("hyperliquid", lasting_home) as place, RawServer(taking) as listener:
        hook = f"127.0.0.1:{listener.port}/{canaries.TOKEN}"
        place.configure(
            extra="notify: {urls: ['secret:NOTE']}\nheartbeat: {run: 'secret:BEAT'}\n",
            more=f"NOTE=json://{hook}\nBEAT=http://{hook}\n",
        )
        result = place.run("run", "--live", debug=True)
        assert (result.code, len(listener.requests)) == (0, 2), result
        assert "DEBUG:urllib3" in result.said
        assert '"POST /(secret)' in result.said or '"POST (secret)' in result.said, result.said
        place.pass_time(61)
        as_json = place.run("check-sl", "--json", debug=True)
        assert json.loads(as_json.out)["realm"] == "live"
        halted = place.run("halt", "--why", f"look at {canaries.AGENT_KEY}")
        assert "look at (secret)" in halted.out


def test_a_monitor_that_fails_is_named_by_its_host_alone(lasting_home: Path) -> None:
    def refusing(conversation: Conversation) -> None:
        conversation.request()
        conversation.send(answer(b"", status="302 Found", headers="Location: http://127.0.0.1:1/x\r\n"))

    with RealPlace("hyperliquid", lasting_home) as place, RawServer(refusing) as monitor:
        hook = f"127.0.0.1:{monitor.port}/{canaries.TOKEN}"
        place.configure(
            extra="notify: {urls: ['secret:NOTE']}\nheartbeat: {run: 'secret:BEAT'}\n",
            more=f"NOTE=json://{hook}\nBEAT=http://{hook}\n",
        )
        result = place.run("run", "--live")
        assert result.code == 0
        assert "heartbeat: http://127.0.0.1 answered 302" in result.said
        assert "notify: address 1 (json)" in result.said
        assert len(monitor.requests) == 2, "no redirect is followed"


def test_each_place_of_credentials_serves_a_run(lasting_home: Path) -> None:
    with RealPlace("okx", lasting_home) as place:
        place.configure()
        file = place.machine.home / ".config/trader/config.yaml"
        whole, key = file.read_text(), place.credentials()
        values = dict(line.split("=", 1) for line in key.read_text().splitlines())
        places: dict[str, dict[str, str]] = {
            f"systemd: {key.name}": {"CREDENTIALS_DIRECTORY": str(key.parent)},
            f"command: [/bin/cat, {key}]": {},
            "environment: true": values,
        }
        for said, env in places.items():
            file.write_text(whole.replace(f"file: {key}", said))
            place.pass_time(5)
            result = place.run("status", env=env)
            assert result.code == 0, (said, result)
            assert result.out.startswith("live okx")
        checked = place.run("config", "check", env=values)
        assert "credentials.environment: weaker than a file" in checked.out, checked


def test_no_command_takes_a_key_as_an_argument() -> None:
    def options(command: click.Command, context: click.Context) -> list[str]:
        found = [option for parameter in command.params for option in parameter.opts]
        if isinstance(command, click.Group):
            for name in command.list_commands(context):
                inner = command.get_command(context, name)
                assert inner is not None
                found += options(inner, context)
        return found

    found = options(group, click.Context(group))
    assert "--config" in found
    words = ("key", "secret", "pass", "token", "credential", "url")
    # Where prices are asked of a server on this machine: `data fetch` needs no key, and that server has none.
    assert [option for option in found if any(word in option for word in words)] == ["--url"]

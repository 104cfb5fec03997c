"""What a newcomer types first, for each venue and strategy: init, config check, run; and `sim serve`."""

import hashlib
import hmac
import http.client
import json
import re
import subprocess
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.machine import Machine, ended
from tests.support.processes import line_of
from trader.config.template import combinations

PAIRS = tuple(combinations())


def all_ended(started: dict[tuple[str, str], subprocess.Popen[bytes]]) -> None:
    """Every process ended well and said nothing on stderr."""
    for pair, process in started.items():
        result = ended(process, timeout_s=60)
        assert (result.code, result.said) == (0, ""), (pair, result)


def test_the_first_steps_work_for_every_venue_and_strategy(tmp_path: Path) -> None:
    """Side by side: each on a machine of its own, as on the day of its owner."""
    assert len(PAIRS) == 8
    machines = {pair: Machine(tmp_path / "-".join(pair)) for pair in PAIRS}
    for machine in machines.values():
        machine.home.mkdir()
    choices = {pair: ("--venue", pair[0], "--strategy", pair[1]) for pair in PAIRS}
    all_ended({p: m.start("init", *choices[p], "--quiet") for p, m in machines.items()})
    checks = {p: m.start("config", "check") for p, m in machines.items()}
    for (venue, strategy), process in checks.items():
        said = ended(process).out
        assert re.search(rf": ok: paper, {venue}, account main, BTC {strategy}", said), said
    runs = {p: m.start("run", "--paper", "--json") for p, m in machines.items()}
    for (venue, strategy), process in runs.items():
        result = ended(process)
        report = json.loads(result.out)
        assert (result.code, result.said, report["venue"]) == (0, "", venue)
        assert report["problems"] == []
        assert not any("waited" in note for note in report["notes"])
        is_grid = strategy == "hedge_grid"
        assert is_grid is any(done["action"]["is"] == "Rest" for done in report["done"])


def test_an_amount_that_is_none_is_a_fault_of_the_command_line(tmp_path: Path) -> None:
    for amount in ("abc", "0", "-5", "NaN"):
        result = Machine(tmp_path).run("sim", "serve", "--equity", amount)
        assert (result.code, "--equity" in result.said) == (2, True), result


@pytest.fixture
def okx_server(tmp_path: Path) -> Iterator[dict[str, str]]:
    """`trader sim serve --venue okx`, and what its one line says."""
    process = Machine(tmp_path).start("sim", "serve", "--venue", "okx", "--equity", "2500")
    try:
        words = line_of(process).split()
        told = dict(word.split("=", 1) for word in words if "=" in word)
        yield told | {"url": words[3], "account": words[5]}
    finally:
        process.terminate()
        ended(process)


def signed_get(
    server: dict[str, str], path: str, *, secret: str | None = None
) -> tuple[int, dict[str, object]]:
    """One request as the venue's documents write it."""
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    key = (secret or server["API_SECRET"]).encode()
    headers = {
        "OK-ACCESS-KEY": server["API_KEY"],
        "OK-ACCESS-SIGN": b64encode(hmac.digest(key, f"{at}GET{path}".encode(), hashlib.sha256)).decode(),
        "OK-ACCESS-TIMESTAMP": at,
        "OK-ACCESS-PASSPHRASE": server["API_PASSPHRASE"],
    }
    connection = http.client.HTTPConnection(urlsplit(server["url"]).netloc, timeout=10)
    try:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_server_tells_a_stranger_enough_to_sign(okx_server: dict[str, str]) -> None:
    status, answer = signed_get(okx_server, "/api/v5/account/config")
    assert (status, answer["code"]) == (200, "0")
    assert isinstance(answer["data"], list)
    assert answer["data"][0]["uid"] == okx_server["account"]
    assert answer["data"][0]["posMode"] == "long_short_mode"
    _status, balance = signed_get(okx_server, "/api/v5/account/balance?ccy=USDT")
    assert isinstance(balance["data"], list)
    assert float(balance["data"][0]["details"][0]["eq"]) == 2500
    status, refused = signed_get(okx_server, "/api/v5/account/config", secret="another")
    assert (status, refused["code"]) == (401, "50113")

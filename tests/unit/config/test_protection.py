"""A broken file never switches protection off: what is wrong is told, and the rest stands."""

import os
from pathlib import Path

import pytest

from tests.support.configurations import MINIMAL, write
from trader.config import Loaded, load
from trader.core.errors import ConfigError

TESTNET = "venue: hyperliquid\nmode: testnet\ncredentials: {file: /srv/key.env}\n"
LIVE = "venue: hyperliquid\nmode: live\ncredentials: {file: /srv/key.env}\nlive: {fingerprint: '1a2b3c4d'}\n"
KEPT = f"{TESTNET}stops: {{fallback: 0.06}}\n"
COINS = """\
markets:
  BTC: {strategy: breakout, params: {trend_stop: 0.02, vol_threshold: -1}, sizing: {leverage: 2}}
  ETH: {strategy: donchian}
  SOL: {strategy: breakout, params: {trend_stop: 0.03}}
"""


def protecting(folder: Path, text: str) -> Loaded:
    """Loaded for protection, after it was refused for anything else."""
    path = write(folder, text)
    with pytest.raises(ConfigError):
        load(path)
    loaded = load(path, need="protection")
    assert loaded.faults
    return loaded


def test_a_broken_coin_spoils_itself_alone(tmp_path: Path) -> None:
    loaded = protecting(tmp_path, TESTNET + COINS)
    markets = loaded.settings.markets
    assert set(markets) == {"BTC", "SOL"}
    assert (markets["BTC"].params.trend_stop, markets["BTC"].params.vol_threshold) == (0.02, 1.25)
    assert (markets["BTC"].sizing.leverage, markets["SOL"].params.trend_stop) == (2, 0.03)
    assert [fault.split(": ")[1] for fault in loaded.faults] == [
        "markets.BTC.params.vol_threshold",
        "markets.ETH.strategy",
    ]
    assert loaded.sources["markets.BTC.params.vol_threshold"] == "default"
    assert loaded.sources["markets.BTC.params.trend_stop"].endswith("line 5")


@pytest.mark.parametrize(
    "broken",
    [
        "stops: {fallback: 5}",
        "stops: 3",
        "sizing: {leverage: no}",
        "sizing: {leverage: 3, leverage: 4}",
        "limits: {unknown: 1}",
        "limits: {notional_max: 9, coin_notional_max: 5}",
        "unknown: 1",
        "notify: {events: [open, opn]}",
        "adopt: {ETH: {}}",
        "heartbeat: {run: 'secret'}",
        "markets: 7",
        "markets: {BTC: {strategy: breakout, params: 7}}",
        "markets: {no: {strategy: breakout}}",
        "paper: {feed: moon}",
        "live: {fingerprint: x}",
    ],
)
def test_what_protection_does_not_need_stands_at_its_default(tmp_path: Path, broken: str) -> None:
    loaded = protecting(tmp_path, f"{TESTNET}{broken}\n")
    found = loaded.settings
    assert (found.venue, found.mode, found.credentials.file) == ("hyperliquid", "testnet", "/srv/key.env")
    assert (found.stops.fallback, found.paper.feed, found.live.fingerprint) == (0.05, "bundle", None)
    assert found.sizing.leverage == 3


@pytest.mark.parametrize(
    "text",
    [
        f"{KEPT}markets:\n\tBTC: {{strategy: breakout}}\nsizing: {{leverage: 2}}\n",
        f"{KEPT}sizing: {{leverage: 2}}\nmarkets:\n  BTC: {{strategy: brea",
        f"{KEPT}sizing: {{leverage: 2}}\nmarkets: &x {{BTC: 1}}\n",
        f"{KEPT}sizing: {{leverage: 2}}\nmarkets: a: b\n",
    ],
)
def test_a_text_that_does_not_parse_is_read_block_by_block(tmp_path: Path, text: str) -> None:
    loaded = protecting(tmp_path, text)
    found = loaded.settings
    assert (found.mode, found.credentials.file) == ("testnet", "/srv/key.env")
    assert (found.stops.fallback, found.sizing.leverage, dict(found.markets)) == (0.06, 2, {})
    assert any("(markets could not be read)" in fault for fault in loaded.faults)
    assert loaded.sources["stops.fallback"].endswith("line 4")


def test_of_a_block_that_comes_twice_the_first_is_taken_and_told(tmp_path: Path) -> None:
    loaded = protecting(tmp_path, f"{TESTNET}sizing: {{leverage: 2}}\nsizing: {{leverage: 4}}\nx: [\n")
    assert loaded.settings.sizing.leverage == 2
    assert any(fault.endswith(":5:1: sizing: is given twice: keep one") for fault in loaded.faults)


def test_another_encoding_does_not_stop_protection(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    path.write_bytes(TESTNET.encode() + "# h\u00e9\nsizing: {leverage: 2}\n".encode("latin-1"))
    path.chmod(0o600)
    loaded = load(path, need="protection")
    assert loaded.settings.sizing.leverage == 2
    assert "not UTF-8 text" in loaded.faults[0]


def test_a_file_that_others_can_change_is_told_but_protects(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL, permissions=0o606)
    (fault,) = load(path, need="protection").faults
    assert "everyone can change it" in fault


def test_no_program_is_run_for_the_owner_of_another_users_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner alone can read it, and change it: root must not run what it names."""
    program = "venue: hyperliquid\nmode: testnet\ncredentials: {command: [/usr/bin/pass]}\n"
    path = write(tmp_path, program)
    assert load(path, need="protection").settings.credentials.command == ("/usr/bin/pass",)
    theirs = os.geteuid() + 1
    real = os.fstat
    monkeypatch.setattr(os, "fstat", lambda fd: _of_user(real(fd), theirs))
    with pytest.raises(ConfigError, match="could have you run another program"):
        load(path, need="protection")


def _of_user(found: os.stat_result, uid: int) -> os.stat_result:
    return os.stat_result((*found[:4], uid, *found[5:]))


@pytest.mark.parametrize(
    "text",
    [
        "mode: testnet\ncredentials: {file: /srv/key.env}\n",
        "venue: hyperliquid\ncredentials: {file: /srv/key.env}\n",
        "venue: hyperliquid\nmode: no\n",
        "venue: hyperliquid\nmode: testnet\n",
        "venue: hyperliquid\nmode: testnet\ncredentials: {fil: /srv/key.env}\n",
        "venue: hyperliquid\nmode: testnet\ncredentials: {file: key.env}\n",
        "venue: hyperliquid\nmode: testnet\ncredentials: {file: /srv/a, file: /srv/b}\n",
        TESTNET + "mode: paper\n",
        TESTNET + "mode: paper\nx: [\n",
        TESTNET + "account: a b\n",
        TESTNET + "notify: {urls: ['\nmode: paper\n']}\nx: [\n",
        LIVE.replace("'1a2b3c4d'", "1"),
        LIVE.replace("live: {fingerprint: '1a2b3c4d'}\n", ""),
        LIVE.replace("live: {fingerprint: '1a2b3c4d'}\n", "live: {fingerprint: '1a2b3c4d'\n"),
        MINIMAL + "paper: {url: 'http://exchange.example:1'}\n",
        MINIMAL + "paper: {url: 'http://127.0.0.1:1', file: /srv/x}\n",
    ],
)
def test_whose_account_it_is_must_be_right(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ConfigError):
        load(path, need="protection")


def test_the_essentials_are_enough_for_live(tmp_path: Path) -> None:
    found = protecting(tmp_path, LIVE + "stops: {fallback: x}\n").settings
    assert (found.mode, found.live.fingerprint) == ("live", "1a2b3c4d")


def test_a_right_file_is_the_same_for_both(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL)
    assert load(path, need="protection") == load(path)

"""What is said about a file that is wrong: one line each, with its place, and what to write instead."""

from pathlib import Path

import pytest

from tests.support.configurations import MINIMAL, write
from trader.config import load
from trader.core.errors import ConfigError

HEAD = "venue: hyperliquid\nmode: paper\n"
COINS = "markets: {BTC: {strategy: breakout}}\n"

SYNTAX = [
    ("", ": is empty; `trader init` writes a file to start from"),
    ("# nothing\n", ": is empty; `trader init` writes a file to start from"),
    ("- venue\n", ":1:1: expected settings such as `venue: hyperliquid`, got a list"),
    ("venue\n", ":1:1: expected settings such as `venue: hyperliquid`, got 'venue'"),
    ("a: [1\n", ":2:1: did not find expected ',' or ']'"),
    ("a: b: c\n", ":1:5: mapping values are not allowed in this context"),
    (
        "a:\n\tb: 1\n",
        ":2:1: found character that cannot start any token (a tab: indent with spaces)",
    ),
    ("a: &x 1\n", ":1:4: anchors (&) and aliases (*) are not used here: write the value out"),
    ("a: *x\n", ":1:4: anchors (&) and aliases (*) are not used here: write the value out"),
    ("a: !!python/object:os.system x\n", ":1:4: tags (!) are not used here: write the value alone"),
    ("a: 1\n---\nb: 2\n", ":2:1: a second document (---); expected one file, one account"),
    ("? [a]\n: b\n", ":1:3: a key must be a word, not a list or a group"),
    ("a: " + "[" * 13 + "]" * 13, ":1:15: nested deeper than 12 levels"),
    ("a: \x07\n", ":1: control characters are not allowed; save the file as plain UTF-8 text"),
    (
        "a: [" + "1," * 21_000 + "]",
        ":1:39997: more than 20000 values; a configuration is shorter",
    ),
]

ESSENTIALS = [
    ("mode: paper\n" + COINS, ": venue is missing: expected one of hyperliquid, okx, binance"),
    (
        "venue: ftx\nmode: paper\n" + COINS,
        ":1:1: venue: 'ftx' is not allowed: expected one of hyperliquid, okx, binance",
    ),
    (
        "venue: hyperliquid\nmode: papr\n" + COINS,
        ":2:1: mode: 'papr' is not allowed: expected one of paper, testnet, live",
    ),
    ("venue: hyperliquid\n" + COINS, ": mode is missing: expected one of paper, testnet, live"),
    (
        "venue: hyperliquid\nmode: testnet\n" + COINS,
        ": credentials.file is missing (or .systemd, .command, .environment): mode testnet signs with a key",
    ),
    (
        "venue: hyperliquid\nmode: live\ncredentials: {file: /srv/main.env}\n" + COINS,
        ": live.fingerprint is missing: mode live needs the account's fingerprint",
    ),
]


def table(name: str) -> list[tuple[str, str]]:
    """The cases of a file: lines of a configuration, then `=>` and the fault without the file's name."""
    blocks = Path(__file__).with_name(name).read_text(encoding="utf-8").split("\n\n")[1:]
    return [(lines, said) for block in blocks for lines, said in [block.strip().split("\n=> ")]]


def faults_of(folder: Path, text: str) -> str:
    """What is said about a text, with the file's own name left out."""
    path = write(folder, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    return str(caught.value).replace(str(path), "")


@pytest.mark.parametrize(("text", "said"), SYNTAX)
def test_a_text_that_is_no_configuration(tmp_path: Path, text: str, said: str) -> None:
    assert faults_of(tmp_path, text) == said


@pytest.mark.parametrize(("lines", "said"), table("wrong_lines.txt"))
def test_a_wrong_line(tmp_path: Path, lines: str, said: str) -> None:
    assert faults_of(tmp_path, f"{HEAD}{lines}\n{COINS}") == said


@pytest.mark.parametrize(("line", "said"), table("wrong_coins.txt"))
def test_wrong_coins(tmp_path: Path, line: str, said: str) -> None:
    assert faults_of(tmp_path, f"{HEAD}{line}\n") == said


def test_no_coins_at_all(tmp_path: Path) -> None:
    said = ": markets: no coin is named: expected for example BTC: {strategy: breakout}"
    assert faults_of(tmp_path, HEAD) == said


@pytest.mark.parametrize(("text", "said"), ESSENTIALS)
def test_wrong_essentials(tmp_path: Path, text: str, said: str) -> None:
    assert faults_of(tmp_path, text) == said


def test_all_faults_of_a_file_are_told_at_once_in_its_order(tmp_path: Path) -> None:
    markets = "markets: {BTC: {strategy: x}, ETH: {strategy: breakout}}"
    text = f"{HEAD}account: no\nstops: {{fallback: 5}}\n{markets}\n"
    lines = faults_of(tmp_path, text).splitlines()
    assert [line.split(":")[1] for line in lines] == ["3", "4", "5"]


def test_a_key_in_the_wrong_place_is_never_repeated(tmp_path: Path) -> None:
    key = "ab" * 32
    for line in (
        f"credentials: {{file: 0x{key}}}",
        f"credentials: {{file: '{key}'}}",
        f"account: '0x{key}'",
        f"HYPERLIQUID_AGENT_KEY: {key}",
        f"markets: {{BTC: {{strategy: '{key}'}}}}",
    ):
        text = faults_of(tmp_path, f"{HEAD}{line}\n")
        assert text
        assert "abab" not in text


@pytest.mark.parametrize(
    "line", ['notify: {urls: ["ntfy://topic-x"]}', "heartbeat: {run: 'https://hc.example/x'}"]
)
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, line: str) -> None:
    text = f"{HEAD}{COINS}{line}\n"
    path = write(tmp_path, text, permissions=0o644)
    with pytest.raises(ConfigError, match="is written out: run chmod 600 on this file, or write secret:NAME"):
        load(path)
    assert load(write(tmp_path, text)).faults == ()


def test_a_file_that_everyone_can_change_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL, permissions=0o602)
    with pytest.raises(ConfigError, match=r"everyone can change it; run: chmod o-w"):
        load(path)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none.yaml: no such file; `trader init .*none.yaml` writes one"):
        load(tmp_path / "none.yaml")
    with pytest.raises(ConfigError, match="is not a file; expected a configuration"):
        load(tmp_path)
    with pytest.raises(ConfigError, match="is longer than 256 kB"):
        load(write(tmp_path, "#" * 300_000))


def test_text_in_another_encoding_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "trader.yaml"
    path.write_bytes(MINIMAL.encode() + "account: h\u00e9\n".encode("latin-1"))
    with pytest.raises(ConfigError, match=r"trader.yaml:5: not UTF-8 text; save the file as UTF-8"):
        load(path)

"""The credentials: who may read the file, what it must hold, and that nothing of it is ever shown."""

import os
import re
import traceback
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support import canaries
from trader import credentials
from trader.config import Loaded
from trader.core.errors import ConfigError
from trader.credentials import (
    Credentials,
    Secret,
    credentials_in,
    hide,
    names_of,
    needs_secrets,
    source_of,
    with_secrets,
)
from trader.parts import NAMES, Keys, parts_of
from trader.redaction import Veil
from trader.settings import CredentialSettings, HeartbeatSettings, NotifySettings, Settings
from trader.sinks.heartbeat import Heartbeat

ADDRESS = "0x" + "Ab" * 20
KEY = canaries.AGENT_KEY
TEXT = f"HYPERLIQUID_ACCOUNT={ADDRESS}\nHYPERLIQUID_AGENT_KEY={KEY}\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return write(tmp_path / "main.env", TEXT)


def write(path: Path, text: str, permissions: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(permissions)
    return path


def read(path: Path, *, venue: str) -> Credentials:
    """The credentials of a file, as a run reads them."""
    source = source_of(CredentialSettings(file=str(path)), {})
    return credentials_in(source.read(names_of(venue)), venue=venue, what=source.what)


def read_values(path: Path) -> dict[str, Secret]:
    return source_of(CredentialSettings(file=str(path)), {}).read(())


def refusal(path: Path) -> str:
    """What is said, after making sure that neither it nor its traceback shows a value."""
    with pytest.raises(ConfigError) as caught:
        read(path, venue="hyperliquid")
    whole = "".join(traceback.format_exception(caught.value))
    for secret in (KEY[2:12], ADDRESS[2:12], "quiet"):
        assert secret.lower() not in whole.lower()
    return str(caught.value).replace(str(path), "FILE")


def test_the_account_and_the_key_are_read(path: Path) -> None:
    found = read(path, venue="hyperliquid")
    assert found.account_id == ADDRESS.lower()
    assert found.secrets["AGENT_KEY"].reveal() == KEY
    assert KEY[2:] not in repr(found)
    assert f"{found.secrets['AGENT_KEY']} {found.secrets['AGENT_KEY']!r}" == "Secret(...) Secret(...)"


@pytest.mark.parametrize(
    "text",
    [
        f"\ufeffHYPERLIQUID_ACCOUNT={ADDRESS}\r\nHYPERLIQUID_AGENT_KEY={KEY}\r\n",
        f"# main\n\nexport HYPERLIQUID_ACCOUNT='{ADDRESS}' # whose\n HYPERLIQUID_AGENT_KEY = {KEY} # key\n",
        f'HYPERLIQUID_AGENT_KEY="{KEY[2:]}"\nHYPERLIQUID_ACCOUNT={ADDRESS[2:].upper()}\nOTHER=x\n',
    ],
)
def test_the_usual_ways_to_write_such_a_file(path: Path, text: str) -> None:
    found = read(write(path, text), venue="hyperliquid")
    assert (found.account_id, found.secrets["AGENT_KEY"]) == (ADDRESS.lower(), Secret(KEY))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "HYPERLIQUID_ACCOUNT is missing; add a line HYPERLIQUID_ACCOUNT=0x..."),
        (
            f"HYPERLIQUID_ACCOUNT={ADDRESS}",
            "HYPERLIQUID_AGENT_KEY is missing; add a line HYPERLIQUID_AGENT_KEY=0x...",
        ),
        (
            f"HYPERLIQUID_ACCOUNT=\nHYPERLIQUID_AGENT_KEY={KEY}",
            "HYPERLIQUID_ACCOUNT is empty; expected 0x and 40 hexadecimal digits",
        ),
        (
            f"HYPERLIQUID_ACCOUNT={ADDRESS}\nHYPERLIQUID_AGENT_KEY=0x",
            "HYPERLIQUID_AGENT_KEY is empty; expected 0x and 64 hexadecimal digits",
        ),
        (TEXT.replace(KEY, KEY[:-1]), "HYPERLIQUID_AGENT_KEY has 63 hexadecimal digits, expected 64"),
        (
            TEXT.replace(KEY, f"0x{KEY}"),
            "HYPERLIQUID_AGENT_KEY is not hexadecimal; expected 0x and 64 digits",
        ),
        (
            TEXT.replace(ADDRESS, KEY),
            "HYPERLIQUID_ACCOUNT has 64 hexadecimal digits, expected 40 (a key, in the account's place?)",
        ),
        (
            TEXT.replace(ADDRESS, "0x" + "0" * 40),
            "HYPERLIQUID_ACCOUNT is the zero address; expected your account's",
        ),
        (
            TEXT.replace(KEY, "0x" + "0" * 64),
            "HYPERLIQUID_AGENT_KEY is no key that can sign; copy it again",
        ),
        (
            TEXT.replace(KEY, "0x" + "f" * 64),
            "HYPERLIQUID_AGENT_KEY is no key that can sign; copy it again",
        ),
    ],
)
def test_a_value_that_cannot_be_used(path: Path, text: str, said: str) -> None:
    assert refusal(write(path, text)) == f"credentials FILE: {said}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (KEY, "FILE:1: expected NAME=value"),
        (f"# key\n{KEY} = x", "FILE:2: expected NAME=value"),
        (TEXT + f"HYPERLIQUID_AGENT_KEY={KEY}", "FILE:3: HYPERLIQUID_AGENT_KEY is given twice; keep one"),
        (f"A='{KEY}", "FILE:1: the quotes do not close at the end of the value"),
        (f"A='quiet' {KEY}", "FILE:1: the quotes do not close at the end of the value"),
    ],
)
def test_a_line_that_cannot_be_read(path: Path, text: str, said: str) -> None:
    assert refusal(write(path, text)) == f"credentials {said}"


def test_bytes_that_are_no_text_are_not_shown(path: Path) -> None:
    path.write_bytes(TEXT.encode() + b"\xff")
    assert refusal(path) == "credentials FILE: is not text; expected lines NAME=value in UTF-8"
    path.write_bytes(b"A" * 70_000)
    assert refusal(path) == "credentials FILE: is longer than 64 kB"


@pytest.mark.parametrize("permissions", [0o640, 0o604, 0o644, 0o620, 0o602, 0o700, 0o666, 0o610])
def test_a_file_that_others_may_use_is_refused(path: Path, permissions: int) -> None:
    path.chmod(permissions)
    said = f"credentials FILE: has permissions {permissions:04o}, expected 0600; run: chmod 600 FILE"
    assert refusal(path) == said


def test_a_file_that_we_can_only_read_is_accepted(path: Path) -> None:
    path.chmod(0o400)
    assert read(path, venue="hyperliquid").account_id == ADDRESS.lower()


def test_what_is_no_plain_file_of_its_own_is_refused(path: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.env"
    link.symlink_to(path)
    assert "FILE: is a symbolic link; name the file itself" in refusal(link)
    assert "is not a file" in refusal(tmp_path)
    fifo = tmp_path / "fifo.env"
    os.mkfifo(fifo, 0o600)
    assert "is not a file" in refusal(fifo)
    assert "FILE: no such file" in refusal(tmp_path / "none.env")
    os.link(path, tmp_path / "second.env")
    assert "has 2 hard links, expected 1" in refusal(path)


def test_a_file_of_another_user_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = os.geteuid()
    monkeypatch.setattr("os.geteuid", lambda: ours + 1)
    assert f"belongs to user id {ours}" in refusal(path)


def test_a_folder_that_everyone_can_change_is_refused(path: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    assert f"everyone can change the folder {tmp_path}; run: chmod o-w" in refusal(path)
    tmp_path.chmod(0o1777)  # others may add files, but not replace ours
    assert read(path, venue="hyperliquid").secrets["AGENT_KEY"] == Secret(KEY)


def test_a_folder_behind_a_link_counts_too(path: Path, tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    inner = open_folder / "inner"
    inner.mkdir(parents=True)
    write(inner / "main.env", TEXT)
    link = tmp_path / "link"
    link.symlink_to(inner)
    open_folder.chmod(0o777)
    assert f"everyone can change the folder {open_folder}" in refusal(link / "main.env")


SETTINGS = Settings(
    venue="hyperliquid",
    mode="paper",
    heartbeat=HeartbeatSettings(run="secret:BEAT", flatten="https://hc.example/open"),
    notify=NotifySettings(urls=("ntfy://open", "secret:NOTE")),
)


def test_urls_that_are_named_are_looked_up(path: Path) -> None:
    write(path, 'BEAT=https://hc.example/quiet\nNOTE="ntfy://quiet # not a comment"\n')
    found = with_secrets(SETTINGS, read_values(path))
    assert (found.heartbeat.run, found.heartbeat.check_sl) == ("https://hc.example/quiet", None)
    assert found.heartbeat.flatten == "https://hc.example/open"
    assert found.notify.urls == ("ntfy://open", "ntfy://quiet # not a comment")
    assert needs_secrets(SETTINGS)
    assert not needs_secrets(found)


@pytest.mark.parametrize("values", [{}, {"BEAT": Secret(""), "NOTE": Secret("x")}])
def test_a_name_that_is_not_there_is_told(values: dict[str, Secret]) -> None:
    with pytest.raises(ConfigError) as caught:
        with_secrets(SETTINGS, values)
    assert str(caught.value) == (
        "heartbeat.run: secret:BEAT: the credentials have no BEAT; add a line BEAT=..."
    )


def test_only_an_account_of_a_venue_is_shown() -> None:
    """Whatever else stands beside the key is a secret, whichever name it was given."""
    veil = Veil()
    values = {"OKX_ACCOUNT": "1234567890123456789", "BOT_ACCOUNT": "tgram://12345:abcdefGHIJ"}
    hide({name: Secret(text) for name, text in values.items()}, veil)
    shown = veil.text(" ".join(values.values()))
    assert values["OKX_ACCOUNT"] in shown and "abcdefGHIJ" not in shown


def test_a_secret_shows_only_when_asked() -> None:
    secret = Secret("quiet")
    assert "quiet" not in f"{secret} {secret!r} {[secret]} {vars(credentials)}"
    assert secret.reveal() == "quiet"
    assert secret != Secret("other")
    assert len({secret, Secret("quiet")}) == 1


@pytest.mark.parametrize(
    ("venue", "lines"),
    [
        ("hyperliquid", "HYPERLIQUID_ACCOUNT=..., HYPERLIQUID_AGENT_KEY=..., readable"),
        ("okx", "OKX_ACCOUNT=..., OKX_API_KEY=..., OKX_API_SECRET=..., OKX_API_PASSPHRASE=..., readable"),
        ("binance", "BINANCE_ACCOUNT=..., BINANCE_API_KEY=..., BINANCE_API_SECRET=..., readable"),
    ],
)
def test_a_file_that_is_not_there_is_told_line_by_line(tmp_path: Path, venue: str, lines: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(f"with the lines {lines} by you alone: chmod 600")):
        read(tmp_path / "none.env", venue=venue)


@pytest.mark.parametrize("venue", NAMES)
def test_no_value_of_ours_shows_a_key(venue: str) -> None:
    parts, secrets = parts_of(venue), canaries.KEYS[venue]
    keys = Keys("account", secrets)
    shown = [
        keys,
        parts.pen(keys, practice=False),
        Credentials("1", {n: Secret(s) for n, s in secrets.items()}),
    ]
    urls = (f"ntfy://{canaries.TOKEN}",)
    settings = replace(
        SETTINGS,
        notify=NotifySettings(urls=urls),
        heartbeat=HeartbeatSettings(run=f"https://hc.example/{canaries.TOKEN}"),
        credentials=CredentialSettings(command=("/usr/bin/pass", canaries.TOKEN)),
    )
    beat = Heartbeat(f"https://hc.example/{canaries.TOKEN}")
    for value in (*shown, settings, Loaded(settings, {}, (), (), None), beat):
        canaries.refuse(f"{value!r} {value}", f"the words for {type(value).__name__}")

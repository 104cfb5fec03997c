"""The places that credentials come from: what each demands, and that none says anything of a value."""

import os
import select
import sys
import time
import traceback
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.support import canaries
from tests.support.configurations import MINIMAL, write
from trader.config import load
from trader.core.errors import ConfigError
from trader.credentials import Secret, names_of, read_hidden, source_of
from trader.credentials.program import output_of
from trader.redaction import Veil
from trader.settings import CredentialSettings, HeartbeatSettings, Settings

QUIET = canaries.TOKEN
TEXT = f"OKX_ACCOUNT=123\nOKX_API_KEY={QUIET}\n"
NAMES = names_of("okx")


def values_of(said: CredentialSettings, environ: Mapping[str, str] = {}) -> dict[str, Secret]:
    return source_of(said, environ).read(NAMES)


def refusal(said: CredentialSettings, environ: Mapping[str, str] = {}) -> str:
    with pytest.raises(ConfigError) as caught:
        values_of(said, environ)
    assert QUIET not in "".join(traceback.format_exception(caught.value))
    return str(caught.value)


def handed_over(folder: Path, permissions: int = 0o400) -> Mapping[str, str]:
    (folder / "trader.env").write_text(TEXT)
    (folder / "trader.env").chmod(permissions)
    return {"CREDENTIALS_DIRECTORY": str(folder)}


SYSTEMD = CredentialSettings(systemd="trader.env")


@pytest.mark.parametrize("permissions", [0o400, 0o600])
def test_what_systemd_put_there_is_read(tmp_path: Path, permissions: int) -> None:
    found = values_of(SYSTEMD, handed_over(tmp_path, permissions))
    assert found == {"OKX_ACCOUNT": Secret("123"), "OKX_API_KEY": Secret(QUIET)}


def test_a_list_of_readers_on_what_belongs_to_root_is_accepted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = handed_over(tmp_path, 0o440)
    real = os.fstat

    def owned_by(uid: int) -> None:
        def told(descriptor: int) -> os.stat_result:
            found = list(real(descriptor))
            found[4] = uid
            return os.stat_result(found)

        monkeypatch.setattr("trader.config.private.os.fstat", told)

    owned_by(0)
    assert values_of(SYSTEMD, environ)["OKX_API_KEY"] == Secret(QUIET)
    owned_by(os.geteuid() + 1)
    assert "belongs to user id" in refusal(SYSTEMD, environ)


@pytest.mark.parametrize("permissions", [0o404, 0o644, 0o420])
def test_what_others_can_read_is_not_from_systemd(tmp_path: Path, permissions: int) -> None:
    assert f"with permissions {permissions:04o}" in refusal(SYSTEMD, handed_over(tmp_path, permissions))


def test_a_run_that_no_unit_started_says_how_to_start_it(tmp_path: Path) -> None:
    assert "LoadCredential=trader.env:FILE" in refusal(SYSTEMD)
    assert "no such file" in refusal(SYSTEMD, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    (tmp_path / "trader.env").symlink_to(tmp_path / "elsewhere")
    assert "is a symbolic link" in refusal(SYSTEMD, {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def python(code: str, *arguments: str) -> CredentialSettings:
    return CredentialSettings(command=(sys.executable, "-I", "-S", "-c", code, *arguments))


def test_a_program_is_asked_without_a_shell() -> None:
    words = ("$(touch x) `x` ; *", QUIET)
    found = values_of(python("import sys; print('OKX_API_KEY=' + sys.argv[1])", *words))
    assert found["OKX_API_KEY"] == Secret(words[0])


def test_a_program_gets_nothing_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKX_API_SECRET", QUIET)
    with (tmp_path / "lock").open("w") as lock:
        os.set_inheritable(lock.fileno(), True)
        code = (
            "import os, sys; print('ENV=' + ','.join(sorted(os.environ)));"
            f"print('LOCK=' + str(os.path.exists('/proc/self/fd/{lock.fileno()}')));"
            "print('IN=' + str(len(sys.stdin.read()))); print('CWD=' + os.getcwd())"
        )
        found = {name: value.reveal() for name, value in values_of(python(code)).items()}
    ours = {"HOME", "LANG", "LC_CTYPE", "PATH"}  # LC_CTYPE is Python's own doing
    assert set(found["ENV"].split(",")) <= ours
    assert (found["LOCK"], found["IN"], found["CWD"]) == ("False", "0", "/")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"import sys; sys.stderr.write('{QUIET}'); print('{QUIET}'); sys.exit(3)", "ended with 3"),
        (f"print('{QUIET}' * 10_000)", "printed more than 64 kB"),
        (f"import sys; sys.stdout.buffer.write(b'{QUIET}' + bytes([255]))", "did not print text"),
        (f"print('{QUIET}')", ":1: expected NAME=value"),
    ],
)
def test_a_program_that_fails_is_named_and_not_quoted(
    code: str, said: str, capfd: pytest.CaptureFixture[str]
) -> None:
    told = refusal(python(code))
    assert told.startswith(f"credentials from the program {sys.executable}")
    assert said in told
    assert capfd.readouterr() == ("", "")


def test_a_program_that_is_not_there_is_told() -> None:
    assert "cannot be started: No such file" in refusal(CredentialSettings(command=("/nonexistent/pass",)))


@pytest.mark.parametrize(
    "code",
    ["import time; time.sleep(60)", "import os, time; os.close(1); time.sleep(60)"],
    ids=["silent", "output closed"],
)
def test_a_program_that_hangs_ends_in_time(code: str) -> None:
    began = time.monotonic()
    with pytest.raises(ConfigError, match=r"did not end within 0\.3 s"):
        output_of((sys.executable, "-I", "-S", "-c", code), "it", timeout_s=0.3)
    assert time.monotonic() - began < 3


def test_what_a_program_started_ends_with_it(tmp_path: Path) -> None:
    """A child that keeps the output open must not keep us, nor stay behind."""
    code = (
        "import subprocess, sys;"
        "p = subprocess.Popen([sys.executable, '-S', '-c', 'import time; time.sleep(60)']);"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(p.pid)); print('A=b', flush=True)"
    )
    with pytest.raises(ConfigError, match="did not end"):
        output_of((sys.executable, "-I", "-S", "-c", code), "it", timeout_s=0.5)
    try:
        child = os.pidfd_open(int((tmp_path / "pid").read_text()))
    except ProcessLookupError:
        return
    ended, _, _ = select.select([child], [], [], 10)
    os.close(child)
    assert ended


def test_the_environment_gives_the_names_that_are_asked_for_and_no_other() -> None:
    environ = {"OKX_ACCOUNT": "123", "OKX_API_KEY": QUIET, "PATH": "/bin", "OTHER": "x"}
    found = values_of(CredentialSettings(environment=True), environ)
    assert found == {"OKX_ACCOUNT": Secret("123"), "OKX_API_KEY": Secret(QUIET)}


def test_names_of_urls_are_asked_of_the_environment_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BEAT", f"https://hc.example/{QUIET}")
    settings = Settings(
        venue="okx",
        mode="paper",
        credentials=CredentialSettings(environment=True),
        heartbeat=HeartbeatSettings(run="secret:BEAT"),
    )
    veil = Veil()
    what, values = read_hidden(settings, veil)
    assert (what, set(values)) == ("credentials in the environment", {"BEAT"})
    assert QUIET not in veil.text(f"POST /{QUIET} and {QUIET}")


def test_what_was_read_is_hidden_before_it_is_judged(tmp_path: Path) -> None:
    file = write(tmp_path, TEXT + "OKX_API_SECRET=two words, no secret\n", name="main.env")
    veil = Veil()
    settings = Settings(venue="okx", mode="testnet", credentials=CredentialSettings(file=str(file)))
    read_hidden(settings, veil)
    assert veil.text(f"{QUIET} two words, no secret, account 123") == "(secret) (secret), account 123"


PLACES = {
    "file": "/srv/key.env",
    "systemd": "trader",
    "command": "[/usr/bin/pass, show]",
    "environment": "true",
}


@pytest.mark.parametrize("one", PLACES)
@pytest.mark.parametrize("other", PLACES)
def test_exactly_one_place_is_named(tmp_path: Path, one: str, other: str) -> None:
    given = {name: PLACES[name] for name in (one, other)}
    lines = "".join(f"  {name}: {value}\n" for name, value in given.items())
    path = write(tmp_path, MINIMAL.replace("paper", "testnet") + f"credentials:\n{lines}")
    if one == other:
        assert load(path).settings.credentials.given == (f"credentials.{one}",)
        return
    with pytest.raises(ConfigError, match=r"credentials: credentials\.\w+ and credentials\.\w+ are given"):
        load(path)


def test_the_environment_is_said_to_be_weaker(tmp_path: Path) -> None:
    path = write(tmp_path, MINIMAL + "credentials: {environment: true}\n")
    (warning,) = load(path).warnings
    assert "credentials.environment: weaker than a file" in warning


@pytest.mark.parametrize(
    ("lines", "permissions", "said"),
    [
        ("{command: [pass, show, x]}", 0o600, "credentials.command: 'pass' is no path"),
        ("{command: [/usr/bin/pass]}", 0o640, "run chmod 600 on it"),
        ("{command: /usr/bin/pass}", 0o600, "expected a list"),
        ("{systemd: ../etc/passwd}", 0o600, "expected the name of a credential"),
        ("{environment: KEY}", 0o600, "expected true or false"),
    ],
)
def test_a_place_that_cannot_be_right(tmp_path: Path, lines: str, permissions: int, said: str) -> None:
    path = write(tmp_path, MINIMAL + f"credentials: {lines}\n", permissions=permissions)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert said in str(caught.value)


KEYS = {
    "of an API wallet": "0x" + "c4f1" * 16,
    "without its mark": "c4f1" * 16,
    "of Binance": "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0vW" * 2,
    "of OKX": "1a2b3c4d-5e6f-7a8b-9c0d-1e2f3a4b5c6d",
    "secret of OKX": "0123456789ABCDEF0123456789ABCDEF",
    "in base64": "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("quotes", ["", "'"])
@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("HYPERLIQUID_AGENT_KEY: {}", "HYPERLIQUID_AGENT_KEY"),
        ("credentials: {{file: {}}}", "credentials.file"),
        ("credentials: {{command: [/usr/bin/env, {}]}}", "credentials.command[1]"),
        ("account: {}", "account"),
        ("notify: {{urls: [{}]}}", "notify.urls[0]"),
    ],
)
def test_a_key_in_the_configuration_is_refused_with_its_path_and_never_shown(
    tmp_path: Path, kind: str, quotes: str, line: str, path: str
) -> None:
    key = KEYS[kind]
    text = MINIMAL + line.format(f"{quotes}{key}{quotes}") + "\n"
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, text))
    told = str(caught.value)
    assert f"{path}: looks like a key or an address: keys stand where `credentials` points to" in told
    assert key[4:20].lower() not in "".join(traceback.format_exception(caught.value)).lower()
    with pytest.raises(ConfigError) as caught:
        load(write(tmp_path, MINIMAL), [f"account={key}"])
    assert key[4:20].lower() not in str(caught.value).lower()

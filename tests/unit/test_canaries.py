"""The search for keys in what the suite writes can fail: each planted leak is found, and named."""

import base64
import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.support import canaries
from tests.support.processes import ROOT

PLANTED = """
import base64, logging, sys
from pathlib import Path
from tests.support import canaries

KEY = canaries.AGENT_KEY

def test_prints():
    print("key", KEY)

def test_prints_in_another_alphabet():
    print(base64.b64encode(b"x:" + KEY.encode()).decode(), file=sys.stderr)

def test_logs():
    logging.getLogger("ccxt").warning("%s", KEY.upper())

def test_writes_a_file(tmp_path: Path):
    (tmp_path / "journal.jsonl").write_text(KEY.encode().hex())

def test_writes_bytes(tmp_path: Path):
    (tmp_path / "state.bin").write_bytes(bytes.fromhex(KEY[2:]))

def test_names_a_file(tmp_path: Path):
    (tmp_path / f"halt-{canaries.TOKEN}.json").touch()

def test_is_innocent(tmp_path: Path):
    print("key", KEY[:10])
    (tmp_path / "main.env").write_text(f"HYPERLIQUID_AGENT_KEY={KEY}")
"""
CONFTEST = """
from tests.support.canary_watch import CanaryWatch

def pytest_configure(config):
    config.pluginmanager.register(CanaryWatch(), "canary watch")
"""


def test_a_planted_leak_fails_the_run(tmp_path: Path) -> None:
    """In a process of its own, whose folders are removed before this suite looks at its own."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_planted.py").write_text(PLANTED)
    base = tmp_path / "base"
    told = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--basetemp={base}", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    leaks = canaries.seen_below(base)
    for leak in leaks:
        Path(leak).unlink()
    assert told.returncode == 1, told.stdout
    for name in ("prints", "prints_in_another_alphabet", "logs"):
        assert f"test_{name}: a key stands in: Captured" in told.stdout, name
    assert sorted(Path(leak).name[:5] for leak in leaks) == ["halt-", "journ", "state"]
    assert all(f"a key stands in the file {leak}" in told.stdout for leak in leaks)
    assert "3 failed, 4 passed" in told.stdout


@pytest.mark.parametrize("venue", canaries.KEYS)
def test_each_key_is_known_in_each_form(venue: str) -> None:
    for key in canaries.KEYS[venue].values():
        for before in ("", "x", "xy"):
            plain = f"{before}{key}".encode()
            forms = [
                plain,
                plain.upper(),
                plain.hex().encode(),
                base64.b64encode(plain),
                base64.urlsafe_b64encode(plain + b"??>>"),
                json.dumps({"a": plain.decode()}).encode(),
                quote(plain.decode(), safe="").encode(),
            ]
            assert [form for form in forms if not canaries.sung_in(form)] == []


def test_the_bytes_of_a_key_are_known_too() -> None:
    raw = bytes.fromhex(canaries.AGENT_KEY[2:])
    forms = [raw, repr(raw).encode(), base64.b64encode(raw), str(int(canaries.AGENT_KEY, 16)).encode()]
    assert all(canaries.sung_in(form) for form in forms)


def test_what_is_no_key_is_not_found() -> None:
    texts = [
        bytes(range(256)) * 20,
        json.dumps(list(range(5000))).encode(),
        os.urandom(0),
        b"4f1e77b2 c0ffee",
    ]
    assert not any(canaries.sung_in(text) for text in texts)

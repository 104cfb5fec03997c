"""Nothing secret is printed, whoever prints it: real processes, since streams are the interpreter's own."""

import os
import resource
import signal
from pathlib import Path

import pytest

from tests.support.processes import output_of, start

CANARY = "canary-4f1e77b2-bird"
BEGIN = f"""
import base64, faulthandler, gc, logging, os, sys, threading, urllib.parse, warnings
from trader import guard
from trader.redaction import Veil
canary = {CANARY!r}
logging.basicConfig(level=logging.DEBUG)
veil = Veil()
veil.hide(canary)
guard.veil_output(veil.data)
"""

WAYS = {
    "a print": "print('key', canary, file=sys.stderr); print(canary)",
    "a print in two pieces": "print(canary[:9], end=''); print(canary[9:])",
    "a write without an end": "sys.stdout.write(canary)",
    "bytes": "sys.stdout.buffer.write(canary.encode()); sys.stderr.buffer.write(canary.encode())",
    "click": "import click; click.echo(canary); click.echo(canary.encode(), err=True)",
    "another alphabet": (
        "print(base64.b64encode(b'u:' + canary.encode()).decode(), canary.encode().hex(),"
        " urllib.parse.quote(canary), canary.upper())"
    ),
    "a traceback": "raise RuntimeError(canary)",
    "a chain of tracebacks": (
        "try:\n    raise ValueError(canary)\n"
        "except ValueError as error:\n    raise SystemError(repr(error)) from error"
    ),
    "a thread that dies": (
        "def die():\n    raise ValueError(canary)\nt = threading.Thread(target=die)\nt.start()\nt.join()"
    ),
    "an error that cannot be raised": (
        "class Bad:\n    def __del__(self):\n        raise ValueError(canary)\n"
        "bad = Bad()\ndel bad\ngc.collect()"
    ),
    "a warning": "warnings.warn(canary)",
    "an exit with words": "sys.exit(canary)",
    "a logger of nobody": "logging.getLogger('urllib3.connectionpool').warning('%s', canary)",
    "a library at debug": (
        "logging.basicConfig(level=logging.DEBUG)\n"
        "logging.getLogger('urllib3').debug('https://x:443 \"POST /%s HTTP/1.1\" 200', canary)"
    ),
    "a logger that was there before us": "logging.getLogger('early').error('%s', canary)",
    "a record with a traceback": (
        "logging.basicConfig(level=logging.DEBUG)\n"
        "try:\n    raise ValueError(canary)\n"
        "except ValueError:\n    logging.getLogger('ccxt').exception('bad')"
    ),
    "faulthandler": (
        "def deep(secret):\n    faulthandler.dump_traceback(file=sys.stderr)\n"
        "faulthandler.enable()\ndeep(canary)"
    ),
}


ENDINGS = ("a traceback", "a chain of tracebacks", "an exit with words")
BETWEEN = "\nfor stream in (sys.stdout, sys.stderr):\n    print('\\nNEXT', file=stream, flush=True)\n"


def shown_by(ways: list[str]) -> list[str]:
    """What each way printed, on both streams; all of them in one process."""
    _code, out, said = output_of(start(BEGIN + BETWEEN.join(WAYS[way] for way in ways)))
    pieces = [stream.split("NEXT") for stream in (out, said)]
    assert [len(piece) for piece in pieces] == [len(ways)] * 2, out + said
    return ["".join(both) for both in zip(*pieces, strict=True)]


@pytest.mark.parametrize("ways", [[w for w in WAYS if w not in ENDINGS], *([way] for way in ENDINGS)])
def test_no_way_of_printing_shows_a_secret(ways: list[str]) -> None:
    for way, shown in zip(ways, shown_by(ways), strict=True):
        lowered = shown.lower()
        assert CANARY not in lowered, (way, shown)
        assert CANARY.encode().hex() not in lowered, way
        assert "dTpjYW5hcnk"[3:] not in shown, f"{way}: its base64"
        assert "(secret)" in shown or way == "faulthandler", f"{way} printed nothing"


def test_what_is_printed_arrives_in_order_and_whole() -> None:
    code = (
        "for i in range(3000):\n    print(i)\nsys.stdout.write('no end'); sys.stdout.flush(); print(' yet')"
    )
    _code, out, said = output_of(start(BEGIN + code))
    assert (out, said) == ("".join(f"{i}\n" for i in range(3000)) + "no end yet\n", "")


def test_a_screen_that_is_drawn_over_is_drawn_at_once() -> None:
    code = "sys.stdout.write('10 %\\r'); sys.stdout.flush(); os.write(1, b'then'); os._exit(0)"
    assert output_of(start(BEGIN + code))[1] == "10 %\rthen"


DIE = """
import os, resource, signal
from trader import guard
secret = "".join(["canary-", "4f1e77b2", "-bird"]) * 3
guard.harden()
os.chdir(sys.argv[1])
print(resource.getrlimit(resource.RLIMIT_CORE), flush=True)
try:
    open("/proc/self/environ", "rb").close()
except OSError as error:
    print("environment:", error.strerror, flush=True)
os.kill(os.getpid(), signal.SIGABRT)
"""


def test_a_process_that_aborts_leaves_no_memory_behind(tmp_path: Path) -> None:
    limit = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (limit[1], limit[1]))
    try:
        code, out, said = output_of(start(DIE, str(tmp_path)))
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, limit)
    assert code == -signal.SIGABRT
    assert out.splitlines()[0] == "(0, 0)"
    assert CANARY not in out + said
    assert list(tmp_path.iterdir()) == []
    pattern = Path("/proc/sys/kernel/core_pattern").read_text().strip()
    beside = Path(pattern).parent if pattern.startswith("/") else tmp_path
    found = [p for p in beside.glob("core*") if p.is_file() and p.stat().st_uid == os.geteuid()]
    assert [p for p in found if CANARY.encode() in p.read_bytes()] == []


DETOURS = """
import os
from trader import guard
guard.harden()
print(sorted(name for name in os.environ if "proxy" in name.lower() or "BUNDLE" in name))
import requests
print(requests.utils.get_environ_proxies("https://hc.example"))
"""


def test_no_library_is_led_through_a_proxy_by_the_environment() -> None:
    env = {"HTTPS_PROXY": "http://127.0.0.1:1", "all_proxy": "http://127.0.0.1:1", "REQUESTS_CA_BUNDLE": "/x"}
    assert output_of(start(DETOURS, env=env))[1].splitlines() == ["[]", "{}"]

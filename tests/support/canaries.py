"""Keys that no test may ever see again: every byte that the suite writes is searched for them.

Rules: whoever needs a key that comes from a file, a program or the environment takes one from here. All hold
one core, so that one search finds any of them; its forms are made here in another way than the program makes
its own. A file that is itself a source of credentials ends in `.env`.
"""

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path

CORE = "4f1e77b2c0ffee"
AGENT_KEY = f"0x{CORE}{'9d31a6' * 8}5c"
TOKEN = f"token-{CORE}"
KEYS: Mapping[str, Mapping[str, str]] = {
    "hyperliquid": {"AGENT_KEY": AGENT_KEY},
    "okx": {
        "API_KEY": f"canary-{CORE}-of-okx",
        "API_SECRET": f"{CORE.upper()}{'7B' * 9}",
        "API_PASSPHRASE": f"Pass/{CORE}+1!",
    },
    "binance": {"API_KEY": f"Cn{CORE}{'aB3x' * 12}", "API_SECRET": f"Sc{CORE}{'x9Kd' * 12}"},
}
SOURCE = ".env"


def _stable(plain: bytes, before: int) -> bytes:
    """What stands in the base64 of these bytes whatever comes before and after them."""
    one, other = (base64.b64encode(filler * before + plain + filler * 3) for filler in (b"\0", b"\xff"))
    same = bytes(a if a == b else 32 for a, b in zip(one, other, strict=True))
    return max(same.split(b" "), key=len)


def _exact_forms() -> Iterator[bytes]:
    for plain in (CORE.encode(), CORE.upper().encode(), bytes.fromhex(CORE)):
        for before in range(3):
            form = _stable(plain, before)
            yield form
            yield form.replace(b"+", b"-").replace(b"/", b"_")
    yield bytes.fromhex(CORE)
    yield repr(bytes.fromhex(CORE))[2:-1].encode()
    yield str(int(AGENT_KEY, 16)).encode()


EXACT = tuple(dict.fromkeys(_exact_forms()))
LOWERED = (CORE.encode(), CORE.encode().hex().encode(), CORE.upper().encode().hex().encode())


def sung_in(data: bytes) -> bool:
    """True where a canary stands in it, in any form."""
    lowered = data.lower()
    return any(form in lowered for form in LOWERED) or any(form in data for form in EXACT)


def refuse(text: str | bytes, where: str) -> None:
    """Fail the test that lets a key be seen."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")
    assert not sung_in(data), f"a key stands in {where}:\n{data.decode('utf-8', 'replace')[:2000]}"


def seen_below(folder: Path) -> list[str]:
    """The files below a folder that show a key, by content or by name."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_symlink() or not path.is_file() or path.suffix == SOURCE:
            continue
        if sung_in(str(path.relative_to(folder)).encode()) or sung_in(path.read_bytes()):
            found.append(str(path))
    return found

"""The key that signs, and the secrets that the configuration names, from one file that only we can read.

Rules: lines `NAME=value`; <VENUE>_ACCOUNT is the account's own id at the venue, the other <VENUE>_ names are
what signs for it; every other name serves `secret:NAME`. A secret is a `Secret`: its text is had by asking
for it, and no repr, error or traceback of ours holds it. Whether a key could withdraw is tested where the
venue is known (parts).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from trader.config.private import read_private
from trader.core.errors import ConfigError
from trader.settings import Settings

_LINE = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")
_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # of the curve
_ADDRESS_DIGITS = 40
_KEY_DIGITS = 64
_REFERENCE = "secret:"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "hyperliquid": ("ACCOUNT", "AGENT_KEY"),
    "okx": ("ACCOUNT", "API_KEY", "API_SECRET", "API_PASSPHRASE"),
    "binance": ("ACCOUNT", "API_KEY", "API_SECRET"),
}


@dataclass(frozen=True, slots=True)
class _Form:
    """How a venue's account id is written, for the check and for a person."""

    pattern: re.Pattern[str]
    told: str


_UID = _Form(
    re.compile(r"[0-9]{1,20}"), "the account's uid, digits only: it stands on the venue's profile page"
)
_ALIAS = _Form(
    re.compile(r"[0-9A-Za-z]{1,32}"),
    "the futures account's alias: any letters at first; the refusal then names the right one",
)


class Secret:
    """A text that shows only when it is asked for."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Whose account, and by their names the secrets that may trade it."""

    account_id: str
    secrets: Mapping[str, Secret] = field(repr=False)


def read(path: Path, *, venue: str) -> Credentials:
    """The credentials for a venue. Raise ConfigError when the file or a value in it cannot be used."""
    if venue in _NAMES and not path.exists() and not path.is_symlink():
        lines = ", ".join(f"{venue.upper()}_{name}=..." for name in _NAMES[venue])
        raise ConfigError(
            f"credentials {path}: no such file; write one with the lines {lines}, readable by you alone: "
            f"chmod 600 {path}"
        )
    values = read_values(path)
    match venue:
        case "hyperliquid":
            return _agent(values, path)
        case "okx":
            return _keyed(values, path, venue, _UID)
        case "binance":
            return _keyed(values, path, venue, _ALIAS)
    raise ConfigError(f"credentials {path}: no credentials are known for venue {venue!r}")


def _agent(values: Mapping[str, Secret], path: Path) -> Credentials:
    account = _digits(values, "HYPERLIQUID_ACCOUNT", _ADDRESS_DIGITS, path)
    key = _digits(values, "HYPERLIQUID_AGENT_KEY", _KEY_DIGITS, path)
    if int(account, 16) == 0:
        raise ConfigError(
            f"credentials {path}: HYPERLIQUID_ACCOUNT is the zero address; expected your account's"
        )
    if not 0 < int(key, 16) < _ORDER:
        raise ConfigError(f"credentials {path}: HYPERLIQUID_AGENT_KEY is no key that can sign; copy it again")
    return Credentials(f"0x{account}", {"AGENT_KEY": Secret(f"0x{key}")})


def _keyed(values: Mapping[str, Secret], path: Path, venue: str, form: _Form) -> Credentials:
    """An account id and an API key: printable, without blanks, none empty."""
    prefix, (_account, *names) = venue.upper(), _NAMES[venue]
    account = _printable(values, f"{prefix}_ACCOUNT", form.told, path)
    if form.pattern.fullmatch(account.reveal()) is None:
        raise ConfigError(f"credentials {path}: {prefix}_ACCOUNT: expected {form.told}")
    secrets = {name: _printable(values, f"{prefix}_{name}", "copied from the venue", path) for name in names}
    return Credentials(account.reveal(), secrets)


def _printable(values: Mapping[str, Secret], name: str, told: str, path: Path) -> Secret:
    found = values.get(name)
    if found is None or not found.reveal():
        raise ConfigError(f"credentials {path}: {name} is missing or empty; add a line {name}=... ({told})")
    text = found.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"credentials {path}: {name} holds a blank or a strange character; copy it again")
    return found


def read_values(path: Path) -> dict[str, Secret]:
    """Every name in the file."""
    values: dict[str, Secret] = {}
    for number, line in enumerate(read_private(path, "credentials").splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        match = _LINE.fullmatch(text)
        if match is None:
            raise ConfigError(f"credentials {path}:{number}: expected NAME=value")
        name, value = match[1], _unquoted(match[2], f"{path}:{number}")
        if name in values:
            raise ConfigError(f"credentials {path}:{number}: {name} is given twice; keep one")
        values[name] = Secret(value)
    return values


def with_secrets(settings: Settings, values: Mapping[str, Secret]) -> Settings:
    """The settings with each `secret:NAME` looked up. Raise ConfigError for a name that is not there."""
    heartbeat = settings.heartbeat
    urls = {
        name: None if url is None else _looked_up(url, values, f"heartbeat.{name}")
        for name in ("run", "check_sl", "protect", "flatten")
        for url in (getattr(heartbeat, name),)
    }
    notify = tuple(_looked_up(url, values, "notify.urls") for url in settings.notify.urls)
    return replace(
        settings, heartbeat=replace(heartbeat, **urls), notify=replace(settings.notify, urls=notify)
    )


def needs_secrets(settings: Settings) -> bool:
    """True when a URL is given by name."""
    heartbeat = settings.heartbeat
    urls = (*settings.notify.urls, heartbeat.run, heartbeat.check_sl, heartbeat.protect, heartbeat.flatten)
    return any(url is not None and url.startswith(_REFERENCE) for url in urls)


def _looked_up(url: str, values: Mapping[str, Secret], setting: str) -> str:
    if not url.startswith(_REFERENCE):
        return url
    name = url.removeprefix(_REFERENCE)
    found = values.get(name)
    if found is None or not found.reveal():
        raise ConfigError(f"{setting}: {url}: the credentials file has no {name}; add a line {name}=...")
    return found.reveal()


def _unquoted(text: str, place: str) -> str:
    if text[:1] not in ("'", '"'):
        return text.split(" #", 1)[0].rstrip()
    end = text.find(text[0], 1)
    rest = text[end + 1 :].strip()
    if end < 0 or (rest and not rest.startswith("#")):
        raise ConfigError(f"credentials {place}: the quotes do not close at the end of the value")
    return text[1:end]


def _digits(values: Mapping[str, Secret], name: str, count: int, path: Path) -> str:
    """The hexadecimal digits of a value; of the value itself nothing is said but its length."""
    if name not in values:
        raise ConfigError(f"credentials {path}: {name} is missing; add a line {name}=0x...")
    text = values[name].reveal().lower().removeprefix("0x")
    if not text:
        raise ConfigError(f"credentials {path}: {name} is empty; expected 0x and {count} hexadecimal digits")
    if any(c not in "0123456789abcdef" for c in text):
        raise ConfigError(f"credentials {path}: {name} is not hexadecimal; expected 0x and {count} digits")
    if len(text) != count:
        hint = (
            " (a key, in the account's place?)"
            if (len(text), count) == (_KEY_DIGITS, _ADDRESS_DIGITS)
            else ""
        )
        raise ConfigError(
            f"credentials {path}: {name} has {len(text)} hexadecimal digits, expected {count}{hint}"
        )
    return text

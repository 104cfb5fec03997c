"""From names and values to whose account it is and what signs for it, in the form that the venue gives them.

Rules: each refusal names what is wrong with a value and never shows it.
"""

import re
from collections.abc import Mapping
from dataclasses import field

from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.credentials.secret import Secret
from trader.redaction import Veil

_ORDER = 0xFFFFFFFF_FFFFFFFF_FFFFFFFF_FFFFFFFE_BAAEDCE6_AF48A03B_BFD25E8C_D0364141  # of the curve
_ADDRESS_DIGITS = 40
_KEY_DIGITS = 64
_ACCOUNT = "_ACCOUNT"
_NAMES: Mapping[str, tuple[str, ...]] = {
    "hyperliquid": ("ACCOUNT", "AGENT_KEY"),
    "okx": ("ACCOUNT", "API_KEY", "API_SECRET", "API_PASSPHRASE"),
    "binance": ("ACCOUNT", "API_KEY", "API_SECRET"),
}


@frozen
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


@frozen
class Credentials:
    """Whose account, and by their names the secrets that may trade it."""

    account_id: str
    secrets: Mapping[str, Secret] = field(repr=False)


def names_of(venue: str) -> tuple[str, ...]:
    """The names that a venue's credentials have."""
    return tuple(f"{venue.upper()}_{name}" for name in _NAMES.get(venue, ()))


def hide(values: Mapping[str, Secret], veil: Veil) -> None:
    """Let none of these be shown, but whose account it is."""
    shown = {f"{venue.upper()}{_ACCOUNT}" for venue in _NAMES}
    for name, value in values.items():
        text = value.reveal()
        if name in shown:
            continue
        veil.hide(text)
        if "://" in text:
            veil.hide_url(text)


def credentials_in(values: Mapping[str, Secret], *, venue: str, what: str) -> Credentials:
    """The credentials for a venue, which come from `what`. Raise ConfigError for a value of no use."""
    match venue:
        case "hyperliquid":
            return _agent(values, what)
        case "okx":
            return _keyed(values, what, venue, _UID)
        case "binance":
            return _keyed(values, what, venue, _ALIAS)
    raise ConfigError(f"{what}: no credentials are known for venue {venue!r}")


def _agent(values: Mapping[str, Secret], what: str) -> Credentials:
    account = _digits(values, "HYPERLIQUID_ACCOUNT", _ADDRESS_DIGITS, what)
    key = _digits(values, "HYPERLIQUID_AGENT_KEY", _KEY_DIGITS, what)
    if int(account, 16) == 0:
        raise ConfigError(f"{what}: HYPERLIQUID_ACCOUNT is the zero address; expected your account's")
    if not 0 < int(key, 16) < _ORDER:
        raise ConfigError(f"{what}: HYPERLIQUID_AGENT_KEY is no key that can sign; copy it again")
    return Credentials(f"0x{account}", {"AGENT_KEY": Secret(f"0x{key}")})


def _keyed(values: Mapping[str, Secret], what: str, venue: str, form: _Form) -> Credentials:
    """An account id and an API key: printable, without blanks, none empty."""
    prefix, (_account, *names) = venue.upper(), _NAMES[venue]
    account = _printable(values, f"{prefix}_ACCOUNT", form.told, what)
    if form.pattern.fullmatch(account.reveal()) is None:
        raise ConfigError(f"{what}: {prefix}_ACCOUNT: expected {form.told}")
    secrets = {name: _printable(values, f"{prefix}_{name}", "copied from the venue", what) for name in names}
    return Credentials(account.reveal(), secrets)


def _printable(values: Mapping[str, Secret], name: str, told: str, what: str) -> Secret:
    found = values.get(name)
    if found is None or not found.reveal():
        raise ConfigError(f"{what}: {name} is missing or empty; add a line {name}=... ({told})")
    text = found.reveal()
    if not text.isascii() or not text.isprintable() or " " in text:
        raise ConfigError(f"{what}: {name} holds a blank or a strange character; copy it again")
    return found


def _digits(values: Mapping[str, Secret], name: str, count: int, what: str) -> str:
    """The hexadecimal digits of a value; of the value itself nothing is said but its length."""
    if name not in values:
        raise ConfigError(f"{what}: {name} is missing; add a line {name}=0x...")
    text = values[name].reveal().lower().removeprefix("0x")
    if not text:
        raise ConfigError(f"{what}: {name} is empty; expected 0x and {count} hexadecimal digits")
    if any(c not in "0123456789abcdef" for c in text):
        raise ConfigError(f"{what}: {name} is not hexadecimal; expected 0x and {count} digits")
    if len(text) != count:
        hint = (
            " (a key, in the account's place?)"
            if (len(text), count) == (_KEY_DIGITS, _ADDRESS_DIGITS)
            else ""
        )
        raise ConfigError(f"{what}: {name} has {len(text)} hexadecimal digits, expected {count}{hint}")
    return text

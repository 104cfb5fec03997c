"""`secret:NAME` in the configuration to the value of that name: the URLs of monitors and messages."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from trader.core.errors import ConfigError
from trader.credentials.secret import Secret
from trader.settings import Settings

_REFERENCE = "secret:"


def needs_secrets(settings: Settings) -> bool:
    """True when a URL is given by name."""
    return bool(named(settings))


def named(settings: Settings) -> frozenset[str]:
    """The names that URLs are given by."""
    return frozenset(u.removeprefix(_REFERENCE) for u in _urls(settings) if u.startswith(_REFERENCE))


def with_secrets(settings: Settings, values: Mapping[str, Secret]) -> Settings:
    """The settings with each `secret:NAME` looked up. Raise ConfigError for a name that is not there."""
    heartbeat = settings.heartbeat
    urls = {name: _looked_up(url, values, f"heartbeat.{name}") for name, url in heartbeat.given.items()}
    notify = tuple(_looked_up(url, values, "notify.urls") for url in settings.notify.urls)
    return replace(
        settings, heartbeat=replace(heartbeat, **urls), notify=replace(settings.notify, urls=notify)
    )


def _urls(settings: Settings) -> Iterator[str]:
    yield from (*settings.notify.urls, *settings.heartbeat.given.values())


def _looked_up(url: str, values: Mapping[str, Secret], setting: str) -> str:
    if not url.startswith(_REFERENCE):
        return url
    name = url.removeprefix(_REFERENCE)
    found = values.get(name)
    if found is None or not found.reveal():
        raise ConfigError(f"{setting}: {url}: the credentials have no {name}; add a line {name}=...")
    return found.reveal()

"""Settings to JSON and back: for the cache, and for the record from which a decision can be made again.

Rules: a coin's params are written and read as the type that its strategy declares, so a record of another
version is refused (Malformed) and never half believed. A record holds no URL, since URLs are secrets, and
no arguments of a program, since they may be.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trader.core.codec import from_json, to_json
from trader.core.errors import Malformed
from trader.settings import HeartbeatSettings, Settings
from trader.strategies.registry import STRATEGIES


def to_stored(settings: Settings) -> dict[str, Any]:
    """All of it, URLs included."""
    bare = {coin: replace(market, params=None) for coin, market in settings.markets.items()}
    plain: dict[str, Any] = to_json(replace(settings, markets=bare), Settings)
    for coin, market in settings.markets.items():
        params_type = STRATEGIES[market.strategy].params_type
        plain["markets"][coin]["params"] = to_json(market.params, params_type)
    return plain


def to_record(settings: Settings) -> dict[str, Any]:
    """All that a decision depends on, and nothing that is secret."""
    bare = replace(settings, notify=replace(settings.notify, urls=()), heartbeat=HeartbeatSettings())
    return to_stored(replace(bare, credentials=replace(bare.credentials, command=())))


def from_stored(data: Mapping[str, Any]) -> Settings:
    """The settings again. Raise Malformed when these are not settings of this version."""
    markets = data.get("markets")
    if not isinstance(markets, Mapping) or not all(isinstance(m, Mapping) for m in markets.values()):
        raise Malformed("stored settings: markets are missing")
    bare = {coin: {**market, "params": None} for coin, market in markets.items()}
    settings = from_json(Settings, {**data, "markets": bare})
    read = {}
    for coin, market in settings.markets.items():
        spec = STRATEGIES.get(market.strategy)
        if spec is None:
            raise Malformed(f"stored settings: {coin}: strategy {market.strategy!r} is not in this version")
        params = from_json(spec.params_type, markets[coin].get("params"))
        read[coin] = replace(market, params=params)
    return replace(settings, markets=read)

"""Hyperliquid's parts. An account is an address; an agent wallet's key signs for it and cannot withdraw."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trader.core.abilities import Abilities
from trader.core.errors import ConfigError
from trader.core.ports import Clock, Venue
from trader.core.wire import Transport
from trader.parts import Keys, Link
from trader.venues.hyperliquid.venue import ABILITIES, HyperliquidVenue

if TYPE_CHECKING:
    from trader.parts.embedded import Exchange
    from trader.sim.feed import Feed
    from trader.sim.hyperliquid.identity import PaperIdentity
    from trader.venues.hyperliquid.pen import Pen

REAL = "https://api.hyperliquid.xyz"
PRACTICE = "https://api.hyperliquid-testnet.xyz"

_AGENT_KEY = "AGENT_KEY"


class HyperliquidParts:
    """Fulfils `Parts`."""

    name: str = "hyperliquid"
    abilities: Abilities = ABILITIES
    secret_names: tuple[str, ...] = (_AGENT_KEY,)

    def base_url(self, *, practice: bool, region: str) -> str:
        return PRACTICE if practice else REAL

    def checked(self, keys: Keys) -> Keys:
        """An agent's key can trade; the account's own key can also withdraw, and has no place here."""
        from trader.sim.hyperliquid.typed_data import address_of_key

        if address_of_key(bytes.fromhex(keys.secrets[_AGENT_KEY].removeprefix("0x"))) == keys.account_id:
            raise ConfigError(
                "the key is the account's own, which can withdraw; create an API wallet at the venue, "
                "approve it for this account, and put that wallet's key here"
            )
        return keys

    def paper_keys(self, label: str) -> Keys:
        from trader.sim.hyperliquid.identity import paper_identity

        return _keys(paper_identity(label))

    def pen(self, keys: Keys, *, practice: bool) -> "Pen":
        from trader.venues.hyperliquid.pen import CcxtPen

        return CcxtPen(keys.secrets[_AGENT_KEY], source="b" if practice else "a")

    def adapter(self, link: Link) -> Venue:
        return HyperliquidVenue(
            link.transport,
            link.clock,
            account_address=link.account_id,
            pen=link.pen,
            base_url=link.base_url,
            timeout=link.timeout,
        )

    def bundle_feed(self) -> "Feed":
        from trader.sim.hyperliquid.build import hyperliquid_bundle_feed

        return hyperliquid_bundle_feed()

    def public_feed(self, transport: Transport, clock: Clock, coins: Sequence[str]) -> "Feed":
        from trader.sim.hyperliquid.public_feed import VenuePublicFeed

        return VenuePublicFeed(transport, clock, coins)

    def in_memory(
        self, feed: "Feed", *, label: str, start_ms: int, equity: Decimal, switches: Any = None
    ) -> "Exchange":
        from trader.sim.hyperliquid.app import HyperliquidApp
        from trader.sim.hyperliquid.build import new_venue
        from trader.sim.hyperliquid.identity import paper_identity

        venue = new_venue(feed, start_ms=start_ms, switches=switches)
        identity = paper_identity(label)
        venue.declare(identity, equity=equity)
        return _exchange(HyperliquidApp(venue), venue, identity, label)

    def in_file(
        self, path: Path, feed: "Feed", *, label: str, start_ms: int, equity: Decimal, switches: Any = None
    ) -> "Exchange":
        from trader.sim.hyperliquid.build import stored_app
        from trader.sim.hyperliquid.identity import paper_identity

        stored = stored_app(path, feed, start_ms=start_ms, switches=switches)
        identity = paper_identity(label)
        stored.declare(identity, equity=equity)
        return _exchange(stored, stored.venue, identity, label, close=stored.close)


def _exchange(app: Any, venue: Any, identity: "PaperIdentity", label: str, **more: Any) -> "Exchange":
    from trader.parts.embedded import Exchange
    from trader.sim.hyperliquid.identity import paper_identity

    def further(host: str) -> Keys:
        other = paper_identity(f"{label} {host}")
        venue.accounts.declare(other.agent_address, master=identity.account_address)
        return Keys(identity.account_address, {_AGENT_KEY: other.agent_private_key})

    return Exchange(app, venue, identity.account_address, further, **more)


def _keys(identity: "PaperIdentity") -> Keys:
    return Keys(identity.account_address, {_AGENT_KEY: identity.agent_private_key})


PARTS = HyperliquidParts()

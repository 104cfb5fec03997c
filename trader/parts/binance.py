"""Binance USD-M's parts. An account is the futures account's alias; an API key signs for it."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trader.core.abilities import Abilities
from trader.core.access import Toll
from trader.core.ports import Clock, Scope, Venue
from trader.core.wire import Transport
from trader.parts import Keys, Link
from trader.venues.binance.signing import BinanceKeys
from trader.venues.binance.venue import ABILITIES, BinanceVenue

if TYPE_CHECKING:
    from trader.parts.embedded import Dialect
    from trader.sim.feed import Feed

REAL = "https://fapi.binance.com"
PRACTICE = "https://demo-fapi.binance.com"
WALLET = "https://api.binance.com"


class BinanceParts:
    """Fulfils `Parts`."""

    name: str = "binance"
    abilities: Abilities = ABILITIES
    secret_names: tuple[str, ...] = ("API_KEY", "API_SECRET")
    two_sided_usual: bool = False

    def base_url(self, *, practice: bool, region: str) -> str:
        return PRACTICE if practice else REAL

    def further_urls(self, *, practice: bool) -> tuple[str, ...]:
        """Where it is told what a key may do; the practice network does not answer that."""
        return () if practice else (WALLET,)

    def checked(self, keys: Keys) -> Keys:
        """Whether the key may withdraw is the venue's to say, and asked of it."""
        return keys

    def paper_keys(self, label: str) -> Keys:
        from trader.sim.binance.identity import paper_identity

        identity = paper_identity(label)
        return Keys(identity.account_id, {"API_KEY": identity.api_key, "API_SECRET": identity.api_secret})

    def pen(self, keys: Keys, *, practice: bool) -> BinanceKeys:
        return BinanceKeys(*(keys.secrets[name] for name in self.secret_names))

    def adapter(self, link: Link) -> Venue:
        return BinanceVenue(
            link.transport,
            link.clock,
            account_id=link.account_id,
            keys=link.pen,
            base_url=link.base_url,
            wallet_url=None if link.practice else WALLET,
            abilities=link.abilities,
            trigger=link.trigger,
            coins=link.coins,
            memo=link.memo,
            timeout=link.timeout,
        )

    def tolls(self, scope: Scope, coins: Collection[str]) -> tuple[Toll, ...]:
        from trader.venues.binance.cost import tolls

        return tolls(scope, coins)

    def bundle_feed(self) -> "Feed":
        from trader.sim.binance.build import binance_bundle_feed

        return binance_bundle_feed()

    def public_feed(self, transport: Transport, clock: Clock, coins: Sequence[str]) -> "Feed":
        from trader.sim.binance.public_feed import VenuePublicFeed

        return VenuePublicFeed(transport, clock, coins)

    def open_switches(self, *, equity: Decimal, weight: int | None) -> Any:
        from trader.sim.binance.switches import Switches

        return (
            Switches(equity=equity) if weight is None else Switches(equity=equity, weight_per_minute=weight)
        )

    def dialect(self) -> "Dialect":
        from trader.parts.embedded import Dialect
        from trader.sim.binance.app import BinanceApp
        from trader.sim.binance.build import new_venue, stored_app
        from trader.sim.binance.identity import paper_identity

        return Dialect(
            identity=paper_identity,
            user_of=lambda identity: str(identity.user),
            new_venue=new_venue,
            app=BinanceApp,
            stored_app=stored_app,
            further_keys=lambda _venue, label, _host: self.paper_keys(label),
        )


PARTS = BinanceParts()

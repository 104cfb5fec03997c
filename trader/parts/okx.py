"""OKX's parts. An account is a uid; an API key with read and trade permission signs for it.

Its practice network answers at the same hosts to requests that carry a header of their own.
"""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trader.core.abilities import Abilities
from trader.core.access import Toll
from trader.core.ports import Clock, Scope, Venue
from trader.core.wire import Transport
from trader.parts import Keys, Link
from trader.venues.okx.hosts import REGION_URLS
from trader.venues.okx.signing import OkxKeys
from trader.venues.okx.venue import ABILITIES, OkxVenue

if TYPE_CHECKING:
    from trader.parts.embedded import Dialect
    from trader.sim.feed import Feed


class OkxParts:
    """Fulfils `Parts`."""

    name: str = "okx"
    abilities: Abilities = ABILITIES
    secret_names: tuple[str, ...] = ("API_KEY", "API_SECRET", "API_PASSPHRASE")
    two_sided_usual: bool = True

    def base_url(self, *, practice: bool, region: str) -> str:
        return REGION_URLS[region]

    def further_urls(self, *, practice: bool) -> tuple[str, ...]:
        return ()

    def checked(self, keys: Keys) -> Keys:
        """Whether the key may withdraw is the venue's to say, and asked of it."""
        return keys

    def paper_keys(self, label: str) -> Keys:
        from trader.sim.okx.identity import paper_identity

        identity = paper_identity(label)
        return Keys(
            identity.account_id,
            {
                "API_KEY": identity.api_key,
                "API_SECRET": identity.api_secret,
                "API_PASSPHRASE": identity.passphrase,
            },
        )

    def pen(self, keys: Keys, *, practice: bool) -> OkxKeys:
        return OkxKeys(*(keys.secrets[name] for name in self.secret_names))

    def adapter(self, link: Link) -> Venue:
        return OkxVenue(
            link.transport,
            link.clock,
            account_id=link.account_id,
            keys=link.pen,
            base_url=link.base_url,
            simulated_header=link.practice,
            isolated=link.isolated,
            abilities=link.abilities,
            trigger_source=link.trigger,
            timeout=link.timeout,
            accounts=link.accounts,
            memo=link.memo,
        )

    def tolls(self, scope: Scope, coins: Collection[str]) -> tuple[Toll, ...]:
        from trader.venues.okx.cost import tolls

        return tolls(scope)

    def bundle_feed(self) -> "Feed":
        from trader.sim.okx.build import okx_bundle_feed

        return okx_bundle_feed()

    def public_feed(self, transport: Transport, clock: Clock, coins: Sequence[str]) -> "Feed":
        from trader.sim.okx.public_feed import VenuePublicFeed

        return VenuePublicFeed(transport, clock, coins)

    def open_switches(self, *, equity: Decimal, weight: int | None) -> Any:
        from trader.sim.okx.switches import Switches

        return Switches(equity=equity)

    def dialect(self) -> "Dialect":
        from trader.parts.embedded import Dialect
        from trader.sim.okx.app import OkxApp
        from trader.sim.okx.build import new_venue, stored_app
        from trader.sim.okx.identity import paper_identity

        return Dialect(
            identity=paper_identity,
            user_of=lambda identity: str(identity.user),
            new_venue=new_venue,
            app=OkxApp,
            stored_app=stored_app,
            further_keys=lambda _venue, label, _host: self.paper_keys(label),
        )


PARTS = OkxParts()

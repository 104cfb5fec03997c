"""Hyperliquid's parts. An account is an address; an agent wallet's key signs for it and cannot withdraw."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from trader.core.abilities import Abilities
from trader.core.access import Toll
from trader.core.errors import ConfigError
from trader.core.ports import Clock, Scope, Venue
from trader.core.wire import Transport
from trader.parts import Keys, Link
from trader.venues.hyperliquid.venue import ABILITIES, HyperliquidVenue

if TYPE_CHECKING:
    from trader.parts.embedded import Dialect
    from trader.sim.feed import Feed
    from trader.venues.hyperliquid.pen import Pen

REAL = "https://api.hyperliquid.xyz"
PRACTICE = "https://api.hyperliquid-testnet.xyz"

_AGENT_KEY = "AGENT_KEY"


class HyperliquidParts:
    """Fulfils `Parts`."""

    name: str = "hyperliquid"
    abilities: Abilities = ABILITIES
    secret_names: tuple[str, ...] = (_AGENT_KEY,)
    two_sided_usual: bool = False

    def base_url(self, *, practice: bool, region: str) -> str:
        return PRACTICE if practice else REAL

    def further_urls(self, *, practice: bool) -> tuple[str, ...]:
        return ()

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

        identity = paper_identity(label)
        return Keys(identity.account_address, {_AGENT_KEY: identity.agent_private_key})

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
            accounts=link.accounts,
            memo=link.memo,
            abilities=link.abilities,
        )

    def tolls(self, scope: Scope, coins: Collection[str]) -> tuple[Toll, ...]:
        from trader.venues.hyperliquid.cost import tolls

        return tolls(scope)

    def bundle_feed(self) -> "Feed":
        from trader.sim.hyperliquid.build import hyperliquid_bundle_feed

        return hyperliquid_bundle_feed()

    def public_feed(self, transport: Transport, clock: Clock, coins: Sequence[str]) -> "Feed":
        from trader.sim.hyperliquid.public_feed import VenuePublicFeed

        return VenuePublicFeed(transport, clock, coins)

    def open_switches(self, *, equity: Decimal, weight: int | None) -> Any:
        from trader.sim.hyperliquid.switches import Switches

        switches = Switches(equity=equity, fund_unknown=True)
        return switches if weight is None else replace(switches, ip_weight_per_minute=weight)

    def dialect(self) -> "Dialect":
        from trader.parts.embedded import Dialect
        from trader.sim.hyperliquid.app import HyperliquidApp
        from trader.sim.hyperliquid.build import new_venue, stored_app
        from trader.sim.hyperliquid.identity import paper_identity

        return Dialect(
            identity=paper_identity,
            user_of=lambda identity: str(identity.account_address),
            new_venue=new_venue,
            app=HyperliquidApp,
            stored_app=stored_app,
            further_keys=_further_agent,
            quick_pen=_quick_pen,
            slow_again=_slow_again,
        )


def _quick_pen(venue: Any, keys: Keys) -> "Pen":
    """Signs for the agent of these keys on an exchange that looks for nothing else any more."""
    from trader.sim.hyperliquid.identity import paper_address
    from trader.sim.hyperliquid.quick_signing import QuickPen, quick_signer

    venue.signer = quick_signer
    return QuickPen(paper_address(keys.secrets[_AGENT_KEY]))


def _slow_again(venue: Any) -> None:
    """From here on the exchange looks for real signatures, and for nothing else."""
    from trader.sim.hyperliquid.signing import action_signer

    venue.signer = action_signer


def _further_agent(venue: Any, label: str, host: str) -> Keys:
    """An agent key of another machine for the same account."""
    from trader.sim.hyperliquid.identity import paper_identity

    account, other = paper_identity(label).account_address, paper_identity(f"{label} {host}")
    venue.accounts.declare(other.agent_address, master=account, name=host)
    return Keys(account, {_AGENT_KEY: other.agent_private_key})


PARTS = HyperliquidParts()

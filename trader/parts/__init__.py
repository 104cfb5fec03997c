"""What belongs to one venue, found by its name: adapter, keys, hosts, embedded exchange and prices.

Rules: the rest of the program names a venue only to look it up here. Whatever is heavy is imported when it is
asked for, so that a tick loads one venue's adapter and nothing of the others.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from trader.core.abilities import Abilities
from trader.core.access import Toll
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.ports import Clock, Scope, Venue
from trader.core.wire import Transport

if TYPE_CHECKING:
    from trader.core.memo import Memo
    from trader.parts.embedded import Dialect
    from trader.sim.feed import Feed

NAMES = ("hyperliquid", "okx", "binance")


@frozen
class Keys:
    """Whose account, as the venue names it, and what may sign for it; never shown."""

    account_id: str
    secrets: Mapping[str, str] = field(repr=False)


@frozen
class Link:
    """What an adapter is built around.

    `pen` is what `Parts.pen` made; `isolated` are the coins traded on isolated margin; `trigger` is the
    price that stops act on; `practice` says that the other end is the venue's own practice network.
    `coins` are those of the file, for venues that serve fills by coin; `accounts` is how many accounts trade
    from this address. `memo`: what bodies were found to say, for who runs many times in one process.
    """

    transport: Transport
    clock: Clock
    account_id: str
    pen: Any
    base_url: str
    timeout: Callable[[float], float]
    abilities: Abilities
    practice: bool = False
    isolated: frozenset[str] = frozenset()
    trigger: str = "mark"
    coins: frozenset[str] = frozenset()
    accounts: int = 1
    memo: "Memo | None" = None


class Parts(Protocol):
    """One venue. `two_sided_usual`: its accounts are usually kept in the mode that holds both legs apart."""

    name: str
    abilities: Abilities
    secret_names: tuple[str, ...]
    two_sided_usual: bool

    def base_url(self, *, practice: bool, region: str) -> str: ...

    def further_urls(self, *, practice: bool) -> tuple[str, ...]:
        """Other addresses of the venue that its adapter asks: without them it could not be told something."""
        ...

    def checked(self, keys: Keys) -> Keys:
        """The same keys; ConfigError says why they must not be used, and never shows them."""
        ...

    def paper_keys(self, label: str) -> Keys: ...

    def pen(self, keys: Keys, *, practice: bool) -> Any: ...

    def adapter(self, link: Link) -> Venue: ...

    def tolls(self, scope: Scope, coins: Collection[str]) -> tuple[Toll, ...]:
        """What one quiet observation takes of the venue's limits, the dearest first; `coins`: of the file."""
        ...

    def bundle_feed(self) -> "Feed": ...

    def public_feed(self, transport: Transport, clock: Clock, coins: Sequence[str]) -> "Feed": ...

    def open_switches(self, *, equity: Decimal, weight: int | None) -> Any:
        """The dialect's choices for a server that strangers' clients use; `weight` is its request limit."""
        ...

    def dialect(self) -> "Dialect":
        """How its embedded exchange is put together."""
        ...


def parts_of(name: str) -> Parts:
    """The parts of a venue."""
    if name not in NAMES:
        raise ConfigError(f"venue {name!r} is not known: expected one of {', '.join(NAMES)}")
    found: Parts = import_module(f"trader.parts.{name}").PARTS
    return found

"""How an embedded exchange is put together from a feed, switches and what it remembers.

Rules: it serves every dialect. An exchange lists the coins its feed has prices for.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from trader.core.frozen import frozen
from trader.exchange.model import Model
from trader.exchange.rules import Market, Rules
from trader.sim.app import App
from trader.sim.feed import Feed
from trader.sim.store import World
from trader.sim.stored import Dialect, StoredApp


class HasRules(Protocol):
    """A dialect's switches, as far as the model is concerned."""

    def model_rules(self) -> Rules:
        """How the model behaves."""
        ...


def as_is(rules: Rules) -> Rules:
    """The venue's own."""
    return rules


S = TypeVar("S", bound=HasRules)
V = TypeVar("V", bound=Dialect[Any])


@frozen
class Blueprint(Generic[S, V]):
    """The parts of one dialect."""

    switches: Callable[[], S]
    markets: Callable[[Sequence[str]], Sequence[Market]]
    venue: Callable[[Model, Feed, S], V]
    app: Callable[[V], App]

    def new_venue(
        self, feed: Feed, *, start_ms: int, switches: S | None = None, terms: Callable[[Rules], Rules] = as_is
    ) -> V:
        """An exchange without accounts whose history begins now; its prices are as old as the feed."""
        chosen = switches or self.switches()
        rules = terms(chosen.model_rules())
        return self.venue(Model(self.markets(feed.coins), feed, start_ms=start_ms, rules=rules), feed, chosen)

    def stored_app(
        self,
        path: Path,
        feed: Feed,
        *,
        start_ms: int,
        switches: S | None = None,
        watch: Callable[[Model], None] | None = None,
        terms: Callable[[Rules], Rules] = as_is,
    ) -> StoredApp[V]:
        """The same with a file for a memory; one that exists goes on where it stood."""
        chosen = switches or self.switches()
        world = World(self.markets(feed.coins), feed, terms(chosen.model_rules()), start_ms)

        def build(model: Model) -> tuple[App, V]:
            venue = self.venue(model, feed, chosen)
            return self.app(venue), venue

        return StoredApp(path, world, build, watch=watch)

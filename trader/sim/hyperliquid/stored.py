"""The embedded Hyperliquid whose memory is a file: each request is one transaction on it.

Rules: what a request did is in the file before it is answered, so a killed process loses nothing it was
told. Another process may use the same file in between; its changes are then loaded first. IP weight and
stale-read memory belong to the process.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from trader.core.wire import Answer, Request
from trader.exchange.model import Model
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.feed import Feed
from trader.sim.hyperliquid.app import HyperliquidApp
from trader.sim.hyperliquid.build import hyperliquid_markets
from trader.sim.hyperliquid.identity import PaperIdentity
from trader.sim.hyperliquid.switches import Switches
from trader.sim.hyperliquid.venue import Venue
from trader.sim.store import Session, Store, World


class StoredApp:
    """A HyperliquidApp over a store; fulfils App."""

    def __init__(
        self,
        path: Path,
        feed: Feed,
        *,
        start_ms: int,
        switches: Switches | None = None,
        watch: Callable[[Model], None] | None = None,
    ) -> None:
        chosen = switches or Switches()
        markets = hyperliquid_markets(feed.coins)
        rules = chosen.model_rules()
        self._store = Store(path, World(markets, feed, rules, start_ms), prepare=watch)
        self._session: Session | None = None
        first = self._store.read().model
        self.app = HyperliquidApp(Venue(first, feed, chosen))

    @property
    def venue(self) -> Venue:
        """The exchange as the last request left it."""
        return self.app.venue

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def declare(self, identity: PaperIdentity, *, equity: Decimal | None = None) -> None:
        """Make a paper identity known; its account is funded when it is new."""
        with self._store.change() as session:
            self._bind(session)
            self.venue.declare(identity, equity=equity)
            session.extra.update(self.venue.dump())

    def prepare(self, plan: Plan) -> None:
        self.app.prepare(plan)

    def describe(self, request: Request) -> Seen:
        return self.app.describe(request)

    def answer(
        self, request: Request, *, at_ms: int, client: str = "127.0.0.1", lies: Sequence[Fault] = ()
    ) -> Answer:
        with self._store.change() as session:
            self._bind(session)
            answer = self.app.answer(request, at_ms=at_ms, client=client, lies=lies)
            session.extra.update(self.venue.dump())
        return answer

    def _bind(self, session: Session) -> None:
        """Take over what was loaded, where it is not what this process already holds."""
        if session is self._session:
            return
        self.venue.model = session.model
        if session.extra:
            self.venue.restore(session.extra)
        self._session = session

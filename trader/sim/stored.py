"""An embedded exchange whose memory is a file: each request is one transaction on it.

Rules: what a request did is in the file before it is answered, so a killed process loses nothing it was
told. Another process may use the same file in between; its changes are then loaded first. What a dialect
keeps for its process alone (request weight, stale reads) is not kept.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from trader.core.wire import Answer, Request
from trader.exchange.model import Model
from trader.sim.app import App
from trader.sim.faults import Fault, Plan, Seen
from trader.sim.store import Session, Store, World

Identity = TypeVar("Identity", contravariant=True)


class Dialect(Protocol[Identity]):
    """What stands behind one venue's app: the model, and what only its wire needs."""

    model: Model

    def declare(self, identity: Identity, *, equity: Decimal | None = None) -> None:
        """Let a paper identity trade; its account is funded when it is new."""
        ...

    def dump(self) -> dict[str, Any]:
        """What must outlive the process beside the model."""
        ...

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        ...


V = TypeVar("V", bound=Dialect[Any])


class StoredApp(Generic[V]):
    """A dialect's app over a store; fulfils App. `build` puts the dialect around a model."""

    def __init__(
        self,
        path: Path,
        world: World,
        build: Callable[[Model], tuple[App, V]],
        *,
        watch: Callable[[Model], None] | None = None,
    ) -> None:
        self._store = Store(path, world, prepare=watch)
        self._session: Session | None = None
        self.app, self.venue = build(self._store.read().model)

    def close(self) -> None:
        """Let go of the file."""
        self._store.close()

    def declare(self, identity: Any, *, equity: Decimal | None = None) -> None:
        """Make a paper identity known; its account is funded when it is new."""
        with self._store.change() as session:
            self._bind(session)
            self.venue.declare(identity, equity=equity)
            session.extra.update(self.venue.dump())

    def change(self, work: Callable[[Model], None]) -> None:
        """Change the stored model as its operator would."""
        with self._store.change() as session:
            self._bind(session)
            work(session.model)

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

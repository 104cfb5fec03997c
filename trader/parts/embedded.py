"""An embedded exchange with one paper account, in memory or in a file, whichever dialect it speaks."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

from trader.core.frozen import frozen
from trader.exchange.model import Model
from trader.parts import Keys
from trader.parts.terms import Terms
from trader.sim.app import App
from trader.sim.blueprint import as_is
from trader.sim.feed import Feed
from trader.sim.stored import StoredApp


class Running(Protocol):
    """A dialect's state, as far as time and ground truth go."""

    @property
    def model(self) -> Model: ...

    def run_to(self, at_ms: int) -> None: ...

    def declare(self, identity: Any, *, equity: Decimal | None = None) -> None: ...


@frozen
class Dialect:
    """How one venue's embedded exchange is put together.

    `identity` derives a paper identity from a label, `user_of` names its account in the model, and
    `further_keys` lets another machine trade the account of that label. `quick_pen`: a pen for these keys
    whose signatures cost next to nothing, which an exchange in memory accepts from then on instead of real
    ones; None where real ones cost next to nothing themselves. `slow_again` ends that.
    """

    identity: Callable[[str], Any]
    user_of: Callable[[Any], str]
    new_venue: Callable[..., Any]
    app: Callable[[Any], App]
    stored_app: Callable[..., StoredApp[Any]]
    further_keys: Callable[[Any, str, str], Keys]
    quick_pen: Callable[[Any, Keys], Any] | None = None
    slow_again: Callable[[Any], None] | None = None


@frozen
class Exchange:
    """What a rehearsal and a paper run need of it; `venue` is the dialect's own state, for tests."""

    app: App
    venue: Any
    user: str
    label: str
    dialect: Dialect
    close: Callable[[], None] = lambda: None

    @property
    def model(self) -> Model:
        running: Running = self.venue
        return running.model

    def run_to(self, at_ms: int) -> None:
        running: Running = self.venue
        running.run_to(at_ms)

    def further_keys(self, host: str) -> Keys:
        """Keys of another machine for the same account."""
        return self.dialect.further_keys(self.venue, self.label, host)


def take_sides(model: Model, user: str, *, two_sided: bool) -> None:
    """Bring an account that is still flat into this mode; one that holds anything keeps its own."""
    if model.is_two_sided(user) != two_sided:
        model.set_two_sided(user, two_sided)


def in_memory(
    dialect: Dialect,
    feed: Feed,
    *,
    label: str,
    start_ms: int,
    equity: Decimal,
    switches: Any = None,
    two_sided: bool = False,
    terms: Terms | None = None,
) -> Exchange:
    """An exchange that ends with the process."""
    rules = as_is if terms is None else terms.over
    venue = dialect.new_venue(feed, start_ms=start_ms, switches=switches, terms=rules)
    identity = dialect.identity(label)
    venue.declare(identity, equity=equity)
    take_sides(venue.model, dialect.user_of(identity), two_sided=two_sided)
    return Exchange(dialect.app(venue), venue, dialect.user_of(identity), label, dialect)


def in_file(
    dialect: Dialect,
    feed: Feed,
    path: Path,
    *,
    label: str,
    start_ms: int,
    equity: Decimal,
    switches: Any = None,
    two_sided: bool = False,
    terms: Terms | None = None,
) -> Exchange:
    """An exchange whose memory is a file; a new one begins at `start_ms`."""
    rules = as_is if terms is None else terms.over
    stored = dialect.stored_app(path, feed, start_ms=start_ms, switches=switches, terms=rules)
    identity = dialect.identity(label)
    stored.declare(identity, equity=equity)
    stored.change(lambda model: take_sides(model, dialect.user_of(identity), two_sided=two_sided))
    if terms is not None:
        stored.change(lambda model: terms.bring(model, feed.coins))
    return Exchange(stored, stored.venue, dialect.user_of(identity), label, dialect, stored.close)

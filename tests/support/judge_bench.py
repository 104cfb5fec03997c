"""A judge beside a model exchange: a test acts as the run, and says how the run ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests.support.model_exchange import USER, an_exchange, limit, place, stop
from trader.core.identity import Identity, Role, encode
from trader.core.market import Leg
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.status import Grouping, Tif
from trader.oracle.judge import Oracle
from trader.oracle.seen import Asked, RunSeen, Terms, Violation, World

SIGNAL_MINUTE = 28_000_000
SECOND_MS = 1_000
DEADLINE_MS = 90_000
WIDE = {coin: Decimal(1_000_000) for coin in ("SOL", "ETH", "BTC")}


def an_id(
    role: Role = Role.ENTRY,
    *,
    signal: int = SIGNAL_MINUTE,
    attempt: int = 1,
    leg: Leg = Leg.LONG,
    rung: int = 0,
    coin: str = "SOL",
) -> str:
    """An id as the program would write it."""
    return "0x" + encode(Identity(0x1234, coin, 1, leg, role, signal, signal, rung=rung, attempt=attempt))


def some_terms(**changes: Any) -> Terms:
    """Wide limits and no resting entry without cover, unless a test says otherwise."""
    return Terms(**{"notional_max": WIDE, "loss_max": WIDE, **changes})


@dataclass
class Bench:
    """One account, its judge, and what the judge has said."""

    model: Model = field(default_factory=an_exchange)
    terms: Terms = field(default_factory=some_terms)
    prepare: Callable[[Model], object] | None = None
    said: list[Violation] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.prepare is not None:
            self.prepare(self.model)
            self.pass_ms(SECOND_MS)
        self.oracle = Oracle(self.model, USER, self.terms)

    def pass_ms(self, milliseconds: int) -> None:
        self.model.advance(self.model.now_ms + milliseconds)

    def run(
        self, act: Callable[["Bench"], object] | None = None, *, world: World | None = None, **seen: Any
    ) -> list[Violation]:
        """A run of three seconds that does this in its middle; a read before it, one after it."""
        began_ms = self.model.now_ms
        host = seen.get("host", "first")
        self.oracle.begin(host)
        self.pass_ms(SECOND_MS)
        if act is not None:
            act(self)
        self.pass_ms(SECOND_MS)
        asked = (
            Asked(1, began_ms, "state", is_write=False, status=200),
            Asked(2, self.model.now_ms, "state", is_write=False, status=200),
        )
        self.pass_ms(SECOND_MS)
        plain: dict[str, Any] = {
            "host": host,
            "command": "run",
            "code": 0,
            "began_ms": began_ms,
            "took_ms": self.model.now_ms - began_ms,
            "deadline_ms": DEADLINE_MS,
            "asked": asked,
        }
        found = self.oracle.end(RunSeen(**{**plain, **seen}), world or World())
        self.said += found
        return found

    def wait(self, milliseconds: int = 60_000, world: World | None = None) -> list[Violation]:
        """Nobody runs."""
        self.pass_ms(milliseconds)
        found = self.oracle.between(world or World())
        self.said += found
        return found

    def close(self, world: World | None = None) -> list[Violation]:
        found = self.oracle.close(world or World())
        self.said += found
        return found

    @property
    def names(self) -> set[str]:
        """The invariants that were reported so far."""
        return {violation.invariant for violation in self.said}


def buys(sz: str = "1", *, cloid: str | None = None, coin: str = "SOL", px: str | None = None) -> OrderSpec:
    """An entry that trades at once, within three percent of these tests' prices."""
    bound = px or {"SOL": "102", "ETH": "3060", "BTC": "61200"}[coin]
    return limit("buy", sz, bound, coin=coin, tif=Tif.IOC, cloid=cloid or an_id(coin=coin))


def entry(
    model: Model, sz: str = "1", *, signal: int = SIGNAL_MINUTE, level: str = "95", coin: str = "SOL"
) -> None:
    """An entry of ours with its stop attached."""
    parent = buys(sz, cloid=an_id(signal=signal, coin=coin), coin=coin)
    child = stop("sell", sz, level, coin=coin, cloid=an_id(Role.STOP, signal=signal, coin=coin))
    placed = model.place(USER, [parent, child], Grouping.ATTACHED)
    assert [each.reason for each in placed] == [None, None], placed


def own_stop(model: Model, level: str = "95", sz: str = "1", *, attempt: int = 2, **changes: Any) -> int:
    """A stop of ours; its number."""
    (placed,) = place(model, stop("sell", sz, level, cloid=an_id(Role.PROTECT, attempt=attempt), **changes))
    assert placed.reason is None, placed
    assert placed.oid is not None
    return placed.oid


def bare(model: Model, sz: str = "1") -> None:
    """A position of ours with no stop."""
    (placed,) = place(model, buys(sz))
    assert placed.reason is None, placed


def covered(model: Model) -> None:
    """A position of ours with its stop."""
    entry(model)


def cancel_stops(model: Model) -> None:
    for order in model.open_orders(USER):
        if order.trigger is not None:
            assert model.cancel(USER, order.oid)


def wrote(bench: Bench, *, then_read: bool = True) -> tuple[Asked, ...]:
    """A write, and a read after it, at the instant of now."""
    now = bench.model.now_ms
    write = Asked(1, now, "order", is_write=True, status=200)
    read = Asked(2, now + 2 * SECOND_MS, "state", is_write=False, status=200)
    return (write, read) if then_read else (write,)

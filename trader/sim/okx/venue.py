"""Everything the embedded OKX holds: the model, and beside it what only the wire needs.

Rules: time reaches the exchange through `run_to` alone. The state beside the model dumps to JSON, so that
the store can keep both in one file; request budgets and the memory of stale reads are of the process alone.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from trader.core.frozen import frozen
from trader.exchange.model import Model
from trader.exchange.rows import Event
from trader.exchange.status import Status
from trader.sim.feed import Feed
from trader.sim.okx.book import Book
from trader.sim.okx.budgets import Budgets
from trader.sim.okx.candles import CandleBook
from trader.sim.okx.identity import PaperIdentity
from trader.sim.okx.keys import ApiKey, KeyBook
from trader.sim.okx.switches import Switches

CROSS, ISOLATED = "cross", "isolated"
TRANSFER = "1"


@frozen
class Maintenance:
    """What `system/status` tells of. While it is `ongoing` everything else is refused, unless it `serves`."""

    state: str
    service: str = "5"
    env: str = "1"
    serves: bool = False

    @property
    def is_closed(self) -> bool:
        return self.state == "ongoing" and not self.serves


class Venue:
    """One embedded OKX."""

    def __init__(self, model: Model, feed: Feed, switches: Switches | None = None) -> None:
        self.feed = feed
        self.switches = switches or Switches()
        self.keys = KeyBook()
        self.book = Book(self._contract_of)
        self.budgets = Budgets()
        self.candles = CandleBook(feed)
        self.timers: dict[str, int] = {}
        self.levers: dict[str, int] = {}
        self.maintenance: Maintenance | None = None
        # Bill type and subtype of money moved by hand that is no transfer, by row of the ledger.
        self.reasons: dict[str, list[str]] = {}
        # Coins whose book is empty for what triggers, and for nothing else.
        self.dry: set[str] = set()
        self._model = model
        model.subscribe(self._hear)

    def _hear(self, event: Event) -> None:
        self.book.hear(event)

    def _contract_of(self, coin: str) -> Decimal:
        market = self._model.market(coin)
        if market is None:
            raise KeyError(f"no market {coin}")
        return market.contract

    @property
    def model(self) -> Model:
        return self._model

    @model.setter
    def model(self, model: Model) -> None:
        """Another load of the same exchange takes the place of this one."""
        if model is not self._model:
            self._model = model
            model.subscribe(self._hear)

    @property
    def now_ms(self) -> int:
        return self._model.now_ms

    def run_to(self, at_ms: int) -> None:
        """Let the market run to this moment, cancelling what a timer ends on the way."""
        if self.timers:
            for due_ms, user in sorted((due, user) for user, due in self.timers.items() if due <= at_ms):
                self._model.advance(due_ms)
                del self.timers[user]
                self._cancel_all(user)
        self._model.advance(at_ms)
        self.end_partners()
        self.book.prune(at_ms)

    def end_partners(self) -> None:
        """Of attached exits that exclude each other, one that has triggered ends the other."""
        for algo in self.book.algos.values():
            if algo.ord_type == "oco" and not algo.is_alive:
                for order in self._model.open_orders(algo.user, algo.coin):
                    if order.oid in algo.oids and order.waiting:
                        self._model.cancel(algo.user, order.oid)

    def _cancel_all(self, user: str) -> None:
        for order in self._model.open_orders(user):
            is_algo = order.waiting
            if self.switches.timer_cancels_algos or not is_algo:
                self._model.cancel(user, order.oid, status=Status.SCHEDULED_CANCEL)

    def declare(self, identity: PaperIdentity, *, equity: Decimal | None = None) -> None:
        """Let a paper identity trade: its key is known, its account has the paper equity."""
        if self.keys.find(identity.api_key) is None:
            self.keys.declare(
                ApiKey(
                    identity.api_key,
                    identity.api_secret,
                    identity.passphrase,
                    user=identity.user,
                    ips=self.switches.ip_addresses,
                    is_simulated=self.switches.is_simulated,
                )
            )
        self.open_account(identity.user, equity or self.switches.equity)

    def open_account(self, user: str, equity: Decimal) -> None:
        """Give an account its first money; one that exists keeps what it has."""
        if user not in self._model.users:
            self._model.deposit(user, equity)
            self._model.set_two_sided(user, self.switches.two_sided)

    def move_money(self, user: str, amount: Decimal, *, bill: tuple[str, str] | None = None) -> None:
        """Money in (positive) or out by its owner's hand: a transfer, or of this bill type and subtype."""
        if amount > 0:
            self._model.deposit(user, amount)
        elif self._model.withdraw(user, -amount) is not None:
            raise ValueError(f"{user} cannot take out {-amount}: not that much is free")
        if bill is not None:
            self.reasons[str(self._model.ledger(user)[-1].seq)] = list(bill)

    def lever(self, user: str, coin: str, margin: str, leg: str | None) -> int:
        """The leverage set for a coin in one margin mode; legs differ on isolated margin only."""
        key = lever_key(user, coin, margin, leg)
        market = self._model.market(coin)
        most = market.max_leverage if market is not None else 1
        return min(self.levers.get(key, self._model.rules.leverage_default), most)

    def set_lever(self, user: str, coin: str, margin: str, leg: str | None, value: int) -> None:
        self.levers[lever_key(user, coin, margin, leg)] = value

    def dump(self) -> dict[str, Any]:
        """What must outlive the process, beside the model's own dump."""
        return {
            "keys": self.keys.dump(),
            "book": self.book.dump(),
            "timers": dict(self.timers),
            "levers": dict(self.levers),
            "reasons": dict(self.reasons),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.keys.restore(state["keys"])
        self.book.restore(state["book"])
        self.timers = dict(state["timers"])
        self.levers = dict(state["levers"])
        self.reasons = dict(state.get("reasons", {}))


def lever_key(user: str, coin: str, margin: str, leg: str | None) -> str:
    """One setting's name."""
    return f"{user} {coin} {margin} {leg if margin == ISOLATED and leg is not None else 'net'}"

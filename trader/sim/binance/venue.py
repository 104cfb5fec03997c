"""Everything the embedded Binance holds: the model, and beside it what only the wire needs.

Rules: time reaches the exchange through `run_to` alone. The state beside the model is small and dumps to
JSON, so that the store can keep both in one file; request weight, order counts and the memory of stale
reads are of the process and not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from hashlib import sha256
from typing import Any

from trader.exchange.model import Model
from trader.exchange.rules import Market
from trader.sim.binance.budgets import OrderBudget, WeightBudget
from trader.sim.binance.countdown import Countdowns
from trader.sim.binance.details import DetailsBook
from trader.sim.binance.executed import Executed, ExecutedBook
from trader.sim.binance.identity import PaperIdentity
from trader.sim.binance.keys import ApiKey, KeyBook
from trader.sim.binance.purse import Purse
from trader.sim.binance.refusals import refused
from trader.sim.binance.switches import Switches
from trader.sim.binance.symbols import SymbolRules, all_symbols, coin_of
from trader.sim.feed import Feed

_WALLET_WEIGHT = 12_000  # of an address and minute, apart from that of the futures


@dataclass(slots=True)
class Venue:
    """One embedded Binance USD-M."""

    model: Model
    feed: Feed
    switches: Switches = field(default_factory=Switches)
    keys: KeyBook = field(default_factory=KeyBook)
    details: DetailsBook = field(default_factory=DetailsBook)
    countdowns: Countdowns = field(default_factory=Countdowns)
    weights: WeightBudget = field(init=False)
    orders: OrderBudget = field(init=False)
    symbols: dict[str, SymbolRules] = field(init=False)
    multi_assets: set[str] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)
    candles: dict[tuple[str, str, bool], dict[int, tuple[list[Any], bytes]]] = field(default_factory=dict)
    sums: ExecutedBook = field(default_factory=ExecutedBook)
    adopted: dict[str, int] = field(default_factory=dict)
    adopted_revision: int = -1
    sequence: int = 0
    overloaded_until_ms: int = 0
    maintenance: str | None = None
    purse: Purse = field(default_factory=Purse)
    wallet_weights: WeightBudget = field(init=False)

    def __post_init__(self) -> None:
        chosen = self.switches
        self.weights = WeightBudget(chosen.weight_per_minute, refusals_to_ban=chosen.refusals_to_ban)
        self.wallet_weights = WeightBudget(_WALLET_WEIGHT, refusals_to_ban=chosen.refusals_to_ban)
        self.orders = OrderBudget(
            ten_seconds_max=chosen.orders_per_ten_seconds, minute_max=chosen.orders_per_minute
        )
        listed = {market.coin for market in self.model.markets}
        self.symbols = {rules.coin: rules for rules in all_symbols() if rules.coin in listed}

    @property
    def now_ms(self) -> int:
        return self.model.now_ms

    def run_to(self, at_ms: int) -> None:
        """Let the market run to this moment, cancelling what a countdown ends on the way."""
        for due_ms, user, coin in self.countdowns.due(at_ms):
            self.model.advance(due_ms)
            self.countdowns.stop(user, coin)
            self.cancel_open(user, coin, with_algo=self.switches.countdown_cancels_algo)
        self.model.advance(at_ms)

    def cancel_open(self, user: str, coin: str, *, with_algo: bool) -> None:
        """Cancel the plain orders of a coin, and the conditional ones where asked."""
        for order in self.model.open_orders(user, coin):
            if with_algo or not order.waiting:
                self.model.cancel(user, order.oid)

    def rules_of(self, symbol: str) -> SymbolRules:
        """A listed symbol's rules; another one is -1121."""
        found = self.symbols.get(coin_of(symbol) or "")
        if found is None:
            raise refused(-1121)
        return found

    def market_of(self, coin: str) -> Market:
        """The model's rules of a listed coin, which change where a fault changes them."""
        found = self.model.market(coin)
        if found is None:
            raise refused(-1121)
        return found

    def is_two_sided(self, user: str) -> bool:
        """Hedge mode."""
        return self.model.is_two_sided(user)

    def executed(self, user: str, oid: int) -> Executed:
        """What has been traded of an order."""
        return self.sums.of(self.model, user, oid)

    def next_client_id(self) -> str:
        """An id for an order whose client gave none."""
        self.sequence += 1
        return "sim" + sha256(f"client id {self.sequence}".encode()).hexdigest()[:19]

    def open_account(self, user: str, equity: Decimal) -> None:
        """Give an account its first money; one that exists keeps what it has."""
        if user not in self.model.users:
            self.model.deposit(user, equity)

    def declare(self, identity: PaperIdentity, *, equity: Decimal | None = None) -> None:
        """Let a paper identity trade: its key is known, its account has the paper equity."""
        if not self.keys.is_listed(identity.api_key):
            self.keys.add(ApiKey(identity.api_key, identity.api_secret, identity.user, self.now_ms))
        self.open_account(identity.user, equity or self.switches.equity)

    def dump(self) -> dict[str, Any]:
        """What must outlive the process, beside the model's own dump."""
        return {
            "keys": self.keys.dump(),
            "details": self.details.dump(now_ms=self.now_ms),
            "countdowns": self.countdowns.dump(),
            "multi_assets": sorted(self.multi_assets),
            "erased": sorted(self.erased),
            "sequence": self.sequence,
            "purse": self.purse.dump(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.sums.clear()
        self.keys.restore(state["keys"])
        self.details = DetailsBook.load(state["details"])
        self.countdowns.restore(state["countdowns"])
        self.multi_assets = set(state["multi_assets"])
        self.erased = set(state["erased"])
        self.sequence = state["sequence"]
        if "purse" in state:  # a file written before there was one
            self.purse.restore(state["purse"])

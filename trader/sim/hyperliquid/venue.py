"""Everything the embedded Hyperliquid holds: the model, and beside it what only the wire needs.

Rules: time reaches the exchange through `run_to` alone. The state beside the model is small and
dumps to JSON, so that the store can keep both in one file; IP weight and the stale-read memory are
of the process and not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from trader.exchange.model import Model
from trader.sim.feed import Feed
from trader.sim.hyperliquid.accounts import Accounts
from trader.sim.hyperliquid.budgets import AddressBudget, IpBudget
from trader.sim.hyperliquid.candles import CandleBook
from trader.sim.hyperliquid.identity import PaperIdentity
from trader.sim.hyperliquid.nonces import NonceBook
from trader.sim.hyperliquid.schedule import CancelSchedule
from trader.sim.hyperliquid.signing import Signer, action_signer
from trader.sim.hyperliquid.switches import Switches

AGENT_NAME = "trader"


@dataclass(slots=True)
class Venue:
    """One embedded Hyperliquid.

    `told_as` names money movements by their number, `roles` what an address is said to be,
    `special_status` what the venue says of itself, and `signer` who signed an action.
    """

    model: Model
    feed: Feed
    switches: Switches = field(default_factory=Switches)
    accounts: Accounts = field(init=False)
    nonces: NonceBook = field(default_factory=NonceBook)
    ip_budget: IpBudget = field(init=False)
    address_budget: AddressBudget = field(default_factory=AddressBudget)
    schedule: CancelSchedule = field(default_factory=CancelSchedule)
    candles: CandleBook = field(init=False)
    abstraction: str = field(init=False)
    erased: set[int] = field(default_factory=set)
    asked_about: set[str] = field(default_factory=set)
    told_as: dict[int, str] = field(default_factory=dict)
    roles: dict[str, str] = field(default_factory=dict)
    special_status: str | None = None
    signer: Signer = action_signer

    def __post_init__(self) -> None:
        self.accounts = Accounts(expiry_grace_ms=self.switches.agent_expiry_grace_ms)
        self.candles = CandleBook(self.feed)
        self.abstraction = self.switches.abstraction
        self.ip_budget = IpBudget(self.switches.ip_weight_per_minute)

    @property
    def now_ms(self) -> int:
        return self.model.now_ms

    def run_to(self, at_ms: int) -> None:
        """Let the market run to this moment, cancelling what was scheduled on the way."""
        for due_ms, user in self.schedule.due(at_ms):
            self.model.advance(due_ms)
            self.schedule.fire(self.model, user)
        self.model.advance(at_ms)

    def is_account(self, address: str) -> bool:
        return address in self.model.users

    def is_known(self, address: str) -> bool:
        """An account, an agent of one (also a dead one), or an address somebody asked about."""
        return (
            self.is_account(address)
            or self.accounts.agent(address) is not None
            or (self.switches.fund_unknown and address in self.asked_about)
        )

    def open_account(self, address: str, equity: Decimal) -> None:
        """Give an address its first money; an account that exists keeps what it has."""
        if not self.is_account(address):
            self.model.deposit(address, equity)

    def declare(self, identity: PaperIdentity, *, equity: Decimal | None = None) -> None:
        """Let a paper identity trade: its agent is known, its account has the paper equity."""
        if self.accounts.agent(identity.agent_address) is None:
            # With a name, because the venue shows nobody the agent that has none.
            self.accounts.declare(identity.agent_address, master=identity.account_address, name=AGENT_NAME)
        self.open_account(identity.account_address, equity or self.switches.equity)

    def volume(self, user: str) -> Decimal:
        """Dollars traded so far."""
        return sum((fill.px * fill.sz for fill in self.model.fills(user)), Decimal(0))

    def dump(self) -> dict[str, Any]:
        """What must outlive the process, beside the model's own dump."""
        return {
            "accounts": self.accounts.dump(),
            "nonces": self.nonces.dump(),
            "address_budget": self.address_budget.dump(),
            "schedule": self.schedule.dump(),
            "abstraction": self.abstraction,
            "erased": sorted(self.erased),
            "told_as": [[seq, kind] for seq, kind in self.told_as.items()],
            "roles": self.roles,
            "special_status": self.special_status,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `dump` gave."""
        self.accounts.restore(state["accounts"])
        self.nonces = NonceBook(state["nonces"])
        self.address_budget.restore(state["address_budget"])
        self.schedule.restore(state["schedule"])
        self.abstraction = state["abstraction"]
        self.erased = set(state["erased"])
        # A file that an earlier version wrote has none of these.
        self.told_as = dict(state.get("told_as", []))
        self.roles = dict(state.get("roles", {}))
        self.special_status = state.get("special_status")

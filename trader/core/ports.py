"""What the pipeline asks of the outside world, as protocols that adapters fulfil."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Protocol

from trader.core.abilities import Abilities
from trader.core.access import Access, Budget
from trader.core.actions import Action
from trader.core.errors import TraderError
from trader.core.frozen import frozen
from trader.core.market import Market, Slot
from trader.core.orders import Found, Funding, Lookup, Outcome, Unknown, Unreadable
from trader.core.snapshot import Holdings, Snapshot


class Clock(Protocol):
    """Time as a value handed in, so that a test can hold it."""

    def now_ms(self) -> int:
        """Wall time in UTC milliseconds; may step."""
        ...

    def elapsed_ms(self) -> int:
        """Milliseconds since an arbitrary start; never steps back, counts a suspended machine."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


@frozen
class CandleNeed:
    """How many closed bars of a coin a decision looks at."""

    coin: str
    frame_ms: int
    bars: int


ARRIVAL_MARGIN_MS = 2_000  # of a write beyond its expiry, for what the clocks differ
FILLS_BACK_MS = 7 * 86_400_000  # longer than a usual holding time, short enough for two pages


@frozen
class Scope:
    """What an observation has to read beside the account itself.

    `lookups` maps an order id to its coin; `fills_back_ms` is how far fills must reach back. `past_ms`: how
    far back the record of the account's money is read, at most two pages a kind; None: not at all.
    """

    candles: tuple[CandleNeed, ...] = ()
    lookups: Mapping[str, str] = field(default_factory=dict)
    fills_back_ms: int = FILLS_BACK_MS
    past_ms: int | None = None


class Venue(Protocol):
    """One account on one venue. Reads raise Unavailable, Denied or Malformed; writes never raise."""

    @property
    def name(self) -> str: ...

    @property
    def account_id(self) -> str: ...

    @property
    def abilities(self) -> Abilities: ...

    def market(self, coin: str) -> Market:
        """A coin's rules, from the venue's own table; Malformed when the table lacks it."""
        ...

    def venue_now_ms(self) -> int:
        """The venue's clock now, from its last answer and the time that has passed since."""
        ...

    def observe(self, scope: Scope) -> Snapshot:
        """Two rounds: orders, look-ups and market data; then positions, balances and fills."""
        ...

    def inspect(self, fills_back_ms: int) -> Holdings:
        """One round: orders, positions, balances and fills together."""
        ...

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        """Look orders up by our ids (id to coin)."""
        ...

    def history(self) -> tuple[Found, ...] | Unreadable:
        """The latest known state of our recent orders, newest first."""
        ...

    def funding(self, since_ms: int) -> tuple[Funding, ...] | Unreadable:
        """Funding payments since a moment."""
        ...

    def access(self) -> Access:
        """What the venue says of this key and this account; never raises for a part that cannot be read."""
        ...

    def budgets(self) -> tuple[Budget, ...]:
        """What is known now of the limits on requests, without asking."""
        ...

    def affords(self, wanted: Scope | None, *, unseen: int = 0) -> bool:
        """Whether the quarter of the limits that is for protection alone stays untouched when this is read:
        an observation of this scope, or (None) the history. `unseen`: how often as much may have been asked
        in the same minute by a process that can no longer be asked."""
        ...

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        """Send one round of writes; one outcome each, in the order given."""
        ...

    def resend(self, unknown: Unknown) -> Outcome:
        """Send the very same bytes once more, where the venue counts them once."""
        ...


class Latch(Protocol):
    """The word in the lock file that says whether a write may be under way."""

    def mark_dirty(self, now_ms: int) -> object | None:
        """Before a write; returns what went wrong, which never stops protection."""
        ...

    def mark_clean(self) -> object | None:
        """After the last write is settled."""
        ...


class Countdown(Protocol):
    """The run's absolute deadline with the reserve that is kept for verify."""

    def remaining_s(self) -> float: ...

    def entry_remaining_s(self) -> float: ...

    @property
    def expired(self) -> bool: ...


@frozen
class Env:
    """Everything a run touches; built once, in wiring.

    `halted` answers why entries are halted, or None; it is asked again before each entry.
    `stop_requested` is true once the process was told to end. `dirty_until_ms` is the wall time
    until which writes of a dead process may still arrive. `sent` collects the ids this process sent, `asked`
    the levels at which the venue took its exits, `unsettled` its writes whose outcome is still unknown,
    `unproven` the ids of stops placed in repairs (one that is neither listed nor in the history stays
    unproven), `failed` its writes that the venue refused or left unknown, `unfamiliar` what the venue said
    that this program does not know, `trouble` the reads that failed, `remarks` what else a person should
    hear, `others` the signs of another host that its writes met.
    `judged` are the readings in which every position was judged: when each was (venue time), and whether it
    showed one of ours uncovered; `held` are the slots that were held in one of them.
    """

    venue: Venue
    clock: Clock
    deadline: Countdown
    latch: Latch
    halted: Callable[[], str | None]
    stop_requested: Callable[[], bool]
    dirty_until_ms: int
    locked_ms: int
    fills_back_ms: int = FILLS_BACK_MS
    sent: set[str] = field(default_factory=set)
    asked: dict[str, Decimal] = field(default_factory=dict)
    unsettled: list[Action] = field(default_factory=list)
    unproven: set[str] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    unfamiliar: list[str] = field(default_factory=list)
    trouble: list[TraderError] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    judged: list[tuple[int, bool]] = field(default_factory=list)
    held: set[Slot] = field(default_factory=set)

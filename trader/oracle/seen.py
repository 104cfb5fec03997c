"""What the judge is told: what an account was promised, what one run did, and what it finds broken."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Terms:
    """What the operator's file promises of one account, in words of money and prices.

    notional_max: the largest position by coin. loss_max: the largest loss of one signal by coin, before
    slippage. slippage: what fills may cost beyond a level, as a fraction. naked_max: the notional of resting
    entries that may fill uncovered. attach: how an entry's stop arms (`whole`, `pro_rata`, `none`).
    stops_first: the stop stands before its entry is sent. trigger: the price that stops watch.
    liquidation_margin: the fraction of price that lies between stop and liquidation. refuses_duplicates: the
    venue itself refuses the second entry of a signal. secrets: words that must reach nobody. adopted: coins
    in which whatever is held counts as ours. weight_max: what the venue allows of one address in a minute;
    None where nobody counts. own_limits: questions whose limit says nothing of any other.
    leverage: how many times, and on cross margin or not, each coin may be entered. flattens: what nothing
    could show covered is closed. edited: what rests on the venue came there under another file. targets: the
    coins whose positions have a target, and whether a strategy holds both legs of one. stop_max: how far from
    its entry the stop of a position may stand by coin, as a fraction.
    """

    notional_max: Mapping[str, Decimal]
    loss_max: Mapping[str, Decimal]
    slippage: Decimal = Decimal("0.02")
    naked_max: Decimal = Decimal(0)
    attach: str = "whole"
    stops_first: bool = False
    trigger: str = "mark"
    liquidation_margin: Decimal = Decimal("0.005")
    refuses_duplicates: bool = False
    secrets: tuple[bytes, ...] = ()
    adopted: frozenset[str] = frozenset()
    weight_max: int | None = None
    own_limits: frozenset[str] = frozenset()
    leverage: Mapping[str, tuple[int, bool]] = field(default_factory=dict)
    flattens: bool = False
    edited: bool = False
    targets: Mapping[str, bool] = field(default_factory=dict)
    stop_max: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a run as it left, and the status of its answer; None where no whole answer came.
    weight: what it costs of the venue's limit, 0 where nobody counts."""

    number: int
    at_ms: int
    what: str
    is_write: bool
    status: int | None
    weight: int = 0


@dataclass(frozen=True, slots=True)
class RunSeen:
    """One run of one host, as somebody sees it who stands beside the machine.

    code: None when the process was killed. took_ms: by a clock that never steps. written: all bytes that it
    put out, to a terminal, a file or a person. document: what `--json` prints. alarms: messages that a person
    gets and cannot switch off. left_behind: writes of it that the network still held when it left. disturbed:
    a fault fired, a clock stepped, or somebody else acted while it ran. crash: what it raised. is_second: it
    ran at once after a clean run, and nothing happened in between. was_locked: another run on its machine
    held the lock. loosened: the operator asked in words for a stop that is farther away. looked_ms: the
    instant of which it was last told which stops are live; None where nobody stood there to see it.
    landed_late: writes of earlier runs that the network delivered while it ran. is_blind: the venue refused
    its list of stops whenever it was asked, and nothing else went wrong. round_ms: within which the requests
    of one round arrive, which have left together.
    """

    host: str
    command: str
    code: int | None
    began_ms: int
    took_ms: int
    deadline_ms: int
    asked: tuple[Asked, ...] = ()
    written: bytes = b""
    document: Mapping[str, Any] | None = None
    alarms: tuple[str, ...] = ()
    left_behind: int = 0
    disturbed: bool = False
    crash: str | None = None
    is_second: bool = False
    was_locked: bool = False
    loosened: bool = False
    looked_ms: int | None = None
    landed_late: int = 0
    is_blind: bool = False
    round_ms: int = 0


@dataclass(frozen=True, slots=True)
class World:
    """What else happened while a run ran, or since the one before, as far as it excuses something.

    hand: a person or another program traded or changed orders on the account. venue_took: the venue itself
    took away, refused or changed orders of ours, or ends them (a lie about orders, a delisting). venue_lied:
    an answer to a read was untrue. gap: prices jumped. forced: a liquidation or an auto-deleveraging.
    hosts: how many machines run this account. late_twice: the network delivered a write twice.
    dark: the venue could not be reached, or refused everything, in this run. false_prices: coins of which an
    impossible price or a broken row of candles was told, and from when on (exchange time). old_stops: the
    list of live stops was told as it had been some time ago, or positions as if those stops had fired since.
    """

    hand: bool = False
    venue_took: bool = False
    venue_lied: bool = False
    gap: bool = False
    forced: bool = False
    hosts: int = 1
    late_twice: bool = False
    dark: bool = False
    false_prices: Mapping[str, int] = field(default_factory=dict)
    old_stops: bool = False


@dataclass(frozen=True, slots=True)
class Violation:
    """One promise broken: which, in which run (0: over all of them), and what the books show."""

    invariant: str
    run: int
    text: str

    def __str__(self) -> str:
        where = f"run {self.run}: " if self.run else ""
        return f"{self.invariant} {where}{self.text}"


@dataclass(frozen=True, slots=True)
class Bare:
    """How long positions of ours stood without cover, by the books: each interval in milliseconds."""

    intervals_ms: tuple[int, ...] = field(default_factory=tuple)

    @property
    def total_ms(self) -> int:
        return sum(self.intervals_ms)

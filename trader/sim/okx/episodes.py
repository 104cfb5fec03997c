"""The story of a position from flat to flat, told from the executions of one slot.

Rules: an execution that turns a net position over ends one episode and begins the next, each with its part.
Entry prices are averages over what was opened, which is how the venue shows them. What the venue paid where a
liquidation left a debt belongs to the position that was taken last: with it the account's money adds up.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256

from trader.exchange.model import Model
from trader.exchange.rows import Fill, FundingRow

ZERO = Decimal(0)


@dataclass(slots=True)
class Episode:
    """One life of a position. Sizes are coins, fees positive when paid, funding positive when received.

    `parts` are the moments at which some of it was closed, each as the life stood then; they share its
    payments and count those until then.
    """

    coin: str
    leg: str | None
    is_long: bool
    opened_ms: int
    updated_ms: int
    size: Decimal = ZERO
    size_max: Decimal = ZERO
    opened: Decimal = ZERO
    opened_value: Decimal = ZERO
    closed: Decimal = ZERO
    closed_value: Decimal = ZERO
    pnl: Decimal = ZERO
    fee: Decimal = ZERO
    paid: Decimal = ZERO
    last_tid: int = 0
    closing: Fill | None = None
    is_part: bool = False
    payments: list[FundingRow] = field(default_factory=list)
    parts: list["Episode"] = field(default_factory=list)

    @property
    def funding(self) -> Decimal:
        until_ms = self.updated_ms if self.is_part else None
        counted = (row.usdc for row in self.payments if until_ms is None or row.at_ms <= until_ms)
        return sum(counted, ZERO)

    @property
    def realized(self) -> Decimal:
        return self.pnl - self.fee + self.funding + self.paid

    def told(self, *, keeps_parts: bool) -> Iterator["Episode"]:
        """What the history shows of it: each moment at which a part was closed, or how it stands."""
        if not keeps_parts:
            if self.closed:
                yield self
            return
        for part in {part.updated_ms: part for part in self.parts}.values():
            part.paid = self.paid if part.is_over else ZERO
            yield part

    @property
    def is_over(self) -> bool:
        return self.size == 0

    @property
    def open_price(self) -> Decimal:
        return self.opened_value / self.opened if self.opened else ZERO

    @property
    def close_price(self) -> Decimal | None:
        return self.closed_value / self.closed if self.closed else None

    def take(self, fill: Fill, part: Decimal, *, opens: bool) -> None:
        """Count one execution, or the part of it that belongs here."""
        self.updated_ms, self.last_tid = fill.at_ms, fill.tid
        self.fee += fill.fee * part / fill.sz
        if opens:
            self.size += part
            self.opened += part
            self.opened_value += part * fill.px
            self.size_max = max(self.size_max, self.size)
            return
        self.size -= part
        self.closed += part
        self.closed_value += part * fill.px
        self.pnl += fill.closed_pnl
        self.closing = fill


def episodes(model: Model, user: str, *, with_parts: bool = False) -> list[Episode]:
    """All lives of all positions of an account, oldest first; with their parts for who tells of those."""
    slots: dict[tuple[str, str | None], list[Episode]] = {}
    for fill in model.fills(user):
        _count(slots.setdefault((fill.coin, fill.leg), []), fill, with_parts=with_parts)
    found = [episode for lives in slots.values() for episode in lives]
    for row in model.funding(user):
        for episode in slots.get((row.coin, row.leg), ()):
            ends_ms = None if not episode.is_over else episode.updated_ms
            if episode.opened_ms <= row.at_ms and (ends_ms is None or row.at_ms <= ends_ms):
                episode.payments.append(row)
    for debt in model.ledger(user):
        if debt.kind == "insurance":
            over = [e for e in found if e.is_over and e.updated_ms <= debt.at_ms]
            for left in sorted(over, key=lambda e: (e.updated_ms, e.last_tid))[-1:]:
                left.paid += debt.usdc
    return sorted(found, key=lambda episode: episode.opened_ms)


def _count(lives: list[Episode], fill: Fill, *, with_parts: bool) -> None:
    """Close what is open first, open with the rest."""
    start = fill.start_position
    closing = ZERO if start == 0 or fill.is_buy == (start > 0) else min(fill.sz, abs(start))
    if start != 0 and (not lives or lives[-1].is_over):
        # The rows of its opening left the memory: begin with what was there.
        lives.append(Episode(fill.coin, fill.leg, start > 0, fill.at_ms, fill.at_ms, abs(start), abs(start)))
    if closing:
        lives[-1].take(fill, closing, opens=False)
        if with_parts:
            lives[-1].parts.append(replace(lives[-1], is_part=True, parts=[]))
    if fill.sz > closing:
        if not lives or lives[-1].is_over:
            lives.append(Episode(fill.coin, fill.leg, fill.is_buy, fill.at_ms, fill.at_ms))
        lives[-1].take(fill, fill.sz - closing, opens=True)


def position_id(user: str, coin: str, leg: str | None, td_mode: str) -> str:
    """A position's number: the same for each life of a slot, as the venue keeps it for thirty days."""
    digest = sha256(f"{user} {coin} {leg} {td_mode}".encode()).digest()
    return str(10**18 + int.from_bytes(digest[:7], "big"))


def newest(lives: Sequence[Episode], coin: str, leg: str | None) -> Episode | None:
    """The running or last life of one slot."""
    found = [episode for episode in lives if (episode.coin, episode.leg) == (coin, leg)]
    return found[-1] if found else None

"""The account on which the experiments are made: what they may spend, what they sent, and how it ends flat.

Rules: the account must be flat in the coin, and nobody else's order may stand there; what an earlier probe
left behind is known by its ids and taken away first. Every order carries such an id. Opening orders together
are never worth more than was allowed. After each experiment everything of the probe is cancelled and closed
and that is read back; a write that nobody answered is waited out first, because it may still arrive.
"""

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol

from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError, Malformed, TraderError, Unavailable, require
from trader.core.market import Market
from trader.core.orders import Order, Unreadable
from trader.core.ports import ARRIVAL_MARGIN_MS, Clock, Latch, Venue
from trader.core.snapshot import Holdings, Position
from trader.core.wire import Answer, Request
from trader.parts import Link
from trader.probe.experiments import Unanswered

MAGIC = "70726f62"  # an id of the trader begins otherwise
TIMEOUT_S = 12.0
LOOKS_MAX = 12
PACE_S = 10.0  # between experiments: readings of a whole account are dear, and a limit is not to be met
_PAUSE_MAX_S = 30.0
_WORDS_MAX = 24
_WORD_CHARACTERS_MAX = 600
_SPARE = Decimal("1.06")  # above the least that the venue takes: price may move before the order arrives


class NotFlat(TraderError):
    """Something of the probe is still there, or could not be read, after all that was tried."""


class Hand(Protocol):
    """Who writes in the venue's own words."""

    def cancel(self, order: Order) -> None:
        """Ask for an order to be taken off; whether it is gone is read elsewhere."""
        ...

    def close(self, position: Position) -> None:
        """Ask for a position to be closed, reducing only."""
        ...

    def marked(self, order: Order) -> bool:
        """Whether an order without an id of the probe carries another mark of it."""
        ...


class Bench:
    """One coin of one account."""

    def __init__(
        self,
        link: Link,
        venue: Venue,
        *,
        coin: str,
        usd: Decimal,
        latch: Latch,
        dirty_until_ms: int = 0,
        stop_requested: Callable[[], bool] = lambda: False,
    ) -> None:
        """`dirty_until_ms`: the wall time until which writes of a dead process may still arrive."""
        self.link, self.venue, self.coin, self.usd = link, venue, coin, usd
        self.stop_requested = stop_requested
        self.words: list[str] = []
        self.number = 0
        self._latch = latch
        self._began_ms = link.clock.now_ms()
        self._ids = 0
        self._open: dict[str, Decimal] = {}
        waits_ms = max(0, dirty_until_ms - link.clock.now_ms())
        self._settled_ms = link.clock.elapsed_ms() + waits_ms

    @property
    def clock(self) -> Clock:
        return self.link.clock

    @property
    def market(self) -> Market:
        return self.venue.market(self.coin)

    def new_id(self) -> str:
        """32 hexadecimal digits, which every venue takes; never the same twice."""
        self._ids += 1
        return f"{MAGIC}{self._began_ms:012x}{self.number:04x}{self._ids:08x}"

    def size(self, price: Decimal, *, lots: int = 1) -> Decimal:
        """The least that the venue takes at this price, as so many equal parts of whole lots."""
        market = self.market
        least = max(market.size_min, market.lot)
        part = market.size_down(market.notional_min * _SPARE / price / lots)
        while part < least or part * lots * price < market.notional_min * _SPARE:
            part += market.lot
        return part * lots

    def spend(self, client_id: str, notional: Decimal) -> None:
        """Before an opening order: it and what is open must fit into what may be spent."""
        whole = sum(self._open.values(), Decimal(0)) + notional
        if whole > self.usd:
            raise Unanswered(f"needs orders worth {whole:.2f} USD at a time, and {self.usd} are allowed")
        self._open[client_id] = notional

    def release(self, client_id: str) -> None:
        """An opening order is surely gone, unfilled."""
        self._open.pop(client_id, None)

    def say(self, words: str) -> None:
        """Keep what was asked and answered, short; of many questions alike the last one."""
        asked = words.partition(" -> ")[0]
        if self.words and self.words[-1].partition(" -> ")[0] == asked[:_WORD_CHARACTERS_MAX]:
            self.words.pop()
        if len(self.words) < _WORDS_MAX:
            self.words.append(_cut(words))

    def send(self, request: Request, said: str) -> Answer:
        """One request, its answer kept in the venue's words; Unanswered when none came.

        A write that was not answered as usual may still be done until it expires.
        """
        if request.is_write:
            self._latch.mark_dirty(self.clock.now_ms())
        (answer,) = self.link.transport.exchange([request], timeout_s=self.link.timeout(TIMEOUT_S))
        is_told = isinstance(answer, Answer) and answer.status == 200
        if request.is_write and not is_told and (isinstance(answer, Answer) or answer.reached):
            expiry_ms = self.venue.abilities.write_expiry_ms + ARRIVAL_MARGIN_MS
            self._settled_ms = self.clock.elapsed_ms() + expiry_ms
        if not isinstance(answer, Answer):
            self.say(f"{said} -> no answer: {answer.reason}")
            raise Unanswered(f"no answer to {said}: {answer.reason}")
        self.say(f"{said} -> {answer.status} {answer.body.decode('utf-8', 'replace')}")
        return answer

    def json(self, request: Request, said: str) -> Any:
        """The parsed body, whatever its status."""
        answer = self.send(request, said)
        try:
            return json.loads(answer.body)
        except ValueError as error:
            raise Unanswered(f"{said}: the answer, HTTP {answer.status}, is no JSON") from error

    def need_alone(self) -> None:
        """Unanswered while the account has orders in other coins, which the experiment could take off too."""
        holdings = self.read()
        orders = () if isinstance(holdings.orders, Unreadable) else holdings.orders
        others = sorted({order.coin for order in orders} - {self.coin})
        if others:
            raise Unanswered(f"needs an account without other orders; there are some in {', '.join(others)}")

    def wait_for(self, what: Callable[[], Any], *, seconds: float, every_s: float = 1.0) -> Any:
        """The first thing that is not None, or None when the time is up."""
        until_ms = self.clock.elapsed_ms() + int(seconds * 1000)
        while (found := what()) is None and self.clock.elapsed_ms() < until_ms and not self.stop_requested():
            self.clock.sleep(every_s)
        return found

    def begin(self, hand: Hand) -> list[str]:
        """Find the coin flat, or make it so where the probe itself left something; what was taken away."""
        self._await_arrivals()
        holdings = self.read()
        self._require_known()
        unnamed = [o for o in holdings.orders_of(self.coin) if not is_ours(o.client_id)]
        strange = [o for o in unnamed if not hand.marked(o)]
        positions = holdings.positions_of(self.coin)
        foreign = [p for p in positions if not _explained(p, holdings)]
        if strange or foreign:
            kinds = [f"order {o.order_id}" for o in strange] + [f"a position of {p.size}" for p in foreign]
            raise ConfigError(
                f"{self.coin} is not free: {', '.join(kinds)}. The probe needs a coin in which the account "
                "is flat and has no orders: name another one with --coin, or close it first"
            )
        left = [f"order {o.order_id}" for o in holdings.orders_of(self.coin)]
        left += [f"position {p.size}" for p in positions]
        if left:
            self.clean(hand)
        self._latch.mark_clean()
        return left

    def _require_known(self) -> None:
        try:
            known = self.market.coin
        except Malformed as error:
            raise ConfigError(f"--coin {self.coin}: no market of this venue ({error})") from error
        require(known == self.coin, f"asked for the rules of {self.coin}, got those of {known}")

    def read(self) -> Holdings:
        """The account now; Unavailable when a part of it cannot be read."""
        holdings = self.venue.inspect(DAY_MS)
        for part in (holdings.orders, holdings.fills):
            if isinstance(part, Unreadable):
                raise Unavailable(f"{part.what} could not be read: {part.why}")
        return holdings

    def clean(self, hand: Hand) -> None:
        """Cancel and close all that is there, until two readings in a row say that nothing is."""
        self._await_arrivals()
        clear, trouble = 0, "nothing was read"
        for look in range(LOOKS_MAX):
            try:
                holdings = self.read()
                orders, positions = holdings.orders_of(self.coin), holdings.positions_of(self.coin)
                clear = 0 if orders or positions else clear + 1
                if clear == 2:
                    self._open.clear()
                    self._latch.mark_clean()
                    return
                trouble = f"{len(orders)} orders and {len(positions)} positions are left"
                for order in orders:
                    hand.cancel(order)
                for position in positions:
                    hand.close(position)
            except (Unanswered, Unavailable, Malformed) as error:
                clear, trouble = 0, str(error)
                self._await_arrivals()
            self.clock.sleep(1.0 if clear else min(2.0**look, _PAUSE_MAX_S))
        raise NotFlat(
            f"{self.coin} is not flat: {trouble}. Look at the venue now; ids of the probe begin with {MAGIC}"
        )

    def _await_arrivals(self) -> None:
        """Until no write that was not answered can still arrive."""
        left_ms = self._settled_ms - self.clock.elapsed_ms()
        if left_ms > 0:
            self.clock.sleep(left_ms / 1000)


def is_ours(client_id: str | None) -> bool:
    return client_id is not None and client_id.startswith(MAGIC)


def _explained(position: Position, holdings: Holdings) -> bool:
    """Whether the probe's own fills are all that this position is made of."""
    fills = [fill for fill in holdings.fills_in(position.slot) if is_ours(fill.client_id)]
    return sum((fill.signed for fill in fills), Decimal(0)) == position.size


def _cut(words: str) -> str:
    safe = "".join(c if c.isprintable() else " " for c in words[:_WORD_CHARACTERS_MAX])
    return safe + "..." if len(words) > _WORD_CHARACTERS_MAX else safe

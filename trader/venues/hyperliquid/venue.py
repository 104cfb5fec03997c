"""The `Venue` port for one Hyperliquid account.

Reads are asked of the account's address, writes are signed by the pen, which is usually an agent's key:
the two are never mixed up, because an agent's address would be answered with an empty account. Which
network this is is wiring's to know: the address and the pen are handed in.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from trader.core.abilities import Abilities
from trader.core.access import Access, Budget
from trader.core.actions import Action, SetLeverage
from trader.core.errors import ConfigError, Denied, Malformed, Unavailable
from trader.core.market import Market
from trader.core.orders import Found, Funding, Lookup, Outcome, Unknown, Unreadable
from trader.core.ports import Clock, Scope
from trader.core.snapshot import Holdings, Snapshot
from trader.core.wire import Transport
from trader.venues.hyperliquid import parse_fills, parse_orders
from trader.venues.hyperliquid.access import access
from trader.venues.hyperliquid.cost import HISTORY_MAX, weight_of_scope
from trader.venues.hyperliquid.observation import look_up, observe
from trader.venues.hyperliquid.pen import Pen
from trader.venues.hyperliquid.rounds import Rounds, read
from trader.venues.hyperliquid.used_weight import Weighed
from trader.venues.hyperliquid.writes import Writes

if TYPE_CHECKING:
    from trader.core.memo import Memo

ABILITIES = Abilities(
    attach="whole",
    attaches_target=True,
    attached_stands=True,
    stop_first=None,
    stop_entry=False,
    two_sided=False,
    position_bound_stop=True,
    bound_stops_max=None,
    bound_targets=True,
    oversized_exit="trims",
    exactly_once_nonce=True,
    write_expiry_ms=20_000,
    resting_expiry_min_s=None,
    amend_stop=False,
    batch_max=1,
    id_alphabet="0123456789abcdef",
    id_length=34,
    trigger_sources=frozenset({"mark"}),
)
FUNDINGS_A_PAGE = 500
FUNDING_PAGES_MAX = 10

_ADDRESS = re.compile(r"0x[0-9a-f]{40}")


class HyperliquidVenue:
    """One account on one network of the venue."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        account_address: str,
        pen: Pen | None,
        base_url: str,
        timeout: Callable[[float], float],
        abilities: Abilities = ABILITIES,
        accounts: int = 1,
        memo: "Memo | None" = None,
    ) -> None:
        """Given where to ask, for whom, who signs (None: reads only), how long one request may take, what the
        venue can do as the operator knows it, how many accounts ask from this address, and what bodies were
        found to say before."""
        account = account_address.strip().lower()
        if _ADDRESS.fullmatch(account) is None:
            raise ConfigError(
                f"{account_address!r} is not an account's address: expected 0x and 40 hexadecimal digits"
            )
        url = base_url.rstrip("/")
        self._clock = clock
        self._abilities = abilities
        self._pen = pen
        weighed = Weighed(transport, clock, accounts=accounts)
        self._weighed = weighed
        self._dearest = 0
        self._rounds = Rounds(weighed, clock, account=account, base_url=url, timeout=timeout, memo=memo)
        self._writes = Writes(
            weighed,
            self._rounds.time,
            pen=pen,
            base_url=url,
            expiry_ms=abilities.write_expiry_ms,
            timeout=timeout,
            market_number=self._market_number,
        )

    @property
    def name(self) -> str:
        return "hyperliquid"

    @property
    def account_id(self) -> str:
        return self._rounds.account

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def market(self, coin: str) -> Market:
        table = self._rounds.known_table()
        found = table.market(coin)
        if found is None:
            raise Malformed(table.nearest(coin))
        return found

    def _market_number(self, coin: str) -> int | None:
        """For writes, which never raise: None when the table cannot be had or does not name the coin."""
        try:
            return self._rounds.known_table().number(coin)
        except (Unavailable, Denied, Malformed):
            return None

    def venue_now_ms(self) -> int:
        return self._rounds.time.now_ms()

    def observe(self, scope: Scope) -> Snapshot:
        before = self._weighed.total
        try:
            return observe(self._rounds, self._clock, scope, venue=self.name, abilities=self._abilities)
        finally:
            self._dearest = max(self._dearest, self._weighed.total - before)

    def inspect(self, fills_back_ms: int) -> Holdings:
        return self._rounds.holdings(fills_back_ms)

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        answers = self._rounds.exchange([self._rounds.ask.order(client_id) for client_id in ids])
        return {client_id: look_up(client_id, answer) for client_id, answer in zip(ids, answers, strict=True)}

    def history(self) -> tuple[Found, ...] | Unreadable:
        answer = self._rounds.exchange([self._rounds.ask.history()])[0]
        return read(answer, "historicalOrders", parse_orders.latest)

    def funding(self, since_ms: int) -> tuple[Funding, ...] | Unreadable:
        """Page by page; a page begins with the last moment of the one before, whose rows come twice."""
        found: dict[tuple[int, str], Funding] = {}
        start_ms = since_ms
        for _ in range(FUNDING_PAGES_MAX):
            answer = self._rounds.exchange([self._rounds.ask.funding(start_ms)])[0]
            page = read(answer, "userFunding", parse_fills.fundings)
            if isinstance(page, Unreadable):
                return page
            payments, times = page
            found |= {(payment.at_ms, payment.coin): payment for payment in payments}
            if len(times) < FUNDINGS_A_PAGE:
                return tuple(sorted(found.values(), key=lambda payment: (payment.at_ms, payment.coin)))
            if times != sorted(times) or times[-1] <= start_ms:
                return Unreadable(
                    "userFunding", f"a full page from {start_ms} leads nowhere: it ends at {times[-1]}"
                )
            start_ms = times[-1]
        return Unreadable("userFunding", f"more than {FUNDING_PAGES_MAX} pages since {since_ms}")

    def access(self) -> Access:
        return access(self._rounds, self._pen)

    def budgets(self) -> tuple[Budget, ...]:
        return (self._weighed.budget(),)

    def affords(self, wanted: Scope | None, *, unseen: int = 0) -> bool:
        """An observation with the record of money is taken to cost what the dearest of this process did, or
        more; one without it costs what is not known yet. What nobody saw may have cost the dearest."""
        if wanted is None:
            weight = HISTORY_MAX
        else:
            news = tuple(need for need in wanted.candles if self._rounds.known_bars(need) is None)
            weight = weight_of_scope(replace(wanted, candles=news))
            weight = weight if wanted.past_ms is None else max(self._dearest, weight)
        return self._weighed.budget().spares(weight + unseen * self._dearest)

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        for action in actions:
            if isinstance(action, SetLeverage):
                self._rounds.leverage.pop(action.coin, None)
        return self._writes.perform(actions)

    def resend(self, unknown: Unknown) -> Outcome:
        return self._writes.resend(unknown)

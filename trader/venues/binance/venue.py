"""The `Venue` port for one account of USD-M futures on Binance.

The key says whose account it is: the first reading asks for that account's own name and stops when it is not
the one that was meant. Which network this is is wiring's to know: the address and the key are handed in.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from trader.core.abilities import Abilities
from trader.core.access import Access, Budget
from trader.core.actions import Action
from trader.core.errors import ConfigError, Malformed
from trader.core.market import Market
from trader.core.orders import Found, Funding, Lookup, Outcome, Unknown, Unreadable
from trader.core.ports import Clock, Scope
from trader.core.snapshot import Holdings, Snapshot
from trader.core.wire import Transport
from trader.venues.binance import asking, finding, parse_fills, records
from trader.venues.binance.access import access
from trader.venues.binance.cost import weight_of_history, weight_of_scope
from trader.venues.binance.failures import read
from trader.venues.binance.observation import Observer
from trader.venues.binance.reading import Reader
from trader.venues.binance.rounds import Rounds
from trader.venues.binance.signing import RECV_WINDOW_MS, BinanceKeys, Pen
from trader.venues.binance.used_weight import WEIGHT, UsedWeight
from trader.venues.binance.writes import Writes

if TYPE_CHECKING:
    from trader.core.memo import Memo

ABILITIES = Abilities(
    attach="none",
    attaches_target=False,
    attached_stands=False,
    stop_first=True,
    stop_entry=True,
    two_sided=True,
    position_bound_stop=True,
    bound_stops_max=1,
    bound_targets=True,
    oversized_exit="trims",
    exactly_once_nonce=False,
    write_expiry_ms=RECV_WINDOW_MS + 1_000,
    resting_expiry_min_s=600,
    amend_stop=False,
    batch_max=5,
    id_alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.:/_-",
    id_length=36,
    trigger_sources=frozenset({"mark", "last"}),
)
FUNDING_PAGES_MAX = 10


class BinanceVenue:
    """One account on one network of the venue."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        account_id: str,
        keys: BinanceKeys | None,
        base_url: str,
        wallet_url: str | None = None,
        timeout: Callable[[float], float],
        abilities: Abilities = ABILITIES,
        trigger: str = "mark",
        coins: Iterable[str] = (),
        memo: "Memo | None" = None,
    ) -> None:
        """Given where to ask, where what the key may do is told (None: nowhere), for whom, with which key
        (None: public reads only), how long one request may take, the price that stops act on, the coins whose
        orders and fills are always read, and what bodies were found to say before."""
        if not account_id or not account_id.isprintable() or account_id != account_id.strip():
            raise ConfigError(f"{account_id!r} is not an account's name at the venue (its accountAlias)")
        if trigger not in abilities.trigger_sources:
            raise ConfigError(f"stops.trigger: {trigger!r} is no price that stops act on here: mark or last")
        pen = Pen(keys, base_url=base_url.rstrip("/"), wallet_url=wallet_url)
        self._abilities = abilities
        self._two_sided_abilities = replace(abilities, oversized_exit="rejects")
        self._rounds = Rounds(
            transport, clock, account_id=account_id, pen=pen, coins=coins, timeout=timeout, memo=memo
        )
        self._reader = Reader(self._rounds, clock)
        self._observer = Observer(self._rounds, self._reader, clock, venue=self.name)
        self._dearest = 0
        self._writes = Writes(transport, self._rounds, self._reader, trigger=trigger, timeout=timeout)

    @property
    def name(self) -> str:
        return "binance"

    @property
    def account_id(self) -> str:
        return self._rounds.account_id

    @property
    def abilities(self) -> Abilities:
        """An exit larger than the position is cut to it in a one-way account, and refused in another."""
        return self._two_sided_abilities if self._rounds.two_sided else self._abilities

    @property
    def used(self) -> UsedWeight:
        """What the venue says has been used up of its limits."""
        return self._rounds.used

    def market(self, coin: str) -> Market:
        table = self._rounds.known_table()
        found = table.market(coin)
        if found is None:
            raise Malformed(table.nearest(coin))
        return found

    def venue_now_ms(self) -> int:
        return self._rounds.time.now_ms()

    def observe(self, scope: Scope) -> Snapshot:
        before = self._rounds.asked_weight
        try:
            snapshot = self._observer.observe(scope, self._abilities)
        finally:
            self._dearest = max(self._dearest, self._rounds.asked_weight - before)
        return replace(snapshot, abilities=self.abilities)

    def inspect(self, fills_back_ms: int) -> Holdings:
        return self._reader.holdings(fills_back_ms)

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        asked = finding.questions(ids)
        answers = self._rounds.exchange(list(asked.values()))
        return finding.lookups(ids, dict(zip(asked, answers, strict=True)))

    def history(self) -> tuple[Found, ...] | Unreadable:
        return records.history(self._rounds)

    def funding(self, since_ms: int) -> tuple[Funding, ...] | Unreadable:
        """Page by page; a page begins with the last moment of the one before, whose rows come twice."""
        found: dict[str, Funding] = {}
        start_ms = since_ms
        for _ in range(FUNDING_PAGES_MAX):
            answer = self._rounds.exchange([asking.funding_paid(start_ms)])[0]
            page = read(answer, "income", parse_fills.fundings)
            if isinstance(page, Unreadable):
                return page
            found |= dict(page)
            if len(page) < asking.ROWS_A_PAGE:
                return tuple(sorted(found.values(), key=lambda payment: (payment.at_ms, payment.coin)))
            last_ms = max(payment.at_ms for _, payment in page)
            if last_ms <= start_ms:
                return Unreadable("income", f"a full page from {start_ms} leads nowhere: it ends there too")
            start_ms = last_ms
        return Unreadable("income", f"more than {FUNDING_PAGES_MAX} pages since {since_ms}")

    def access(self) -> Access:
        return access(self._rounds)

    def budgets(self) -> tuple[Budget, ...]:
        return self._rounds.used.budgets(venue_ms=self._rounds.time.now_ms())

    def affords(self, wanted: Scope | None, *, unseen: int = 0) -> bool:
        """An observation is taken to cost what the dearest of this process did, or as much as a first one."""
        if wanted is None:
            weight = weight_of_history(self._rounds.coins)
        else:
            weight = self._dearest or weight_of_scope(wanted, self._rounds.coins)
        return all(b.spares(weight) for b in self.budgets() if b.what == WEIGHT)

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        return self._writes.perform(actions)

    def resend(self, unknown: Unknown) -> Outcome:
        """Never done here: the venue does not count the same bytes once."""
        return unknown

"""The `Venue` port for one OKX account.

Every read but public prices is signed, so one key does both; the account it belongs to is the one that the
venue names, and it must be the one that was meant. Which of the venue's environments this is is wiring's to
know: address, key and the header that asks for simulated trading are handed in.
"""

from collections.abc import Callable, Mapping, Sequence
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
from trader.venues.okx import lookups
from trader.venues.okx.observation import observe
from trader.venues.okx.payments import funding
from trader.venues.okx.records import history
from trader.venues.okx.rounds import Rounds
from trader.venues.okx.signing import OkxKeys
from trader.venues.okx.wire import Wire
from trader.venues.okx.writes import ORDERS_A_BATCH, Writes

if TYPE_CHECKING:
    from trader.core.memo import Memo

ABILITIES = Abilities(
    attach="whole",
    attaches_target=False,
    attached_stands=False,
    stop_first=None,
    stop_entry=True,
    two_sided=True,
    position_bound_stop=True,
    bound_stops_max=1,
    bound_targets=False,
    oversized_exit=None,
    exactly_once_nonce=False,
    # Normal orders expire sooner; a conditional order or a cancel may arrive until its signature is too old.
    write_expiry_ms=32_000,
    resting_expiry_min_s=None,
    amend_stop=True,
    batch_max=ORDERS_A_BATCH,
    id_alphabet="0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    id_length=32,
    trigger_sources=frozenset({"mark", "last", "index"}),
)


class OkxVenue:
    """One account in one of the venue's environments."""

    def __init__(
        self,
        transport: Transport,
        clock: Clock,
        *,
        account_id: str,
        keys: OkxKeys | None,
        base_url: str,
        simulated_header: bool = False,
        isolated: frozenset[str] = frozenset(),
        trigger_source: str = "mark",
        abilities: Abilities = ABILITIES,
        timeout: Callable[[float], float],
        accounts: int = 1,
        memo: "Memo | None" = None,
    ) -> None:
        """Given where to ask, for whom, by which key (None: public prices only) and how long one request may
        take; `isolated` are the coins on isolated margin, `trigger_source` the price that stops act on,
        `accounts` how many accounts ask from this address, `memo` what bodies were found to say before.
        """
        if not account_id.isascii() or not account_id.isdigit():
            raise ConfigError(
                f"{account_id!r} is not an account's id: expected the digits that the venue calls uid"
            )
        if trigger_source not in abilities.trigger_sources:
            raise ConfigError(
                f"stops cannot act on {trigger_source!r}: expected one of {sorted(abilities.trigger_sources)}"
            )
        self._clock = clock
        self._abilities = abilities
        self._isolated = isolated
        self._wire = Wire(
            transport,
            clock,
            keys=keys,
            base_url=base_url.rstrip("/"),
            simulated_header=simulated_header,
            timeout=timeout,
            accounts=accounts,
        )
        self._rounds = Rounds(self._wire, clock, account_id=account_id, memo=memo)
        self._writes = Writes(
            self._rounds, isolated=isolated, trigger_source=trigger_source, market_of=self._rules
        )

    @property
    def name(self) -> str:
        return "okx"

    @property
    def account_id(self) -> str:
        return self._rounds.account_id

    @property
    def abilities(self) -> Abilities:
        return self._abilities

    def market(self, coin: str) -> Market:
        self._rules(coin)
        self._rounds.know_band(coin)
        return self._rules(coin)

    def _rules(self, coin: str) -> Market:
        """The coin's rules with the limits that are known; an order is built without asking for them."""
        table = self._rounds.known_table()
        found = table.market(coin, band=self._rounds.bands.get(coin))
        if found is None:
            raise Malformed(table.nearest(coin))
        return found

    def venue_now_ms(self) -> int:
        return self._wire.time.now_ms()

    def observe(self, scope: Scope) -> Snapshot:
        return observe(
            self._rounds,
            self._clock,
            scope,
            venue=self.name,
            abilities=self._abilities,
            isolated=self._isolated,
        )

    def inspect(self, fills_back_ms: int) -> Holdings:
        return self._rounds.holdings(fills_back_ms)

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        self._rounds.known_table()
        asked = lookups.questions(ids)
        answers = self._wire.ask([question for _, question in asked])
        return lookups.answered(ids, asked, answers, self._rounds.contract)

    def history(self) -> tuple[Found, ...] | Unreadable:
        return history(self._wire, self._rounds)

    def funding(self, since_ms: int) -> tuple[Funding, ...] | Unreadable:
        return funding(self._wire, since_ms)

    def access(self) -> Access:
        from trader.venues.okx.access import access

        return access(self._wire, self.account_id)

    def budgets(self) -> tuple[Budget, ...]:
        return self._wire.budgets()

    def affords(self, wanted: Scope | None, *, unseen: int = 0) -> bool:
        """Each endpoint is paced, and what is planned never takes what protection may ask for."""
        return not self._wire.is_pressed

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        return self._writes.perform(actions)

    def resend(self, unknown: Unknown) -> Outcome:
        """The venue counts the same bytes as often as they come: nothing is ever sent again."""
        return unknown

"""The exchange of whole bars as the program's venue: reads from the model, writes to it, no bytes between.

Rules: prices of a tick are those of its close: mark is `close[k]`, and bid and ask stand right around it. An
entry that was sent acts `delay_bars` later than it could. What a venue can do is here the best of what venues
can: exits come with their entries, arm as these fill and end with the position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.backtest.replay.reading import Reading, ended_since, found_of, past_of, whole
from trader.backtest.replay.specs import close_spec, entry_spec, exit_spec, exit_specs
from trader.backtest.replay.timeline import CoinTape
from trader.core.abilities import Abilities
from trader.core.access import Access, Budget
from trader.core.actions import Action, AmendStop, Cancel, Close, Enter, PlaceExit, Rest, SetLeverage
from trader.core.candles import Candles
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg, Market
from trader.core.orders import (
    Absent,
    Accepted,
    Found,
    Funding,
    Lookup,
    Outcome,
    Refusal,
    Rejected,
    Unknown,
    Unreadable,
)
from trader.core.past import Past
from trader.core.ports import Scope
from trader.core.snapshot import Holdings, Leverage, MarketView, Quote, Snapshot
from trader.exchange import accounts, bar_orders, orders
from trader.exchange.bar_engine import BarEngine, Due
from trader.exchange.ledger import leverage_of
from trader.exchange.orders import OrderSpec, Placed
from trader.exchange.status import Reason, Tif

ABILITIES = Abilities(
    attach="pro_rata",
    attaches_target=True,
    attached_stands=True,
    stop_first=True,
    stop_entry=True,
    two_sided=True,
    position_bound_stop=True,
    bound_stops_max=None,
    bound_targets=True,
    oversized_exit="trims",
    exactly_once_nonce=False,
    write_expiry_ms=0,
    resting_expiry_min_s=None,
    amend_stop=False,
    batch_max=1_000,
    id_alphabet="0123456789abcdef",
    id_length=32,
    trigger_sources=frozenset({"mark", "last"}),
    post_only_expires=True,
)
NAME = "replay"
AT_ONCE = frozenset({Tif.IOC, Tif.MARKET, Tif.FOK})
TOUCH = Decimal("1e-12")  # of the price: bid and ask stand that near to mark

_REFUSALS = {
    Reason.TRIGGER_PRICE: Refusal.WOULD_TRIGGER,
    Reason.MARGIN: Refusal.MARGIN,
    Reason.REDUCE_ONLY: Refusal.REDUCE_ONLY,
    Reason.DUPLICATE_ID: Refusal.DUPLICATE,
}


class ReplayVenue:
    """One account on the exchange, as it stands at a close."""

    name = NAME

    def __init__(
        self,
        engine: BarEngine,
        user: str,
        *,
        account_id: str,
        markets: Mapping[str, Market],
        tapes: Mapping[str, CoinTape],
        delay_bars: int,
        trigger: str,
        counts_money: bool,
    ) -> None:
        """`counts_money`: a limit reads the record of gains and losses; else it is handed on empty."""
        self.at_ms = 0
        self.last: dict[str, int] = {}
        self.account_id = account_id
        self._engine = engine
        self._user = user
        self._reading = Reading(engine, user)
        self._markets = markets
        self._tapes = tapes
        self._delay_bars = delay_bars
        self._trigger = trigger
        self._counts_money = counts_money

    @property
    def abilities(self) -> Abilities:
        return ABILITIES

    def market(self, coin: str) -> Market:
        return self._markets[coin]

    def venue_now_ms(self) -> int:
        return self.at_ms

    def candles(self, coin: str, count: int) -> Candles:
        """The closed bars of a coin, up to the last that has closed."""
        return self._tapes[coin].candles(self.last[coin], count + self._delay_bars)

    def close(self, coin: str) -> float:
        """The last close of a coin."""
        return self._tapes[coin].close[self.last[coin]]

    def quote(self, coin: str) -> Quote:
        """The prices of the tick."""
        mark = whole(self.close(coin))
        due_ms, interval_ms, rate = self._tapes[coin].funding_ahead(self.at_ms)
        return Quote(
            mark=mark,
            oracle=mark,
            bid=mark * (1 - TOUCH),
            ask=mark * (1 + TOUCH),
            funding_rate=whole(rate),
            funding_next_ms=due_ms,
            funding_interval_ms=interval_ms,
        )

    def observe(self, scope: Scope) -> Snapshot:
        return replace(self.standing(scope), ended=self.history())

    def standing(self, scope: Scope) -> Snapshot:
        """An observation without the record of orders that have ended."""
        account = self._engine.account(self._user)
        rates = account.maker_rate, account.taker_rate
        return Snapshot(
            venue=NAME,
            account_id=self.account_id,
            holdings=self.inspect(scope.fills_back_ms),
            markets={need.coin: self._view(need.coin, need.bars) for need in scope.candles},
            missing={},
            rules=self._markets,
            lookups=self.find(scope.lookups),
            local_ms=self.at_ms,
            maker_fee=rates[0],
            taker_fee=rates[1],
            abilities=ABILITIES,
            two_sided=account.two_sided,
            past=None if scope.past_ms is None else self._past(self.at_ms - scope.past_ms),
        )

    def _past(self, since_ms: int) -> Past:
        if self._counts_money:
            return past_of(self._engine, self._user, since_ms)
        return Past(since_ms, since_ms, (), ())

    def _view(self, coin: str, bars: int) -> MarketView:
        setting = leverage_of(self._engine, self._user, coin)
        leverage = Leverage(setting.value, setting.is_cross)
        return MarketView(self._markets[coin], self.quote(coin), self.candles(coin, bars), leverage)

    def inspect(self, fills_back_ms: int) -> Holdings:
        return self._reading.holdings(self.at_ms, fills_back_ms)

    def find(self, ids: Mapping[str, str]) -> Mapping[str, Lookup]:
        return {client_id: self._found(client_id) for client_id in ids}

    def _found(self, client_id: str) -> Found | Absent:
        oids = self._engine.logs.oids_by_cloid.get((self._user, client_id))
        row = self._engine.newest_row(oids[-1]) if oids else None
        return Absent() if row is None else found_of(row)

    def history(self) -> tuple[Found, ...] | Unreadable:
        return ended_since(self._engine, self.at_ms)

    def funding(self, since_ms: int) -> tuple[Funding, ...]:
        found = self._engine.logs.funding.of(self._user)
        return tuple(Funding(r.coin, r.at_ms, r.usdc, r.rate) for r in found if r.at_ms >= since_ms)

    def access(self) -> Access:
        return Access()

    def budgets(self) -> tuple[Budget, ...]:
        return ()

    def affords(self, wanted: Scope | None, *, unseen: int = 0) -> bool:
        return True

    def perform(self, actions: Sequence[Action]) -> list[Outcome]:
        self._engine.be_at(self.at_ms)
        return [self._perform(action) for action in actions]

    def resend(self, unknown: Unknown) -> Outcome:
        return unknown

    def _perform(self, action: Action) -> Outcome:
        match action:
            case Enter():
                return self._admit(
                    entry_spec(action, self._side(action.leg), self._trigger),
                    exit_specs(action, self._side(action.leg), self._trigger),
                    Due(True, self._delay_bars),
                )
            case Rest() if action.post_only and self._has_reached(action):
                return Rejected(Refusal.POST_ONLY, f"mark has reached {action.price}")
            case Rest():
                return self._admit(
                    entry_spec(action, self._side(action.leg), self._trigger),
                    exit_specs(action, self._side(action.leg), self._trigger),
                    self._due(action),
                )
            case PlaceExit():
                spec = exit_spec(action, self._side(action.leg), self._trigger)
                return _outcome(bar_orders.admit_exit(self._engine, self._user, spec))
            case Close():
                return _outcome(
                    bar_orders.admit_close(
                        self._engine, self._user, close_spec(action, self._side(action.leg))
                    )
                )
            case Cancel():
                is_gone = bar_orders.withdraw(self._engine, int(action.order_id))
                return Accepted() if is_gone else Rejected(Refusal.GONE, "no such order is live")
            case SetLeverage():
                wanted = orders.Leverage(action.leverage, action.cross)
                refused = accounts.set_leverage(self._engine, self._user, action.coin, wanted)
                return Accepted() if refused is None else Rejected(Refusal.RULE, refused.value)
            case AmendStop():
                return Rejected(Refusal.RULE, "stops are not moved in place here")

    def _has_reached(self, action: Rest) -> bool:
        """Right around mark an order that only adds would take, on either side."""
        return (action.price - whole(self.close(action.coin))) * action.leg.sign >= 0

    def put_exit(self, action: PlaceExit) -> None:
        """Let a stop or a target stand that comes with a fill."""
        spec = exit_spec(action, self._side(action.leg), self._trigger)
        bar_orders.put_exit(self._engine, self._user, spec)

    def _admit(self, entry: OrderSpec, exits: Sequence[OrderSpec], due: Due) -> Outcome:
        return _outcome(bar_orders.admit(self._engine, self._user, entry, exits, due)[0])

    def _due(self, action: Rest) -> Due:
        return self._resting(action.coin, is_rung=action.role is Role.RUNG, post_only=action.post_only)

    def _resting(self, coin: str, *, is_rung: bool, post_only: bool) -> Due:
        """A signal's entry rests in one bar, a rung until it is taken off."""
        return Due(
            at_market=False,
            bars_before=self._delay_bars,
            rests_at_ms=None if is_rung else self.at_ms + self._delay_bars * self._tapes[coin].frame_ms,
            post_only=post_only,
            alone=not is_rung,
            is_late=self._delay_bars > 0,
        )

    def waits(self, spec: OrderSpec) -> Due:
        """When an entry may act that came over a wire."""
        identity = decode(spec.cloid)
        if spec.tif in AT_ONCE:
            return Due(True, self._delay_bars)
        is_rung = isinstance(identity, Identity) and identity.role is Role.RUNG
        return self._resting(spec.coin, is_rung=is_rung, post_only=spec.tif is Tif.ALO)

    def _side(self, leg: Leg) -> str | None:
        """The side that an order names, in an account that holds both apart."""
        return leg.value if self._engine.account(self._user).two_sided else None


def _outcome(placed: Placed) -> Outcome:
    if placed.reason is None:
        return Accepted(None if placed.oid is None else str(placed.oid))
    return Rejected(_REFUSALS.get(placed.reason, Refusal.OTHER), placed.reason.value)

"""The exact exits of a position right after its entry: asked of the strategy, held by the exchange.

Rules: the strategy is asked as at the last close before the fill, with the real entry price, and about levels
alone: without a mark it takes nothing at market. What it then wants stands on the exchange from the fill on,
to the nearest tick, in place of what came along with the entry.
"""

from decimal import Decimal

from trader.backtest.replay.venue import ReplayVenue
from trader.bounds import exit_bound
from trader.core.actions import PlaceExit
from trader.core.first_stops import stop_id_of
from trader.core.identity import Identity, Role, decode
from trader.core.market import Leg, exact
from trader.core.policy import MarketPolicy, Policy
from trader.core.ports import CandleNeed, Scope
from trader.core.target import CoinFacts, Holding, WantGrid, WantHold
from trader.exchange import bar_orders
from trader.exchange.bar_engine import BarEngine
from trader.exchange.orders import Order, Position
from trader.exchange.status import Trigger
from trader.ids import exit_identity, next_id, seen_ids
from trader.want import want

NO_PRICE = 0.0


class Levels:
    """Puts the exits of a position where its strategy wants them."""

    def __init__(
        self, engine: BarEngine, user: str, venue: ReplayVenue, policy: Policy, *, is_wired: bool
    ) -> None:
        """`is_wired`: a wire keeps the words of what came over it, so that what moves is an order anew."""
        self._engine = engine
        self._user = user
        self._venue = venue
        self._policy = policy
        self._is_wired = is_wired

    def entered(self, coin: str, leg: str | None) -> None:
        """A position was opened or enlarged."""
        position = self._engine.position(self._user, coin, leg)
        if position is None:
            return
        policy = self._policy.markets[coin]
        wanted = self._of_grid(policy, position) if policy.both_legs else self._of_one(policy, position)
        if wanted is not None:
            self._stand(position, wanted)

    def _of_one(self, policy: MarketPolicy, position: Position) -> WantHold | None:
        fill = self._engine.logs.fills.rows[-1]
        entry = decode(fill.cloid)
        if not isinstance(entry, Identity):
            return None
        holding = Holding(
            leg=Leg.LONG if position.szi > 0 else Leg.SHORT,
            size=float(abs(position.szi)),
            entry_price=float(position.cost / position.szi),
            entry_ms=fill.at_ms,
            signal_ms=entry.signal_ms,
        )
        facts = CoinFacts(
            mark=NO_PRICE,
            equity=NO_PRICE,
            holding=holding,
            live_stop=None,
            live_target=None,
            taker_fee=float(self._engine.account(self._user).taker_rate),
        )
        wanted = policy.strategy(self._venue.candles(policy.coin, policy.bars_needed), facts, policy)
        return wanted if isinstance(wanted, WantHold) else None

    def _of_grid(self, policy: MarketPolicy, position: Position) -> WantHold | None:
        need = CandleNeed(policy.coin, policy.frame_ms, policy.bars_needed)
        held = self._engine.account(self._user).positions.values()
        back_ms = self._venue.at_ms - min(one.opened_ms for one in held)
        snapshot = self._venue.standing(Scope(candles=(need,), fills_back_ms=back_ms))
        answer = want(snapshot, self._policy, policy.coin)
        if not isinstance(answer, WantGrid):
            return None
        wanted = answer.long if position.szi > 0 else answer.short
        return wanted if isinstance(wanted, WantHold) else None

    def _stand(self, position: Position, wanted: WantHold) -> None:
        """One stop and one target, each of them for all that is held."""
        market = self._venue.market(position.coin)
        stops = self._live(position, Trigger.STOP)
        targets = self._live(position, Trigger.TAKE)
        self._put(position, stops, Role.STOP, market.price(exact(wanted.stop)))
        self._put(position, targets, Role.TARGET, market.price(exact(wanted.target)))

    def _live(self, position: Position, kind: Trigger) -> list[Order]:
        """Over a wire without the stops that stand before entries which have not filled yet."""
        engine, user, coin = self._engine, self._user, position.coin
        found = bar_orders.exits(engine, user, coin, position.leg, kind)
        if not self._is_wired:
            return found
        waiting = {stop_id_of(o.cloid) for o in bar_orders.entries(engine, user, coin) if o.cloid is not None}
        return [order for order in found if order.cloid not in waiting]

    def _put(self, position: Position, live: list[Order], role: Role, level: Decimal) -> None:
        whole = next((o for o in live if o.follows_position or o.sz == abs(position.szi)), None)
        for order in live:
            if order is not whole:
                bar_orders.withdraw(self._engine, order.oid)
        if whole is None:
            self._place(position, role, level, live[-1].cloid if live else None)
        elif whole.trigger is None or whole.trigger.px == level:
            return
        elif self._is_wired:
            bar_orders.withdraw(self._engine, whole.oid)
            self._place(position, role, level, whole.cloid)
        else:
            leg = Leg.LONG if position.szi > 0 else Leg.SHORT
            bound = exit_bound(level, leg, self._venue.market(position.coin))
            bar_orders.move(self._engine, whole.oid, level=level, bound=bound)

    def _place(self, position: Position, role: Role, level: Decimal, client_id: str | None) -> None:
        """Under the id of what it replaces, or a new one of its entry."""
        leg = Leg.LONG if position.szi > 0 else Leg.SHORT
        bound = exit_bound(level, leg, self._venue.market(position.coin))
        wanted = PlaceExit(
            coin=position.coin,
            leg=leg,
            role=role,
            size=None,
            trigger=level,
            bound=bound,
            client_id=client_id or self._next_id(position, role),
            reason="where the strategy wants it",
        )
        self._venue.put_exit(wanted)

    def _next_id(self, position: Position, role: Role) -> str:
        at_ms = self._venue.at_ms
        holdings = self._venue.inspect(fills_back_ms=0)
        held = holdings.position_in(
            holdings.slot_of(position.coin, Leg.LONG if position.szi > 0 else Leg.SHORT)
        )
        entry = decode(self._engine.logs.fills.rows[-1].cloid)
        known = entry if isinstance(entry, Identity) else None
        if held is None:
            raise LookupError(f"{position.coin}: no position is held behind which an exit could stand")
        return next_id(exit_identity(self._policy, held, known, role, at_ms), seen_ids(holdings))

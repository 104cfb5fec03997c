"""What the tick of a coin comes to, before any of it is run: nothing, moved exits, or the whole program.

Rules: nothing comes of it where the coin is flat and its strategy wants nothing, where its bar cannot give an
entry at all, where an entry at the market is still on its way, or where the strategy wants the position to
stay behind the very levels that stand; and, where no other coin's tick is run with it, where what would rest
rests in vain and where a grid is still. The strategy is asked with the facts of a tick. In doubt the program
is run.
"""

from collections.abc import Mapping, Sequence
from typing import Final, Literal, TypeAlias

from trader.backtest.replay.still import Still
from trader.backtest.replay.trades import Opened, Trades
from trader.backtest.replay.venue import ReplayVenue
from trader.core.market import exact
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Holding, Stay, Want, WantHold
from trader.exchange.bar_engine import BarEngine
from trader.exchange.bar_walk import BarWalk
from trader.exchange.ledger import equity

RUN: Final = "run"
VAIN: Final = "vain"  # an order may rest, nobody else will see it, and price will not reach it
STILL: Final = "still"  # a grid that rests where it belongs, as far as no other coin's tick is run
Answer: TypeAlias = WantHold | Literal["run", "vain", "still"] | None


class Asking:
    """Asks for one account; `may_enter` says for each bar of a coin whether an entry can come of it,
    `in_vain` whether what may rest then is never reached. `moves_alone`: exits move without a whole tick."""

    def __init__(
        self,
        engine: BarEngine,
        user: str,
        venue: ReplayVenue,
        walk: BarWalk,
        trades: Trades,
        still: Still,
        *,
        may_enter: Mapping[str, Sequence[bool]],
        in_vain: Mapping[str, Sequence[bool]],
        taker_fee: float,
        is_sparing: bool,
        moves_alone: bool,
    ) -> None:
        self._engine = engine
        self._user = user
        self._venue = venue
        self._walk = walk
        self._trades = trades
        self._still = still
        self._may_enter = may_enter
        self._in_vain = in_vain
        self._taker_fee = taker_fee
        self._is_sparing = is_sparing
        self._moves_alone = moves_alone

    def answer(self, policy: MarketPolicy, index: int) -> Answer:
        """What this tick comes to, at the close of the coin's bar with this index."""
        coin = policy.coin
        if self._enters_later(coin):
            return None
        if not self._is_sparing:
            return RUN
        if policy.both_legs:
            return STILL if self._still.holds(policy, index) else RUN
        opened = self._trades.open.get(coin)
        if opened is not None:
            return self._held(opened, policy)
        if not self._may_enter[coin][index]:
            return None
        return VAIN if self._in_vain[coin][index] else self.entering(policy)

    def entering(self, policy: MarketPolicy) -> Answer:
        """Does the strategy want anything of a coin that is flat?"""
        return None if isinstance(self._flat(policy), Stay) else RUN

    def _flat(self, policy: MarketPolicy) -> Want:
        """What the strategy wants of a flat coin; where it wants nothing, nothing of it waits either."""
        facts = CoinFacts(
            mark=self._engine.price[policy.coin],
            equity=float(equity(self._engine, self._user)),
            holding=None,
            live_stop=None,
            live_target=None,
            taker_fee=self._taker_fee,
        )
        return policy.strategy(self._venue.candles(policy.coin, policy.bars_needed), facts, policy)

    def _enters_later(self, coin: str) -> bool:
        """While an entry at the market waits its coin decides no other."""
        orders = self._engine.state.orders
        return any(
            due.at_market and oid in orders and orders[oid].coin == coin and not orders[oid].reduce_only
            for oid, due in self._engine.due.items()
        )

    def _held(self, opened: Opened, policy: MarketPolicy) -> Answer:
        """What the strategy wants of a position: None where its exits stand there already."""
        position = self._engine.position(self._user, opened.coin)
        if position is None:
            return RUN
        exits = self._walk.exits(position)
        if exits.stop is None or exits.target is None:
            return RUN
        facts = CoinFacts(
            mark=self._engine.price[opened.coin],
            equity=0.0,
            holding=Holding(
                opened.leg, float(abs(position.szi)), opened.price, opened.entry_at_ms, opened.entry.signal_ms
            ),
            live_stop=exits.stop_level,
            live_target=exits.target_level,
            taker_fee=self._taker_fee,
        )
        wanted = policy.strategy(self._venue.candles(opened.coin, policy.bars_needed), facts, policy)
        if not isinstance(wanted, WantHold):
            return RUN
        market = self._venue.market(opened.coin)
        stop = float(market.price(exact(wanted.stop)))
        is_tighter = opened.leg.sign * (stop - exits.stop_level) > 0.0
        stays = not is_tighter and float(market.price(exact(wanted.target))) == exits.target_level
        if stays:
            return None
        return wanted if self._moves_alone else RUN

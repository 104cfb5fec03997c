"""Ticks of a grid of which nothing could come: nothing came of the last one, and nothing has changed since.

Rules: a tick counts as settled when the whole program ran it and wrote, refused and stopped nothing. Until an
order or a position changes (funding that is paid changes neither), a later tick is still where all that is
left for the strategy to look at says the same: the regime and the bar (regimes.py), how far the anchor is,
the guard of funding, what the caps leave and where exits belong, each asked of the strategy's own functions
at this close. Where one of them says something else the whole strategy is asked, and the tick is still when
it wants the very same. What such a tick notes is told as if it had been run. Where a limit reads the
account's money or its trades (nothing else trips a breaker), and over a wire, none is. A test runs all these
ticks all the same.

Why: most ticks of a grid look at a dozen orders that rest where they belong.
"""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from trader.backtest.replay.grids import Grid
from trader.backtest.replay.reading import position_of, whole
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.replay.venue import ReplayVenue
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.policy import Limits, MarketPolicy, Policy
from trader.core.target import CoinFacts, FundingFacts, GridFacts, LegFacts, WantGrid
from trader.exchange.bar_engine import BarEngine
from trader.exchange.ledger import equity
from trader.exchange.orders import Order, slot_key
from trader.grid_facts import stop_limit
from trader.run import Decision
from trader.strategies.hedge_grid import TRIMMED
from trader.strategies.hedge_grid_anchor import distance_bps, live_anchor, step_of
from trader.strategies.hedge_grid_holding import hold
from trader.strategies.hedge_grid_ladder import Rung, capped, funding_factor

Account: TypeAlias = tuple[tuple[Order, ...], tuple[tuple[str, Decimal, Decimal], ...]]


@frozen
class Settled:
    """A tick of which nothing came: the account, the bar, what was wanted of what facts, what was noted."""

    account: Account
    index: int
    want: WantGrid
    facts: GridFacts
    notes: tuple[str, ...]


class Still:
    """Asks for the grids of one account."""

    def __init__(
        self,
        engine: BarEngine,
        user: str,
        venue: ReplayVenue,
        policy: Policy,
        grids: Mapping[str, Grid],
        tapes: Mapping[str, CoinTape],
    ) -> None:
        self._engine = engine
        self._user = user
        self._venue = venue
        self._policy = policy
        self._tapes = tapes
        self._grids = {} if _reads_the_past(policy.limits) else grids
        self._settled: dict[str, Settled] = {}

    def settle(self, due: tuple[str, ...], decision: Decision) -> None:
        """Note what a tick of these coins came to."""
        came = decision.approved or decision.refused
        for coin in due:
            self._settled.pop(coin, None)
            found = None if came or coin not in self._grids else self._of(coin, decision)
            if found is not None:
                self._settled[coin] = found

    def _of(self, coin: str, decision: Decision) -> Settled | None:
        """Nothing, where the caps or the plan left something out that another price would let in."""
        wanted, asked = decision.wants[coin], self._grids[coin].facts
        facts = None if asked is None else asked.grid
        if not isinstance(wanted, WantGrid):
            return None
        notes = tuple(note for note in decision.notes if note.startswith(f"{coin}: "))
        is_all = notes == tuple(f"{coin}: {note}" for note in wanted.notes)
        if not isinstance(facts, GridFacts) or not is_all or any(n.endswith(TRIMMED) for n in notes):
            return None
        return Settled(self._account(), self._venue.last[coin], wanted, facts, notes)

    def notes(self, coin: str) -> tuple[str, ...]:
        """What the plan noted at the settled tick of a coin."""
        return self._settled[coin].notes

    def holds(self, policy: MarketPolicy, index: int) -> bool:
        """Would the tick at the close of this bar come to nothing, like the settled one before it?"""
        settled = self._settled.get(policy.coin)
        if settled is None or settled.account != self._account():
            return False
        looks = self._grids[policy.coin].looks
        then, now = looks.regime(settled.index), looks.regime(index)
        is_alike = then is not None and now is then and looks.calm[settled.index] and looks.calm[index]
        return (is_alike and self._stays(settled, policy, index)) or self._wants_alike(settled, policy, index)

    def _account(self) -> Account:
        """Every order as it is, and what each position holds and cost: not what funding has paid."""
        held = self._engine.account(self._user).positions
        orders = tuple(self._engine.state.orders.values())
        return orders, tuple((slot, position.szi, position.cost) for slot, position in held.items())

    def _stays(self, settled: Settled, policy: MarketPolicy, index: int) -> bool:
        """Does everything that depends on prices and on the time say what it said?"""
        facts, wanted, close = settled.facts, settled.want, self._venue.close(policy.coin)
        tick = float(self._venue.market(policy.coin).price_step(whole(close)))
        away_bps = distance_bps(close, wanted.anchor_ticks * facts.tick)
        return (
            live_anchor(facts) == wanted.anchor_ticks
            and tick == facts.tick
            and not away_bps > policy.params.recenter_bps
            and self._pays_alike(facts, policy, index)
            and self._exits_stay(settled, policy, close)
            and not capped(_rungs(wanted), facts, close, policy.params)[1]
        )

    def _wants_alike(self, settled: Settled, policy: MarketPolicy, index: int) -> bool:
        """Does the strategy, asked anew of the same account, want the very orders and exits that it wanted?
        Then this is the settled tick from here on."""
        then, market = settled.want, self._venue.market(policy.coin)
        facts = self._facts(settled.facts, policy.coin, index)
        wanted = policy.strategy(self._venue.candles(policy.coin, policy.bars_needed), facts, policy)
        if not isinstance(wanted, WantGrid) or any(note.endswith(TRIMMED) for note in wanted.notes):
            return False
        is_alike = (
            (wanted.rungs, wanted.long, wanted.short) == (then.rungs, then.long, then.short)
            and (wanted.anchor_ticks == then.anchor_ticks or not then.rungs)
            and float(market.price_step(whole(facts.mark))) == settled.facts.tick
        )
        if is_alike and facts.grid is not None:
            notes = tuple(f"{policy.coin}: {note}" for note in wanted.notes)
            self._settled[policy.coin] = Settled(settled.account, index, wanted, facts.grid, notes)
        return is_alike

    def _facts(self, then: GridFacts, coin: str, index: int) -> CoinFacts:
        """What the tick at this close would ask with, of an account that is what it was."""
        at_ms, legs = self._closed_ms(coin, index), {leg: self._leg(coin, leg, then.legs[leg]) for leg in Leg}
        return CoinFacts(
            mark=self._venue.close(coin),
            equity=float(equity(self._engine, self._user)),
            holding=None,
            live_stop=None,
            live_target=None,
            taker_fee=float(self._engine.account(self._user).taker_rate),
            grid=replace(then, now_ms=at_ms, legs=legs, funding=self._funding(coin, at_ms)),
        )

    def _closed_ms(self, coin: str, index: int) -> int:
        return self._tapes[coin].open_ms[index] + self._tapes[coin].frame_ms

    def _funding(self, coin: str, at_ms: int) -> FundingFacts:
        next_ms, interval_ms, rate = self._tapes[coin].funding_ahead(at_ms)
        return FundingFacts(rate, next_ms, interval_ms)

    def _pays_alike(self, facts: GridFacts, policy: MarketPolicy, index: int) -> bool:
        """The same guard of funding; while it is on by the same rate, which its note tells."""
        params, then = policy.params, facts.funding
        at_ms = self._closed_ms(policy.coin, index)
        now = self._funding(policy.coin, at_ms)
        if then is None:
            return False
        factor = funding_factor(now, at_ms, params)
        is_same_rate = factor == 1.0 or then.rate == now.rate
        return is_same_rate and funding_factor(then, facts.now_ms, params) == factor

    def _exits_stay(self, settled: Settled, policy: MarketPolicy, close: float) -> bool:
        """Each leg is wanted to stay behind the very levels that were wanted."""
        facts, wanted = settled.facts, settled.want
        step = step_of(wanted.anchor_ticks, facts.tick, policy.params)
        return all(
            hold(
                leg,
                self._leg(policy.coin, leg, facts.legs[leg]),
                mark=close,
                step=step,
                tick=facts.tick,
                params=policy.params,
                calm=True,
            )
            == (wanted.long if leg is Leg.LONG else wanted.short)
            for leg in Leg
        )

    def _leg(self, coin: str, leg: Leg, facts: LegFacts) -> LegFacts:
        """What is held of a leg, with the limit of its stop as margin stands now."""
        held = self._engine.account(self._user).positions.get(slot_key(coin, leg.value))
        if held is None:
            return facts
        position = position_of(self._engine, self._user, held, two_sided=True)
        limit = stop_limit(position, self._policy.stops, self._venue.market(coin))
        return LegFacts(
            facts.size,
            facts.average,
            facts.live_stop,
            facts.live_target,
            facts.filled,
            None if limit is None else float(limit),
        )


def _rungs(wanted: WantGrid) -> list[Rung]:
    return [Rung(one.leg, one.rung, one.price, one.size or 0.0) for one in wanted.rungs]


def _reads_the_past(limits: Limits) -> bool:
    asked = limits.daily_loss_max, limits.drawdown_fraction_max, limits.losing_streak_max
    return any(limit is not None for limit in asked)

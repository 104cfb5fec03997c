"""The replay engine: every tick of the program on recorded bars, on an exchange that goes by whole bars.

Rules: docs/backtest.md. What decides is the program itself: `want`, the plan, the gate and act, on what the
exchange shows at a close. A tick is not run where it is known to write nothing: the coin is flat and its bar
cannot give an entry, the strategy wants its position to stay behind the very levels that stand, or a grid
rests where it belongs; a test runs both and compares. Closes are sent once and fill at the next open, where a
live run would look again and again.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from trader.act import act
from trader.backtest.replay.asking import RUN, STILL, VAIN, Answer, Asking
from trader.backtest.replay.bringing import bring
from trader.backtest.replay.curve import Curve
from trader.backtest.replay.ending import close_what_is_left
from trader.backtest.replay.grids import asking, grids_of
from trader.backtest.replay.levels import Levels
from trader.backtest.replay.moving import move_exits
from trader.backtest.replay.passing import Passing
from trader.backtest.replay.screens import may_enter
from trader.backtest.replay.still import Still
from trader.backtest.replay.surroundings import StandingClock, env_of
from trader.backtest.replay.telling import Refusals, stand_ins
from trader.backtest.replay.timeline import Close, closes_of, coin_tapes
from trader.backtest.replay.trades import Trades
from trader.backtest.replay.venue import ReplayVenue
from trader.backtest.replay.waiting import LeftOut, MarginCouldBind, rests_in_vain
from trader.backtest.replay.wired import Wire, engine_of, open_account, reached_at
from trader.backtest.study import Run, Study
from trader.core import actions
from trader.core.orders import Accepted
from trader.core.policy import Limits, Policy
from trader.core.ports import FILLS_BACK_MS, Env
from trader.core.target import WantHold
from trader.exchange.bar_tape import WholeBar, inner_ms_of
from trader.exchange.bar_walk import BarWalk
from trader.exchange.ledger import equity
from trader.observe import observe
from trader.run import decide_seen
from trader.sending import send
from trader.verify import verify

NAME = "replay"
USER = "account"
RECENT_MS = 60_000  # limits count the entries of the last minute


def run(study: Study, *, moves: bool = False, shortcuts: bool = True, wire: Wire | None = None) -> Run:
    """Every trade of a study; `moves` adds where exits stood, `shortcuts` spares what comes to nothing.

    `wire`: ticks read and write through a venue's own bytes.
    """
    try:
        return Replay(study, moves=moves, shortcuts=shortcuts, wire=wire).run()
    except MarginCouldBind:
        return Replay(study, moves=moves, shortcuts=shortcuts, wire=wire, leaves_out=False).run()


class Replay:
    """One study on its way."""

    def __init__(
        self,
        study: Study,
        *,
        moves: bool,
        shortcuts: bool,
        wire: Wire | None = None,
        leaves_out: bool = True,
    ) -> None:
        """`leaves_out`: orders that would rest in vain are not placed."""
        self._study = study
        self._moves = moves
        self._is_sparing = shortcuts
        trigger = study.trigger
        self._policy = replace(study.policy, stops=replace(study.policy.stops, trigger=trigger))
        is_still = shortcuts and wire is None
        grids = grids_of(study, self._policy, reads_ahead=is_still)
        self._policy = asking(self._policy, grids)
        self._tapes = coin_tapes(study, trigger=trigger)
        self._line = None if wire is None else wire(self._tapes)
        user = self._user = USER if self._line is None else self._line.user
        self._engine = engine_of(study, self._line)
        self._venue = ReplayVenue(
            self._engine,
            user,
            account_id=USER,
            markets=study.markets,
            tapes=self._tapes,
            delay_bars=study.model.delay_bars,
            trigger=trigger,
            counts_money=_counts_money(study.policy.limits),
        )
        open_account(study, self._engine, user, self._line, self._venue.waits)
        levels_policy = asking(self._policy, grids, exits_alone=True)
        self._levels = Levels(self._engine, user, self._venue, levels_policy, is_wired=wire is not None)
        self._walk = BarWalk(self._engine, user, study.model, entered=self._entered, told=self._read)
        self._trades = Trades(
            self._engine, self._policy.account_tag, self._policy.markets, self._walk.undecided
        )
        self._passing = Passing(self._engine, user, self._walk, study.model)
        self._still = Still(self._engine, user, self._venue, self._policy, grids, self._tapes)
        self._asking = self._asking_of(leaves_out=leaves_out, moves_alone=wire is None)
        self._left_out = LeftOut(self._engine, user, delay_bars=study.model.delay_bars)
        self._refusals = Refusals()
        self._clock = StandingClock()
        self._curve = Curve([], [])
        self._narrow: dict[tuple[str, ...], Policy] = {}

    def run(self) -> Run:
        """Walk every close, then close what is left."""
        start_ms = self._study.start_ms
        is_brought = not self._study.held
        for close in closes_of(list(self._tapes.values())):
            if not is_brought and any(self._opens_at(*bar) >= (start_ms or 0) for bar in close.bars):
                is_brought = True
                self._bring()
            is_asked = self._to(close, start_ms)
            if is_asked:
                self._tick(close)
        is_open = close_what_is_left(self._engine, self._user, self._tapes, self._trades)
        self._curve.end(float(equity(self._engine, self._user)), is_held=is_open)
        trades, moves = self._trades.done()
        curve = self._curve
        return Run(
            engine=NAME,
            trades=trades,
            at_ms=np.array(curve.at_ms, dtype=np.int64),
            equity=np.array(curve.equity, dtype=np.float64),
            held=curve.held / len(curve.at_ms) if curve.at_ms else 0.0,
            moves=moves if self._moves else (),
            notes=(*stand_ins(self._study), *(() if trades else self._refusals.told())),
        )

    def _opens_at(self, coin: str, index: int) -> int:
        return self._tapes[coin].open_ms[index]

    def _bring(self) -> None:
        bring(
            self._study,
            self._engine,
            self._user,
            venue=self._venue,
            tapes=self._tapes,
            trades=self._trades,
            levels=self._levels,
        )

    def _asking_of(self, *, leaves_out: bool, moves_alone: bool) -> Asking:
        study = self._study
        return Asking(
            self._engine,
            self._user,
            self._venue,
            self._walk,
            self._trades,
            self._still,
            may_enter={
                coin: may_enter(study.tapes[coin].bars, self._policy.markets[coin]) for coin in self._tapes
            },
            in_vain={coin: self._in_vain(coin, leaves_out=leaves_out) for coin in self._tapes},
            taker_fee=study.fees.taker,
            is_sparing=self._is_sparing,
            moves_alone=moves_alone,
        )

    def _in_vain(self, coin: str, *, leaves_out: bool) -> Sequence[bool]:
        if leaves_out:
            return rests_in_vain(self._study, coin, trigger=self._study.trigger)
        return [False] * len(self._study.tapes[coin].bars)

    def _read(self) -> None:
        self._trades.read()

    def _entered(self, coin: str, leg: str | None) -> None:
        self._levels.entered(coin, leg)
        self._read()
        at_ms = self._engine.now_ms
        self._note_levels(coin, at_ms - at_ms % self._tapes[coin].frame_ms)

    def _to(self, close: Close, start_ms: int | None) -> bool:
        """Everything up to a close; is it one at which the study asks for signals?"""
        is_asked = False
        for coin, index in close.bars:
            tape = self._tapes[coin]
            is_asked = is_asked or start_ms is None or tape.open_ms[index] >= start_ms
            if self._is_busy(coin):
                bar = tape.bar(index)
                self._trades.inner_ms = inner_ms_of(bar)
                if not self._passes(coin, bar):
                    self._walk.walk(coin, bar)
            self._venue.last[coin] = index
            self._engine.stand_at(coin, tape.close[index])
            self._engine.fires[coin] = tape.fired_by(index)
        account = self._engine.account(self._user)
        if is_asked:
            self._curve.add(
                close.at_ms, float(equity(self._engine, self._user)), is_held=bool(account.positions)
            )
        return is_asked

    def _passes(self, coin: str, bar: WholeBar) -> bool:
        return self._is_sparing and self._passing.passes(coin, bar)

    def _is_busy(self, coin: str) -> bool:
        """Does the coin hold anything, or wait for anything?"""
        orders = self._engine.state.orders
        return any(o.coin == coin for o in orders.values()) or any(self._walk.positions(coin))

    def _note_levels(self, coin: str, at_ms: int) -> None:
        if not self._moves:
            return
        for position in self._walk.positions(coin):
            exits = self._walk.exits(position)
            if position.key in self._trades.open:
                self._trades.stood(position.key, at_ms, exits.stop_level, exits.target_level)

    def _tick(self, close: Close) -> None:
        """The tick of the coins whose bar has closed."""
        self._venue.at_ms = self._clock.at_ms = close.at_ms
        asked = [(coin, self._answer(coin, index)) for coin, index in close.bars]
        due = self._due(asked, close)
        moves = [(coin, answer) for coin, answer in asked if isinstance(answer, WantHold)]
        if not due and not moves:
            return
        self._engine.be_at(close.at_ms)
        reached = reached_at(close.at_ms, self._line, self._venue, self._engine, self._tapes)
        env = env_of(reached, self._clock, fills_back_ms=self._fills_back_ms(close.at_ms))
        for coin, wanted in moves:
            move_exits(env, self._venue, self._policy, coin, wanted)
            self._note_levels(coin, close.at_ms)
        if due:
            self._run(env, due)
            self._left_out.require_room(close.at_ms)
        for coin in due:
            self._note_levels(coin, close.at_ms)

    def _due(self, asked: list[tuple[str, Answer]], close: Close) -> tuple[str, ...]:
        """The coins of which the program is run. What rests in vain is placed beside others."""
        markets = self._policy.markets
        if any(answer is RUN for _, answer in asked):
            return tuple(
                coin
                for coin, answer in asked
                if answer is RUN
                or answer is STILL
                or (answer is VAIN and self._asking.entering(markets[coin]) is RUN)
            )
        for coin in (coin for coin, answer in asked if answer is STILL):
            self._refusals.count((), (), self._still.notes(coin))
        for coin in (coin for coin, answer in asked if answer is VAIN):
            self._left_out.add(markets[coin], close.at_ms, self._curve.equity[-1])
        return ()

    def _run(self, env: Env, due: tuple[str, ...]) -> None:
        """The program's own tick for these coins."""
        policy = self._narrowed(due)
        snapshot, decision = decide_seen(observe(env, policy), policy, None, env.venue)
        leaving = [a for a in decision.approved if isinstance(a.action, actions.Close)]
        others = [a for a in decision.approved if not isinstance(a.action, actions.Close)]
        send(env, leaving)
        acted = act(env, others, snapshot, policy)
        self._refusals.count((*decision.refused, *acted.held_back), acted.done, decision.notes)
        self._still.settle(due, decision)
        value = float(snapshot.holdings.account.equity)
        for one in acted.done:
            if isinstance(one.action, actions.Enter | actions.Rest) and isinstance(one.outcome, Accepted):
                self._trades.sized_by[one.action.client_id] = value
        if any(isinstance(one.action, actions.PlaceExit) for one in acted.done):
            verify(env, self._policy, None, entered=acted.done)

    def _fills_back_ms(self, at_ms: int) -> int:
        """As far as an open position or a limit of the file looks; no decision reads what is older."""
        oldest_ms = min((opened.entry_at_ms for opened in self._trades.open.values()), default=at_ms)
        back_ms = max(at_ms - oldest_ms + 1, RECENT_MS)
        return back_ms if self._policy.limits.losing_streak_max is None else max(back_ms, FILLS_BACK_MS)

    def _answer(self, coin: str, index: int) -> Answer:
        start_ms = self._study.start_ms
        if start_ms is not None and self._tapes[coin].open_ms[index] < start_ms:
            return None
        return self._asking.answer(self._policy.markets[coin], index)

    def _narrowed(self, due: tuple[str, ...]) -> Policy:
        """The policy of a tick at which these coins' bars have closed."""
        found = self._narrow.get(due)
        if found is None:
            markets = {coin: self._policy.markets[coin] for coin in due}
            found = self._narrow[due] = replace(self._policy, markets=markets)
        return found


def _counts_money(limits: Limits) -> bool:
    return limits.daily_loss_max is not None or limits.drawdown_fraction_max is not None

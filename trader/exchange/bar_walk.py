"""The walk by whole bars: what triggers, in which order and at what price is said by `bar_fills`.

Rules: the order of a bar is that of docs/backtest.md: funding, the open (closes, entries at the market, exits
that the open has reached), then the inside, piece by piece where finer bars are walked. Fills are booked by
the model's ledger. After an entry has filled `entered` is called, so that the exits can be put where they
belong before anything else of the bar is looked at. Where several entries of one leg wait, the bar's order of
prices is judged for the whole position. Only coins with a position or a waiting order need the walk.
"""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.exchange import bar_fills, bar_orders
from trader.exchange.bar_ends import liquidate_between, pay
from trader.exchange.bar_engine import BarEngine
from trader.exchange.bar_tape import Payment, Stretch, WholeBar
from trader.exchange.fill_model import FillModel
from trader.exchange.matching import fill
from trader.exchange.orders import Order, Position, slot_key
from trader.exchange.status import Kind, Trigger

Entered = Callable[[str, str | None], None]
Told = Callable[[], None]
Outcome = tuple[int, float, bool]

INFINITY = float("inf")
STEP_MS = 1  # between the steps of a bar: a record of fills tells what the open ended from what it began


@frozen
class Exits:
    """What stands behind a position; a level that is not there is never met."""

    stop: Order | None
    target: Order | None
    stop_level: float
    target_level: float


class BarWalk:
    """Takes one account through the bars of its coins.

    `told` is called after each step that may have booked something, so that whoever counts finds fills and
    funding in the order in which they happened. `undecided` are the slots about whose position a bar alone
    could not say how it went on; whoever counts them takes them out.
    """

    def __init__(
        self, engine: BarEngine, user: str, model: FillModel, *, entered: Entered, told: Told
    ) -> None:
        self.undecided: set[str] = set()
        self._engine = engine
        self._user = user
        self._model = model
        self._entered = entered
        self._told = told
        self._gap_at_open = model.gap == "open"
        self._target_at_open = model.target_gap == "open"
        self._volume = 0.0
        self._seen: dict[str, tuple[int, Exits]] = {}

    def walk(self, coin: str, bar: WholeBar) -> None:
        """Everything that this bar does to the coin's orders and positions, up to its close."""
        self._volume = bar.volume_before
        self._engine.be_at(bar.whole.open_ms)
        self._pay(coin, bar.before)
        pieces = _pieces(bar)
        held = [position.key for position in self.positions(coin)]
        live = self._arrived(coin, bar.whole.open_ms)
        self._leave(coin, bar.whole.last.open)
        self._enter(coin, live, bar.whole.last.open)
        self._told()
        for piece in pieces:
            self._engine.be_at(piece.open_ms)
            for position in self.positions(coin):
                if position.key in held:
                    self._at_open(position, piece)
            self._engine.be_at(piece.open_ms + STEP_MS)
            self._leave_at_once(coin, piece, self._fill_waiting(coin, piece, live, at_open=True))
            self._told()
            if piece is pieces[0]:
                self._pay(coin, bar.within)
            self._inside(coin, piece, live)
            self._told()
            held = [position.key for position in self.positions(coin)]
        self.lapse(coin, bar.whole.open_ms + 1)
        self._engine.forget_ended()

    def positions(self, coin: str) -> list[Position]:
        """What the account holds of a coin, the long leg first."""
        held = self._engine.account(self._user).positions
        return [held[slot] for slot in sorted(held) if held[slot].coin == coin]

    def lapse(self, coin: str, before_ms: int) -> None:
        """Take off what would have rested in a bar that opened before this, or that is not there."""
        for order in bar_orders.entries(self._engine, self._user, coin):
            rests_at_ms = self._engine.due[order.oid].rests_at_ms
            if rests_at_ms is not None and rests_at_ms < before_ms:
                bar_orders.withdraw(self._engine, order.oid)

    def exits(self, position: Position) -> Exits:
        """The stop that acts first and the newest target of a position."""
        revision = self._engine.state.revision
        seen = self._seen.get(position.key)
        if seen is None or seen[0] != revision:
            seen = revision, self._exits(position)
            self._seen[position.key] = seen
        return seen[1]

    def _exits(self, position: Position) -> Exits:
        engine, coin, leg, sign = self._engine, position.coin, position.leg, _sign(position)
        stops = bar_orders.exits(engine, self._user, coin, leg, Trigger.STOP)
        targets = bar_orders.exits(engine, self._user, coin, leg, Trigger.TAKE)
        stop = max(stops, key=lambda order: sign * _level(order), default=None)
        target = targets[-1] if targets else None
        return Exits(
            stop,
            target,
            -sign * INFINITY if stop is None else float(_level(stop)),
            sign * INFINITY if target is None else float(_level(target)),
        )

    def _pay(self, coin: str, payments: tuple[Payment, ...]) -> None:
        if self._model.funding == "none":
            return
        adverse = self._model.funding == "adverse"
        for due in payments:
            for position in self.positions(coin):
                size = float(abs(position.szi))
                flow = bar_fills.funding_paid(_sign(position), size, due.price, due.rate, adverse)
                pay(
                    self._engine, self._user, position,
                    at_ms=due.at_ms, rate=due.rate, price=due.price, flow=flow,
                )  # fmt: skip
        self._told()

    def _leave(self, coin: str, opened: float) -> None:
        """Closes that were decided at the last tick."""
        for order in bar_orders.closes(self._engine, self._user, coin):
            position = self._engine.position(self._user, coin, order.leg)
            if position is not None:
                self._take(order, opened, abs(position.szi))
            bar_orders.withdraw(self._engine, order.oid)

    def _arrived(self, coin: str, open_ms: int) -> list[int]:
        """The entries that may fill in this bar, the nearest to price first; others are a bar nearer now."""
        self.lapse(coin, open_ms)
        now: list[Order] = []
        for order in bar_orders.entries(self._engine, self._user, coin):
            due = self._engine.due[order.oid]
            if due.bars_before > 0:
                due.bars_before -= 1
            elif due.at_market or due.rests_at_ms in (None, open_ms):
                now.append(order)
        now.sort(key=lambda order: -_level(order) if order.is_buy else _level(order))
        return [order.oid for order in now]

    def _enter(self, coin: str, live: list[int], opened: float) -> None:
        """Entries at the market that are due now."""
        for oid in live:
            order = self._engine.state.orders.get(oid)
            if order is not None and self._engine.due[oid].at_market:
                self._take(order, opened, order.sz)
                self._has_entered(order)

    def _has_entered(self, entry: Order) -> None:
        """What else waits in the coin is called off, and the exits are put where they belong."""
        if self._engine.due[entry.oid].alone:
            for other in bar_orders.entries(self._engine, self._user, entry.coin):
                bar_orders.withdraw(self._engine, other.oid)
        self._entered(entry.coin, entry.leg)

    def _at_open(self, position: Position, piece: Stretch) -> None:
        """What the first price does to a position that was open before it."""
        exits = self.exits(position)
        outcome = bar_fills.outcome_at_open(
            _sign(position), exits.stop_level, exits.target_level, piece.last.open, piece.fires.open,
            self._gap_at_open, self._target_at_open,
        )  # fmt: skip
        self._end(position, exits, outcome, start=piece.mark.open, worst=piece.mark.open)

    def _leave_at_once(self, coin: str, piece: Stretch, came: dict[str, bool]) -> None:
        """What filled at an open beyond its stop (a rung onto what was held before) leaves there."""
        for position in self.positions(coin):
            exits, opens = self.exits(position), (piece.last.open, piece.fires.open)
            outcome = bar_fills.outcome_of_passed_entry(_sign(position), exits.stop_level, *opens)
            if position.key in came and outcome[0] == bar_fills.STOP:
                self._end(position, exits, outcome, start=piece.mark.open, worst=piece.mark.open)

    def _inside(self, coin: str, piece: Stretch, live: list[int]) -> None:
        """Entries that price reaches, and then what it does to whatever is held."""
        self._engine.be_at(piece.open_ms + 2 * STEP_MS)
        came = self._fill_waiting(coin, piece, live, at_open=False)
        self._engine.be_at(piece.open_ms + 3 * STEP_MS)
        for position in self.positions(coin):
            exits, sign = self.exits(position), _sign(position)
            levels = sign, exits.stop_level, exits.target_level
            met = piece.last.high, piece.last.low, piece.fires.high, piece.fires.low
            how = self._gap_at_open, self._target_at_open, self._model.stop_first
            if position.key in came:
                outcome = bar_fills.outcome_after_entry(
                    *levels, *met, piece.fires.close, came[position.key], *how
                )
            else:
                outcome = bar_fills.outcome_inside(*levels, *met, *how)
            worst = piece.mark.low if sign > 0 else piece.mark.high
            self._end(position, exits, outcome, start=piece.mark.open, worst=worst)

    def _fill_waiting(self, coin: str, piece: Stretch, live: list[int], *, at_open: bool) -> dict[str, bool]:
        """The entries that the open has passed, or that price reaches later; for each slot that was opened or
        enlarged: did price come against the position?"""
        came: dict[str, bool] = {}
        for oid in live:
            order = self._engine.state.orders.get(oid)
            if order is None or self._engine.due[oid].at_market:
                continue
            filled, price, passed = self._reached(order, piece)
            if not filled or passed is not at_open:
                continue
            if order.trigger is not None:
                self._take(order, price, order.sz)
            else:
                crossed = at_open and not self._engine.due[oid].post_only
                fill(self._engine, oid, px=Decimal(repr(price)), sz=order.sz, crossed=crossed)
            self._has_entered(order)
            came[slot_key(coin, order.leg)] = order.trigger is None
        return came

    def _reached(self, order: Order, piece: Stretch) -> tuple[bool, float, bool]:
        sign, last, fires = 1 if order.is_buy else -1, piece.last, piece.fires
        if order.trigger is None:
            through = self._model.limit_fill == "through"
            return bar_fills.limit_entry(sign, float(order.px), last.open, last.high, last.low, through)
        return bar_fills.stop_entry(
            sign, float(order.trigger.px), last.open, last.high, last.low, fires.open, fires.high, fires.low,
            self._gap_at_open,
        )  # fmt: skip

    def _end(self, position: Position, exits: Exits, outcome: Outcome, *, start: float, worst: float) -> None:
        """Carry out what a bar says of a position; liquidation comes first where it lies before the stop."""
        code, price, undecidable = outcome
        if undecidable:
            self.undecided.add(position.key)
        if self._model.liquidation:
            way_end = exits.stop_level if code == bar_fills.STOP else worst
            if code == bar_fills.TARGET and not self._model.stop_first:
                way_end = start
            coin = position.coin
            if liquidate_between(self._engine, self._user, coin, start=start, end=way_end):
                return
        order = {bar_fills.STOP: exits.stop, bar_fills.TARGET: exits.target}.get(code)
        if order is not None:
            self._take(order, price, abs(position.szi))

    def _take(self, order: Order, price: float, size: Decimal) -> None:
        """Fill an order as a taker, with everything that this costs."""
        model, engine = self._model, self._engine
        adverse = bar_fills.adverse_fraction(
            model.slippage_bps, model.spread_bps, model.impact, float(size), self._volume
        )
        paid = bar_fills.taken(price, 1 if order.is_buy else -1, adverse)
        fired = engine.edit(order.oid, sz=size, fired=order.trigger is not None)
        if fired.fired:
            engine.emit(Kind.ORDER_TRIGGERED, fired.user, fired.coin, order=fired)
        fill(engine, order.oid, px=Decimal(repr(paid)), sz=size, crossed=True)


def _pieces(bar: WholeBar) -> tuple[Stretch, ...]:
    """What is walked one by one; the first of the finer bars opens as the whole bar does."""
    if not bar.inner:
        return (bar.whole,)
    first, whole = bar.inner[0], bar.whole
    opened = Stretch(
        first.open_ms,
        last=replace(first.last, open=whole.last.open),
        mark=replace(first.mark, open=whole.mark.open),
        fires=replace(first.fires, open=whole.fires.open),
    )
    return (opened, *bar.inner[1:])


def _sign(position: Position) -> int:
    return 1 if position.szi > 0 else -1


def _level(order: Order) -> Decimal:
    return order.px if order.trigger is None else order.trigger.px

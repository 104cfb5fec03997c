"""Reads an account's window from its venue, replays it, and compares the two.

Rules: only what the venue itself tells goes in: bars, fills, payments, orders, ids. What does not fit its
pages is refused, because a part of a window explains nothing. The window ends with the last closed bar.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.backtest.beginning import Entry, days_back, entered_alike, held_at_start
from trader.backtest.replay.engine import run
from trader.backtest.study import Fees, Held
from trader.backtest.window import sides_of, window_study
from trader.core.candles import DAY_MS, Candles
from trader.core.errors import ConfigError, Malformed
from trader.core.market import exact
from trader.core.orders import Fill, Funding, Unreadable
from trader.core.ownership import ordered
from trader.core.policy import Policy
from trader.core.ports import CandleNeed, Scope, Venue
from trader.core.snapshot import Snapshot
from trader.core.text import plural, usd, utc
from trader.report.drift import Drift, Side, compared
from trader.report.drift_own import Window, entries_of, own_sides
from trader.report.drift_telling import Told
from trader.report.slots import by_slot
from trader.report.trades import Trade, rebuild


def drift_of(venue: Venue, policy: Policy, *, days: int, title: str) -> Told:
    """The last days of this account against their replay."""
    replayed = _replayable(policy)
    needs = tuple(
        CandleNeed(coin, market.frame_ms, market.bars_needed + days * DAY_MS // market.frame_ms)
        for coin, market in sorted(replayed.markets.items())
    )
    seen = _observed(venue, needs, replayed, days)
    history = venue.history()
    candles = tuple(_candles(seen, needs))
    window = _window(candles, days)
    payments = _read(venue.funding(window.start_ms))
    every = _fills(seen, days)
    fills = [fill for fill in every if fill.at_ms < window.end_ms]
    paid = [payment for payment in payments if payment.at_ms < window.end_ms]
    trades = rebuild(fills, paid, policy.account_tag)
    entries = entries_of(() if isinstance(history, Unreadable) else history, policy.account_tag)
    markets = {coin: seen.markets[coin].market for coin in replayed.markets}
    held = held_at_start(trades, every, replayed, window)
    own = own_sides(trades, entries, replayed, markets, window, held=held.keys())
    fees = Fees(maker=float(seen.maker_fee), taker=float(seen.taker_fee))
    study = window_study(
        replayed,
        candles,
        paid,
        every,
        markets=markets,
        fees=fees,
        equity=float(equity_before(seen, trades, window)),
        start_ms=window.start_ms,
        end_ms=window.end_ms,
    )
    answer = run(replace(study, held=tuple(held.values())))
    drift = compared(own, _with_their_entries(sides_of(answer, fees), held, own))
    before = sorted(set(_held_before(seen, every, trades, window)) - {coin for coin, _ in held})
    begun = (entered_alike(held),) if held else ()
    notes = (
        *begun,
        *_notes(policy, replayed, trades, candles, paid, window, drift, before),
        *_unread(history),
    )
    return Told(title, drift, window, notes)


def _observed(venue: Venue, needs: tuple[CandleNeed, ...], policy: Policy, days: int) -> Snapshot:
    """With fills as far back as what stood at the start may have been entered, where its pages hold them."""
    seen = venue.observe(Scope(candles=needs, fills_back_ms=days_back(policy, days * DAY_MS)))
    if seen.holdings.fills_complete or isinstance(seen.holdings.fills, Unreadable):
        return seen
    return venue.observe(Scope(candles=needs, fills_back_ms=days * DAY_MS))


def _with_their_entries(
    sides: Sequence[Side], held: Mapping[Entry, Held], own: Sequence[Side]
) -> Iterator[Side]:
    """What both hold from before has the account's own entry, to the last digit."""
    entries = {(coin, signal.leg, signal.signal_ms) for coin, signal in held}
    mine = {(side.coin, side.leg, side.signal_ms): side for side in own}
    for side in sides:
        key = side.coin, side.leg, side.signal_ms
        if key in entries and key in mine:
            side = replace(side, entry_price=mine[key].entry_price, size=mine[key].size)
        yield side


def _replayable(policy: Policy) -> Policy:
    """Without coins that hold two legs at once: their entries are rungs, not signals."""
    markets = {coin: market for coin, market in policy.markets.items() if not market.both_legs}
    if not markets:
        raise ConfigError("drift compares signals, and a grid has none: the file trades nothing else")
    return replace(policy, markets=markets)


def _candles(seen: Snapshot, needs: Sequence[CandleNeed]) -> Iterator[Candles]:
    for need in needs:
        view = seen.markets.get(need.coin)
        if view is None:
            raise Malformed(f"{need.coin}: {seen.missing.get(need.coin, 'the venue told nothing of it')}")
        if isinstance(view.candles, Unreadable):
            raise Malformed(f"{view.candles.what} could not be read: {view.candles.why}; nothing is compared")
        yield view.candles


def _fills(seen: Snapshot, days: int) -> tuple[Fill, ...]:
    held = seen.holdings
    if isinstance(held.fills, Unreadable):
        raise Malformed(f"{held.fills.what} could not be read: {held.fills.why}; nothing is compared")
    if not held.fills_complete:
        raise Malformed(
            f"the fills of {days} days do not fit two pages of the venue; nothing is compared: give a "
            "smaller --days"
        )
    return held.fills


def _read(payments: tuple[Funding, ...] | Unreadable) -> tuple[Funding, ...]:
    if isinstance(payments, Unreadable):
        raise Malformed(f"{payments.what} could not be read: {payments.why}; nothing is compared")
    return payments


def _window(candles: Sequence[Candles], days: int) -> Window:
    """Whole bars of all coins, back from the close that all of them have."""
    end_ms = min(each.open_ms[-1] + each.frame_ms for each in candles)
    widest = max(each.frame_ms for each in candles)
    start_ms = end_ms - days * DAY_MS
    last = {each.coin: exact(each.close[_before(each, end_ms)]) for each in candles}
    return Window(start_ms - start_ms % widest, end_ms, last)


def _before(candles: Candles, end_ms: int) -> int:
    """The last bar that is closed by then."""
    return max(i for i, at_ms in enumerate(candles.open_ms) if at_ms + candles.frame_ms <= end_ms)


def equity_before(seen: Snapshot, trades: Sequence[Trade], window: Window) -> Decimal:
    """What the account would have begun the window with, had no money come or gone."""
    held = seen.holdings
    value = held.account.equity - sum((p.unrealised for p in held.positions), Decimal(0))
    for trade in trades:
        if trade.exit_ms is None:
            value += trade.fee - trade.funding
        elif trade.exit_ms >= window.start_ms and trade.pnl is not None:
            value -= trade.pnl
    if value <= 0:
        raise Malformed(
            f"{usd(value)} USD are left when what this window earned is taken out: more was withdrawn in it "
            "than it began with, and no replay can say how large its entries were; give a smaller --days"
        )
    return value


def _notes(
    policy: Policy,
    replayed: Policy,
    trades: Sequence[Trade],
    candles: Sequence[Candles],
    paid: Sequence[Funding],
    window: Window,
    drift: Drift,
    before: Sequence[str],
) -> Iterator[str]:
    left_out = sorted(set(policy.markets) - set(replayed.markets))
    if left_out:
        yield f"left out: {', '.join(left_out)}, whose strategy holds two legs at once"
    short = _short_history(replayed, candles, window)
    if short:
        yield f"{', '.join(short)}: the venue keeps too few bars to warm up before the window begins"
    unsure = sorted({p.coin for p in paid if p.rate is None})
    if unsure:
        yield f"{', '.join(unsure)}: the venue's record tells no funding rates; they follow from the amounts"
    if before:
        yield (
            f"{', '.join(before)}: held since before the window, or from a signal of before it, which is not "
            "compared; what the replay entered there meanwhile counts as missed"
        )
    yield from _missed_first(drift)
    inside = [t for t in trades if t.exit_ms is None or t.exit_ms >= window.start_ms]
    elsewhere = [t for t in inside if t.entry_ms is not None and not (t.ours and t.coin in policy.markets)]
    if elsewhere:
        yield f"left out: {plural(len(elsewhere), 'trade')} not of this file's strategies"
    unknown = sum(p.own is not None and p.own.decided is None for p in drift.pairs)
    if unknown:
        yield f"of {plural(unknown, 'trade')} the mark at the decision is not known: delay counts as slippage"


def _missed_first(drift: Drift) -> Iterator[str]:
    """Signals that came before anything that the account did, as if nobody had been there yet."""
    entered = [pair.own.signal_ms for pair in drift.pairs if pair.own is not None]
    first_ms = min(entered, default=None)
    missed = [pair.replayed.signal_ms for pair in drift.pairs if pair.own is None and pair.replayed]
    early = sum(first_ms is None or signal_ms < first_ms for signal_ms in missed)
    if early:
        did = (
            "this account traded nothing" if first_ms is None else f"before its first trade ({utc(first_ms)})"
        )
        yield f"{plural(early, 'signal')} missed: {did}; where it was not run yet, give a smaller --days"


def _held_before(seen: Snapshot, fills: Sequence[Fill], trades: Sequence[Trade], window: Window) -> list[str]:
    """Coins that the account held when the window began, or entered in it on a signal of before."""
    of_slot = by_slot(fills)
    found = {slot.coin for slot, its in of_slot.items() if ordered(its)[0].position_before != 0}
    found |= {position.coin for position in seen.holdings.positions if position.slot not in of_slot}
    for trade in trades:
        began_ms = trade.entry_ms if trade.opened is None else trade.opened.signal_ms
        began = began_ms is not None and began_ms < window.start_ms
        if began and (trade.exit_ms is None or trade.exit_ms >= window.start_ms):
            found.add(trade.coin)
    return sorted(found)


def _short_history(policy: Policy, candles: Sequence[Candles], window: Window) -> list[str]:
    needed: Mapping[str, int] = {coin: market.bars_needed for coin, market in policy.markets.items()}
    return [
        each.coin
        for each in candles
        if each.open_ms[0] > window.start_ms - (needed[each.coin] - 1) * each.frame_ms
    ]


def _unread(history: object) -> Iterator[str]:
    if isinstance(history, Unreadable):
        yield f"the record of orders could not be read: {history.why}; partial fills count as other sizes"

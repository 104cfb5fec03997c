"""Flaws that change no answer, each with the reason: the only ones that no case needs to notice.

A name that no flaw has any more is an error too, so that this list does not outlive the code.
"""

from collections.abc import Mapping

RULES = "trader/rules"
A_SIGN = "a side's sign is 1 or -1, and to divide by it is to multiply by it"
READ_BEFORE = (
    "what cannot be read was refused by an earlier rule of the same table; the type checker wants it"
)
NO_MATTER = "any number but the other ones used there says the same"
THE_EPOCH = "a millisecond after the epoch is before every record too"
ALWAYS_THERE = "a stop that has no flaw has a trigger; the type checker wants it"

_PARTS = "isinstance(view.candles, Unreadable) or isinstance(view.quote, Unreadable)"
_EITHER = "isinstance(view.candles, Unreadable) and isinstance(view.quote, Unreadable)"
_ABOUT = "(self.snapshot, self.policy, self.gone)"

ASKED_TWICE = "another condition of the same line or the one before it says so already"
FOREIGN = "what is foreign has no entry of ours, so no strategy"
ONE_BOOK = "within one plan it stays, and test_book.py holds that another begins anew"
OTHER_NAME = "the other one of the two names still has a word that this has not"
AS_LONG = "both are as long by the line before"

EQUIVALENT: Mapping[str, str] = {
    "trader/gate.py _is_freed: return False -> return None": "the one caller asks only whether it is true",
    "trader/gate.py _cancel_uncovers: flaw(gone, position, policy.stops) is None "
    "and gone.trigger is not None without gone.trigger is not None": ALWAYS_THERE,
    "trader/gate.py _cancel_uncovers: gone.trigger or stay.level without stay.level": ALWAYS_THERE,
    "trader/gate.py gate: if standing -> if False": "it is then worked out a second time",
    f"{RULES}/book.py Book.once: {_ABOUT} without self.snapshot": ONE_BOOK,
    f"{RULES}/book.py Book.once: {_ABOUT} without self.policy": ONE_BOOK,
    f"{RULES}/book.py Book.once: {_ABOUT} without self.gone": ONE_BOOK,
    f"{RULES}/book.py Book.held: ('held', leg, coin) without 'held'": OTHER_NAME,
    f"{RULES}/book.py Book.waiting: ('waiting', leg, coin) without 'waiting'": OTHER_NAME,
    f"{RULES}/book.py Book.resting_orders: if isinstance(orders, Unreadable) -> if False": READ_BEFORE,
    f"{RULES}/curve.py _by_gains: 1 -> 2": "any true value marks a flow, and sorts behind a gain",
    f"{RULES}/curve.py _by_samples: f > 0 -> f >= 0": "a flow of nothing adds nothing",
    f"{RULES}/entries.py drift: if {_PARTS} -> if False": READ_BEFORE,
    f"{RULES}/entries.py drift: {_PARTS} -> {_EITHER}": READ_BEFORE,
    f"{RULES}/entries.py drift: {_PARTS} without isinstance(view.candles, Unreadable)": READ_BEFORE,
    f"{RULES}/entries.py drift: {_PARTS} without isinstance(view.quote, Unreadable)": READ_BEFORE,
    f"{RULES}/entries.py drift: return 'prices could not be read' -> return None": READ_BEFORE,
    f"{RULES}/prices.py stale: if isinstance(view.quote, Unreadable) -> if False": READ_BEFORE,
    f"{RULES}/prices.py stale: 0 -> 1": "a millisecond is younger than any limit of the file, as nothing is",
    f"{RULES}/prices.py _deviation: limit is None or isinstance(quote, Unreadable) "
    "or abs(price - quote.mark) <= exact(limit) * quote.mark "
    "without isinstance(quote, Unreadable)": READ_BEFORE,
    f"{RULES}/prices.py funding_day: isinstance(quote, Unreadable) or not quote.funding_interval_ms "
    "without isinstance(quote, Unreadable)": READ_BEFORE,
    f"{RULES}/prices.py funding_day: quote.funding_rate * entry.leg.sign -> "
    "quote.funding_rate / entry.leg.sign": A_SIGN,
    f"{RULES}/resting.py _place: 0 -> 1": NO_MATTER,
    f"{RULES}/resting.py _first_id: if isinstance(identity, Identity) -> if True": READ_BEFORE,
    f"{RULES}/resting.py stop_side: (price - entry.stop) * entry.leg.sign -> "
    "(price - entry.stop) / entry.leg.sign": A_SIGN,
    f"{RULES}/resting.py band: (entry.price - entry.mark) * entry.leg.sign -> "
    "(entry.price - entry.mark) / entry.leg.sign": A_SIGN,
    f"{RULES}/resting.py same_leverage: setting is None or isinstance(setting, Unreadable) or (not held) "
    "without isinstance(setting, Unreadable)": READ_BEFORE,
    f"{RULES}/sizes.py trade_loss: (into - out) * entry.leg.sign -> (into - out) / entry.leg.sign": A_SIGN,
    f"{RULES}/sizes.py _recent: if not isinstance(reading.orders, Unreadable) -> if True": READ_BEFORE,
    f"{RULES}/sizes.py _recent: if not isinstance(reading.fills, Unreadable) -> if True": READ_BEFORE,
    f"{RULES}/standing.py _resumed_ms: 0 -> 1": THE_EPOCH,
    f"{RULES}/standing.py _emergency_closes: 1 -> 2": "any one number makes all attempts the same",
    f"{RULES}/stopped.py Part.clear: self.margin * self.leg.sign -> self.margin / self.leg.sign": A_SIGN,
    f"{RULES}/stopped.py Part.loss_to: (self.price - price) * self.leg.sign -> "
    "(self.price - price) / self.leg.sign": A_SIGN,
    f"{RULES}/stopped.py _held: STOP_ROOM * leg.sign -> STOP_ROOM / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _held: STOP_ROOM * leg.sign -> STOP_ROOM / leg.sign #2": A_SIGN,
    f"{RULES}/stopped.py _held: _fallback(position.coin, book.policy) * leg.sign -> "
    "_fallback(position.coin, book.policy) / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _held: UNGUARDED_MOVE * leg.sign -> UNGUARDED_MOVE / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _held: if ours -> if True": FOREIGN,
    f"{RULES}/stopped.py _held: if ours -> if True #2": FOREIGN,
    f"{RULES}/stopped.py _held: ours and isinstance(mine, Owned) and (mine.foreign == 0) "
    "without ours": "a position is ours or foreign; one that is neither is none",
    f"{RULES}/stopped.py _held: ours and isinstance(mine, Owned) and (mine.foreign == 0) "
    "without isinstance(mine, Owned)": ASKED_TWICE,
    f"{RULES}/stopped.py _stops: o.kind is Kind.STOP and misbuilt(o, position, book.policy.stops) is None "
    "without o.kind is Kind.STOP": ASKED_TWICE,
    f"{RULES}/stopped.py _stops: -o.level * position.leg.sign -> -o.level / position.leg.sign": A_SIGN,
    f"{RULES}/stopped.py _waiting: if is_known -> if True": "both are set in the next lines then",
    f"{RULES}/stopped.py _waiting: UNGUARDED_MOVE * leg.sign -> UNGUARDED_MOVE / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _waiting: isinstance(identity, Identity) and is_known "
    "without isinstance(identity, Identity)": ASKED_TWICE,
    f"{RULES}/stopped.py _stop_of: order.client_id or '' without ''": "an order without an id is not known",
    f"{RULES}/stopped.py _stop_of: (price - other.level) * leg.sign -> "
    "(price - other.level) / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _stop_of: STOP_ROOM * leg.sign -> STOP_ROOM / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _stop_of: STOP_ROOM * leg.sign -> STOP_ROOM / leg.sign #2": A_SIGN,
    f"{RULES}/stopped.py _stop_of: _fallback(order.coin, book.policy) * leg.sign -> "
    "_fallback(order.coin, book.policy) / leg.sign": A_SIGN,
    f"{RULES}/stopped.py _funding: without if _is_read(v)": ASKED_TWICE,
    f"{RULES}/stopped.py _funding: without if isinstance(q, Quote)": ASKED_TWICE,
    f"{RULES}/stopped.py _funding: quote.funding_rate * leg.sign -> quote.funding_rate / leg.sign": A_SIGN,
    f"{RULES}/stopped.py payments_due: max(1, -(-window_ms // interval_ms)) -> "
    "-(-window_ms // interval_ms)": "a part of an interval is rounded up to a whole one",
    f"{RULES}/liquidation.py _apart: leg.sign > 0 -> leg.sign >= 0": "a sign is never 0",
    f"{RULES}/liquidation.py _apart: held is None or held.leg is not leg "
    "without held.leg is not leg": "what is held comes first, and the leg is that of the first part",
    f"{RULES}/liquidation.py _need: if market is None -> if False": READ_BEFORE,
    f"{RULES}/liquidation.py _lever_that_passes: policy.sizing.leverage - 1 -> "
    "policy.sizing.leverage + 1": "what fails at the file's leverage fails above it too",
    f"{RULES}/portfolio.py daily_returns: open_ms + candles.frame_ms -> "
    "open_ms - candles.frame_ms": "only the time between two closes is looked at",
    f"{RULES}/portfolio.py daily_returns: True -> False": AS_LONG,
    f"{RULES}/portfolio.py volatility: True -> False": AS_LONG,
}

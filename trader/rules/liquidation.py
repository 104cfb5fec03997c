"""An entry's stop must act before liquidation would, by the venue's own margin tiers.

Pure. An entry at once is made smaller until that holds; one that rests is refused.
"""

from dataclasses import replace
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.cover import MARGIN_OF_DISTANCE, MARGIN_OF_PRICE
from trader.rules.book import Book, notional


def fit(entry: Enter, book: Book) -> Enter | str:
    """The entry, made small enough that its stop acts before liquidation would; or why it cannot be."""
    market, policy = book.view(entry.coin).market, book.policy.markets[entry.coin]
    tier = market.tier(notional(entry))
    rate = tier.maintenance_rate
    gap = abs(entry.mark - entry.stop)
    needed = gap + max(MARGIN_OF_PRICE * entry.mark, MARGIN_OF_DISTANCE * gap)
    factor = 1 - rate * entry.leg.sign
    if not policy.sizing.cross:
        room = (entry.bound / policy.sizing.leverage - rate * entry.mark) / factor
        if room >= needed:
            return entry
        lever = policy.sizing.leverage
        return f"at {lever}x isolated liquidation comes before the stop {entry.stop}; lower sizing.leverage"
    account_now = book.snapshot.holdings.account
    pledged = sum(book.added.values(), Decimal(0)) * rate
    free = account_now.equity - account_now.maintenance - pledged
    size = market.size_down(max(free, Decimal(0)) / (needed * factor + rate * entry.mark))
    if size >= entry.size:
        return entry
    if size * entry.bound < market.notional_min:
        return f"the free margin of {free:.2f} USD cannot carry a position to its stop {entry.stop}"
    return replace(
        entry, size=size, reason=f"{entry.reason}; shrunk from {entry.size} to stay clear of liquidation"
    )


def resting(entry: Rest, book: Book) -> str | None:
    """With all that rests on its side filled, the stop must still act before liquidation would."""
    policy = book.policy.markets[entry.coin]
    size = entry.size + _on_its_side(entry, book)
    rate = book.view(entry.coin).market.tier(size * entry.price).maintenance_rate
    factor, gap = 1 - rate * entry.leg.sign, abs(entry.price - entry.stop)
    needed = (gap + max(MARGIN_OF_PRICE * entry.price, MARGIN_OF_DISTANCE * gap)) * factor
    if not policy.sizing.cross:
        if entry.price / policy.sizing.leverage - rate * entry.price >= needed:
            return None
        lever = policy.sizing.leverage
        return f"at {lever}x isolated liquidation comes before the stop {entry.stop}; lower sizing.leverage"
    account_now = book.snapshot.holdings.account
    free = account_now.equity - account_now.maintenance
    if size * (needed + rate * entry.price) <= free:
        return None
    return (
        f"{size} {entry.coin}, with all that rests on its side, would be liquidated before the stop "
        f"{entry.stop}: {free:.2f} USD are free"
    )


def _on_its_side(entry: Rest, book: Book) -> Decimal:
    """What is held on this leg, rests on it now, or was let through before."""
    position = book.snapshot.holdings.position_in(book.snapshot.slot_of(entry.coin, entry.leg))
    held = abs(position.size) if position is not None and position.leg is entry.leg else Decimal(0)
    live = [o.size for o in book.resting_orders(entry.coin) if o.side is entry.leg.opening]
    placed = [r.size for r in book.rested if (r.coin, r.leg) == (entry.coin, entry.leg)]
    return sum((*live, *placed), held)

"""An entry's stop must act before liquidation would, by the venue's own margin tiers.

Pure, and one judgement for both kinds of entry. With everything that shares its margin at the worst price of
its stop (stopped.py) and the margin asked for beyond that, equity must still be what the venue asks for. On
cross margin that is the whole account at once; an isolated position has what was set aside for it, and what
is set aside must not be missing on cross. An entry at once is made smaller until that holds, one that rests
is refused; the refusal names the leverage or the size that would pass.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from trader.core.actions import Enter, Rest
from trader.core.frozen import frozen
from trader.core.market import Market, Slot
from trader.core.text import number
from trader.rules.book import Book
from trader.rules.stopped import UNGUARDED_MOVE, Part, part_of, parts_of

ZERO = Decimal(0)


@frozen
class _Ground:
    """What an entry joins, worked out once however many sizes are tried on it."""

    book: Book
    parts: tuple[Part, ...]

    def market(self, coin: str) -> Market | None:
        view = self.book.snapshot.markets.get(coin)
        return view.market if view is not None else self.book.snapshot.rules.get(coin)

    def lever(self, coin: str) -> Decimal:
        """What a position that is still to come will be opened with."""
        policy = self.book.policy.markets.get(coin)
        return Decimal(policy.sizing.leverage if policy is not None else 1)


def fit(entry: Enter, book: Book) -> Enter | str:
    """The entry, made small enough that its stop acts before liquidation would; or why it cannot be."""
    ground = _Ground(book, tuple(parts_of(book)))
    lacking = _lacking(entry, ground)
    if lacking is None:
        return entry
    market, size = book.view(entry.coin).market, _largest(entry, ground)
    if size <= 0 or size * entry.bound < market.notional_min or size < market.size_min:
        return _told(entry, lacking, ground)
    reason = f"{entry.reason}; shrunk from {entry.size} to stay clear of liquidation"
    return replace(entry, size=size, reason=reason)


def resting(entry: Rest, book: Book) -> str | None:
    """Why this entry would be liquidated before its stop acts, with all that rests filled and stopped."""
    ground = _Ground(book, tuple(parts_of(book)))
    lacking = _lacking(entry, ground)
    return None if lacking is None else _told(entry, lacking, ground)


def _lacking(entry: Enter | Rest, ground: _Ground) -> str | None:
    """What is missing for this entry, or None."""
    part = part_of(entry, ground.book)
    both = [*ground.parts, part]
    unknown = sorted({p.coin for p in both if ground.market(p.coin) is None})
    if unknown:
        return f"the margin tiers of {', '.join(unknown)} could not be read"
    if not part.cross:
        left, need = _apart(part.slot, [p for p in both if p.slot == part.slot], ground)
        if left < need:
            return (
                f"at {ground.lever(part.coin)}x isolated liquidation comes before its stop {entry.stop}: "
                f"{left:.2f} USD of its own margin would be left where {need:.2f} are asked for"
            )
    crossed = [p for p in both if p.cross]
    left, need = _together(both, ground)
    if not crossed or left >= need:
        return None
    bare = sorted({p.coin for p in crossed if p.unguarded})
    moved = f" ({', '.join(bare)}: no stop, counted as moved {UNGUARDED_MOVE:.0%})" if bare else ""
    return (
        f"with everything that shares its margin at its stop{moved} liquidation comes first: {left:.2f} USD "
        f"would be left where {need:.2f} are asked for"
    )


def _apart(slot: Slot, parts: Sequence[Part], ground: _Ground) -> tuple[Decimal, Decimal]:
    """(what is left, what the venue asks for) of an isolated position, all of it at its farthest stop.

    Margin and entry price are those of the whole, so what is left of it after a nearer stop stands no better.
    """
    held = ground.book.snapshot.holdings.position_in(slot)
    leg = parts[0].leg
    far = min(p.clear for p in parts) if leg.sign > 0 else max(p.clear for p in parts)
    own = ZERO if held is None or held.leg is not leg else held.margin_used
    own += sum((_set_aside(p, ground) for p in parts if p.is_pending), ZERO)
    left = own - sum((p.loss_to(far) for p in parts), ZERO)
    return left, _need([(p.size, far) for p in parts], ground.market(slot.coin))


def _together(parts: Sequence[Part], ground: _Ground) -> tuple[Decimal, Decimal]:
    """(what is left, what the venue asks for) on cross margin, every position at its stop at once.

    Equity never stands lower on the way there: a position loses until its stop, and each is at its own.
    """
    holdings = ground.book.snapshot.holdings
    apart = sum((p.margin_used for p in holdings.positions if not p.cross), ZERO)
    new = [p for p in parts if p.is_pending and not p.cross]
    apart += sum((_set_aside(p, ground) + p.costs for p in new), ZERO)  # the account pays the fee
    crossed = [p for p in parts if p.cross]
    left = holdings.account.equity - apart - sum((p.loss_to(p.clear) for p in crossed), ZERO)
    legs = dict.fromkeys((p.coin, p.leg) for p in crossed)
    needs = (
        _need([(p.size, p.clear) for p in crossed if (p.coin, p.leg) == key], ground.market(key[0]))
        for key in legs
    )
    return left, sum(needs, ZERO) + _unexplained(ground)


def _unexplained(ground: _Ground) -> Decimal:
    """What the venue asks for now beyond what its tiers make of the positions: it may know of more."""
    holdings = ground.book.snapshot.holdings
    told = sum((_need([(abs(p.size), p.mark)], ground.market(p.coin)) for p in holdings.positions), ZERO)
    return max(ZERO, holdings.account.maintenance - told)


def _set_aside(part: Part, ground: _Ground) -> Decimal:
    return part.notional / ground.lever(part.coin)


def _need(pieces: Iterable[tuple[Decimal, Decimal]], market: Market | None) -> Decimal:
    """What the venue asks for of pieces of one position, each at its price, in the tier of the whole."""
    listed = list(pieces)
    size = sum((s for s, _ in listed), ZERO)
    worth = sum((s * price for s, price in listed), ZERO)
    return ZERO if market is None else market.maintenance(size, worth)


def _largest(entry: Enter | Rest, ground: _Ground) -> Decimal:
    """The largest size that passes, in whole lots; none passes where less does not help."""
    lot = ground.book.view(entry.coin).market.lot
    passes, fails = 0, int(entry.size / lot)
    while fails - passes > 1:
        middle = (passes + fails) // 2
        if _lacking(replace(entry, size=middle * lot), ground) is None:
            passes = middle
        else:
            fails = middle
    return passes * lot


def _told(entry: Enter | Rest, lacking: str, ground: _Ground) -> str:
    """Why not, and what would pass."""
    size = _largest(entry, ground)
    if size > 0:
        return f"{lacking}; at most {number(size)} {entry.coin} pass"
    if ground.book.policy.markets[entry.coin].sizing.cross:
        return f"{lacking}; no size passes: add margin, or close something"
    lever = _lever_that_passes(entry, ground)
    if lever is None:
        return f"{lacking}; not even 1x passes: bring its stop nearer"
    return f"{lacking}; set sizing.leverage to {lever} or less"


def _lever_that_passes(entry: Enter | Rest, ground: _Ground) -> int | None:
    """The highest leverage below the file's at which an isolated entry passes."""
    book = ground.book
    policy = book.policy.markets[entry.coin]
    for lever in range(policy.sizing.leverage - 1, 0, -1):
        sizing = replace(policy.sizing, leverage=lever)
        markets = {**book.policy.markets, entry.coin: replace(policy, sizing=sizing)}
        lower = replace(book, policy=replace(book.policy, markets=markets))
        if _lacking(entry, replace(ground, book=lower)) is None:
            return lever
    return None

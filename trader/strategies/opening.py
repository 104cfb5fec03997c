"""What is common to the entries of every strategy: is the bar whole and believable, and how much is entered.

Rules: each question adds its condition to those asked, in numbers; the answer says no more than that. A size
needs a mark and an equity that are numbers above zero.
"""

from trader.core.candles import Candles
from trader.core.frozen import frozen
from trader.core.market import Leg
from trader.core.policy import MarketPolicy
from trader.core.target import CoinFacts, Condition, Stay
from trader.strategies.indicators import is_spike
from trader.strategies.readings import Missing
from trader.strategies.sizing import entry_notional
from trader.strategies.wording import is_price, percent_text, price_text


@frozen
class Sized:
    """What an entry commits; `cut` ends its reason where the loss cap made it smaller."""

    notional: float
    cut: str


def unread(found: Missing, asked: list[Condition]) -> Stay:
    """A window that cannot be read decides nothing."""
    asked.append(Condition("history", found.why, False))
    return Stay(found.why)


def width_of(candles: Candles) -> Condition:
    """Is the last bar narrow enough to be believed? Its 48 bars before it must be there."""
    k = len(candles) - 1
    if is_spike(candles.high, candles.low, k):
        return Condition("width", "the range of the bar cannot be believed", False)
    spread = price_text(candles.high[k] - candles.low[k])
    return Condition("width", f"the bar spans {spread}, which can be believed", True)


def sized(facts: CoinFacts, policy: MarketPolicy, stop: float, asked: list[Condition]) -> Sized | None:
    """The notional of an entry with a stop at this distance; None where mark or equity are no numbers."""
    for value, told in (
        (facts.mark, f"mark {facts.mark} is not a price"),
        (facts.equity, f"equity {facts.equity} leaves nothing to trade with"),
    ):
        if not is_price(value):
            asked.append(Condition("size", told, False))
            return None
    sizing = policy.sizing
    cap = float("inf") if sizing.max_single_loss is None else sizing.max_single_loss
    whole = facts.equity * sizing.position_ratio
    notional = entry_notional(facts.equity, sizing.position_ratio, stop, cap)
    cut = "; cut to max_single_loss" if notional < whole else ""
    share = f"{percent_text(sizing.position_ratio)} of {price_text(facts.equity)}"
    asked.append(Condition("size", f"{price_text(notional)}, {share}{cut}", True))
    return Sized(notional, cut)


def leg_towards(sign: int) -> Leg:
    """The leg of a signal."""
    return Leg.LONG if sign > 0 else Leg.SHORT

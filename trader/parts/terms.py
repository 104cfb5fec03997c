"""How kindly an embedded exchange fills: what the presets of fills say that concerns a book, and the fees.

Whoever takes pays half the spread of a book, so a preset's slippage is the width of it: none with `kind`, 4
basis points with `base`, 10 with `harsh`, where price must trade through a limit as well.
"""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.market import exact
from trader.exchange.fill_model import FillModel
from trader.exchange.model import Model
from trader.exchange.rules import Rules


@frozen
class Terms:
    """Fees of None are those of the venue's own rules."""

    limit_fill: str
    spread_bps: Decimal
    maker_rate: Decimal | None = None
    taker_rate: Decimal | None = None

    def over(self, rules: Rules) -> Rules:
        """A venue's rules under these terms."""
        return replace(
            rules,
            limit_fill=self.limit_fill,
            spread_bps=self.spread_bps,
            maker_rate=rules.maker_rate if self.maker_rate is None else self.maker_rate,
            taker_rate=rules.taker_rate if self.taker_rate is None else self.taker_rate,
        )

    def bring(self, model: Model, coins: Iterable[str]) -> None:
        """Give an exchange with a memory the spread of these terms; its other rules are not in it."""
        for coin in coins:
            model.set_offsets(coin, spread_bps=self.spread_bps)


def terms_under(
    model: FillModel, *, maker_rate: Decimal | None = None, taker_rate: Decimal | None = None
) -> Terms:
    """What a fill model says of a book, with these fees."""
    return Terms(
        model.limit_fill, exact(model.taker_spread_bps), maker_rate=maker_rate, taker_rate=taker_rate
    )

"""How kindly an embedded exchange fills: three presets, and the fees that a rehearsal is to pay.

kind: a limit fills when price touches it, and the spread is half a basis point. base: the same at one basis
point. harsh: price must trade through a limit, and whoever takes pays a spread of five.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from trader.exchange.model import Model
from trader.exchange.rules import Rules


@dataclass(frozen=True, slots=True)
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


PRESETS: Mapping[str, Terms] = {
    "kind": Terms("touch", Decimal("0.5")),
    "base": Terms("touch", Decimal(1)),
    "harsh": Terms("through", Decimal(5)),
}

"""The insides of the model exchange where time goes by whole bars: prices are set, nothing acts alone.

Rules: checks, margin, ledger and the lists are the model's own. A price is whatever was last stood at, not
rounded to the market's tick, because recorded prices may come from elsewhere; orders still need the tick of
the venue, which is the business of whoever builds them. Orders that wait here are acted on by `bar_walk`
alone. Cash has so many decimals that a sum of floats and a sum of these agree to twelve digits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from trader.core import market as core
from trader.exchange.engine import Engine
from trader.exchange.ledger import move_cash
from trader.exchange.orders import Leverage
from trader.exchange.prices import Bar
from trader.exchange.rules import Market, Rules, Tier
from trader.exchange.state import Logs, State

CASH_DECIMALS = 15
PRICE_DIGITS = 15  # so many come back from a float as they were written
PRICE_STEP = Decimal("1e-12")


class NoMinutes:
    """There are no minutes inside a whole bar."""

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """Never asked: prices are set."""
        raise LookupError(f"{coin}: no minute of {minute_start_ms} ms, this exchange goes by whole bars")


@dataclass(slots=True)
class Due:
    """When a waiting order may act: after so many further bars of its coin have gone by.

    `at_market`: at the open of that bar. Else it rests during that bar alone, which must open at
    `rests_at_ms`; None: from then on until it is cancelled. `alone`: the first of its coin that fills calls
    the others off. `is_late`: it comes later than it was sent.
    """

    at_market: bool
    bars_before: int = 0
    rests_at_ms: int | None = None
    post_only: bool = False
    alone: bool = True
    is_late: bool = False

    @property
    def is_on_its_way(self) -> bool:
        """Has it not come to the exchange yet? One for a single bar comes with that bar."""
        return self.is_late and (self.bars_before > 0 or (self.alone and not self.at_market))


class BarEngine(Engine):
    """One account's exchange; each coin stands at one price until it is set anew.

    `fires` is the last value of what fires stops: where marks have bars of their own, not the last price.
    """

    def __init__(
        self,
        markets: Mapping[str, core.Market],
        highest: Mapping[str, float],
        *,
        start_ms: int,
        rules: Rules,
        listed: Sequence[Market] = (),
    ) -> None:
        """`highest` is the highest price of each coin. `listed`: the markets as they are, where a wire tells
        of them."""
        own = [market_of(markets[coin], highest[coin], index=n) for n, coin in enumerate(sorted(markets))]
        super().__init__(listed or own, NoMinutes(), State(start_ms, start_ms), Logs(), rules)
        self.price: dict[str, float] = {}
        self.fires: dict[str, float] = {}
        self.due: dict[int, Due] = {}

    def path(self, coin: str, at_ms: int) -> float:
        """Where the coin was last put."""
        return self.price[coin]

    def stand_at(self, coin: str, price: float) -> None:
        """Put a coin at a price."""
        self.price[coin] = price
        self.forget_path()

    def forget_ended(self) -> None:
        """Orders that have ended wait for nothing any more."""
        for oid in [oid for oid in self.due if oid not in self.state.orders]:
            del self.due[oid]

    def be_at(self, now_ms: int) -> None:
        """The instant of what is done next."""
        self.state.now_ms = now_ms

    def open_account(
        self, user: str, equity: Decimal, leverages: Mapping[str, Leverage], *, two_sided: bool
    ) -> None:
        """An account with so much cash and these settings."""
        move_cash(self, user, equity, "deposit")
        account = self.account(user)
        account.leverages.update(leverages)
        account.two_sided = two_sided


def rules_of(*, maker: Decimal, taker: Decimal) -> Rules:
    """The rules under which recorded bars are traded: exits come with an entry and end with its position."""
    return Rules(
        min_notional=Decimal(0),
        maker_rate=maker,
        taker_rate=taker,
        funding_rate=Decimal(0),
        spread_bps=Decimal(0),
        cash_decimals=CASH_DECIMALS,
    )


def market_of(market: core.Market, highest: float, *, index: int) -> Market:
    """A coin as the model keeps it: the venue's lots and tiers, prices of any step."""
    whole_digits = Decimal(repr(highest)).adjusted() + 1
    by_size = market.tiers[0].size_min is not None
    tiers = tuple(
        Tier(
            (tier.size_min or Decimal(0)) if by_size else tier.notional_min,
            tier.leverage_max,
            tier.maintenance,
        )
        for tier in market.tiers
    )
    return Market(
        coin=market.coin,
        index=index,
        size_decimals=0,
        price_decimals=max(0, PRICE_DIGITS - whole_digits),
        max_leverage=market.leverage_max,
        tiers=tiers,
        significant_figures=None,
        size_step=market.lot,
        price_step=PRICE_STEP,
        only_isolated=not market.cross_allowed,
        contract=market.contract,
        size_min=market.size_min,
        tiers_by_size=by_size,
    )

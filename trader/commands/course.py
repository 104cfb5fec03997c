"""What a demo trades: the strategy that was asked for with its own numbers, or an operator's own file."""

from decimal import Decimal
from pathlib import Path

from trader import config
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.market import exact
from trader.drill import Pace
from trader.exchange.fill_model import chosen
from trader.parts import parts_of
from trader.parts.terms import Terms, terms_under
from trader.policies import needs_of
from trader.rehearsal import Stage
from trader.settings import Settings
from trader.sim.feed import Feed

COINS = ("BTC", "ETH", "SOL")
GRID = (
    "{BTC: {strategy: hedge_grid, params: {bar: 15m, base_qty: 0.002, side_notional_max: 1500, "
    "gross_notional_max: 2500, net_notional_max: 1500}}}"
)
GRID_MORE = ("backtest.equity=5000", "limits.naked_resting_notional_max=2500", "schedule.every_minutes=15")


@frozen
class Course:
    """What a demo trades, on which prices, and how often."""

    settings: Settings
    feed: Feed
    pace: Pace
    two_sided: bool

    def stage(self, start_ms: int) -> Stage:
        return Stage(
            self.settings,
            self.feed,
            now_ms=start_ms,
            two_sided=self.two_sided,
            terms=terms_of(self.settings),
            equity=self.settings.backtest.equity,
        )

    @property
    def text(self) -> str:
        """The strategies, their coins and bars, and the venue, for a title."""
        coins = ", ".join(self.settings.markets)
        every = f"a tick every {self.pace.every_minutes} minutes"
        return f"{self.strategies} on {coins} ({self.settings.venue}), {every}"

    @property
    def strategies(self) -> str:
        return ", ".join(sorted({market.strategy for market in self.settings.markets.values()}))


def terms_of(settings: Settings) -> Terms:
    """How kindly the exchange fills, and what it charges."""
    fills, fees = settings.fills, settings.backtest.fees
    model = chosen(fills.preset, fills.given)
    return terms_under(model, maker_rate=_rate(fees.maker), taker_rate=_rate(fees.taker))


def usual(venue: str, strategy: str) -> Course:
    """Three coins with the strategy's own numbers. A grid works one coin, needs its money named, and is
    looked after between ticks, because its rungs fill there."""
    is_grid = strategy == "hedge_grid"
    markets = GRID if is_grid else "{" + ", ".join(f"{c}: {{strategy: {strategy}}}" for c in COINS) + "}"
    more = GRID_MORE if is_grid else ()
    return of_settings(config.load(None, (f"venue={venue}", f"markets={markets}", *more)).settings)


def of_file(path: Path, overrides: tuple[str, ...]) -> Course:
    """What a file says, on recorded prices: its coins, strategies, sizes and limits."""
    settings = config.load(path, (*overrides, "mode=paper")).settings
    course = of_settings(settings)
    unknown = sorted(set(settings.markets) - set(course.feed.coins))
    if unknown:
        there = ", ".join(course.feed.coins)
        raise ConfigError(
            f"markets: there are no recorded prices of {', '.join(unknown)}; there are of {there}"
        )
    return course


def of_settings(settings: Settings) -> Course:
    parts = parts_of(settings.venue)
    rests = "two_sided" in needs_of(settings)
    pace = Pace(every_minutes=settings.schedule.every_minutes, checks=rests)
    return Course(settings, parts.bundle_feed(), pace, two_sided=rests or parts.two_sided_usual)


def _rate(said: float | None) -> Decimal | None:
    return None if said is None else exact(said)

"""From settings to a study: the coins that have bars, the policy of a live tick, markets, fees and fills.

Rules: the policy comes from the settings as a live run's does. A coin of the file without bars is left out
and named; bars for a coin that the file does not name are refused.
"""

from collections.abc import Mapping
from dataclasses import replace

from trader.backtest.study import Fees, Study
from trader.backtest.tape import Tape
from trader.core.errors import ConfigError
from trader.core.frozen import frozen
from trader.core.identity import account_tag
from trader.core.market import Market
from trader.exchange.fill_model import FillModel, chosen
from trader.policies import policy_of
from trader.settings import Settings
from trader.strategies.registry import STRATEGIES

ACCOUNT = "backtest"


@frozen
class Span:
    """Signals are those of bars that open in [start_ms, end_ms); None is as far as the bars go."""

    start_ms: int | None = None
    end_ms: int | None = None


WHOLE = Span()


def with_coins(settings: Settings, coins: Mapping[str, object], *, option: str) -> Settings:
    """The settings for these coins alone. Raise ConfigError for one that the file does not name."""
    for coin in coins:
        if coin not in settings.markets:
            named = ", ".join(settings.markets)
            raise ConfigError(
                f"{option} {coin}: the file trades no {coin}, it names {named}; add it under markets, or "
                "leave these bars out"
            )
    kept = {coin: market for coin, market in settings.markets.items() if coin in coins}
    return replace(settings, markets=kept)


def frame_ms_of(settings: Settings, coin: str) -> int:
    """The frame of a coin's strategy."""
    market = settings.markets[coin]
    return STRATEGIES[market.strategy].frame_ms(market.params)


def fees_of(settings: Settings, usual: Fees) -> Fees:
    """The fees of the file, and where it has none those that the venue's accounts usually pay."""
    said = settings.backtest.fees
    return Fees(
        maker=usual.maker if said.maker is None else said.maker,
        taker=usual.taker if said.taker is None else said.taker,
    )


def model_of(settings: Settings) -> FillModel:
    """The fill model of the file: its preset with what it says over it."""
    return chosen(settings.fills.preset, settings.fills.given)


def study_of(
    settings: Settings,
    tapes: Mapping[str, Tape],
    *,
    markets: Mapping[str, Market],
    fees: Fees,
    span: Span = WHOLE,
) -> Study:
    """The question that these settings ask of these tapes."""
    traded = with_coins(settings, tapes, option="--candles")
    return Study(
        policy=policy_of(traded, account_tag=account_tag(ACCOUNT), entries_for=frozenset(tapes)),
        markets={coin: markets[coin] for coin in tapes},
        tapes=tapes,
        model=model_of(settings),
        fees=fees,
        equity=float(settings.backtest.equity),
        start_ms=span.start_ms,
        end_ms=span.end_ms,
    )

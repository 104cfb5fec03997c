"""The exchange of a replay, alone or behind a venue's own adapter and bytes.

Rules: whoever starts the replay hands the line in; no venue is known here. What orders do, and when and at
what price, is as in a replay without it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from trader.backtest.replay.reading import whole
from trader.backtest.replay.timeline import CoinTape
from trader.backtest.study import Study
from trader.core.ports import Venue
from trader.exchange.bar_engine import BarEngine, rules_of
from trader.exchange.bar_model import BarModel, Waits
from trader.exchange.model import Model
from trader.exchange.orders import Leverage
from trader.exchange.rules import Market, Rules


class Line(Protocol):
    """One venue's bytes between the program and an exchange of the replay's."""

    user: str

    @property
    def markets(self) -> Sequence[Market]: ...

    @property
    def rules(self) -> Rules: ...

    def answer_with(self, model: Model) -> None:
        """From here on this exchange answers."""
        ...

    def adapter(self, at_ms: int) -> Venue:
        """A new adapter at this moment."""
        ...


Wire = Callable[[Mapping[str, CoinTape]], Line]


def engine_of(study: Study, line: Line | None) -> BarEngine:
    """The exchange, empty; over a wire with the markets that its venue lists."""
    rules = rules_of(maker=whole(study.fees.maker), taker=whole(study.fees.taker))
    first_ms = min(int(tape.bars.open_ms[0]) for tape in study.tapes.values())
    highest = {coin: float(tape.bars.high.max()) for coin, tape in study.tapes.items()}
    markets = {coin: study.markets[coin] for coin in study.tapes}
    if line is None:
        return BarEngine(markets, highest, start_ms=first_ms, rules=rules)
    told = rules_over(line.rules, rules)
    return BarEngine(markets, highest, start_ms=first_ms, rules=told, listed=line.markets)


def rules_over(venue: Rules, rules: Rules) -> Rules:
    """The replay's exchange, which takes orders in the forms that the venue's wire has for them."""
    return replace(
        rules,
        bound_while_flat="accept",
        market_needs_price=venue.market_needs_price,
        stop_bound_beyond_trigger=venue.stop_bound_beyond_trigger,
        off_tick_triggers=venue.off_tick_triggers,
        leverage_default=venue.leverage_default,
        funding_interval_ms=venue.funding_interval_ms,
        fee_asset=venue.fee_asset,
    )


def open_account(study: Study, engine: BarEngine, user: str, line: Line | None, waits: Waits) -> None:
    """The account with its money; over a wire the program sets its leverages itself."""
    if line is not None:
        for coin, tape in study.tapes.items():  # a venue tells the price of each coin at any time
            engine.stand_at(coin, float(tape.bars.open[0]))
        line.answer_with(BarModel(engine, waits))
        return
    markets = study.policy.markets
    leverages = {c: Leverage(m.sizing.leverage, m.sizing.cross) for c, m in markets.items()}
    two_sided = any(market.both_legs for market in markets.values())
    engine.open_account(user, whole(study.equity), leverages, two_sided=two_sided)


def reached_at(
    at_ms: int, line: Line | None, venue: Venue, engine: BarEngine, tapes: Mapping[str, CoinTape]
) -> Venue:
    """What the program reads and writes through at this moment."""
    if line is None:
        return venue
    for coin, tape in tapes.items():
        engine.own_coin(coin).funding_rate = whole(tape.funding_ahead(at_ms)[2])
    return line.adapter(at_ms)

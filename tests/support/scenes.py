"""Stages on which something is about to happen: a market that signals now, and positions to be found.

The market rises so slowly and quietly that its trend is up and nothing breaks; a louder last bar is the
signal.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from tests.support.memory import memory
from trader import config
from trader.core.report import Exit, worst
from trader.exchange.orders import OrderSpec, TriggerSpec
from trader.exchange.prices import Bar
from trader.exchange.status import Tif, Trigger
from trader.rehearsal import Stage
from trader.run import Ran
from trader.settings import Settings
from trader.sim.bars import Past
from trader.sim.feed import ScriptedFeed
from trader.sim.hyperliquid.switches import Switches

MINUTE_MS = 60_000
BAR_MS = 30 * MINUTE_MS
CLOSE_MS = 992_000 * BAR_MS  # the close of the signal's bar, a bar border in 2026
NOW_MS = CLOSE_MS + 15_000
HISTORY_MINUTES = 24 * 24 * 60
BASE = {"BTC": 100_000.0, "ETH": 2_000.0, "SOL": 150.0}
RISE_A_MINUTE = 0.000_000_2
NOISE = 0.002
SIGNAL_WICK = 0.005
STOP = 0.05  # the regime of this market is range
TARGET = 0.02


@lru_cache(maxsize=16)
def _history(coin: str, signal: bool, rises: bool) -> Past:
    """The past that every stage shares; making candles of it is most of what a tick costs."""
    price, sign = BASE[coin], 1 if rises else -1
    bars: list[Bar] = []
    for _ in range(HISTORY_MINUTES):
        following = price * (1 + sign * RISE_A_MINUTE)
        high, low = max(price, following) * (1 + NOISE), min(price, following) * (1 - NOISE)
        bars.append(Bar(price, high, low, following, 1.0))
        price = following
    if signal:
        last = bars[-15]
        high = last.close * (1 + SIGNAL_WICK) if rises else last.high
        low = last.low if rises else last.close * (1 - SIGNAL_WICK)
        bars[-15] = Bar(last.open, high, low, last.close, 60.0)
    return Past(CLOSE_MS // MINUTE_MS - HISTORY_MINUTES, bars)


def feed_of(
    signals: Sequence[str] = ("BTC",), coins: Sequence[str] = ("BTC", "ETH", "SOL"), *, rises: bool = True
) -> ScriptedFeed:
    """The quiet market, with a signal in these coins in the bar that closed last; a falling one sells."""
    past = {coin: _history(coin, coin in signals, rises) for coin in coins}
    return ScriptedFeed(past, start_ms=CLOSE_MS - HISTORY_MINUTES * MINUTE_MS)


@lru_cache(maxsize=64)
def _settings(overrides: tuple[str, ...]) -> Settings:
    """What the file says; a value, which many stages may share."""
    return config.load(None, overrides).settings


def stage(
    signals: Sequence[str] = ("BTC",),
    overrides: Sequence[str] = (),
    *,
    switches: Switches | None = None,
    now_ms: int = NOW_MS,
    rises: bool = True,
) -> Stage:
    """A stage a few seconds after the signal's bar closed."""
    settings = _settings(tuple(overrides))
    feed = feed_of(signals, rises=rises)
    return Stage(settings, feed, now_ms=now_ms, switches=switches, memo=memory(), signs_quickly=True)


def stage_with_position(coin: str = "BTC", overrides: Sequence[str] = ()) -> Stage:
    """A stage whose first tick has entered, and that now stands one minute later."""
    made = stage((coin,), overrides)
    ran = made.host.run()
    assert ran is not None
    assert made.size(coin) != 0, ran.verdict
    made.pass_time(60)
    return made


def code(ran: Ran | None) -> Exit:
    """The exit code of a run that was not killed."""
    assert ran is not None
    return worst(ran.codes)


def drive(made: Stage, coin: str, *prices: float) -> None:
    """The market goes to each of these prices, one minute each, while nobody runs."""
    minute = made.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
    feed = made.feed
    assert isinstance(feed, ScriptedFeed)
    feed.move(coin, *prices, from_ms=minute)
    made.clock.advance_to(minute + len(prices) * MINUTE_MS)
    made.settle()


def trade_by_hand(made: Stage, coin: str, signed: str, *, reduce_only: bool = False) -> None:
    """A human buys or sells at market on the same account, with no id."""
    size = Decimal(signed)
    price = Decimal(str(BASE[coin])) * (2 if size > 0 else Decimal("0.3"))
    spec = OrderSpec(coin, size > 0, price, abs(size), Tif.IOC, reduce_only)
    placed = made.model.place(made.user, [spec])
    assert placed[0].reason is None, placed


def stop_by_hand(made: Stage, coin: str, trigger: str, size: str, *, is_buy: bool = False) -> None:
    """A human puts a stop behind a position."""
    price = Decimal(trigger) * (Decimal("1.1") if is_buy else Decimal("0.9"))
    spec = OrderSpec(
        coin, is_buy, price, Decimal(size), None, True, TriggerSpec(Decimal(trigger), Trigger.STOP, True)
    )
    placed = made.model.place(made.user, [spec])
    assert placed[0].reason is None, placed


def cancel_stops(made: Stage, coin: str) -> None:
    """A human takes every stop off."""
    for order in made.model.open_orders(made.user, coin):
        if order.trigger is not None and order.trigger.kind is Trigger.STOP:
            assert made.model.cancel(made.user, order.oid)


def stops(made: Stage, coin: str, leg: str | None = None) -> list[Decimal]:
    """The triggers of the armed stops that the exchange holds, of one leg in an account with two sides."""
    return sorted(
        o.trigger.px
        for o in made.model.open_orders(made.user, coin)
        if o.trigger is not None and o.trigger.kind is Trigger.STOP and o.armed and o.leg == leg
    )


def entries_filled(made: Stage, coin: str) -> int:
    """How many orders of ours opened something in this coin, from the exchange's fills."""
    fills = made.model.fills(made.user)
    return len({f.oid for f in fills if f.coin == coin and f.closed_pnl == 0 and f.cloid})

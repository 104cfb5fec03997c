"""Where the embedded exchange's prices come from: one source of minutes per coin.

Rules: a feed answers the model (`minute`) and the candle reader (`span`, `first_minute`) from the
same minutes. `bundle_feed` never ends and has no beginning; `ScriptedFeed` is written by a test, has
history only as far as written, and stays flat after its last bar. Scripted feeds that begin with the same
`Past` share what was made of it.
"""

from collections.abc import Iterable, Mapping, Sequence

from trader.exchange.prices import MINUTE_MS, Bar
from trader.sim.bars import MinuteBars, Past, ScriptedBars, Shared
from trader.sim.bundle import BUNDLE_COINS, bundled_minutes


class Feed:
    """The prices of several coins; fulfils the model's `Prices`."""

    def __init__(self, sources: Mapping[str, MinuteBars]) -> None:
        self._sources = dict(sources)

    @property
    def coins(self) -> tuple[str, ...]:
        return tuple(self._sources)

    def minute(self, coin: str, minute_start_ms: int) -> Bar:
        """The bar of the minute that starts then."""
        return self._sources[coin].span(minute_start_ms // MINUTE_MS, 1)

    def span(self, coin: str, first_minute: int, count: int) -> Bar:
        """Several minutes as one bar."""
        return self._sources[coin].span(first_minute, count)

    def first_minute(self, coin: str) -> int | None:
        """Where the coin's history begins; None when it has no beginning."""
        return self._sources[coin].first_minute

    def past(self, coin: str) -> Shared | None:
        """What was made of a coin's past by feeds that have the same; None where there are none."""
        return None


class ScriptedFeed(Feed):
    """Bars as a test writes them, all coins from the same minute on."""

    def __init__(self, bars: Mapping[str, Sequence[Bar] | Past], *, start_ms: int) -> None:
        """A `Past` brings its own first minute."""
        self._scripts = {
            coin: ScriptedBars(rows if isinstance(rows, Past) else Past(start_ms // MINUTE_MS, rows))
            for coin, rows in bars.items()
        }
        super().__init__(self._scripts)

    def past(self, coin: str) -> Shared | None:
        return self._scripts[coin].past

    def append(self, coin: str, *bars: Bar) -> None:
        """Write what comes next."""
        self._scripts[coin].append(*bars)

    def move(self, coin: str, *prices: float, from_ms: int) -> None:
        """One minute a price, each from the last price to that one, beginning at the minute of `from_ms`.

        Minutes between the script's end and that one are filled flat; a minute already scripted is
        refused, because the model may have lived it.
        """
        script, minute = self._scripts[coin], from_ms // MINUTE_MS
        if minute < script.next_minute:
            raise ValueError(f"{coin}: minute {minute} is scripted already, next is {script.next_minute}")
        last = script.span(script.next_minute, 1).close
        script.append(*(flat_bar(last) for _ in range(minute - script.next_minute)))
        for price in prices:
            script.append(Bar(last, max(last, price), min(last, price), price, 1.0))
            last = price


def flat_bar(price: float, *, volume: float = 1.0) -> Bar:
    """A minute in which nothing moves."""
    return Bar(price, price, price, price, volume)


def flat_feed(prices: Mapping[str, float], *, start_ms: int, minutes: int) -> ScriptedFeed:
    """A scripted feed whose coins stand still for so many minutes."""
    bars = {coin: [flat_bar(price)] * minutes for coin, price in prices.items()}
    return ScriptedFeed(bars, start_ms=start_ms)


def bundle_feed(coins: Iterable[str] = BUNDLE_COINS, *, decimals: Mapping[str, int] | None = None) -> Feed:
    """The shipped history of these coins, prices rounded to the venue's decimals where named."""
    rounding = decimals or {}
    return Feed({coin: bundled_minutes(coin, decimals=rounding.get(coin)) for coin in coins})

"""A position whose margin wears away while cron goes on, and a market that then walks against it.

Prices walk in steps of a thousandth a minute, and somebody checks cover less often than the shipped crontab
does. What is asked is only what the exchange's own fills say.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from tests.support.scenes import MINUTE_MS, stage
from trader.core.candles import HOUR_MS
from trader.exchange.orders import OrderSpec
from trader.exchange.rules import Tier
from trader.exchange.status import Tif
from trader.oracle.ids import CLOSING, STOPPING, own
from trader.rehearsal import Stage
from trader.sim.feed import ScriptedFeed

CHECK_MINUTES = 10  # the shipped crontab has one every 5
STEP = 0.001  # a minute
STOP = Decimal("0.1")
# A stop behind which a drained account is liquidated first, and a strategy that waits for three days.
PARAMS = {"range_stop": STOP, "trend_stop": STOP, "early_mfe": 0, "max_hold_hours": 120}


@dataclass(frozen=True, slots=True)
class Way:
    """A venue, and how its account holds a coin."""

    venue: str
    two_sided: bool = False
    isolated: bool = False

    @property
    def margin(self) -> tuple[str, ...]:
        return ("sizing.margin=isolated", "sizing.leverage=3") if self.isolated else ("sizing.leverage=20",)


WAYS: Mapping[str, Way] = {
    "hyperliquid": Way("hyperliquid"),
    "hyperliquid isolated": Way("hyperliquid", isolated=True),
    "okx": Way("okx"),
    "okx two sides": Way("okx", two_sided=True),
    "okx isolated": Way("okx", isolated=True),
    "binance": Way("binance"),
    "binance two sides": Way("binance", two_sided=True),
    "binance isolated": Way("binance", isolated=True),
}


@dataclass
class Scene:
    """One position of ours at a stop far away, and what befell its margin."""

    made: Stage
    way: Way
    rises: bool = True
    coins: tuple[str, ...] = ("BTC",)

    @classmethod
    def of(cls, name: str, *, rises: bool = True, signals: tuple[str, ...] = ("BTC",)) -> "Scene":
        """Entered through the whole pipeline, a minute ago."""
        way = WAYS[name]
        params = tuple(f"markets.{c}.params.{k}={v}" for c in signals for k, v in PARAMS.items())
        made = stage(signals, (f"venue={way.venue}", "paper.equity=20000", *way.margin, *params), rises=rises)
        if made.model.is_two_sided(made.user) is not way.two_sided:
            assert made.model.set_two_sided(made.user, way.two_sided) is None
        ran = made.host.run()
        scene = cls(made, way, rises, signals)
        assert ran is not None
        assert all(scene.size(coin) for coin in signals), ran.verdict
        made.pass_time(60)
        return scene

    @property
    def sign(self) -> int:
        return 1 if self.rises else -1

    @property
    def leg(self) -> str | None:
        return ("long" if self.rises else "short") if self.way.two_sided else None

    def size(self, coin: str = "BTC") -> Decimal:
        return self.made.size(coin, self.leg)

    def mark(self, coin: str = "BTC") -> Decimal:
        return self.made.model.quote(coin).mark

    def room(self, coin: str = "BTC") -> Decimal:
        """How far liquidation is, as a fraction of mark; 1 where the exchange names no price."""
        px = self.made.model.liquidation_px(self.made.user, coin, self.leg)
        return Decimal(1) if px is None else abs(self.mark(coin) - px) / self.mark(coin)

    def drain(self) -> None:
        """Somebody takes out what the venue lets him: a tenth of the notional stays."""
        model, user = self.made.model, self.made.user
        if self.way.isolated:
            if self.way.venue == "okx":  # it keeps a setting for each margin mode and leg
                self.made.venue.set_lever(user, "BTC", "isolated", self.leg, 10)
            assert model.set_leverage(user, "BTC", value=10, is_cross=False) is None
            assert model.add_isolated_margin(user, "BTC", -self._spare(), self.leg) is None
        else:
            assert model.withdraw(user, model.account(user).withdrawable) is None

    def _spare(self) -> Decimal:
        held = next(p for p in self.made.model.account(self.made.user).positions if p.coin == "BTC")
        return max(Decimal(0), held.margin_used - held.value / 10).quantize(Decimal("0.01")) - Decimal("0.01")

    def check(self) -> None:
        self.made.pass_time(10)
        assert self.made.host.check() is not None

    def walk(self, fraction: float, *coins: str) -> None:
        """Price goes so far against the position, minute by minute, and cover is checked on the way."""
        for prices in self._minutes(fraction, coins or ("BTC",)):
            if not self.size():
                return
            for coin, path in prices.items():
                write(self.made, coin, path)
            self.settle(len(next(iter(prices.values()))))
            self.check()

    def _minutes(self, fraction: float, coins: tuple[str, ...]) -> Iterator[dict[str, list[float]]]:
        first = {coin: float(self.mark(coin)) for coin in coins}
        count = round(fraction / STEP)
        for begin in range(0, count, CHECK_MINUTES):
            steps = range(begin + 1, min(begin + CHECK_MINUTES, count) + 1)
            yield {c: [px * (1 - self.sign * STEP * n) for n in steps] for c, px in first.items()}

    def fall_at_once(self, fraction: float, *coins: str) -> None:
        """The same of several coins together, faster than anybody looks."""
        paths = list(self._minutes(fraction, coins))
        for coin in coins:
            write(self.made, coin, [price for part in paths for price in part[coin]])
        self.settle(sum(len(part[coins[0]]) for part in paths))

    def by_hand(self, coin: str, size: str) -> None:
        """A human trades on the same account, on our side and on cross margin, with no id and no stop."""
        if self.way.venue == "okx":  # it keeps a setting for each margin mode
            self.made.venue.set_lever(self.made.user, coin, "cross", None, 20)
        assert self.made.model.set_leverage(self.made.user, coin, value=20, is_cross=True) is None
        price = (self.mark(coin) * (1 + self.sign * Decimal("0.01"))).quantize(Decimal(1))
        spec = OrderSpec(coin, self.rises, price, Decimal(size), Tif.IOC, leg=self.leg)
        placed = self.made.model.place(self.made.user, [spec])
        assert placed[0].reason is None, placed

    def squeeze(self, room: Decimal) -> None:
        """The venue asks for so much that only this fraction of mark is left before liquidation."""
        model = self.made.model
        market = model.market("BTC")
        assert market is not None
        rate = market.tiers[0].rate
        equity = self.room() * (1 - rate * self.sign) + rate
        steep = (equity - room) / (1 - room * self.sign)
        tiers = (replace(market.tiers[0], maintenance=steep),)
        model.set_market(replace(market, tiers=tiers))

    def settle(self, minutes: int) -> None:
        begin = self.made.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
        self.made.clock.advance_to(begin + minutes * MINUTE_MS)
        self.made.settle()

    def liquidations(self) -> list[str]:
        """Whatever the venue took before the last of ours was gone."""
        fills, is_open = self.made.model.fills(self.made.user), any(self.size(coin) for coin in self.coins)
        last_ms = max(f.at_ms for f in fills if f.coin in self.coins)
        return [f"{f.coin} {f.sz}" for f in fills if f.liquidation and (is_open or f.at_ms <= last_ms)]

    def exits(self) -> set[str]:
        """Why the position went, by the roles in the ids of the fills that closed it."""
        found = set()
        for fill in self.made.model.fills(self.made.user):
            said = own(fill.cloid)
            number = said.role if said is not None else 0
            found |= {"stop"} if number in STOPPING else {"close"} if number in CLOSING else set()
        return found


def write(made: Stage, coin: str, prices: list[float]) -> None:
    """The coming minutes of one coin; the clock stands."""
    begin = made.clock.now_ms() // MINUTE_MS * MINUTE_MS + MINUTE_MS
    feed = made.feed
    assert isinstance(feed, ScriptedFeed)
    feed.move(coin, *prices, from_ms=begin)


def funding(scene: Scene) -> None:
    """Three days at a tenth of a percent an hour against us, in the venue's own payments."""
    hours = scene.made.model.rules.funding_interval_ms // HOUR_MS
    scene.made.model.set_funding_rate("BTC", Decimal("0.001") * hours * scene.sign)
    for hour in range(4, 76, 4):
        scene.made.pass_time(4 * 3_600)
        if hour % 24 == 0:
            assert scene.made.host.run() is not None
        scene.check()


def steeper(scene: Scene) -> None:
    """The venue asks for far more from one percent beyond what the position is worth now, or is large."""
    model = scene.made.model
    market = model.market("BTC")
    assert market is not None
    first = market.tiers[0]
    if market.tiers_by_size:
        tiers = (first, replace(first, lower_bound=abs(scene.size()), maintenance=Decimal("0.05")))
    else:
        bound = abs(scene.size()) * scene.mark() * Decimal("1.01")
        tiers = (first, Tier(bound, 1, maintenance=Decimal("0.9")))
    model.set_market(replace(market, tiers=tiers))

"""A model exchange with tiers as a test draws them, what a trader reads of it, and its ledger as the judge.

No stop stands on the model: what would be left where stops act is asked of the exchange's own books, by
taking every mark there at once after the fundings that may fall due.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, Decimal

from tests.support.builders import (
    a_market_policy,
    a_policy,
    a_quote,
    a_snapshot,
    a_stop,
    a_view,
    an_entry,
    an_id,
    dec,
    holdings,
)
from tests.support.model_exchange import HOUR_MS, MINUTE_MS, START_MS, USER, flat, shipped_markets
from tests.support.resting_scenes import as_order
from trader.core.actions import Enter, Rest
from trader.core.identity import Role
from trader.core.market import Leg, MarginTier, Market, Slot
from trader.core.orders import Order
from trader.core.policy import Policy, Sizing
from trader.core.snapshot import Account, Leverage, MarketView, Position, Snapshot
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec
from trader.exchange.prices import ScriptedPrices
from trader.exchange.rules import Market as ModelMarket
from trader.exchange.rules import Rules, Tier, price_step_at
from trader.exchange.status import Tif
from trader.rules.book import Book

COINS = {"BTC": dec(60_000), "SOL": dec(100)}
ROOM = dec("0.1")  # how far behind its level a stop may fill
UNGUARDED = dec("0.2")  # as documented
START = START_MS + 40 * MINUTE_MS
CHECK_MS = 2 * HOUR_MS  # two fundings fall due before it


@dataclass(frozen=True)
class Drawn:
    """One coin as drawn: tiers, sizes and how it is held."""

    tiers: tuple[Tier, ...]
    leverage: int
    is_cross: bool
    funding: Decimal = Decimal(0)


@dataclass
class Bench:
    """The exchange and what stands on it so far; `stops` are the levels that a reading shows."""

    coins: dict[str, Drawn]
    cash: int
    by_size: bool = False
    two_sided: bool = False
    fee_counts: bool = False
    stops: dict[Slot, Decimal | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules = Rules(spread_bps=dec(0), liquidation_fee_in_maintenance=self.fee_counts, funding_at="mark")
        markets = [self._market(m) for m in shipped_markets() if m.coin in self.coins]
        prices = ScriptedPrices({c: flat(float(COINS[c])) for c in self.coins}, start_ms=START_MS)
        self.model = Model(markets, prices, start_ms=START, rules=rules)
        self.model.deposit(USER, Decimal(self.cash))
        if self.two_sided:
            assert self.model.set_two_sided(USER, True) is None
        for coin, drawn in self.coins.items():
            refused = self.model.set_leverage(USER, coin, value=drawn.leverage, is_cross=drawn.is_cross)
            assert refused is None, refused
            self.model.set_funding_rate(coin, drawn.funding)

    def _market(self, market: ModelMarket) -> ModelMarket:
        drawn = self.coins[market.coin]
        return replace(
            market,
            tiers=drawn.tiers,
            max_leverage=drawn.tiers[0].max_leverage,
            tiers_by_size=self.by_size,
            only_isolated=False,
        )

    def slot(self, coin: str, leg: Leg) -> Slot:
        return Slot(coin, leg if self.two_sided else None)

    def buy(self, coin: str, leg: Leg, size: Decimal, at: Decimal) -> bool:
        """Open at exactly this price, whatever mark is; False where margin does not allow it."""
        market = self.model.market(coin)
        assert market is not None
        step = price_step_at(market, at) if leg is Leg.LONG else 0  # the ask stands one step above
        self.model.set_offsets(coin, mid=at - step - COINS[coin])
        side = leg.value if self.two_sided else None
        spec = OrderSpec(coin, leg is Leg.LONG, at * (1 + leg.sign * dec("0.01")), size, Tif.IOC, leg=side)
        spec = replace(spec, px=spec.px.quantize(Decimal(1) if coin == "BTC" else dec("0.01")))
        placed = self.model.place(USER, [spec])[0]
        self.model.set_offsets(coin, mid=dec(0))
        return placed.reason is None and self.model.position(USER, coin, side) is not None

    def hold(self, coin: str, leg: Leg, size: Decimal, stop: Decimal | None) -> bool:
        """A position that a reading shows, with this stop behind it or none."""
        self.stops[self.slot(coin, leg)] = stop
        return self.buy(coin, leg, size, COINS[coin])

    def snapshot(self) -> Snapshot:
        """What a trader reads, with the stops; positions are foreign, since no fill carries an id."""
        view = self.model.account(USER)
        views = {coin: self._view(coin) for coin in self.coins}
        reading = holdings(
            self._positions(),
            [self._stop(p) for p in self._positions() if self.stops.get(p.slot) is not None],
            account=Account(view.total.account_value, view.total.total_margin_used, view.cross_maintenance),
            at_ms=START,
        )
        return a_snapshot(reading, views, two_sided=self.two_sided, local_ms=START)

    def _positions(self) -> list[Position]:
        return [
            Position(
                coin=p.coin,
                size=p.szi,
                entry_price=p.entry_px,
                mark=self.model.quote(p.coin).mark,
                liquidation=p.liquidation_px,
                leverage=p.leverage.value,
                cross=p.leverage.is_cross,
                margin_used=p.margin_used,
                unrealised=p.unrealized,
                two_sided=self.two_sided,
            )
            for p in self.model.account(USER).positions
        ]

    def _stop(self, position: Position) -> Order:
        level, leg = self.stops[position.slot] or dec(0), position.leg
        return a_stop(
            level,
            abs(position.size),
            position.coin,
            side=leg.closing,
            price=bound(level, leg),
            client_id=None,
            leg=position.slot.leg,
        )

    def _view(self, coin: str) -> MarketView:
        drawn, shipped = self.coins[coin], self.model.market(coin)
        assert shipped is not None
        tiers = tuple(
            MarginTier(
                t.lower_bound * (COINS[coin] if self.by_size else 1),
                t.max_leverage,
                t.maintenance,
                t.lower_bound if self.by_size else None,
            )
            for t in drawn.tiers
        )
        market = Market(coin, shipped.index, shipped.size_step, 2, dec(1), tiers, tick=dec("0.01"))
        quote = a_quote(
            COINS[coin],
            funding_rate=drawn.funding,
            funding_next_ms=START_MS + HOUR_MS,
            funding_interval_ms=HOUR_MS,
        )
        return a_view(coin, market=market, quote=quote, leverage=Leverage(drawn.leverage, drawn.is_cross))

    def policy(self) -> Policy:
        markets = [
            a_market_policy(c, sizing=Sizing(0.3, None, d.leverage, d.is_cross))
            for c, d in self.coins.items()
        ]
        return a_policy(*markets, check_every_ms=CHECK_MS)

    def book(self, entered: Sequence[Enter | Rest] = (), resting: Sequence[Rest] = ()) -> Book:
        """What an entry joins; `resting` stand on the venue already."""
        snapshot = self.snapshot()
        live = [as_order(r, n, leg=self.slot(r.coin, r.leg).leg) for n, r in enumerate(resting)]
        orders = snapshot.holdings.orders
        assert isinstance(orders, tuple)
        whole = replace(snapshot, holdings=replace(snapshot.holdings, orders=(*orders, *live)))
        book = Book.of(whole, self.policy(), None)
        for entry in entered:
            book = book.plus(entry)
        return book

    def liquidated(self, marks: dict[str, Decimal]) -> set[Slot]:
        """What the exchange closes with every mark there, after all fundings until the check."""
        self.model.advance(START + CHECK_MS)
        for coin, px in marks.items():
            self.model.set_offsets(coin, mark=px - COINS[coin])
        forced = (fill for fill in self.model.fills(USER) if fill.liquidation)
        return {Slot(fill.coin, Leg(fill.leg) if fill.leg else None) for fill in forced}


def bound(level: Decimal, leg: Leg) -> Decimal:
    return level * (1 - ROOM * leg.sign)


def asked(entry: Decimal, mark: Decimal, level: Decimal) -> Decimal:
    """The margin before liquidation, as documented: half a percent or a quarter of the stop's distance."""
    return max(dec("0.005") * mark, dec("0.25") * abs(entry - level))


def least(price: Decimal, margin: Decimal, leg: Leg) -> Decimal:
    """The mark at which equity must still be there."""
    return max(dec("0.01"), price - margin * leg.sign)


def an_enter(coin: str, leg: Leg, size: Decimal, stop: Decimal) -> Enter:
    """At mark, filled 0.3 % from it at the worst."""
    mark = COINS[coin]
    return an_entry(
        coin=coin,
        leg=leg,
        size=size,
        bound=(mark * (1 + dec("0.003") * leg.sign)).quantize(dec("0.01")),
        stop=stop,
        stop_bound=bound(stop, leg),
        mark=mark,
        client_id=an_id(coin=coin, leg=leg),
    )


def a_rest(coin: str, leg: Leg, size: Decimal, price: Decimal, stop: Decimal, number: int = 1) -> Rest:
    return Rest(
        coin=coin,
        leg=leg,
        role=Role.RUNG,
        size=size,
        price=price,
        trigger=None,
        post_only=True,
        expires_ms=None,
        stop=stop,
        stop_bound=bound(stop, leg),
        client_id=an_id(Role.RUNG, coin, leg=leg, rung=number),
        stop_id=an_id(Role.STOP, coin, leg=leg, rung=number),
        signal_ms=START - HOUR_MS,
        mark=COINS[coin],
        reason="test",
    )


def lots(coin: str, notional: int) -> Decimal:
    step = dec("0.00001") if coin == "BTC" else dec("0.01")
    return (Decimal(notional) / COINS[coin]).quantize(step, rounding=ROUND_DOWN)

"""A model exchange with written minutes, and short words for orders."""

import json
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from importlib.resources import files
from itertools import pairwise

from trader.exchange.market_tables import parse_markets
from trader.exchange.model import Model
from trader.exchange.orders import OrderSpec, Placed, TriggerSpec
from trader.exchange.prices import Bar, ScriptedPrices
from trader.exchange.rows import Event
from trader.exchange.rules import Market, Rules
from trader.exchange.status import Grouping, Tif, Trigger

# A full hour, so that funding falls on whole multiples of 60 minutes.
START_MS = 1_699_999_200_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
USER = "alice"
# What holds on the venues with two sides, whatever their dialect.
SIDED = Rules(
    spread_bps=Decimal(0), trigger_must_reduce=False, triggers_end_with_position=False,
    market_needs_price=False, stop_bound_beyond_trigger=False, bound_max=1, bound_while_flat="accept",
)  # fmt: skip
# Bid and ask one tick apart around the path, so that fills can be written down by hand.
PLAIN = Rules(spread_bps=Decimal(0))


def shipped_markets() -> tuple[Market, ...]:
    """The table of markets in the package."""
    text = files("trader.exchange").joinpath("markets/hyperliquid.json").read_text()
    return parse_markets(json.loads(text))


def flat(price: float, count: int = 1) -> list[Bar]:
    """Minutes in which nothing moves."""
    return [Bar(price, price, price, price)] * count


def bars_through(*closes: float) -> list[Bar]:
    """Minutes that go straight from each price to the next."""
    return [Bar(a, max(a, b), min(a, b), b) for a, b in pairwise(closes)]


def an_exchange(
    *,
    sol: Sequence[Bar] = (),
    btc: Sequence[Bar] = (),
    eth: Sequence[Bar] = (),
    rules: Rules = PLAIN,
    cash: int = 1000,
    two_sided: bool = False,
) -> Model:
    """SOL at 100, BTC at 60,000, ETH at 3,000 unless bars say otherwise; one user with cash."""
    bars = {"SOL": sol or flat(100), "BTC": btc or flat(60_000), "ETH": eth or flat(3_000)}
    model = Model(shipped_markets(), ScriptedPrices(bars, start_ms=START_MS), start_ms=START_MS, rules=rules)
    model.deposit(USER, Decimal(cash))
    if two_sided:
        assert model.set_two_sided(USER, True) is None
    return model


def on_leg(leg: str, spec: OrderSpec) -> OrderSpec:
    """The order for one leg of a two-sided account."""
    return replace(spec, leg=leg)


def held(model: Model, leg: str, coin: str = "SOL") -> Decimal:
    """The signed position of one leg."""
    position = model.position(USER, coin, leg)
    return Decimal(0) if position is None else position.szi


def limit(
    side: str,
    sz: str,
    px: str,
    *,
    coin: str = "SOL",
    tif: Tif = Tif.GTC,
    reduce_only: bool = False,
    cloid: str | None = None,
) -> OrderSpec:
    """A limit order; side is buy or sell."""
    return OrderSpec(coin, side == "buy", Decimal(px), Decimal(sz), tif, reduce_only, None, cloid)


def market(side: str, sz: str, *, coin: str = "SOL", reduce_only: bool = False) -> OrderSpec:
    """An immediate order that accepts any price near the books of these tests."""
    prices = {"SOL": ("120", "60"), "BTC": ("70000", "40000"), "ETH": ("4000", "2000")}
    px = prices[coin][0 if side == "buy" else 1]
    return limit(side, sz, px, coin=coin, tif=Tif.IOC, reduce_only=reduce_only)


def stop(
    side: str,
    sz: str,
    trigger: str,
    *,
    bound: str | None = None,
    coin: str = "SOL",
    is_market: bool = True,
    reduce_only: bool = True,
    cloid: str | None = None,
) -> OrderSpec:
    """A stop-market with a bound of about a tenth beyond the trigger unless one is given."""
    far = Decimal("1.1") if side == "buy" else Decimal("0.9")
    px = Decimal(bound) if bound is not None else (Decimal(trigger) * far).quantize(Decimal("0.1"))
    spec = TriggerSpec(Decimal(trigger), Trigger.STOP, is_market)
    return OrderSpec(coin, side == "buy", px, Decimal(sz), None, reduce_only, spec, cloid)


def target(
    side: str, sz: str, trigger: str, *, bound: str | None = None, is_market: bool = True
) -> OrderSpec:
    """A take-profit in SOL."""
    far = Decimal("1.1") if side == "buy" else Decimal("0.9")
    px = Decimal(bound) if bound is not None else (Decimal(trigger) * far).quantize(Decimal("0.1"))
    spec = TriggerSpec(Decimal(trigger), Trigger.TAKE, is_market)
    return OrderSpec("SOL", side == "buy", px, Decimal(sz), None, True, spec)


def place(model: Model, *specs: OrderSpec, grouping: Grouping = Grouping.NONE) -> list[Placed]:
    """Place for the one user."""
    return model.place(USER, specs, grouping)


def place_one(model: Model, spec: OrderSpec) -> Placed:
    """Place a single order for the one user."""
    return model.place(USER, [spec])[0]


def attach(model: Model, *specs: OrderSpec) -> list[Placed]:
    """Place a parent with its children."""
    return model.place(USER, specs, Grouping.ATTACHED)


def bind(model: Model, *specs: OrderSpec) -> list[Placed]:
    """Place triggers that belong to the position."""
    return model.place(USER, specs, Grouping.POSITION)


def is_open(model: Model, oid: int | None) -> bool:
    """Is the user's order on the books, resting or waiting?"""
    return oid in {order.oid for order in model.open_orders(USER)}


def statuses(model: Model, oid: int | None) -> list[str]:
    """The words of one order's history, oldest first."""
    return [str(row.status) for row in model.history(USER) if row.order.oid == oid]


def szi(model: Model, coin: str = "SOL") -> Decimal:
    """The signed position."""
    position = model.position(USER, coin)
    return Decimal(0) if position is None else position.szi


def recorded(model: Model) -> list[Event]:
    """A list that fills with events from now on."""
    seen: list[Event] = []
    model.subscribe(seen.append)
    return seen

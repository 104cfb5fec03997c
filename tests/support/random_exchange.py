"""Random minutes for a model exchange, and an image of all that it remembers."""

import json
from decimal import Decimal

from hypothesis import strategies as st

from tests.support.model_exchange import MINUTE_MS, START_MS, USER, shipped_markets
from trader.exchange.model import Model
from trader.exchange.orders import Liquidity
from trader.exchange.prices import Bar, ScriptedPrices
from trader.exchange.record import LISTS
from trader.exchange.rules import Rules

MARKETS = shipped_markets()
COINS = ("SOL", "ETH")
# Two minutes before a full hour, so that a run of minutes meets funding.
FIRST_MS = START_MS - 2 * MINUTE_MS
# With the smaller sum a fall of a few percent liquidates.
CASH = st.sampled_from([60, 400])
THIN = st.sampled_from(
    [
        Liquidity(),
        Liquidity(size=Decimal("1.5"), levels=2, resting_size=Decimal(1)),
        Liquidity(fraction=Decimal("0.5")),
    ]
)


def moves() -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(-300, 300), min_size=4, max_size=4)


PATHS = st.lists(moves(), min_size=2, max_size=12)


def bars_of(path: list[list[int]], start: float, sign: int) -> list[Bar]:
    """One minute for each move: a gap, a high, a low and a drift in basis points."""
    bars = []
    price = start
    for gap, up, down, drift in path:
        opened = price * (1 + sign * gap / 20_000)
        close = opened * (1 + sign * drift / 10_000)
        high = max(opened, close) * (1 + abs(up) / 10_000)
        low = min(opened, close) * (1 - abs(down) / 10_000)
        bars.append(Bar(round(opened, 4), round(high, 4), round(low, 4), round(close, 4)))
        price = close
    return bars


def exchange(path: list[list[int]], rules: Rules, cash: int) -> tuple[Model, ScriptedPrices]:
    """SOL along the path, ETH against it; one user with cash."""
    prices = ScriptedPrices(
        {"SOL": bars_of(path, 100, 1), "ETH": bars_of(path[::-1], 3000, -1)}, start_ms=FIRST_MS
    )
    model = Model(MARKETS, prices, start_ms=FIRST_MS, rules=rules)
    model.deposit(USER, Decimal(cash))
    model.set_funding_rate("SOL", Decimal("0.0013"))
    return model, prices


def size_of(coin: str, lots: int) -> Decimal:
    """A size in the coin's lots, of like worth in both coins."""
    raw = Decimal(lots) / (100 if coin == "SOL" else 3000)
    return raw.quantize(Decimal("0.01") if coin == "SOL" else Decimal("0.0001"))


def price_near(model: Model, coin: str, bps: int) -> Decimal:
    """A price of four figures, some basis points from mark."""
    px = model.quote(coin).mark * (1 + Decimal(bps) / 10_000)
    return px.quantize(Decimal("0.1") if coin == "ETH" else Decimal("0.01"))


def image(model: Model) -> str:
    """Everything that the exchange remembers."""
    state = model.dump()
    rows = {name: model.rows(name, 0) for name in LISTS}
    return json.dumps([state, rows], sort_keys=True)


def written_down(model: Model, prices: ScriptedPrices, rules: Rules) -> Model:
    """The exchange again, from what it wrote down."""
    state = json.loads(json.dumps(model.dump()))
    rows = {name: [json.loads(json.dumps(row)) for _, row in model.rows(name, 0)] for name in LISTS}
    return Model.load(state, rows, MARKETS, prices, rules=rules)

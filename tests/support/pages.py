"""Pages to look at: seeded prices with bands, trades with levels that move, three curves and an audit."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import replace

from trader.report.page.document import Coin, Curve, Deal, Figure, LevelMove, Line, Page, Step
from trader.report.tables import Table

START_MS = 1_700_000_000_000 // 1_800_000 * 1_800_000
FRAME_MS = 1_800_000
REASONS = ("target", "stop", "trail", "time", "early")
WINDOW = 20
EVERY = 60  # bars from one trade to the next


def draws(seed: int) -> Iterator[float]:
    """Numbers below one that depend on the seed alone."""
    turn = 0
    while True:
        digest = hashlib.sha256(f"{seed} {turn}".encode()).digest()
        for i in range(0, len(digest), 4):
            yield int.from_bytes(digest[i : i + 4], "big") / 2**32
        turn += 1


def a_coin(name: str, bars: int, *, price: float, seed: int) -> Coin:
    """A random walk with bands of its last closes."""
    draw, closes, last = draws(seed), list[float](), price
    opened, high, low = list[float](), list[float](), list[float]()
    for _ in range(bars):
        close = last * (1 + (next(draw) + next(draw) - 1) * 0.012)
        opened.append(round(last, 1))
        high.append(round(max(last, close) * (1 + next(draw) * 0.003), 1))
        low.append(round(min(last, close) * (1 - next(draw) * 0.003), 1))
        closes.append(round(close, 1))
        last = close
    times = [START_MS + i * FRAME_MS for i in range(bars)]
    return Coin(name, FRAME_MS, times, opened, high, low, closes, _bands(closes))


def _bands(closes: list[float]) -> tuple[Line, ...]:
    columns: dict[str, list[float | None]] = {"upper band": [], "middle band": [], "lower band": []}
    for i in range(len(closes)):
        window = closes[max(0, i - WINDOW) : i]
        mean = sum(window) / WINDOW
        wide = 2 * math.sqrt(sum((c - mean) ** 2 for c in window) / WINDOW)
        for column, value in zip(columns.values(), (mean + wide, mean, mean - wide), strict=True):
            column.append(value if len(window) == WINDOW else None)
    return tuple(Line(name, values) for name, values in columns.items())


def a_deal(place: int, coin: Coin, first: int, last: int | None, *, leg: str, equity: float) -> Deal:
    sign = 1 if leg == "long" else -1
    entry = coin.open[first]
    leaves = coin.open[last] if last is not None else None
    size = round(equity * 0.3 / entry, 4)
    fee = size * (entry + (leaves or 0.0)) * 0.00045
    pnl = None if leaves is None else sign * size * (leaves - entry) - fee
    return Deal(
        coin=coin.name,
        strategy="breakout" if place % 2 else "bollinger",
        leg=leg,
        entry_ms=coin.open_ms[first],
        entry_price=entry,
        exit_ms=None if last is None else coin.open_ms[last],
        exit_price=leaves,
        reason="open" if last is None else REASONS[place % len(REASONS)],
        size=size,
        fee=fee,
        funding=0.0,
        pnl=pnl,
        pnl_fraction=None if pnl is None else pnl / equity,
        undecidable=place % 11 == 3,
    )


def a_page(bars: int = 1_500, *, names: tuple[str, str] = ("BTC", "ETH"), title: str = "A backtest") -> Page:
    """Everything that a page can show."""
    coins = (a_coin(names[0], bars, price=60_000.0, seed=1), a_coin(names[1], bars, price=3_000.0, seed=2))
    draw, equity = draws(9), 10_000.0
    deals, moves = list[Deal](), list[LevelMove]()
    times, values = [START_MS], [equity]
    for first in range(100, bars - 100, EVERY):
        coin, leg = coins[len(deals) % 2], "long" if next(draw) < 0.5 else "short"
        last = first + 5 + int(next(draw) * 40)
        deal = a_deal(len(deals), coin, first, last, leg=leg, equity=equity)
        moves += _moves(len(deals), coin, first, last, leg)
        deals.append(deal)
        equity += deal.pnl or 0.0
        times.append(coin.open_ms[last])
        values.append(equity)
    deals.append(a_deal(len(deals), coins[0], bars - 50, None, leg="long", equity=equity))
    return Page(
        title=title,
        subtitle="seeded prices, 10,000.00 USD",
        figures=(Figure("return", "-2.6 %", "bad"), Figure("trades", str(len(deals)))),
        facts=(("engine", "fast"), ("fills", "base")),
        notes=("FRAGILE: the sign of the result flips between kind and harsh.",),
        coins=coins,
        deals=tuple(deals),
        moves=tuple(moves),
        curves=_curves(times, values),
        audit=AUDIT,
        tables=(Table("Fill models", ("fills", "return>"), (("kind", "+2.1 %"), ("harsh", "-9.0 %"))),),
    )


def repeated(page: Page, *, times: int) -> Page:
    """The same bars and trades over and over, each time later."""
    span = len(page.coins[0].open_ms) * FRAME_MS
    closed = [deal for deal in page.deals if deal.exit_ms is not None]
    deals = [
        replace(deal, entry_ms=(deal.entry_ms or 0) + turn * span, exit_ms=(deal.exit_ms or 0) + turn * span)
        for turn in range(times)
        for deal in closed
    ]
    moves = [
        LevelMove(move.deal + turn * len(closed), move.at_ms + turn * span, move.stop, move.target)
        for turn in range(times)
        for move in page.moves
    ]
    coins = tuple(_longer(coin, times) for coin in page.coins)
    return replace(page, coins=coins, deals=tuple(deals), moves=tuple(moves))


def _longer(coin: Coin, times: int) -> Coin:
    return replace(
        coin,
        open_ms=[START_MS + i * FRAME_MS for i in range(len(coin.open_ms) * times)],
        open=list(coin.open) * times,
        high=list(coin.high) * times,
        low=list(coin.low) * times,
        close=list(coin.close) * times,
        lines=tuple(Line(line.name, list(line.values) * times) for line in coin.lines),
    )


AUDIT = (
    Step("as configured", 9.66, 412, "Fills at the band although the bar had opened beyond it."),
    Step("only prices that existed", 1.2, 377, "Gaps fill at the open."),
    Step("fees", 0.31, 377),
    Step("funding", 0.35, 377),
    Step("what is left", -0.08, 370),
)


def _moves(place: int, coin: Coin, first: int, last: int, leg: str) -> list[LevelMove]:
    """The stop comes nearer half way."""
    sign, entry = (1 if leg == "long" else -1), coin.open[first]
    levels = ((first, 0.02), ((first + last) // 2, 0.01))
    target = entry * (1 + sign * 0.03)
    return [LevelMove(place, coin.open_ms[i], entry * (1 - sign * away), target) for i, away in levels]


def _curves(times: list[int], values: list[float]) -> tuple[Curve, ...]:
    start = values[0]
    kind = [start + (value - start) * 1.4 + 6 * i for i, value in enumerate(values)]
    harsh = [start + (value - start) * 0.8 - 9 * i for i, value in enumerate(values)]
    return Curve("base", times, values), Curve("kind", times, kind), Curve("harsh", times, harsh)

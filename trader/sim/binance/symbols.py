"""What the venue says about each symbol: filters, precision and leverage brackets.

Rules: read once from the table of markets, strict. BTCUSDT's filters are the venue's of 2026-09;
the other symbols' and all brackets are of its usual shape and size, which changes: a client must take them
from `exchangeInfo` and `leverageBracket`. Tick and step in force are the model's, so that a change of
rules shows everywhere at once.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from trader import exchange
from trader.core.frozen import frozen
from trader.exchange.rules import Market, Tier

QUOTE = "USDT"
_TABLE = Path(exchange.__file__).parent / "markets" / "binance.json"


@frozen
class Bracket:
    """One step of notional with its leverage and maintenance; `cum` makes maintenance continuous."""

    number: int
    leverage: int
    floor: Decimal
    cap: Decimal
    maintenance: Decimal
    cum: Decimal


@frozen
class SymbolRules:
    """One symbol as the venue lists it."""

    coin: str
    tick: Decimal
    step: Decimal
    price_precision: int
    min_price: Decimal
    max_price: Decimal
    max_qty: Decimal
    market_max_qty: Decimal
    min_notional: Decimal
    brackets: tuple[Bracket, ...]
    multiplier_up: Decimal = Decimal("1.0500")
    multiplier_down: Decimal = Decimal("0.9500")
    market_take_bound: Decimal = Decimal("0.05")
    trigger_protect: Decimal = Decimal("0.0500")
    orders_max: int = 200

    @property
    def symbol(self) -> str:
        return self.coin + QUOTE

    @property
    def quantity_precision(self) -> int:
        return places(self.step)

    def notional_max(self, leverage: int) -> Decimal:
        """The largest position at this leverage."""
        fitting = [bracket.cap for bracket in self.brackets if bracket.leverage >= leverage]
        return max(fitting, default=Decimal(0))


def places(step: Decimal) -> int:
    """Decimal places of a tick or step."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def coin_of(symbol: str) -> str | None:
    """The coin of a symbol; None where it is not one quoted here."""
    return symbol.removesuffix(QUOTE) if symbol.endswith(QUOTE) and symbol != QUOTE else None


@lru_cache(maxsize=1)
def all_symbols() -> tuple[SymbolRules, ...]:
    """The whole table, in the venue's order."""
    table = json.loads(_TABLE.read_text())
    return tuple(_symbol(row, table["tiers"][row["tiers"]]) for row in table["markets"])


def _symbol(row: dict[str, Any], brackets: Sequence[Sequence[Any]]) -> SymbolRules:
    return SymbolRules(
        coin=row["coin"],
        tick=Decimal(row["tick"]),
        step=Decimal(row["lot"]),
        price_precision=row["price_precision"],
        min_price=Decimal(row["price_min"]),
        max_price=Decimal(row["price_max"]),
        max_qty=Decimal(row["size_max"]),
        market_max_qty=Decimal(row["market_size_max"]),
        min_notional=Decimal(row["min_notional"]),
        brackets=_brackets(brackets),
    )


def _brackets(rows: Sequence[Sequence[Any]]) -> tuple[Bracket, ...]:
    """cum of a step is its floor times the rise of the rate, plus what was before."""
    found: list[Bracket] = []
    for number, (floor, leverage, rate, cap) in enumerate(rows, start=1):
        cum = Decimal(0)
        if found:
            cum = found[-1].cum + Decimal(floor) * (Decimal(rate) - found[-1].maintenance)
        found.append(Bracket(number, leverage, Decimal(floor), Decimal(cap), Decimal(rate), cum))
    return tuple(found)


def market_of(rules: SymbolRules, index: int) -> Market:
    """The model's view of a symbol."""
    tiers = tuple(
        Tier(bracket.floor, bracket.leverage, maintenance=bracket.maintenance) for bracket in rules.brackets
    )
    return Market(
        coin=rules.coin,
        index=index,
        size_decimals=places(rules.step),
        price_decimals=places(rules.tick),
        max_leverage=rules.brackets[0].leverage,
        tiers=tiers,
        significant_figures=None,
        size_step=rules.step,
        price_step=rules.tick,
        market_band=rules.market_take_bound,
    )

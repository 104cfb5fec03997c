"""Contracts and coins: the one place where this dialect converts between the wire's sizes and the model's.

Rules: every size on the wire is in contracts, every size in the model in coins; a name on the wire is
"BTC-USDT-SWAP", in the model "BTC". Everything is read from the model's market, so that a change of tick, lot
or contract shows on the wire at once; the shipped table is only where those markets begin.
"""

import json
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from trader import exchange
from trader.exchange.market_tables import parse_swaps
from trader.exchange.model import Model
from trader.exchange.rules import Market
from trader.sim.okx.numbers import text
from trader.sim.okx.refusals import Refusal

_TABLE = Path(exchange.__file__).parent / "markets" / "okx.json"
_SUFFIX = "-USDT-SWAP"


def inst_id_of(coin: str) -> str:
    """The wire's name of a coin's swap."""
    return coin + _SUFFIX


def family_of(coin: str) -> str:
    """The wire's name of the pair that a coin's swap follows."""
    return coin + "-USDT"


def coin_of(inst_id: str) -> str | None:
    """The coin of a swap settled in USDT; None for anything else."""
    return inst_id.removesuffix(_SUFFIX) if inst_id.endswith(_SUFFIX) else None


def market_of(model: Model, inst_id: str) -> Market:
    """The market that the wire names."""
    market = model.market(coin_of(inst_id) or "")
    if market is None:
        raise Refusal("51001")
    return market


def coins_of(market: Market, contracts: Decimal) -> Decimal:
    """A size from the wire as the model counts it."""
    return contracts * market.contract


def contracts_of(market: Market, coins: Decimal) -> Decimal:
    """A size of the model as the wire counts it."""
    return coins / market.contract


def size_text(market: Market, coins: Decimal) -> str:
    """A size of the model as it is written on the wire."""
    return text(contracts_of(market, coins))


def okx_markets(coins: Sequence[str]) -> tuple[Market, ...]:
    """The venue's rules for these coins in the table's order, sizes in coins."""
    return parse_swaps(json.loads(_TABLE.read_text()), coins)

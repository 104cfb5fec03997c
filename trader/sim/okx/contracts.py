"""Contracts and coins: the one place where this dialect converts between the wire's sizes and the model's.

Rules: every size on the wire is in contracts, every size in the model in coins; a name on the wire is
"BTC-USDT-SWAP", in the model "BTC". Everything is read from the model's market, so that a change of tick, lot
or contract shows on the wire at once; the shipped table is only where those markets begin.
"""

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from trader.exchange.model import Model
from trader.exchange.rules import Market, Tier
from trader.sim.okx.numbers import text
from trader.sim.okx.refusals import Refusal

_TABLE = Path(__file__).parent / "instruments.json"
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
    rows: list[Mapping[str, Any]] = json.loads(_TABLE.read_text())
    rows = [row for row in rows if row["coin"] in set(coins)]
    missing = set(coins) - {row["coin"] for row in rows}
    if missing:
        raise KeyError(f"no rules for {', '.join(sorted(missing))}: expected coins of {_TABLE.name}")
    return tuple(_market(row, index) for index, row in enumerate(rows))


def _market(row: Mapping[str, Any], index: int) -> Market:
    contract = Decimal(row["contract"])
    step = Decimal(row["lot"]) * contract
    decimals = -int(step.normalize().adjusted())
    return Market(
        coin=row["coin"],
        index=index,
        size_decimals=max(0, decimals),
        price_decimals=row["price_decimals"],
        max_leverage=row["lever"],
        tiers=tuple(
            Tier(Decimal(lower) * contract, lever, Decimal(rate)) for lower, lever, rate in row["tiers"]
        ),
        significant_figures=None,
        size_step=step,
        price_step=Decimal(row["tick"]),
        contract=contract,
        size_min=step,
        size_max=Decimal(row["limit_max"]) * contract,
        market_size_max=Decimal(row["market_max"]) * contract,
        limit_band=Decimal(row["band"]),
        market_band=Decimal(row["band"]),
        tiers_by_size=True,
    )

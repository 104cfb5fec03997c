"""Contracts against coins, and instruments against coins: the only place where either is converted.

The venue counts sizes in contracts of a fixed part of a coin; everywhere else in the program a size is coins.
A size that is no whole number of lots cannot be sent: it would be cut or refused.
"""

from decimal import Decimal

from trader.core.errors import Malformed, require
from trader.core.market import Market

_SUFFIX = "-USDT-SWAP"


def inst_id(coin: str) -> str:
    """The perpetual swap of a coin against USDT."""
    return f"{coin}{_SUFFIX}"


def coin_of(instrument: str) -> str | None:
    """The coin of a USDT-margined perpetual swap; None for any other product."""
    coin = instrument.removesuffix(_SUFFIX)
    return coin if coin and coin != instrument and "-" not in coin else None


def coins_in(contracts: Decimal, contract: Decimal | None, where: str) -> Decimal:
    """A size that the venue wrote, in coins."""
    if contract is None:
        raise Malformed(f"{where}: the table of instruments does not say how large a contract is")
    return contracts * contract


def contracts_in(size: Decimal, market: Market) -> Decimal:
    """A size of ours as the venue counts it; whole lots, and never nothing."""
    require(size > 0, f"{market.coin}: {size} is not a size that can be sent")
    require(size % market.lot == 0, f"{market.coin}: {size} is no whole number of lots of {market.lot}")
    return size / market.contract

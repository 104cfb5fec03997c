"""Reads a venue's table of markets into Market values: strict, and pure (the caller reads the file)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from trader.exchange.rules import Market, Tier


class BadMarkets(ValueError):
    """The table of markets cannot be used."""


def parse_markets(data: Mapping[str, Any]) -> tuple[Market, ...]:
    """Markets in the table's order; their place is their index.

    The table has `price_decimals_total` (price and size decimals), `significant_figures`, `markets` and
    `margin_tables`; a margin table that is not listed means one tier at the market's maximum.
    """
    try:
        total = int(data["price_decimals_total"])
        figures = data["significant_figures"]
        tables = {int(key): parse_tiers(rows) for key, rows in data["margin_tables"].items()}
        rows: Sequence[Mapping[str, Any]] = data["markets"]
        return tuple(parse_market(row, index, total, figures, tables) for index, row in enumerate(rows))
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise BadMarkets(
            f"table of markets: {error!r}; expected the layout of the table shipped here"
        ) from error


def parse_tiers(rows: Sequence[Mapping[str, Any]]) -> tuple[Tier, ...]:
    """One margin table, ascending."""
    tiers = tuple(Tier(Decimal(row["lower_bound"]), int(row["max_leverage"])) for row in rows)
    if not tiers or tiers[0].lower_bound != 0 or list(tiers) != sorted(tiers, key=lambda t: t.lower_bound):
        raise BadMarkets(f"margin table {rows}: expected tiers from 0 on, ascending")
    return tiers


def parse_market(
    row: Mapping[str, Any],
    index: int,
    total: int,
    figures: int | None,
    tables: Mapping[int, tuple[Tier, ...]],
) -> Market:
    """One market."""
    size_decimals, max_leverage = int(row["size_decimals"]), int(row["max_leverage"])
    table = int(row["margin_table"])
    return Market(
        coin=str(row["coin"]),
        index=index,
        size_decimals=size_decimals,
        price_decimals=total - size_decimals,
        max_leverage=max_leverage,
        tiers=tables.get(table, (Tier(Decimal(0), max_leverage),)),
        margin_table=table,
        significant_figures=figures,
        size_step=Decimal(1).scaleb(-size_decimals),
        price_step=Decimal(1).scaleb(size_decimals - total),
        is_delisted=bool(row.get("is_delisted", False)),
        only_isolated=bool(row.get("only_isolated", False)),
    )

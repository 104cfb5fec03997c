"""Reads a venue's table of markets into Market values: strict, and pure (the caller reads the file).

There are two layouts. `parse_markets`: sizes and prices by decimals and significant figures, tiers by
leverage. `parse_swaps`: ticks, lots and limits written out, tiers with a maintenance rate of their own; every
size in it is in contracts, and a contract is one coin unless the row says otherwise. A dialect may keep
further names in the same rows.
"""

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


def parse_swaps(data: Mapping[str, Any], coins: Sequence[str] | None = None) -> tuple[Market, ...]:
    """Markets in the table's order, those of `coins` alone where given; their place is their index."""
    try:
        by_size = bool(data["tiers_by_size"])
        rows = [row for row in data["markets"] if coins is None or row["coin"] in set(coins)]
        missing = set(coins or ()) - {row["coin"] for row in rows}
        if missing:
            raise BadMarkets(f"no rules for {', '.join(sorted(missing))}: expected coins of the table")
        return tuple(
            parse_swap(row, index, data["tiers"][row["tiers"]], by_size=by_size)
            for index, row in enumerate(rows)
        )
    except (KeyError, TypeError, AttributeError, ArithmeticError) as error:
        raise BadMarkets(
            f"table of markets: {error!r}; expected the layout of the tables shipped here"
        ) from error


def parse_swap(
    row: Mapping[str, Any], index: int, tiers: Sequence[Sequence[Any]], *, by_size: bool
) -> Market:
    """One market of the second layout, its sizes in coins."""
    contract = Decimal(row.get("contract", 1))
    lot, tick = Decimal(row["lot"]) * contract, Decimal(row["tick"])
    steps = parse_rates(tiers, unit=contract if by_size else Decimal(1))
    minimum = row.get("min_notional")
    return Market(
        coin=str(row["coin"]),
        index=index,
        size_decimals=places(lot),
        price_decimals=places(tick),
        max_leverage=steps[0].max_leverage,
        tiers=steps,
        significant_figures=None,
        size_step=lot,
        price_step=tick,
        contract=contract,
        size_min=Decimal(row["size_min"]) * contract,
        size_max=Decimal(row["size_max"]) * contract,
        market_size_max=Decimal(row["market_size_max"]) * contract,
        min_notional=None if minimum is None else Decimal(minimum),
        limit_band=Decimal(row["limit_band"]),
        market_band=Decimal(row["market_band"]),
        tiers_by_size=by_size,
    )


def parse_rates(rows: Sequence[Sequence[Any]], *, unit: Decimal) -> tuple[Tier, ...]:
    """(from, leverage, maintenance) of each tier, ascending; where it ends is where the next begins."""
    tiers = tuple(Tier(Decimal(row[0]) * unit, int(row[1]), Decimal(row[2])) for row in rows)
    if not tiers or tiers[0].lower_bound != 0 or list(tiers) != sorted(tiers, key=lambda t: t.lower_bound):
        raise BadMarkets(f"tiers {rows}: expected tiers from 0 on, ascending")
    return tiers


def places(step: Decimal) -> int:
    """Decimal places of a tick or a lot."""
    exponent = step.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0

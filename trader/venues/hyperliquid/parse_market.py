"""The venue's market table, and the prices beside it.

* The table's order is the coins' numbers, so its frame must be whole; a coin's own fields are judged when
  that coin is asked for, so that one odd row spoils one coin.
* A price that is zero, missing, not a number, or a best bid above the best ask makes the quote
  unreadable.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.market import MarginTier, Market, Trading
from trader.core.orders import Unreadable
from trader.core.snapshot import Quote
from trader.venues import strict
from trader.venues.strict import Row

PRICE_DECIMALS = 6
PRICE_FIGURES_MAX = 5
NOTIONAL_MIN = Decimal(10)
_LEVERAGE_MAX = 1000


class MarketTable:
    """All coins of the venue by name and number, with the prices of the moment it was read."""

    def __init__(self, value: object) -> None:
        both = strict.as_list(value, "metaAndAssetCtxs")
        if len(both) != 2:
            strict.wrong(both, "metaAndAssetCtxs", "the table and the prices")
        meta = strict.as_row(both[0], "meta")
        self._prices = strict.as_list(both[1], "assetCtxs")
        self._rows: list[Row] = [
            row for row, _ in strict.rows(strict.field(meta, "universe", "meta"), "universe")
        ]
        self._numbers = {strict.text(row, "name", f"universe[{i}]"): i for i, row in enumerate(self._rows)}
        self._tables = meta.get("marginTables")
        if not self._rows or len(self._numbers) != len(self._rows):
            raise Malformed("universe: it is empty, or a name stands in it twice")
        if len(self._prices) != len(self._rows):
            raise Malformed(f"assetCtxs: {len(self._prices)} prices for {len(self._rows)} coins")

    def number(self, coin: str) -> int | None:
        return self._numbers.get(coin)

    def nearest(self, coin: str) -> str:
        """Why a coin is missing, with the names that it may have meant."""
        import difflib

        by_fold = {name.lower(): name for name in self._numbers}
        close = difflib.get_close_matches(coin.lower(), by_fold, n=3, cutoff=0.5)
        meant = f"; nearest: {', '.join(strict.shown(by_fold[name]) for name in close)}" if close else ""
        return f"{strict.shown(coin)} is not a market of this venue{meant}"

    def market(self, coin: str) -> Market | None:
        """The rules of a coin, None where the venue has none of that name."""
        number = self._numbers.get(coin)
        if number is None:
            return None
        row, where = self._rows[number], f"universe[{number}]"
        decimals = strict.whole(row, "szDecimals", where)
        if decimals > PRICE_DECIMALS:
            strict.wrong(decimals, f"{where}.szDecimals", f"at most {PRICE_DECIMALS}")
        only_isolated = "onlyIsolated" in row and strict.flag(row, "onlyIsolated", where)
        is_delisted = "isDelisted" in row and strict.flag(row, "isDelisted", where)
        return Market(
            coin=coin,
            number=number,
            lot=Decimal(1).scaleb(-decimals),
            price_decimals_max=PRICE_DECIMALS - decimals,
            notional_min=NOTIONAL_MIN,
            tiers=self._tiers(row, where),
            price_figures_max=PRICE_FIGURES_MAX,
            cross_allowed=not only_isolated and strict.optional_text(row, "marginMode", where) is None,
            trading=Trading.CLOSED if is_delisted else Trading.OPEN,
        )

    def _tiers(self, row: Row, where: str) -> tuple[MarginTier, ...]:
        """The coin's margin table; a number without a table of its own is the leverage of all sizes."""
        leverage = _leverage(row, where)
        if self._tables is None or "marginTableId" not in row:
            return (MarginTier(Decimal(0), leverage),)
        wanted = strict.whole(row, "marginTableId", where)
        for pair in strict.as_list(self._tables, "marginTables"):
            listed = strict.as_list(pair, "marginTables[]")
            if len(listed) == 2 and listed[0] == wanted:
                tiers = _tiers_of(
                    strict.as_row(listed[1], f"marginTables[{wanted}]"), f"marginTables[{wanted}]"
                )
                return _checked(tiers, f"marginTables[{wanted}]")
        return (MarginTier(Decimal(0), leverage),)

    def quote(self, coin: str) -> Quote | Unreadable:
        """The prices of a coin, or why no decision can be made on them."""
        number = self._numbers.get(coin)
        if number is None:
            return Unreadable(f"prices of {coin}", "the venue has no market of this name")
        try:
            return _quote(strict.as_row(self._prices[number], f"assetCtxs[{number}]"), f"assetCtxs[{number}]")
        except Malformed as error:
            return Unreadable(f"prices of {coin}", str(error))


def _leverage(row: Row, where: str) -> int:
    leverage = strict.whole(row, "maxLeverage", where)
    if not 0 < leverage <= _LEVERAGE_MAX:
        strict.wrong(leverage, f"{where}.maxLeverage", f"1 to {_LEVERAGE_MAX}")
    return leverage


def _tiers_of(table: Row, where: str) -> list[MarginTier]:
    return [
        MarginTier(strict.not_negative(row, "lowerBound", place), _leverage(row, place))
        for row, place in strict.rows(strict.field(table, "marginTiers", where), where)
    ]


def _checked(tiers: Sequence[MarginTier], where: str) -> tuple[MarginTier, ...]:
    bounds = [tier.notional_min for tier in tiers]
    if not bounds or bounds[0] != 0 or bounds != sorted(set(bounds)):
        raise Malformed(f"{where}: tiers must begin at 0 and rise")
    return tuple(tiers)


def _quote(row: Row, where: str) -> Quote:
    bid, ask = _best_prices(row, where)
    if bid is not None and ask is not None and bid > ask:
        raise Malformed(f"{where}.impactPxs: the bid {bid} is above the ask {ask}")
    return Quote(
        mark=strict.positive(row, "markPx", where),
        oracle=strict.positive(row, "oraclePx", where),
        bid=bid,
        ask=ask,
        funding_rate=strict.amount(row, "funding", where),
    )


def _best_prices(row: Row, where: str) -> tuple[Decimal | None, Decimal | None]:
    """Bid and ask at which a usual size would trade; None where the book is empty."""
    value = strict.field(row, "impactPxs", where)
    if value is None:
        return None, None
    pair = strict.as_list(value, f"{where}.impactPxs")
    if len(pair) != 2:
        strict.wrong(pair, f"{where}.impactPxs", "a bid and an ask")
    named: Mapping[str, object] = {"bid": pair[0], "ask": pair[1]}
    inner: Row = dict(named)
    return strict.positive(inner, "bid", where), strict.positive(inner, "ask", where)

"""The venue's rules of trading, as markets.

* A symbol's own fields are judged when its coin is asked for, so that one odd row spoils one coin.
* Sizes obey the stricter of the two lot filters: entries and closes are limits, but a stop of ours becomes a
  market order when it is triggered.
* Steps come from the filters, never from `pricePrecision` or `quantityPrecision`, which are something else.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.market import MarginTier, Market, Trading
from trader.venues import strict
from trader.venues.binance.symbols import QUOTE, coin_of, symbol_of
from trader.venues.strict import Row

_PERPETUAL = ("PERPETUAL", "TRADIFI_PERPETUAL")
_TRADING = "TRADING"
_LEVERAGE_MAX = 1000
DEFAULT_FUNDING_HOURS = 8


class MarketTable:
    """All symbols of the venue by coin."""

    def __init__(self, rules: object, tiers: object) -> None:
        """Given `exchangeInfo` and `leverageBracket`."""
        info = strict.as_row(rules, "exchangeInfo")
        self._markets: dict[str, Market | None] = {}
        self._rows: dict[str, tuple[int, Row]] = {}
        for i, (row, place) in enumerate(
            strict.rows(strict.field(info, "symbols", "exchangeInfo"), "symbols")
        ):
            coin = coin_of(strict.text(row, "symbol", place))
            if coin in self._rows:
                raise Malformed(f"{place}: {strict.shown(coin)} stands there twice")
            self._rows[coin] = i, row
        if not self._rows:
            raise Malformed("exchangeInfo: it lists no symbol at all")
        listed = tiers if isinstance(tiers, list) else [tiers]
        self._tiers = {
            coin_of(strict.text(row, "symbol", place)): row
            for row, place in strict.rows(listed, "leverageBracket")
        }

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def trades(self) -> bool:
        """Whether anything at all can be traded now."""
        return any(row.get("status") == _TRADING for _, row in self._rows.values())

    def lists(self, coin: str) -> bool:
        return coin in self._rows

    def nearest(self, coin: str) -> str:
        """Why a coin is missing, with the names that it may have meant."""
        import difflib

        by_fold = {name.lower(): name for name in self._rows}
        close = difflib.get_close_matches(coin.lower(), by_fold, n=3, cutoff=0.5)
        meant = f"; nearest: {', '.join(strict.shown(by_fold[name]) for name in close)}" if close else ""
        return f"{strict.shown(coin)} is not a perpetual in {QUOTE} of this venue{meant}"

    def market(self, coin: str) -> Market | None:
        """The rules of a coin, None where the venue has none of that name; read once."""
        if coin not in self._markets:
            self._markets[coin] = self._market(coin)
        return self._markets[coin]

    def _market(self, coin: str) -> Market | None:
        if coin not in self._rows:
            return None
        number, row = self._rows[coin]
        where = symbol_of(coin)
        if strict.text(row, "contractType", where) not in _PERPETUAL:
            return None
        filters = _filters(row, where)
        tick = _step(filters, "PRICE_FILTER", "tickSize", where)
        lot, size_min = _lot(filters, where)
        return Market(
            coin=coin,
            number=number,
            lot=lot,
            price_decimals_max=max(0, -_exponent(tick)),
            notional_min=strict.not_negative(_one(filters, "MIN_NOTIONAL", where), "notional", where),
            tiers=self._tiers_of(coin),
            trading=Trading.OPEN if strict.text(row, "status", where) == _TRADING else Trading.CLOSED,
            size_min=size_min,
            tick=tick,
            limit_band=_band(_one(filters, "PERCENT_PRICE", where), where),
        )

    def _tiers_of(self, coin: str) -> tuple[MarginTier, ...]:
        where = f"leverageBracket of {coin}"
        row = self._tiers.get(coin)
        if row is None:
            raise Malformed(f"{where}: it is missing")
        tiers = [
            MarginTier(
                notional_min=number(inner, "notionalFloor", place),
                leverage_max=_leverage(inner, place),
                maintenance=number(inner, "maintMarginRatio", place),
            )
            for inner, place in strict.rows(strict.field(row, "brackets", where), where)
        ]
        tiers.sort(key=lambda tier: tier.notional_min)
        bounds = [tier.notional_min for tier in tiers]
        if not bounds or bounds[0] != 0 or len(set(bounds)) != len(bounds):
            raise Malformed(f"{where}: tiers must begin at 0 and rise")
        return tuple(tiers)


def number(row: Row, key: str, where: str) -> Decimal:
    """A number that this venue writes without quotes here, with them elsewhere; zero or more."""
    value = strict.field(row, key, where)
    if type(value) is int or type(value) is float:
        if value < 0:
            strict.wrong(value, f"{where}.{key}", "zero or more")
        return Decimal(repr(value))
    return strict.not_negative(row, key, where)


def funding_hours(value: object) -> dict[str, int]:
    """The hours between two fundings of coins that do not have the usual eight."""
    found: dict[str, int] = {}
    for row, place in strict.rows(value, "fundingInfo"):
        hours = strict.whole(row, "fundingIntervalHours", place)
        if not 1 <= hours <= 24:
            strict.wrong(hours, f"{place}.fundingIntervalHours", "1 to 24")
        found[coin_of(strict.text(row, "symbol", place))] = hours
    return found


def _filters(row: Row, where: str) -> Mapping[str, Row]:
    listed = strict.rows(strict.field(row, "filters", where), f"{where}.filters")
    return {strict.text(inner, "filterType", place): inner for inner, place in listed}


def _one(filters: Mapping[str, Row], name: str, where: str) -> Row:
    if name not in filters:
        raise Malformed(f"{where}: the filter {name} is missing")
    return filters[name]


def _step(filters: Mapping[str, Row], name: str, key: str, where: str) -> Decimal:
    return strict.positive(_one(filters, name, where), key, f"{where}.{name}").normalize()


def _lot(filters: Mapping[str, Row], where: str) -> tuple[Decimal, Decimal]:
    """The step and the least size that suit a limit and a market order."""
    names = ("LOT_SIZE", "MARKET_LOT_SIZE")
    steps = [_step(filters, name, "stepSize", where) for name in names]
    least = [strict.not_negative(_one(filters, name, where), "minQty", f"{where}.{name}") for name in names]
    if max(steps) % min(steps) != 0:
        raise Malformed(f"{where}: no size obeys both its steps {steps[0]} and {steps[1]}")
    return max(steps), max(least)


def _band(row: Row, where: str) -> Decimal:
    """How far from mark a limit may stand on the side where the venue is stricter."""
    up, down = strict.positive(row, "multiplierUp", where), strict.positive(row, "multiplierDown", where)
    if not down < 1 < up:
        strict.wrong(f"{down} to {up}", f"{where}.PERCENT_PRICE", "a band around 1")
    return min(up - 1, 1 - down)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _leverage(row: Row, where: str) -> int:
    leverage = strict.whole(row, "initialLeverage", where)
    if not 0 < leverage <= _LEVERAGE_MAX:
        strict.wrong(leverage, f"{where}.initialLeverage", f"1 to {_LEVERAGE_MAX}")
    return leverage

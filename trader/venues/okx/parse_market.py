"""The venue's table of instruments, margin tiers, and prices.

* The table's frame must be whole; a coin's own fields are judged when that coin is asked for, so that one odd
  row spoils one coin.
* Sizes leave here in coins. A coin that is announced to be delisted takes no new risk.
* A price that is zero, missing, not a number, or a best bid above the best ask makes the quote unreadable.
"""

from collections.abc import Sequence
from decimal import ROUND_DOWN, Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import MarginTier, Market, Trading
from trader.core.snapshot import Quote
from trader.venues import strict
from trader.venues.okx.contracts import coin_of, inst_id
from trader.venues.okx.envelope import only_row
from trader.venues.okx.numbers import amount_or_none, moment, positive_or_none
from trader.venues.strict import Row

_LEVERAGE_MAX = 1000
_TRADED = frozenset({"live"})
# The venue moves its limits with the index; this much of them is used, so that a step of theirs between the
# reading and the order does not push a bound out.
_BAND_USED = Decimal("0.9")


@frozen
class Tier:
    """One margin tier as the venue counts it."""

    contracts_min: Decimal
    leverage_max: int
    maintenance: Decimal


class InstrumentTable:
    """All USDT-margined swaps by coin, as they were read."""

    def __init__(self, data: list[object]) -> None:
        self._rows: dict[str, tuple[int, Row, str]] = {}
        for number, (row, where) in enumerate(strict.rows(data, "instruments")):
            coin = coin_of(strict.text(row, "instId", where))
            if coin in self._rows:
                raise Malformed(f"{where}: {strict.shown(coin)} stands in the table twice")
            if coin is not None:
                self._rows[coin] = (number, row, where)
        if not self._rows:
            raise Malformed("instruments: the table names no perpetual swap against USDT")

    def __contains__(self, coin: str) -> bool:
        return coin in self._rows

    def nearest(self, coin: str) -> str:
        """Why a coin is missing, with the names that it may have meant."""
        import difflib

        by_fold = {name.lower(): name for name in self._rows}
        close = difflib.get_close_matches(coin.lower(), by_fold, n=3, cutoff=0.5)
        meant = f"; nearest: {', '.join(strict.shown(by_fold[name]) for name in close)}" if close else ""
        return f"{strict.shown(coin)} is not a market of this venue{meant}"

    def contract(self, coin: str) -> Decimal | None:
        """How much of a coin one contract is; None where the table has no such coin."""
        if coin not in self._rows:
            return None
        _, row, where = self._rows[coin]
        return strict.positive(row, "ctVal", where) * strict.positive(row, "ctMult", where)

    def fee_group(self, coin: str) -> str | None:
        row = self._rows[coin][1] if coin in self._rows else {}
        return strict.optional_text(row, "groupId", f"instruments of {coin}") or None

    def market(
        self, coin: str, tiers: Sequence[MarginTier] | None = None, *, band: Decimal | None = None
    ) -> Market | None:
        """The rules of a coin, None where the venue has none of that name.

        Without tiers the instrument's own leverage holds for all sizes: enough to guard a position by.
        """
        found = self._rows.get(coin)
        contract = self.contract(coin)
        if found is None or contract is None:
            return None
        number, row, where = found
        strict.choice(row, "ctType", where, ("linear",))
        strict.choice(row, "settleCcy", where, ("USDT",))
        tick = strict.positive(row, "tickSz", where)
        exponent = tick.normalize().as_tuple().exponent
        return Market(
            coin=coin,
            number=number,
            lot=_plain(strict.positive(row, "lotSz", where) * contract),
            price_decimals_max=max(0, -exponent) if isinstance(exponent, int) else 0,
            notional_min=Decimal(0),
            tiers=tuple(tiers) if tiers else (MarginTier(Decimal(0), _leverage(row, "lever", where)),),
            trading=_trading(row, where),
            contract=_plain(contract),
            size_min=_plain(strict.positive(row, "minSz", where) * contract),
            tick=tick,
            limit_band=band,
        )


def _plain(value: Decimal) -> Decimal:
    """Without the zeros that a product leaves at its end, and without an exponent."""
    return Decimal(f"{value.normalize():f}")


def _leverage(row: Row, key: str, where: str) -> int:
    """The venue has odd ones, such as 66.66; what it surely allows is the whole part."""
    leverage = int(strict.positive(row, key, where).to_integral_value(rounding=ROUND_DOWN))
    if not 0 < leverage <= _LEVERAGE_MAX:
        strict.wrong(leverage, f"{where}.{key}", f"1 to {_LEVERAGE_MAX}")
    return leverage


def _trading(row: Row, where: str) -> Trading:
    if strict.text(row, "state", where) not in _TRADED:
        return Trading.CLOSED
    return Trading.REDUCE_ONLY if strict.text(row, "expTime", where) else Trading.OPEN


def band(data: list[object], coin: str, mark: Decimal) -> Decimal | None:
    """How far from mark a limit may stand, as a fraction; None where the venue sets no limits now."""
    where = f"price-limit of {coin}"
    row = only_row(data, where)
    _require_about(row, inst_id(coin), where)
    if not strict.flag(row, "enabled", where):
        return None
    highest, lowest = strict.positive(row, "buyLmt", where), strict.positive(row, "sellLmt", where)
    room = min(highest / mark - 1, 1 - lowest / mark)
    if room <= 0:
        raise Malformed(f"{where}: mark {mark} is outside its limits {lowest} and {highest}")
    return room * _BAND_USED


def tiers(data: list[object], coin: str) -> tuple[Tier, ...]:
    """The margin tiers of a coin, by size."""
    where = f"position-tiers of {coin}"
    found: dict[int, Tier] = {}
    for row, place in strict.rows(data, where):
        number = strict.positive(row, "tier", place)
        found[int(number)] = Tier(
            strict.not_negative(row, "minSz", place),
            _leverage(row, "maxLever", place),
            strict.positive(row, "mmr", place),
        )
    rising = [found[number] for number in sorted(found)]
    sizes = [tier.contracts_min for tier in rising]
    if not rising or list(found) == [] or sorted(found)[0] != 1 or sizes != sorted(set(sizes)):
        raise Malformed(f"{where}: tiers must begin with the first and rise in size")
    return tuple(rising)


def tiers_at(found: Sequence[Tier], contract: Decimal, mark: Decimal) -> tuple[MarginTier, ...]:
    """The same by notional at this price and by coins; the first holds from nothing on."""
    tiers: list[MarginTier] = []
    for i, tier in enumerate(found):
        size = _plain(tier.contracts_min * contract) if i else Decimal(0)
        tiers.append(MarginTier(size * mark, tier.leverage_max, tier.maintenance, size_min=size))
    return tuple(tiers)


def marks(data: list[object]) -> dict[str, Decimal]:
    """Mark prices by coin."""
    found: dict[str, Decimal] = {}
    for row, where in strict.rows(data, "mark-price"):
        coin = coin_of(strict.text(row, "instId", where))
        if coin is not None:
            found[coin] = strict.positive(row, "markPx", where)
    return found


def best(data: list[object], coin: str) -> tuple[Decimal | None, Decimal | None]:
    """The best bid and ask; None for a side of the book that is empty."""
    where = f"ticker of {coin}"
    row = only_row(data, where)
    _require_about(row, inst_id(coin), where)
    bid, ask = positive_or_none(row, "bidPx", where), positive_or_none(row, "askPx", where)
    if bid is not None and ask is not None and bid > ask:
        raise Malformed(f"{where}: the bid {bid} is above the ask {ask}")
    return bid, ask


def index(data: list[object], coin: str) -> Decimal:
    where = f"index of {coin}"
    row = only_row(data, where)
    _require_about(row, f"{coin}-USDT", where)
    return strict.positive(row, "idxPx", where)


@frozen
class FundingTerms:
    """The rate of the interval now running, when it is due, and how long an interval is."""

    rate: Decimal
    next_ms: int
    interval_ms: int


def funding_terms(data: list[object], coin: str) -> FundingTerms:
    where = f"funding-rate of {coin}"
    row = only_row(data, where)
    _require_about(row, inst_id(coin), where)
    due_ms, following_ms = moment(row, "fundingTime", where), moment(row, "nextFundingTime", where)
    if following_ms <= due_ms:
        strict.wrong(following_ms, f"{where}.nextFundingTime", f"later than {due_ms}")
    return FundingTerms(strict.amount(row, "fundingRate", where), due_ms, following_ms - due_ms)


def quote(
    mark: Decimal, oracle: Decimal, book: tuple[Decimal | None, Decimal | None], funding: FundingTerms
) -> Quote:
    return Quote(
        mark=mark,
        oracle=oracle,
        bid=book[0],
        ask=book[1],
        funding_rate=funding.rate,
        funding_next_ms=funding.next_ms,
        funding_interval_ms=funding.interval_ms,
    )


def _require_about(row: Row, instrument: str, where: str) -> None:
    if strict.text(row, "instId", where) != instrument:
        strict.wrong(row["instId"], f"{where}.instId", instrument)


def funding_rates(coin: str, data: list[object]) -> dict[int, Decimal]:
    """Settled rates by the moment they were due; the realised one where the venue tells it."""
    where = f"funding-rate-history of {coin}"
    found: dict[int, Decimal] = {}
    for row, place in strict.rows(data, where):
        rate = amount_or_none(row, "realizedRate", place)
        found[moment(row, "fundingTime", place)] = (
            strict.amount(row, "fundingRate", place) if rate is None else rate
        )
    return found

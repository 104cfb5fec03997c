"""What the account holds and how it is set up, as values.

* A flat coin is absent from the positions; everything else that is absent makes the answer malformed. So does
  a list of positions that does not add up to the venue's own total.
* The mark of a position is its value by its size, so that both are of one moment; the table's decimals
  take the rounding out of it.
* An account in a mode that keeps its money elsewhere is not malformed: it is a reason to take no risk.
"""

from collections.abc import Callable
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.market import Market
from trader.core.snapshot import Account, Leverage, Position
from trader.venues import strict
from trader.venues.strict import Row

PLAIN_ABSTRACTIONS = ("default", "disabled")
_RATE_MAX = Decimal("0.01")
# Rounding of each position's value; far less than the smallest position the venue lets one open.
_TOTAL_SLACK, _TOTAL_SLACK_MIN = Decimal("0.01"), Decimal(1)
MarketOf = Callable[[str], Market | None]


@frozen
class State:
    """One `clearinghouseState`."""

    at_ms: int
    account: Account
    positions: tuple[Position, ...]


def state(value: object, market_of: MarketOf) -> State:
    where = "clearinghouseState"
    row = strict.as_row(value, where)
    at_ms = strict.moment(row, "time", where)
    summary = strict.child(row, "marginSummary", where)
    account = Account(
        equity=strict.amount(summary, "accountValue", f"{where}.marginSummary"),
        margin_used=strict.amount(summary, "totalMarginUsed", f"{where}.marginSummary"),
        maintenance=strict.amount(row, "crossMaintenanceMarginUsed", where),
    )
    held: dict[str, Position] = {}
    listed = Decimal(0)
    for outer, place in strict.rows(strict.field(row, "assetPositions", where), "assetPositions"):
        strict.choice(outer, "type", place, ("oneWay",))
        one = _position(strict.child(outer, "position", place), place, market_of)
        if one is None:
            continue
        if one.coin in held:
            raise Malformed(f"{place}: {strict.shown(one.coin)} is held twice")
        held[one.coin] = one
        listed += strict.amount(strict.child(outer, "position", place), "positionValue", place)
    _require_same_story(strict.not_negative(summary, "totalNtlPos", f"{where}.marginSummary"), listed)
    return State(at_ms, account, tuple(held.values()))


def _require_same_story(total: Decimal, listed: Decimal) -> None:
    """The venue sums its positions up itself: a list that lacks one does not add up."""
    if abs(total - listed) > max(_TOTAL_SLACK * max(total, listed), _TOTAL_SLACK_MIN):
        raise Malformed(
            f"clearinghouseState: its positions are worth {listed} together, but it says {total}: a part is "
            "missing, so nothing may be concluded from it"
        )


def _position(row: Row, where: str, market_of: MarketOf) -> Position | None:
    coin = strict.text(row, "coin", where)
    size = strict.amount(row, "szi", where)
    if size == 0:
        return None
    setting = _leverage(strict.child(row, "leverage", where), f"{where}.leverage")
    liquidation = strict.field(row, "liquidationPx", where)
    return Position(
        coin=coin,
        size=size,
        entry_price=strict.positive(row, "entryPx", where),
        mark=_mark(strict.positive(row, "positionValue", where) / abs(size), market_of(coin)),
        liquidation=None if liquidation is None else strict.positive(row, "liquidationPx", where),
        leverage=setting.leverage,
        cross=setting.cross,
        margin_used=strict.amount(row, "marginUsed", where),
        unrealised=strict.amount(row, "unrealizedPnl", where),
    )


def _mark(value: Decimal, market: Market | None) -> Decimal:
    if market is None:
        return value
    rounded = value.quantize(Decimal(1).scaleb(-market.price_decimals_max))
    return rounded if rounded > 0 else value


def _leverage(row: Row, where: str) -> Leverage:
    cross = strict.choice(row, "type", where, ("cross", "isolated")) == "cross"
    value = strict.whole(row, "value", where)
    if value < 1:
        strict.wrong(value, f"{where}.value", "1 or more")
    return Leverage(value, cross)


def leverage(value: object, coin: str) -> Leverage:
    """The setting of a coin, also of one without a position, from `activeAssetData`."""
    where = f"activeAssetData of {coin}"
    row = strict.as_row(value, where)
    if strict.text(row, "coin", where) != coin:
        strict.wrong(row["coin"], f"{where}.coin", coin)
    return _leverage(strict.child(row, "leverage", where), f"{where}.leverage")


def fees(value: object) -> tuple[Decimal, Decimal]:
    """The account's taker and maker rates; a maker's may be negative."""
    row = strict.as_row(value, "userFees")
    rates = strict.amount(row, "userCrossRate", "userFees"), strict.amount(row, "userAddRate", "userFees")
    if not (0 <= rates[0] <= _RATE_MAX and -_RATE_MAX <= rates[1] <= _RATE_MAX):
        strict.wrong(rates, "userFees", f"rates of at most {_RATE_MAX}")
    return rates


def abstraction(value: object) -> str:
    """How the account keeps its money, in the venue's word."""
    if not isinstance(value, str):
        strict.wrong(value, "userAbstraction", "a string")
    return strict.shown(value)


def abstraction_problem(value: object) -> str | None:
    """Why an account of this kind cannot be accounted for, and the way out; None for a plain one."""
    kind = abstraction(value)
    if kind in PLAIN_ABSTRACTIONS:
        return None
    return (
        f"the account is in {kind} mode, where the balance of its perpetuals is only a part "
        "of its money, so that sizes and limits would be wrong; switch it to the standard (disabled) mode in "
        "the venue's portfolio settings, or trade from another account"
    )

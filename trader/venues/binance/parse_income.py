"""`income`: every movement of an account's money, each a gain, a flow, or of another coin's purse.

* The venue names the kind of each row; a kind that is not listed here is Malformed, for it might be either.
* A row repeated whole is one row. The venue numbers rows within their kind; what differs in anything is two.
* An amount in another coin than the one that equity is counted in is never added to it: such a coin has a
  balance of its own. Fees paid so are told by their coin.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from trader.core.frozen import frozen
from trader.core.past import Cause, Flow, Gain
from trader.venues import strict
from trader.venues.binance.symbols import QUOTE, coin_of, is_plain

GAINS: Mapping[str, Cause] = {
    "REALIZED_PNL": Cause.CLOSED,
    "COMMISSION": Cause.FEE,
    "FUNDING_FEE": Cause.FUNDING,
    "SPECIAL_FUNDING_FEE": Cause.FUNDING,
    "INSURANCE_CLEAR": Cause.OTHER,
    "DELIVERED_SETTELMENT": Cause.OTHER,  # as the venue writes it
    "OPTIONS_PREMIUM_FEE": Cause.OTHER,
    "OPTIONS_SETTLE_PROFIT": Cause.OTHER,
    "POSITION_LIMIT_INCREASE_FEE": Cause.OTHER,
}
FLOWS = (
    *("TRANSFER", "INTERNAL_TRANSFER", "CROSS_COLLATERAL_TRANSFER", "STRATEGY_UMFUTURES_TRANSFER"),
    *("COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW", "AUTO_EXCHANGE"),
    *("WELCOME_BONUS", "CONTEST_REWARD", "BFUSD_REWARD"),
    *("REFERRAL_KICKBACK", "COMMISSION_REBATE", "API_REBATE", "FEE_RETURN"),
)


@frozen
class Income:
    """One row; `number` is the venue's for it within its kind."""

    at_ms: int
    kind: str
    number: str
    amount: Decimal
    asset: str
    coin: str | None


def incomes(value: object) -> list[Income]:
    """The rows of one page."""
    found: list[Income] = []
    for row, place in strict.rows(value, "income"):
        symbol = strict.text(row, "symbol", place)
        one = Income(
            at_ms=strict.moment(row, "time", place),
            kind=strict.choice(row, "incomeType", place, (*GAINS, *FLOWS)),
            number=_number(strict.field(row, "tranId", place), place),
            amount=strict.amount(row, "income", place),
            asset=strict.text(row, "asset", place),
            coin=coin_of(symbol) if symbol else None,
        )
        found.append(one)
    return found


def gains(rows: Iterable[Income]) -> tuple[Gain, ...]:
    """What trading brought and cost, in the coin that equity is counted in."""
    return tuple(
        Gain(one.at_ms, one.amount, GAINS[one.kind], one.coin)
        for one in rows
        if one.asset == QUOTE and one.kind in GAINS
    )


def flows(rows: Iterable[Income]) -> tuple[Flow, ...]:
    """What came and went otherwise: transfers, and rewards of every sort."""
    return tuple(
        Flow(one.at_ms, one.amount, one.kind) for one in rows if one.asset == QUOTE and one.kind in FLOWS
    )


def fee_coins(rows: Iterable[Income]) -> set[str]:
    """Other coins in which fees of plain coins were paid."""
    paid = (one for one in rows if one.kind == "COMMISSION" and one.asset != QUOTE)
    return {one.asset for one in paid if one.coin is None or is_plain(one.coin)}


def _number(value: object, where: str) -> str:
    """Whole, and written with quotes or without them."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return value
    return str(strict.as_whole(value, f"{where}.tranId"))

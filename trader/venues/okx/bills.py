"""Bills as gains and flows: each row is one movement of the account's money.

* What moved is the change of the balance and of the margin set aside for a position, together: on isolated
  margin one is paid from the other. The fee is told beside it and taken out of it.
* A trade of swaps, futures or options, what ended one by force, funding and interest are gains. A transfer,
  a conversion, a loan or a trade of coins against coins brings or takes money and earns nothing: a flow.
* A type that is not listed here and moved the balance is Malformed: it could be either.
* Only USDT is counted, as everywhere: the request names the currency, and a row in another is Malformed.
"""

from collections.abc import Mapping
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.past import Cause, Flow, Gain
from trader.venues import strict
from trader.venues.okx.asking import CURRENCY
from trader.venues.okx.contracts import coin_of
from trader.venues.okx.numbers import amount_or_none, moment, number
from trader.venues.strict import Row

# Less than the venue's own sums differ by where they were rounded.
TOLERANCE = Decimal("0.0001")
_ZERO = Decimal(0)
_TRADE = "2"
_MARGIN_MOVED = "6"
_DERIVATIVES = ("SWAP", "FUTURES", "OPTION")
# What the venue pays into or takes out of an account that it took over.
_TAKEN_OVER = ("110", "111")
_GAINS: Mapping[str, Cause] = {
    _TRADE: Cause.CLOSED,
    "3": Cause.CLOSED,  # delivery
    "5": Cause.CLOSED,  # liquidation
    "7": Cause.OTHER,  # interest
    "8": Cause.FUNDING,
    "9": Cause.CLOSED,  # deleveraging
    "10": Cause.OTHER,  # clawback
    "13": Cause.CLOSED,  # the venue's own hedging
    "14": Cause.CLOSED,  # block trade
    "18": Cause.OTHER,  # profit sharing
    "24": Cause.CLOSED,  # spread trade
    "34": Cause.CLOSED,  # settlement
    "250": Cause.OTHER,
    "251": Cause.OTHER,
}
_FLOWS: Mapping[str, str] = {
    "1": "transfer",
    "4": "forced repayment",
    "11": "conversion by the venue",
    "12": "strategy transfer",
    "15": "quick margin",
    "16": "borrowing",
    "22": "repayment",
    "26": "structured product",
    "27": "conversion",
    "28": "conversion",
    "29": "one-click repayment",
    "30": "simple trade",
    "32": "moved position",
    "33": "loan",
}


@frozen
class Bill:
    """One row; `number` is what pages go by, `instrument` is empty where the money is of no product."""

    number: int
    at_ms: int
    instrument: str
    gains: tuple[Gain, ...]
    flow: Flow | None


def bills(data: list[object]) -> list[Bill]:
    """The rows of a page, in its order."""
    return [_bill(row, where) for row, where in strict.rows(data, "bills")]


def _bill(row: Row, where: str) -> Bill:
    strict.choice(row, "ccy", where, (CURRENCY,))
    kind, at_ms = strict.text(row, "type", where), moment(row, "ts", where)
    instrument = strict.text(row, "instId", where)
    place, moved = int(number(row, "billId", where)), _moved(row, where)
    is_exchange = kind == _TRADE and strict.text(row, "instType", where) not in _DERIVATIVES
    if kind in _FLOWS or is_exchange:
        flow = Flow(at_ms, moved, _FLOWS.get(kind, "trade of coins")) if moved else None
        return Bill(place, at_ms, instrument, (), flow)
    if kind in _GAINS:
        return Bill(place, at_ms, instrument, _gains(row, where, kind, moved), None)
    if moved:
        told = f"type {strict.shown(kind)}, subtype {strict.shown(strict.text(row, 'subType', where))}"
        why = "did not even out" if kind == _MARGIN_MOVED else "is not a type that is known here"
        raise Malformed(f"{where}: {told} moved the balance by {moved} {CURRENCY} and {why}")
    return Bill(place, at_ms, instrument, (), None)


def _moved(row: Row, where: str) -> Decimal:
    return strict.amount(row, "balChg", where) + (amount_or_none(row, "posBalChg", where) or _ZERO)


def _gains(row: Row, where: str, kind: str, moved: Decimal) -> tuple[Gain, ...]:
    """What it brought, and its fee apart."""
    fee = amount_or_none(row, "fee", where) or _ZERO
    is_isolated = strict.text(row, "mgnMode", where) == "isolated"
    if is_isolated and kind in (_TRADE, "8"):
        _require_told(row, where, moved, fee)
    cause = Cause.OTHER if strict.text(row, "subType", where) in _TAKEN_OVER else _GAINS[kind]
    at_ms, coin = moment(row, "ts", where), coin_of(strict.text(row, "instId", where))
    parts = ((cause, moved - fee), (Cause.FEE, fee))
    return tuple(Gain(at_ms, amount, cause, coin) for cause, amount in parts if amount)


def _require_told(row: Row, where: str, moved: Decimal, fee: Decimal) -> None:
    """On isolated margin a gain and margin that is set aside look alike, unless both changes are told."""
    profit = strict.amount(row, "pnl", where)
    if abs(moved - profit - fee) > TOLERANCE:
        raise Malformed(
            f"{where}: balance and margin changed by {moved} {CURRENCY}, but profit {profit} and fee {fee} "
            f"make {profit + fee}: one of them is not what it seems"
        )

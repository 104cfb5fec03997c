"""What the venue keeps of the account's money: earned, paid and moved, as far back as was asked.

Nothing here is remembered by this program: it is read anew in each run that may add risk. A gain is what
trading brought or cost; a flow is money that came or went, and is never profit.
"""

from decimal import Decimal
from enum import StrEnum

from trader.core.frozen import frozen


class Cause(StrEnum):
    """Why an account earned or paid."""

    CLOSED = "closed"
    FEE = "fee"
    FUNDING = "funding"
    OTHER = "other"


@frozen
class Gain:
    """One amount that trading brought (positive) or cost (negative); `closed` ones are before fees."""

    at_ms: int
    amount: Decimal
    cause: Cause
    coin: str | None = None


@frozen
class Flow:
    """Money that came in (positive) or went out: a deposit, withdrawal, transfer or reward."""

    at_ms: int
    amount: Decimal
    kind: str


@frozen
class Sample:
    """What the venue itself recorded of one moment: equity, and profit from any base, net of flows, both with
    what open positions stood at."""

    at_ms: int
    equity: Decimal
    profit: Decimal


@frozen
class Past:
    """The account's records, oldest first.

    `gains` reach back to `gains_since_ms`, `flows` to `since_ms`. `samples` are there where the venue keeps
    such a record, and reach back to `since_ms` too; elsewhere the gains do. `missing` says what did not fit
    into the pages that a tick may ask for; then nothing may be concluded from the rest.
    """

    since_ms: int
    gains_since_ms: int
    gains: tuple[Gain, ...]
    flows: tuple[Flow, ...]
    samples: tuple[Sample, ...] = ()
    missing: str | None = None

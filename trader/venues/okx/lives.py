"""What each position realised in its life, from flat to flat: of ended ones, of parts, of those that stand.

* A life is a position's number and the moment it was opened: the venue uses a number again for weeks.
* Each row tells all that the life has realised until then. Where a part was closed the history keeps its row
  beside that of the end, so of one life only the newest row is its sum, and rows are never added up.
* Lives in another currency are of another balance and left out.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.past import Cause, Gain
from trader.venues import strict
from trader.venues.okx.asking import CURRENCY
from trader.venues.okx.bills import TOLERANCE
from trader.venues.okx.contracts import coin_of
from trader.venues.okx.numbers import amount_or_none, moment
from trader.venues.strict import Row

_ZERO = Decimal(0)
_FIELDS: Mapping[Cause, str] = {Cause.CLOSED: "pnl", Cause.FEE: "fee", Cause.FUNDING: "fundingFee"}
_RARE = ("liqPenalty", "settledPnl")

Amounts = Mapping[Cause, Decimal]
LifeKey = tuple[str, int]
NOTHING: Amounts = dict.fromkeys(Cause, _ZERO)


@frozen
class Told:
    """What one row says: all that a life had realised at a moment."""

    key: LifeKey
    instrument: str
    at_ms: int
    amounts: Amounts
    is_counted: bool

    @property
    def opened_ms(self) -> int:
        return self.key[1]


def ended(data: list[object]) -> list[Told]:
    """Every row of a page of the history, those that are not counted too: pages go by their moments."""
    return [_told(row, where) for row, where in strict.rows(data, "positions-history")]


def standing(data: list[object]) -> list[Told]:
    """The positions that are open."""
    return [
        _told(row, where)
        for row, where in strict.rows(data, "positions")
        if strict.text(row, "instType", where) != "MARGIN"
    ]


def _told(row: Row, where: str) -> Told:
    key = (strict.text(row, "posId", where), moment(row, "cTime", where))
    is_counted = strict.text(row, "ccy", where) == CURRENCY
    return Told(
        key=key,
        instrument=strict.text(row, "instId", where),
        at_ms=moment(row, "uTime", where),
        amounts=_amounts(row, where) if is_counted else NOTHING,
        is_counted=is_counted,
    )


def _amounts(row: Row, where: str) -> Amounts:
    found = {cause: strict.amount(row, key, where) for cause, key in _FIELDS.items()}
    rare = [amount_or_none(row, key, where) or _ZERO for key in _RARE if row.get(key) is not None]
    found[Cause.OTHER] = sum(rare, _ZERO)
    told, whole = strict.amount(row, "realizedPnl", where), sum(found.values(), _ZERO)
    if abs(told - whole) > TOLERANCE:
        raise Malformed(
            f"{where}: realizedPnl {told} is not the sum of its parts, {whole}: a part has no field that is "
            "known here"
        )
    return found


def _less(one: Amounts, other: Amounts) -> Amounts:
    return {cause: one[cause] - other[cause] for cause in Cause}


def gains_of(amounts: Amounts, *, at_ms: int, coin: str | None, least: Decimal = _ZERO) -> list[Gain]:
    """One gain for each cause that brought or cost more than `least`."""
    return [Gain(at_ms, amount, cause, coin) for cause, amount in amounts.items() if abs(amount) > least]


@frozen
class Life:
    """One life: its rows in the history, oldest first, and the open position where it goes on."""

    instrument: str
    opened_ms: int
    parts: tuple[Told, ...]
    now: Told | None

    @property
    def realised(self) -> Amounts:
        """All of it so far."""
        return (self.now or self.parts[-1]).amounts

    def told_before(self, moment_ms: int) -> Amounts:
        """What the history knew of it at a moment: all until the last part that was closed by then."""
        return next((part.amounts for part in reversed(self.parts) if part.at_ms < moment_ms), NOTHING)

    def stood_at(self, moment_ms: int) -> bool:
        return self.opened_ms < moment_ms and (self.now is not None or self.parts[-1].at_ms >= moment_ms)

    def gains_between(self, *, since_ms: int, until_ms: int) -> list[Gain]:
        """What the history tells of this time, at the moments at which a part was closed, or the last."""
        found: list[Gain] = []
        known, coin = NOTHING, coin_of(self.instrument)
        for part in self.parts:
            if since_ms <= part.at_ms < until_ms:
                found += gains_of(_less(part.amounts, known), at_ms=part.at_ms, coin=coin)
            known = part.amounts
        return found


def lives_of(history: Sequence[Told], open_now: Sequence[Told]) -> list[Life]:
    """The lives that these rows tell of, each row once."""
    parts: dict[LifeKey, dict[int, Told]] = {}
    for row in history:
        if row.is_counted:
            parts.setdefault(row.key, {})[row.at_ms] = row
    held = {row.key: row for row in open_now if row.is_counted}
    return [
        _life(tuple(rows[at_ms] for at_ms in sorted(rows)), held.get(key))
        for key in {**parts, **held}
        for rows in [parts.get(key, {})]
    ]


def _life(parts: tuple[Told, ...], now: Told | None) -> Life:
    newest = now or parts[-1]
    return Life(newest.instrument, newest.opened_ms, parts, now)


@frozen
class Times:
    """The window, the beginning of the venue's day in it, and its end, which is now."""

    since_ms: int
    midnight_ms: int
    now_ms: int


def told_late(lives: Sequence[Life], day: Mapping[str, Sequence[Gain]], times: Times) -> list[Gain]:
    """What positions that stood at midnight had realised by then, and the history had not told.

    `day` are the gains since midnight by instrument. What its lives realised in all, without what the history
    knew at midnight and without what the day brought, was realised before: opening fees and funding. It is
    told at the opening of the oldest of them, where most of it arose.

    Without a position that stood there nothing can be left over. Where something is, a bill or a row is not
    there yet: then a loss counts as of now, because it is real, and a profit waits for the next reading.
    """
    found: list[Gain] = []
    for instrument in sorted({life.instrument for life in lives}):
        mine, coin = [life for life in lives if life.instrument == instrument], coin_of(instrument)
        left = _left(mine, day.get(instrument, ()), times.midnight_ms)
        opened = [life.opened_ms for life in mine if life.stood_at(times.midnight_ms)]
        total = sum(left.values(), _ZERO)
        if opened:
            found += gains_of(left, at_ms=max(min(opened), times.since_ms), coin=coin, least=TOLERANCE)
        elif total < -TOLERANCE:
            found.append(Gain(times.now_ms, total, Cause.OTHER, coin))
    return found


def _left(lives: Sequence[Life], day: Sequence[Gain], midnight_ms: int) -> Amounts:
    left = dict(NOTHING)
    for life in lives:
        more = _less(life.realised, life.told_before(midnight_ms))
        left = {cause: left[cause] + more[cause] for cause in Cause}
    for gain in day:
        left[gain.cause] -= gain.amount
    return left

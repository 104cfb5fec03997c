"""The record of the account's money, asked for with the first round of an observation.

* Gains reach back two days, which is what a day's loss needs: fills come from the observation's own reading,
  payments of funding are asked for. The venue's samples of value and profit serve everything older.
* At most two pages of a kind, the second ones together in one round more; what does not fit is `missing`.
"""

from collections.abc import Callable, Mapping, Sequence

from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.orders import Fill, Funding, Unreadable
from trader.core.past import Cause, Flow, Gain, Past
from trader.core.snapshot import Holdings
from trader.core.wire import Answer, Lost, Request
from trader.venues.hyperliquid import parse_fills, parse_ledger, parse_portfolio
from trader.venues.hyperliquid.asking import Questions
from trader.venues.hyperliquid.rounds import FILLS_A_PAGE, Rounds, read, rest_of

GAINS_BACK_MS = 2 * DAY_MS
ROWS_A_PAGE = 500

Key = tuple[str, str]
Page = tuple[Sequence[Funding | Flow], Sequence[int]]


@frozen
class Reach:
    """How far back each record is read, by the clock that stood when it was asked for."""

    since_ms: int
    gains_since_ms: int

    @classmethod
    def back(cls, past_ms: int, now_ms: int) -> "Reach":
        return cls(now_ms - past_ms, now_ms - min(past_ms, GAINS_BACK_MS))


@frozen
class _Record:
    """One list that comes in pages."""

    key: Key
    what: str
    since_ms: int
    ask: Callable[[int, int | None], Request]
    parse: Callable[[object], Page]
    advice: str


def questions(ask: Questions, reach: Reach) -> dict[Key, Request]:
    """What has to be asked beside an observation."""
    return {
        ("portfolio", ""): ask.portfolio(),
        ("flows", ""): ask.ledger(reach.since_ms),
        ("payments", ""): ask.funding(reach.gains_since_ms),
    }


def past(
    rounds: Rounds, answers: Mapping[Key, Answer | Lost], reach: Reach, holdings: Holdings
) -> Past | Unreadable:
    """The record, or the first part of it that could not be read."""
    samples = read(
        answers["portfolio", ""], "portfolio", lambda value: parse_portfolio.samples(value, reach.since_ms)
    )
    pages = _pages(rounds, answers, _records(rounds, reach))
    if isinstance(holdings.fills, Unreadable):
        return holdings.fills
    if isinstance(samples, Unreadable):
        return samples
    if isinstance(pages, Unreadable):
        return pages
    rows, missing = pages
    if not holdings.fills_complete:
        days = (holdings.at_ms - holdings.fills_since_ms) // DAY_MS
        missing.append(
            f"more than {2 * FILLS_A_PAGE} fills in {days} days, which is all that one run reads: wait until "
            "fewer are that young"
        )
    if not samples:
        missing.append(
            "the venue has taken no sample of this account's value yet: it begins some time after the first "
            "deposit; wait until then"
        )
    gains_since_ms = max(reach.gains_since_ms, holdings.fills_since_ms)
    return Past(
        since_ms=reach.since_ms,
        gains_since_ms=gains_since_ms,
        gains=_gains(holdings.fills, rows, gains_since_ms),
        flows=tuple(sorted((r for r in rows if isinstance(r, Flow)), key=lambda flow: flow.at_ms)),
        samples=samples,
        missing="; ".join(missing) or None,
    )


def _records(rounds: Rounds, reach: Reach) -> tuple[_Record, ...]:
    ask, account = rounds.ask, rounds.account
    return (
        _Record(
            ("flows", ""),
            "userNonFundingLedgerUpdates",
            reach.since_ms,
            ask.ledger,
            lambda value: parse_ledger.flows(value, account),
            "shorten limits.drawdown_days, or wait until fewer are that young",
        ),
        _Record(
            ("payments", ""),
            "userFunding",
            reach.gains_since_ms,
            ask.funding,
            parse_fills.fundings,
            "hold fewer coins at once",
        ),
    )


def _pages(
    rounds: Rounds, answers: Mapping[Key, Answer | Lost], records: Sequence[_Record]
) -> tuple[list[Funding | Flow], list[str]] | Unreadable:
    """All rows of all records, and what did not fit."""
    rows: list[Funding | Flow] = []
    full: list[tuple[_Record, Page]] = []
    for record in records:
        first = read(answers[record.key], record.what, record.parse)
        if isinstance(first, Unreadable):
            return first
        if len(first[1]) < ROWS_A_PAGE:
            rows += first[0]
        else:
            full.append((record, first))
    asked = [rest_of(record.ask, times, record.since_ms) for record, (_, times) in full]
    missing: list[str] = []
    for (record, first), (_, border_ms), answer in zip(
        full, asked, rounds.exchange([request for request, _ in asked]), strict=True
    ):
        second = read(answer, record.what, record.parse)
        if isinstance(second, Unreadable):
            return second
        # The rows of the border's own moment may be cut in two by it: the second page has all of them.
        rows += [row for row in first[0] if row.at_ms != border_ms]
        rows += second[0]
        if len(second[1]) >= ROWS_A_PAGE:
            missing.append(
                f"more than {2 * ROWS_A_PAGE} rows of {record.what} since {record.since_ms}, which is all "
                f"that one run reads: {record.advice}"
            )
    return rows, missing


def _gains(fills: Sequence[Fill], rows: Sequence[Funding | Flow], gains_since_ms: int) -> tuple[Gain, ...]:
    gains: list[Gain] = []
    for fill in fills:
        gains.append(Gain(fill.at_ms, fill.realised, Cause.CLOSED, fill.coin))
        gains.append(Gain(fill.at_ms, -fill.fee, Cause.FEE, fill.coin))
    gains += [Gain(r.at_ms, r.amount, Cause.FUNDING, r.coin) for r in rows if isinstance(r, Funding)]
    told = [gain for gain in gains if gain.amount and gain.at_ms >= gains_since_ms]
    return tuple(sorted(told, key=lambda gain: gain.at_ms))

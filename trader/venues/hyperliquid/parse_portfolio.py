"""What the venue recorded of the account's value and profit, from `portfolio`.

* Only the windows of perpetuals: the others count spot money, vaults and staking too.
* The shortest window that reaches back far enough, and over its end the shorter ones, whose samples are
  closer together: a top between two samples of a month may stand in the week or the day. One that begins with
  the account reaches back far enough however young it is.
* Each window counts profit from its own beginning. All end with the same sample, which tells how far apart
  the beginnings are; a window that ends elsewhere is left out.
* Value and profit are two lists of one window; where their times differ nothing may be concluded from either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from trader.core.candles import HOUR_MS
from trader.core.errors import Malformed
from trader.core.past import Sample
from trader.venues import strict

# From short to long; the last begins with the account.
WINDOWS = ("perpDay", "perpWeek", "perpMonth", "perpAllTime")
# Less than two samples of a week are apart: a window that begins so much later than asked misses none.
LATE_MS = 3 * HOUR_MS


def samples(value: object, since_ms: int) -> tuple[Sample, ...]:
    """The samples from the last one at or before this moment on; none where the venue has taken none."""
    named = _windows(value)
    windows = [_samples(named[name], f"portfolio.{name}") for name in WINDOWS]
    lifetime = windows[-1]
    if not lifetime:
        return ()
    begins_ms = max(since_ms, lifetime[0].at_ms) + LATE_MS
    reaching = next(i for i, window in enumerate(windows) if window and window[0].at_ms <= begins_ms)
    joined = windows[reaching]
    for finer in reversed(windows[:reaching]):
        joined = _finer(joined, finer)
    older = [i for i, sample in enumerate(joined) if sample.at_ms <= since_ms]
    return tuple(joined[older[-1] :] if older else joined)


def _finer(coarse: Sequence[Sample], fine: Sequence[Sample]) -> Sequence[Sample]:
    """The coarse samples up to where the fine ones begin, and from there on those."""
    if not fine or fine[-1].at_ms != coarse[-1].at_ms:
        return coarse
    base = coarse[-1].profit - fine[-1].profit
    before = [sample for sample in coarse if sample.at_ms < fine[0].at_ms]
    return [*before, *(replace(sample, profit=sample.profit + base) for sample in fine)]


def _windows(value: object) -> Mapping[str, object]:
    named: dict[str, object] = {}
    for i, pair in enumerate(strict.as_list(value, "portfolio")):
        where = f"portfolio[{i}]"
        both = strict.as_list(pair, where)
        if len(both) != 2 or not isinstance(both[0], str) or both[0] in named:
            strict.wrong(pair, where, "a name that stands there once, and its window")
        named[both[0]] = both[1]
    missing = [name for name in WINDOWS if name not in named]
    if missing:
        raise Malformed(f"portfolio: the window {missing[0]} is missing")
    return named


def _samples(value: object, where: str) -> Sequence[Sample]:
    row = strict.as_row(value, where)
    equity, profit = _series(row, "accountValueHistory", where), _series(row, "pnlHistory", where)
    times = [at_ms for at_ms, _ in equity]
    if times != [at_ms for at_ms, _ in profit]:
        raise Malformed(f"{where}: value and profit are not of the same moments, so neither can be believed")
    if times != sorted(times):
        raise Malformed(f"{where}: its samples are not in the order of time")
    return [
        Sample(at_ms, strict.as_amount(worth, where), strict.as_amount(earned, where))
        for (at_ms, worth), (_, earned) in zip(equity, profit, strict=True)
    ]


def _series(row: strict.Row, key: str, where: str) -> list[tuple[int, object]]:
    place = f"{where}.{key}"
    found: list[tuple[int, object]] = []
    for i, pair in enumerate(strict.as_list(strict.field(row, key, where), place)):
        both = strict.as_list(pair, f"{place}[{i}]")
        if len(both) != 2:
            strict.wrong(pair, f"{place}[{i}]", "a time and an amount")
        found.append((strict.moment({"time": both[0]}, "time", f"{place}[{i}]"), both[1]))
    return found

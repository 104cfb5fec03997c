"""What the venue recorded of the account's value and profit, from `portfolio`.

* Only the windows of perpetuals: the others count spot money, vaults and staking too.
* The shortest window that reaches back far enough, because a shorter one has its samples closer together. One
  that begins with the account reaches back far enough however young it is.
* Value and profit are two lists of one window; where their times differ nothing may be concluded from either.
"""

from collections.abc import Mapping, Sequence

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
    chosen = next(window for window in windows if window and window[0].at_ms <= begins_ms)
    older = [i for i, sample in enumerate(chosen) if sample.at_ms <= since_ms]
    return tuple(chosen[older[-1] :] if older else chosen)


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

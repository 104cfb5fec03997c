"""How far the account has fallen from its top, as an index that money coming or going does not move.

Pure. Each gain counts relative to the balance of its moment (time-weighted), so that a deposit or withdrawal
of any size changes nothing. Where the venue keeps samples of equity and profit the index goes through them,
and so sees what open positions stood at; elsewhere it goes through the gains, and the open profit of now
counts relative to the balance at the opening of the oldest open position.
"""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from trader.core.ownership import since_flat
from trader.core.past import Past, Sample
from trader.core.snapshot import Holdings
from trader.core.standing import Fall
from trader.core.text import utc

_ZERO = Decimal(0)


@dataclass
class _Index:
    """Starts at one and is moved by gains; `broken` says where the records contradict each other."""

    level: Decimal = Decimal(1)
    top: Decimal = Decimal(1)
    broken: str | None = None

    def earn(self, amount: Decimal, balance: Decimal, at_ms: int) -> None:
        """One gain on one balance; from nothing one can gain, and lose nothing."""
        if balance <= 0:
            if amount < 0 and self.broken is None:
                self.broken = (
                    f"the records say that {-amount:.2f} USD were lost at {utc(at_ms)}, of {balance:.2f}"
                )
            return
        self.level = max(_ZERO, self.level * (1 + amount / balance))
        self.top = max(self.top, self.level)

    def fall(self, since_ms: int) -> Fall | str:
        return self.broken or Fall(1 - self.level / self.top, since_ms)


def fall_of(holdings: Holdings, past: Past, start_ms: int, open_profit: Decimal) -> Fall | str:
    """The fall since `start_ms`, or since the record begins; or why it cannot be told."""
    if any(s.at_ms >= start_ms for s in past.samples):
        return _by_samples(holdings, past, max(start_ms, past.since_ms))
    return _by_gains(holdings, past, max(start_ms, past.gains_since_ms), open_profit)


def _by_gains(holdings: Holdings, past: Past, since_ms: int, open_profit: Decimal) -> Fall | str:
    """Balances are walked back from the present one."""
    events = [(g.at_ms, 0, g.amount) for g in past.gains if g.at_ms >= since_ms]
    events += [(f.at_ms, 1, f.amount) for f in past.flows if f.at_ms >= since_ms]
    opened_ms = _oldest_opening(holdings, since_ms)
    balance = balance_opened = holdings.account.equity - open_profit
    steps: list[tuple[int, Decimal, Decimal]] = []
    for at_ms, is_flow, amount in sorted(events, reverse=True):
        balance -= amount
        if at_ms >= opened_ms:
            balance_opened = balance
        if not is_flow:
            steps.append((at_ms, amount, balance))
    index = _Index()
    for at_ms, amount, before in reversed(steps):
        index.earn(amount, before, at_ms)
    index.earn(open_profit, balance_opened, holdings.at_ms)
    return index.fall(since_ms)


def _oldest_opening(holdings: Holdings, earliest_ms: int) -> int:
    """When the oldest open position was opened, as far as the fills that were read tell."""
    made = [since_flat(holdings.fills_in(p.slot)) for p in holdings.positions]
    return min((fills[0].at_ms if fills else earliest_ms for fills in made), default=holdings.at_ms)


def _by_samples(holdings: Holdings, past: Past, since_ms: int) -> Fall | str:
    """From sample to sample to the present; in a stretch, money comes at its start and goes at its end."""
    inside = [s for s in past.samples if s.at_ms >= since_ms]
    points = [*_start(inside[0], past, since_ms), *inside, _present(inside[-1], holdings, past)]
    index = _Index()
    for one, other in pairwise(points):
        earned = other.profit - one.profit
        moved = other.equity - one.equity - earned
        came = sum((f for f in _flows(past, one.at_ms, other.at_ms) if f > 0), _ZERO)
        index.earn(earned, one.equity + max(moved, came), other.at_ms)
    return index.fall(since_ms)


def _start(first: Sample, past: Past, since_ms: int) -> list[Sample]:
    """Where the window begins between two samples: the first one without what was earned up to it."""
    if past.gains_since_ms > since_ms:
        return []
    earned = sum((g.amount for g in past.gains if since_ms <= g.at_ms <= first.at_ms), _ZERO)
    moved = sum(_flows(past, since_ms, first.at_ms), _ZERO)
    return [Sample(since_ms, first.equity - earned - moved, first.profit - earned)]


def _present(last: Sample, holdings: Holdings, past: Past) -> Sample:
    """The account now, as one more sample."""
    equity = holdings.account.equity
    moved = sum(_flows(past, last.at_ms, holdings.at_ms), _ZERO)
    return Sample(holdings.at_ms, equity, last.profit + equity - last.equity - moved)


def _flows(past: Past, after_ms: int, until_ms: int) -> list[Decimal]:
    """What came and went in a stretch of time, its beginning not counted."""
    return [f.amount for f in past.flows if after_ms < f.at_ms <= until_ms]

"""What a reader has to know of a replay: what stood in for what, and why nothing was entered.

Rules: refusals are told only of a run without one trade, by coin and by who refused, with how often and the
first reason and the last in their own words: the first may be of a warm-up that ended. Orders that price
would not have reached are not among them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from trader.backtest.study import Study
from trader.core.actions import Action, Enter, Rest
from trader.core.orders import Rejected
from trader.core.report import Done, Refused
from trader.core.text import plural


@dataclass(slots=True)
class _Refused:
    """How often, and the first and the last reason."""

    first: str
    last: str
    count: int = 0


class Refusals:
    """Entries that came to nothing, and those that were sent."""

    def __init__(self) -> None:
        self._sent: dict[str, int] = {}
        self._refused: dict[tuple[str, str], _Refused] = {}

    def count(self, refused: Sequence[Refused], done: Sequence[Done], notes: Sequence[str]) -> None:
        """What became of one tick; `notes` are the plan's, which begin with the coin that they are about."""
        for one in refused:
            if _enters(one.action):
                self._note(one.action.coin, f"the gate's rule {one.rule!r}", one.reason)
        for sent in done:
            if not _enters(sent.action):
                continue
            if isinstance(sent.outcome, Rejected):
                self._note(sent.action.coin, "the exchange", sent.outcome.reason)
            else:
                self._sent[sent.action.coin] = self._sent.get(sent.action.coin, 0) + 1
        for note in notes:
            coin, _, why = note.partition(": ")
            self._note(coin, "the plan", why)

    def _note(self, coin: str, by: str, why: str) -> None:
        found = self._refused.setdefault((coin, by), _Refused(why, why))
        found.last, found.count = why, found.count + 1

    def told(self) -> Iterator[str]:
        """One line for each coin and whoever refused it."""
        for (coin, by), found in sorted(self._refused.items(), key=lambda each: each[0]):
            waited = self._sent.get(coin, 0)
            beside = f"; {plural(waited, 'entry order')} waited and did not fill" if waited else ""
            entries = "1 entry" if found.count == 1 else f"{found.count} entries"
            last = "" if found.last == found.first else f", last: {found.last}"
            yield f"{coin}: {entries} refused by {by}, first: {found.first}{last}{beside}"


def _enters(action: Action) -> bool:
    return isinstance(action, Enter | Rest)


def stand_ins(study: Study) -> Iterator[str]:
    """What was not given, and what was taken for it."""
    tapes, markets = study.tapes, study.policy.markets
    coins = sorted(tapes)
    yield from (f"{coin}: candles stand in for mark" for coin in coins if tapes[coin].mark is None)
    unpaid = [coin for coin in coins if tapes[coin].funding is None]
    if study.model.funding != "none":
        yield from (f"{coin}: no funding was given" for coin in unpaid)
    for coin in (coin for coin in unpaid if markets[coin].both_legs):
        yield f"{coin}: without --funding its grid takes the funding rate for 0 and thins no side for it"

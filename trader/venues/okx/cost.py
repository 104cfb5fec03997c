"""What readings take of the limits on single endpoints, known before they are made.

The venue counts each endpoint in windows of two seconds, and the adapter spreads what it asks over them. What
grows with the coins is told here; a tick may spend `SPREAD_S` on asking, so that it is still of one moment.
"""

from collections import Counter

from trader.core.access import Toll
from trader.core.ports import Scope
from trader.venues.okx import asking, lookups
from trader.venues.okx.asking import Question
from trader.venues.okx.observation import bar_pages
from trader.venues.okx.wire import LIMITS, WINDOW_S

SPREAD_S = 20
_NOW_MS = 1_700_000_000_000  # any moment: the requests are those of every other


def tolls(scope: Scope) -> tuple[Toll, ...]:
    """What an observation takes of the venue's limits, the one that is nearest to its end first."""
    windows = int(SPREAD_S / WINDOW_S)
    asked = questions_of(scope)
    counted = Counter(question.what for question in asked if question.what in LIMITS)
    shared = {question.what for question in asked if not question.is_private}
    found = [
        Toll(f"requests for {what}", count, LIMITS[what] * windows, SPREAD_S, is_shared=what in shared)
        for what, count in counted.items()
    ]
    return tuple(sorted(found, key=lambda toll: (-toll.asked / toll.limit, toll.what)))


def questions_of(scope: Scope) -> list[Question]:
    """What the first round of an observation asks of each coin."""
    asked = [question for _, question in lookups.questions(scope.lookups)]
    for need in scope.candles:
        coin = need.coin
        asked += [
            asking.ticker(coin),
            asking.index(coin),
            asking.price_limit(coin),
            asking.funding_rate(coin),
        ]
        asked += [asking.leverage(coin, cross=True), asking.tiers(coin, cross=True)]
        asked += bar_pages(need, _NOW_MS)
    return asked

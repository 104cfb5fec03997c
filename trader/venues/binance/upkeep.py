"""Whether the venue says that it takes no new risk from anybody: in its answers, or in its table of symbols.

Only what it says in so many words counts. An answer that fails otherwise spoils its own part, and a symbol
that does not trade while others do closes its coin alone.
"""

from trader.core.wire import Answer
from trader.venues import strict
from trader.venues.binance.failures import code_of, words_of
from trader.venues.binance.parse_market import MarketTable
from trader.venues.binance.refusals import BUSY_CODES, CLOSED_CODES, SURELY_NOT
from trader.venues.binance.trades import Answers

_STOPPED = BUSY_CODES | CLOSED_CODES


def venue_problem(answers: Answers, table: MarketTable | None) -> str | None:
    """Why nothing new may be entered now, in the venue's own words."""
    for (what, name), answer in answers.items():
        said = _stopped(answer) if isinstance(answer, Answer) and answer.status != 200 else None
        if said is not None:
            return f"the venue takes no requests for now ({' '.join(filter(None, (what, name)))}: {said})"
    if table is not None and not table.trades:
        return f"none of the venue's {len(table)} symbols is TRADING: it is closed for now"
    return None


def _stopped(answer: Answer) -> str | None:
    code, words = code_of(answer), words_of(answer)
    if code in _STOPPED or (answer.status == 503 and words == SURELY_NOT):
        return f"HTTP {answer.status} {'' if code is None else f'code {code} '}{strict.shown(words or '')}"
    return None

"""Episodes to try when none is known that shows a flaw: without faults and of the quick tier, in turns.

The order is always the same, and mixed: soon every venue, start and strategy has come once.
"""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain, product

from trader.selftest.accounts import LEGAL, held, profiles, waiting
from trader.selftest.script import Move, Script, text_of
from trader.selftest.starts import STARTS
from trader.selftest.tiers import seeds, tier_a

VENUES = ("hyperliquid", "okx", "binance")
MOVES = ("", "stop_out", "gap", "manual_close", "manual_stop_cancel")
SEEDS = 2_000


def candidates(venues: Iterable[str] = VENUES, like: str = "") -> Iterator[str]:
    """The lines, those that contain `like` alone."""
    asked = tuple(venues)
    quick = iter(_mixed(text_of(script) for venue in asked for script in tier_a(venue)))
    turns = ((line, next(quick, ""), next(quick, "")) for line in _clean(asked))
    drawn = (text_of(script) for script in seeds(1, SEEDS, asked))
    return (line for line in chain(chain.from_iterable(turns), quick, drawn) if line and like in line)


def make_accounts(venues: Iterable[str]) -> None:
    """Let the sound program make every account that an episode of these venues may begin with."""
    asked = frozenset(venues)
    for cell in LEGAL:
        if cell.venue in asked:
            for profile in profiles(cell):
                held(cell, profile)
                if profile.rests:
                    waiting(cell, profile)


def _clean(venues: tuple[str, ...]) -> list[str]:
    """Every start, cell and move, without a fault."""
    rows: list[Script] = []
    for cell, start, move in product(LEGAL, STARTS, MOVES):
        if cell.venue in venues:
            rows.append(Script(cell, start, 7, moves=(Move(1, move),) if move else ()))
    return _mixed(text_of(row) for row in rows)


def _mixed(lines: Iterable[str]) -> list[str]:
    """In an order that depends on the lines alone."""
    return sorted(lines, key=lambda line: sha256(line.encode()).digest())

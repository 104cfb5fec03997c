"""Pages of bars from their answers, and the same with what this process has read of them before."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from trader.core.errors import Malformed
from trader.core.ports import CandleNeed
from trader.core.wire import Answer, Lost
from trader.venues import bars, strict
from trader.venues.okx import parse_candles
from trader.venues.okx.envelope import data_of
from trader.venues.okx.parse_candles import where_of

if TYPE_CHECKING:
    from trader.core.memo import Memo

_END = b"]]}"


def bars_of(pages: Sequence[Answer | Lost], need: CandleNeed) -> bars.Bars:
    """All that the pages say; raises what another answer than a good one means."""
    where = where_of(need)
    return parse_candles.bars_of([data_of(page, where) for page in pages], need)


def remembered(memo: "Memo", pages: Sequence[Answer | Lost], need: CandleNeed) -> bars.Bars | None:
    """The same, with all rows but the newest from the memo: only that one changes from run to run. None where
    the pages cannot be taken apart so.

    The newest row stands first. What is before the cut is an envelope when it is closed there, and what is
    behind it a list when it is opened: then both together are the envelope of both.
    """
    bodies = [page.body for page in pages if isinstance(page, Answer) and page.status == 200]
    newer, cut, older = (bodies or [b""])[0].partition(b"],[")
    if len(bodies) < len(pages) or not cut or not older.endswith(_END):
        return None
    where, first = where_of(need), b"[[" + older.removesuffix(b"}")

    def read_older() -> bars.Bars:
        rest = [data_of(page, where) for page in pages[1:]]
        return parse_candles.bars_of([strict.decode(first, where), *rest], need)

    try:
        before = memo.said((where, need.frame_ms), [first, *bodies[1:]], read_older)
        alone = data_of(Answer(200, newer + _END, {}), where)
        return bars.followed(where, before, parse_candles.bars_of([alone], need))
    except Malformed:
        return None

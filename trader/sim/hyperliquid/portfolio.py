"""`/info portfolio`: the account's value and profit over eight windows, as the venue samples them.

Rules: the order of the windows is the venue's. Each begins with profit "0.0" and ends with the newest
sample. Spacing as recorded: a day in 13 points, a week every 4.3 hours, a month every 16 hours, all
time weekly.
"""

from bisect import bisect_right
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from trader.exchange.rows import EquityRow
from trader.sim.hyperliquid.decimals import text
from trader.sim.hyperliquid.info_market import HOUR_MS, Body
from trader.sim.hyperliquid.parsing import address_of
from trader.sim.hyperliquid.venue import Venue

_DAY_MS = 24 * HOUR_MS
_WINDOWS: dict[str, tuple[int | None, int]] = {
    "day": (_DAY_MS, 2 * HOUR_MS),
    "week": (7 * _DAY_MS, 9_450_000),
    "month": (30 * _DAY_MS, 16 * HOUR_MS),
    "allTime": (None, 7 * _DAY_MS),
}


def portfolio(venue: Venue, body: Body) -> Any:
    user = address_of(body)
    rows = venue.model.equity_history(user)
    shown = {name: _window(venue, user, rows, *spans) for name, spans in _WINDOWS.items()}
    perp = {f"perp{name[0].upper()}{name[1:]}": window for name, window in shown.items()}
    return [[name, window] for name, window in (shown | perp).items()]


def _window(
    venue: Venue, user: str, rows: Sequence[EquityRow], length_ms: int | None, step_ms: int
) -> dict[str, Any]:
    now_ms = venue.now_ms
    if not rows:
        return {"accountValueHistory": [], "pnlHistory": [], "vlm": "0.0"}
    begin_ms = rows[0].at_ms if length_ms is None else max(rows[0].at_ms, now_ms - length_ms)
    times = [row.at_ms for row in rows]
    moments = [*range(begin_ms, now_ms, step_ms), now_ms]
    samples = [rows[max(0, bisect_right(times, moment) - 1)] for moment in moments]
    if begin_ms == times[0] < now_ms:
        samples[0] = rows[0]  # as the account began, whatever the same moment still brought
    points = list(zip(moments, samples, strict=True))
    volume = sum(
        (fill.px * fill.sz for fill in venue.model.fills(user) if fill.at_ms >= begin_ms), Decimal(0)
    )
    first = samples[0].profit
    return {
        "accountValueHistory": [[moment, text(row.equity)] for moment, row in points],
        "pnlHistory": [[moment, text(row.profit - first)] for moment, row in points],
        "vlm": text(volume),
    }

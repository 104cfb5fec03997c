"""A paper account's day with planted mishaps: a tick that came late, one that never came, half an entry.

The prices are those that the program ships, of 2025-05-06; the day has signals at the ticks named here.
"""

from trader.commands.course import usual
from trader.core.candles import HOUR_MS, MINUTE_MS
from trader.rehearsal import Stage
from trader.sim.faults import Fault

DAY_MS = 1_746_489_600_000
FIRST, LAST = 16, 33  # half hours of the day at which cron calls
LATE, MISSING, PARTIAL = 17, 22, 28
USUAL_S, LATE_S = 15, 280
IN_PART = Fault("V12", is_write=True, times=0, params={"filled": "fraction"})


def signal_ms(tick: int) -> int:
    """The bar whose close the tick of this half hour sees."""
    return DAY_MS + (tick - 1) * HOUR_MS // 2


def lived(venue: str, *, mishaps: bool, last: int = LAST) -> Stage:
    """The account after the tick of the last half hour."""
    stage = usual(venue, "breakout").stage(DAY_MS + 8 * HOUR_MS)
    for tick in range(FIRST, last + 1):
        if mishaps and tick == MISSING:
            continue
        after_s = LATE_S if mishaps and tick == LATE else USUAL_S
        stage.clock.advance_to(DAY_MS + tick * 30 * MINUTE_MS + after_s * 1000)
        stage.settle()
        stage.faults(*((IN_PART,) if mishaps and tick == PARTIAL else ()))
        stage.host.run()
        stage.faults()
    return stage

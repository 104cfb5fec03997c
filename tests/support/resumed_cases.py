"""Cases of the window in which a fall counts, which begins anew when the operator resumes."""

from tests.support.builders import NOW_MS
from tests.support.day_cases import START, gain
from tests.support.fall_cases import fell
from tests.support.questions import Case
from trader.core.candles import DAY_MS


def cases() -> dict[str, Case]:
    return {
        "entry: a fall before the operator resumed": fell(
            None, 0.0001, gains=(gain(-200, DAY_MS + 1),), resumed_ms=NOW_MS - DAY_MS
        ),
        "entry: a fall since the operator resumed": fell(
            "drawdown", 0.2, 800, gains=(gain(-200, DAY_MS),), resumed_ms=NOW_MS - DAY_MS
        ),
        "entry: resumed before the window": fell(
            "drawdown", 0.2, 800, gains=(gain(-200, DAY_MS),), resumed_ms=START - 1
        ),
        "entry: resumed by a clock that goes a little ahead": fell(
            None, 0.0001, gains=(gain(-200, DAY_MS),), resumed_ms=NOW_MS + 60_000
        ),
        "entry: resumed in the future": fell(
            "drawdown", 0.2, 800, gains=(gain(-200, DAY_MS),), resumed_ms=NOW_MS + 60_001
        ),
    }

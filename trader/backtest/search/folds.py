"""Time cut into folds: what is learnt from, and what follows it and was not seen.

Rules: each test window begins where its training window ends, and the test windows follow each other without
gap or overlap, so that they can be joined. Anchored: every training window begins at the first. Rolling: each
is as long as the first. A rest too short for a whole test window is left out, and said.
"""

from trader.core.candles import DAY_MS
from trader.core.errors import ConfigError
from trader.core.frozen import frozen


@frozen
class Window:
    """From a moment, included, to another, excluded."""

    start_ms: int
    end_ms: int

    @property
    def days(self) -> float:
        return (self.end_ms - self.start_ms) / DAY_MS


@frozen
class Fold:
    """What is learnt from, and what it is tried on."""

    train: Window
    test: Window


def folds(whole: Window, *, train_ms: int, test_ms: int, anchored: bool) -> tuple[Fold, ...]:
    """All folds that fit."""
    if train_ms <= 0 or test_ms <= 0:
        raise ConfigError("--train-days and --test-days: expected at least one day each")
    found = []
    at_ms = whole.start_ms + train_ms
    while at_ms + test_ms <= whole.end_ms:
        begin_ms = whole.start_ms if anchored else at_ms - train_ms
        found.append(Fold(Window(begin_ms, at_ms), Window(at_ms, at_ms + test_ms)))
        at_ms += test_ms
    if not found:
        raise ConfigError(
            f"{whole.days:.1f} days are too few for one fold: --train-days {train_ms / DAY_MS:g} "
            f"and --test-days {test_ms / DAY_MS:g} need {(train_ms + test_ms) / DAY_MS:g}; "
            "shorten them or give more candles"
        )
    return tuple(found)


def left_out_ms(whole: Window, found: tuple[Fold, ...]) -> int:
    """The end of the whole that no test window covers."""
    return whole.end_ms - found[-1].test.end_ms

"""Market data that cannot be used, said so that a person can mend the file.

Rules: every text names the file, the place in it, the value met, what was expected, and what to do. What can
be used but should be known (gaps, a unit told from values, bars left out) is told, never swallowed.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from trader.core.errors import ConfigError

Tell: TypeAlias = Callable[[str], None]


class BadData(ConfigError):
    """A file of bars or rates is not what a backtest can read."""

    def __init__(self, path: Path, what: str, *, fix: str, place: str = "") -> None:
        self.path = path
        self.place = place
        self.fix = fix
        super().__init__(f"{path}: {place + ': ' if place else ''}{what}. {fix}")


def unheard(_text: str) -> None:
    """For a caller who only wants the columns."""
    return None

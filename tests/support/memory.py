"""What the adapters of one test have read: an identical answer is read once, whichever run it is given to.

Rules: `tests/conftest.py` forgets it after each test and `planting.py` before and after each flaw, so that
nothing planted in one is remembered in another, and nothing read by the sound program hides a flaw.
"""

from functools import lru_cache

from trader.core.memo import Memo


@lru_cache(maxsize=1)
def memory() -> Memo:
    """That of this test."""
    return Memo()


def forget() -> None:
    memory.cache_clear()

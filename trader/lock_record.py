"""What stands in a lock file: the quarantine word, and who holds the lock.

The record has one length and fits one disk sector, so rewriting it never needs room on a full disk and
is never seen half done. Reading is strict about `clean` and forgiving about all else: whatever is not
plainly `clean` is dirty, and a holder that cannot be read is not known.
"""

import re

from trader.core.errors import require
from trader.core.frozen import frozen

RECORD_BYTES = 512

_WORD = re.compile(r"(clean|dirty (?P<since>\d{1,15}))\n")
_COMMAND = r"[a-z][a-z-]{0,30}"
_HOLDER = re.compile(
    rf"pid (?P<pid>\d{{1,10}})\ncommand (?P<command>{_COMMAND})\nstarted (?P<started>\d{{1,15}})\n"
)


@frozen
class Quarantine:
    """Whether the last holder left writes that may still arrive; `since_ms` is set when it may have."""

    clean: bool
    since_ms: int | None


@frozen
class Holder:
    """Who holds the lock, in its own words."""

    pid: int
    command: str
    started_ms: int

    def __post_init__(self) -> None:
        require(
            re.fullmatch(_COMMAND, self.command) is not None,
            f"lock: the command {self.command!r} cannot stand in the lock file, expected {_COMMAND}",
        )


def encode_record(word: Quarantine, holder: Holder) -> bytes:
    state = "clean" if word.clean else f"dirty {word.since_ms}"
    text = f"{state}\npid {holder.pid}\ncommand {holder.command}\nstarted {holder.started_ms}\n"
    return text.encode("ascii").ljust(RECORD_BYTES, b"\n")


def parse_quarantine(record: bytes, *, now_ms: int) -> Quarantine:
    """Return the word; missing, unreadable or from the future is dirty since `now_ms`."""
    word = _WORD.match(record.decode("ascii", errors="replace"))
    if word is None:
        return Quarantine(clean=False, since_ms=now_ms)
    if word["since"] is None:
        return Quarantine(clean=True, since_ms=None)
    return Quarantine(clean=False, since_ms=min(int(word["since"]), now_ms))


def parse_holder(record: bytes) -> Holder | None:
    text = record.decode("ascii", errors="replace")
    word = _WORD.match(text)
    found = None if word is None else _HOLDER.match(text, word.end())
    if found is None:
        return None
    return Holder(pid=int(found["pid"]), command=found["command"], started_ms=int(found["started"]))

"""Keeps the journal small: compresses days that are over, removes the oldest and the bars only they named.

Rules: the writer is alone in the folder. Each step leaves a folder that reads the same if the process dies
after it: a compressed day replaces the plain one only when it is whole on disk, and a plain day whose lines
end the compressed one is a leftover, not a second copy.
"""

import gzip
import os
import re
import zlib

from trader.core.candles import DAY_MS
from trader.core.frozen import frozen
from trader.core.text import utc_day
from trader.sinks.bar_store import FOLDER as BARS
from trader.sinks.private_files import content_of, opened_below, remove, replace

PLAIN = ".jsonl"
PACKED = ".jsonl.gz"
UNPACKING_ERRORS = (OSError, EOFError, zlib.error)
_DAY_FILE = re.compile(r"(\d{4}-\d\d-\d\d)(\.jsonl|\.jsonl\.gz)")


@frozen
class _Kept:
    """One file and what removing it would free."""

    name: str
    day: str
    size: int


def tidy(folder: int, *, now_ms: int, days: int, bytes_max: int) -> list[str]:
    """Compress, then prune by age, then by size; today's file always stays."""
    today = utc_day(now_ms)
    over = [day for name, day in day_files(folder) if name.endswith(PLAIN) and day < today]
    warnings = [problem for day in over if (problem := _pack(folder, day)) is not None]
    oldest = utc_day(now_ms - (days - 1) * DAY_MS)
    kept = [_Kept(name, day, _size(folder, name)) for name, day in day_files(folder)]
    for file in [k for k in kept if k.day < oldest]:
        remove(folder, file.name)
    kept = [k for k in kept if k.day >= oldest]
    total = sum(k.size for k in kept) + _prune_bars(folder, _first_day(kept, today))
    while total > bytes_max and kept and kept[0].day < today:
        remove(folder, kept[0].name)
        kept = kept[1:]
        total = sum(k.size for k in kept) + _prune_bars(folder, _first_day(kept, today))
    if total > bytes_max:
        warnings.append(
            f"today alone takes {total / 1e6:.0f} of {bytes_max / 1e6:.0f} MB; raise journal.megabytes"
        )
    return warnings


def day_files(folder: int) -> list[tuple[str, str]]:
    """Name and day of each journal file, oldest day first; of one day the compressed part first."""
    found = [(name, match[1]) for name in os.listdir(folder) if (match := _DAY_FILE.fullmatch(name))]
    return sorted(found, key=lambda f: (f[1], f[0].endswith(PLAIN)))


def whole_day(packed: bytes | None, plain: bytes | None) -> bytes:
    """All lines of a day: the plain part follows the compressed one, unless it is a leftover of packing."""
    before = gzip.decompress(packed) if packed is not None else b""
    if plain is None or before.endswith(plain):
        return before
    return before + (b"\n" if before and not before.endswith(b"\n") else b"") + plain


def _pack(folder: int, day: str) -> str | None:
    """Compress one day; returns what went wrong, and then the day stays as it is."""
    try:
        whole = whole_day(content_of(folder, day + PACKED), content_of(folder, day + PLAIN))
        replace(folder, day + PACKED, gzip.compress(whole, compresslevel=6, mtime=0))
        remove(folder, day + PLAIN)
    except UNPACKING_ERRORS as error:
        return f"{day} cannot be compressed ({error}); it stays as it is"
    return None


def _prune_bars(journal: int, oldest: str) -> int:
    """Remove bars that no kept day refers to; returns the size of those that stay."""
    total = 0
    with opened_below(journal, BARS, create=True) as folder:
        for name in os.listdir(folder):
            found = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if utc_day(int(found.st_mtime * 1000)) < oldest:
                os.unlink(name, dir_fd=folder)
            else:
                total += found.st_size
    return total


def _first_day(kept: list[_Kept], today: str) -> str:
    return min((k.day for k in kept), default=today)


def _size(folder: int, name: str) -> int:
    return os.stat(name, dir_fd=folder, follow_symlinks=False).st_size

"""Closed bars kept once: a file a coin, frame and UTC day, to which bars are only ever added.

Rules: a tick's bars are referenced by where they stand in those files and by the hash of them all, which is
checked on reading. Bars that are there already are not written again, though the window of each tick begins
and ends elsewhere; a bar that the venue changed afterwards is added anew, and older references still hold.
The writer is alone in the journal's folder. A file's time says when it was last referenced.
"""

import hashlib
import os
from collections.abc import Iterator

from trader.core.candles import DAY_MS, Candles
from trader.core.errors import Malformed
from trader.core.frozen import frozen
from trader.core.text import utc_day
from trader.sinks.private_files import append, content_of, opened_below

FOLDER = "bars"
SUFFIX = ".bars"
_NAME_PART_MAX = 60  # a coin's name comes from the venue; a file name has a limit
_COLUMNS = 6


@frozen
class BarsReference:
    """Which bars a tick saw: parts are (file, offset, length) in the order of time."""

    coin: str
    frame_ms: int
    count: int
    sha256: str
    parts: tuple[tuple[str, int, int], ...]


def keep(journal: int, candles: Candles, *, now_ms: int) -> BarsReference:
    """Store what is not there yet and say where all of it stands."""
    digest = hashlib.sha256(_head(candles.coin, candles.frame_ms))
    parts = []
    with opened_below(journal, FOLDER, create=True) as folder:
        for day, lines in _by_day(candles):
            name = _file_name(candles.coin, candles.frame_ms, day)
            wanted = b"".join(lines)
            digest.update(wanted)
            parts.append((name, _place(folder, name, lines, wanted), len(wanted)))
            os.utime(name, ns=(now_ms * 1_000_000, now_ms * 1_000_000), dir_fd=folder)
    return BarsReference(candles.coin, candles.frame_ms, len(candles), digest.hexdigest(), tuple(parts))


def load(journal: int, reference: BarsReference) -> Candles:
    """The bars again; Malformed when one byte of them is missing or changed."""
    text = _stored(journal, reference)
    digest = hashlib.sha256(_head(reference.coin, reference.frame_ms))
    digest.update(text)
    if digest.hexdigest() != reference.sha256:
        raise Malformed(f"{reference.coin}: the stored bars are not those of the tick (their hash differs)")
    return _parsed(reference, text)


def _stored(journal: int, reference: BarsReference) -> bytes:
    text = b""
    if FOLDER not in os.listdir(journal):
        raise Malformed(f"{reference.coin}: the folder {FOLDER} is not beside the journal's file")
    with opened_below(journal, FOLDER, create=False) as folder:
        for name, offset, length in reference.parts:
            content = content_of(folder, name) if name.endswith(SUFFIX) and "/" not in name else None
            if content is None:
                raise Malformed(f"{reference.coin}: the stored bars {name} are gone (pruned or deleted)")
            text += content[offset : offset + length]
    return text


def _by_day(candles: Candles) -> Iterator[tuple[int, list[bytes]]]:
    columns = zip(candles.open, candles.high, candles.low, candles.close, candles.volume, strict=True)
    lines: list[bytes] = []
    day = -1
    for opened, values in zip(candles.open_ms, columns, strict=True):
        if opened // DAY_MS != day:
            if lines:
                yield day, lines
            day, lines = opened // DAY_MS, []
        lines.append(f"{opened} {' '.join(map(repr, values))}\n".encode())
    if lines:
        yield day, lines


def _place(folder: int, name: str, lines: list[bytes], wanted: bytes) -> int:
    """Where the wanted lines begin in their file, after adding those that are not at its end yet."""
    content = content_of(folder, name) or b""
    found = content.find(wanted)
    if found >= 0:
        return found
    last = content[content.rfind(b"\n", 0, -1) + 1 :]
    known = lines.index(last) + 1 if last in lines else 0
    overlap = b"".join(lines[:known])
    if not content.endswith(overlap):
        known, overlap = 0, b""
    return append(folder, name, b"".join(lines[known:])) - len(overlap)


def _parsed(reference: BarsReference, text: bytes) -> Candles:
    rows = [line.split() for line in text.decode().splitlines()]
    if len(rows) != reference.count or any(len(row) != _COLUMNS for row in rows):
        raise Malformed(f"{reference.coin}: {len(rows)} stored bars where the tick saw {reference.count}")
    columns = [tuple(float(row[i]) for row in rows) for i in range(1, _COLUMNS)]
    opened = tuple(int(row[0]) for row in rows)
    return Candles(reference.coin, reference.frame_ms, opened, *columns)


def _head(coin: str, frame_ms: int) -> bytes:
    return f"{coin} {frame_ms}\n".encode()


def _file_name(coin: str, frame_ms: int, day: int) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else f"%{ord(c):x}" for c in coin)
    if len(plain) > _NAME_PART_MAX:
        plain = hashlib.sha256(coin.encode()).hexdigest()
    return f"{plain}-{frame_ms}-{utc_day(day * DAY_MS)}{SUFFIX}"

"""MessagePack encoding of parsed JSON, the bytes that an action's hash is taken over.

Rules: mappings keep the order they come in; each number takes its shortest form. Only what JSON
can hold is encoded; anything else is a TypeError. Own code because the clients that check the
embedded exchange bring their own encoder, and two copies of one encoder share their mistakes.
"""

import struct
from collections.abc import Mapping, Sequence

Json = None | bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"]


def packed(value: Json) -> bytes:
    """The MessagePack form of one JSON value."""
    out = bytearray()
    _append(out, value)
    return bytes(out)


def _append(out: bytearray, value: Json) -> None:
    if value is None:
        out.append(0xC0)
    elif isinstance(value, bool):
        out.append(0xC3 if value else 0xC2)
    elif isinstance(value, int):
        _append_int(out, value)
    elif isinstance(value, float):
        out += struct.pack(">Bd", 0xCB, value)
    elif isinstance(value, str):
        _append_text(out, value.encode())
    elif isinstance(value, Mapping):
        _append_length(out, len(value), fix=0x80, wide=(0xDE, 0xDF))
        for key, item in value.items():
            _append_text(out, key.encode())
            _append(out, item)
    elif isinstance(value, (list, tuple)):
        _append_length(out, len(value), fix=0x90, wide=(0xDC, 0xDD))
        for item in value:
            _append(out, item)
    else:
        raise TypeError(f"{type(value).__name__} cannot be packed: expected a JSON value")


def _append_int(out: bytearray, value: int) -> None:
    if 0 <= value < 0x80:
        out.append(value)
    elif value >= 0:
        for tag, code, limit in ((0xCC, "B", 1 << 8), (0xCD, "H", 1 << 16), (0xCE, "I", 1 << 32)):
            if value < limit:
                out += struct.pack(f">B{code}", tag, value)
                return
        out += struct.pack(">BQ", 0xCF, value)
    elif value >= -0x20:
        out += struct.pack(">b", value)
    else:
        for tag, code, limit in ((0xD0, "b", 1 << 7), (0xD1, "h", 1 << 15), (0xD2, "i", 1 << 31)):
            if value >= -limit:
                out += struct.pack(f">B{code}", tag, value)
                return
        out += struct.pack(">Bq", 0xD3, value)


def _append_text(out: bytearray, text: bytes) -> None:
    length = len(text)
    if length < 0x20:
        out.append(0xA0 | length)
    elif length < 1 << 8:
        out += struct.pack(">BB", 0xD9, length)
    elif length < 1 << 16:
        out += struct.pack(">BH", 0xDA, length)
    else:
        out += struct.pack(">BI", 0xDB, length)
    out += text


def _append_length(out: bytearray, length: int, *, fix: int, wide: tuple[int, int]) -> None:
    if length < 0x10:
        out.append(fix | length)
    elif length < 1 << 16:
        out += struct.pack(">BH", wide[0], length)
    else:
        out += struct.pack(">BI", wide[1], length)

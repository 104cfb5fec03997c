"""Keccak-256, the hash of Ethereum addresses and typed data, in plain Python.

Rules: one message in, 32 bytes out, no state. The permutation is written out lane by lane because
each order costs five of them, and hashlib has SHA-3 (another padding) but not always Keccak.
Lane `xy` of the specification is the variable with the number x + 5 * y.
"""

import struct

_RATE = 136
_MASK = 0xFFFFFFFFFFFFFFFF
_LANES = struct.Struct("<17Q")
_DIGEST = struct.Struct("<4Q")
_ROUND_CONSTANTS = (
    0x0000000000000001, 0x0000000000008082, 0x800000000000808A, 0x8000000080008000,
    0x000000000000808B, 0x0000000080000001, 0x8000000080008081, 0x8000000000008009,
    0x000000000000008A, 0x0000000000000088, 0x0000000080008009, 0x000000008000000A,
    0x000000008000808B, 0x800000000000008B, 0x8000000000008089, 0x8000000000008003,
    0x8000000000008002, 0x8000000000000080, 0x000000000000800A, 0x800000008000000A,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
)  # fmt: skip


def _permuted(state: list[int]) -> list[int]:
    """Keccak-f[1600]: theta, rho and pi, chi, iota, twenty-four times."""
    m = _MASK
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12 = state[:13]
    a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24 = state[13:]
    for constant in _ROUND_CONSTANTS:
        c0, c1 = a0 ^ a5 ^ a10 ^ a15 ^ a20, a1 ^ a6 ^ a11 ^ a16 ^ a21
        c2, c3 = a2 ^ a7 ^ a12 ^ a17 ^ a22, a3 ^ a8 ^ a13 ^ a18 ^ a23
        c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24
        d0, d1 = c4 ^ (c1 << 1 & m | c1 >> 63), c0 ^ (c2 << 1 & m | c2 >> 63)
        d2, d3 = c1 ^ (c3 << 1 & m | c3 >> 63), c2 ^ (c4 << 1 & m | c4 >> 63)
        d4 = c3 ^ (c0 << 1 & m | c0 >> 63)
        b0, a5, a10, a15, a20 = a0 ^ d0, a5 ^ d0, a10 ^ d0, a15 ^ d0, a20 ^ d0
        a1, a6, a11, a16, a21 = a1 ^ d1, a6 ^ d1, a11 ^ d1, a16 ^ d1, a21 ^ d1
        a2, a7, a12, a17, a22 = a2 ^ d2, a7 ^ d2, a12 ^ d2, a17 ^ d2, a22 ^ d2
        a3, a8, a13, a18, a23 = a3 ^ d3, a8 ^ d3, a13 ^ d3, a18 ^ d3, a23 ^ d3
        a4, a9, a14, a19, a24 = a4 ^ d4, a9 ^ d4, a14 ^ d4, a19 ^ d4, a24 ^ d4
        b10, b20 = a1 << 1 & m | a1 >> 63, a2 << 62 & m | a2 >> 2
        b5, b15 = a3 << 28 & m | a3 >> 36, a4 << 27 & m | a4 >> 37
        b16, b1 = a5 << 36 & m | a5 >> 28, a6 << 44 & m | a6 >> 20
        b11, b21 = a7 << 6 & m | a7 >> 58, a8 << 55 & m | a8 >> 9
        b6, b7 = a9 << 20 & m | a9 >> 44, a10 << 3 & m | a10 >> 61
        b17, b2 = a11 << 10 & m | a11 >> 54, a12 << 43 & m | a12 >> 21
        b12, b22 = a13 << 25 & m | a13 >> 39, a14 << 39 & m | a14 >> 25
        b23, b8 = a15 << 41 & m | a15 >> 23, a16 << 45 & m | a16 >> 19
        b18, b3 = a17 << 15 & m | a17 >> 49, a18 << 21 & m | a18 >> 43
        b13, b14 = a19 << 8 & m | a19 >> 56, a20 << 18 & m | a20 >> 46
        b24, b9 = a21 << 2 & m | a21 >> 62, a22 << 61 & m | a22 >> 3
        b19, b4 = a23 << 56 & m | a23 >> 8, a24 << 14 & m | a24 >> 50
        a0, a1, a2, a3, a4 = b0 ^ ~b1 & b2, b1 ^ ~b2 & b3, b2 ^ ~b3 & b4, b3 ^ ~b4 & b0, b4 ^ ~b0 & b1
        a5, a6, a7, a8, a9 = b5 ^ ~b6 & b7, b6 ^ ~b7 & b8, b7 ^ ~b8 & b9, b8 ^ ~b9 & b5, b9 ^ ~b5 & b6
        a10, a11, a12 = b10 ^ ~b11 & b12, b11 ^ ~b12 & b13, b12 ^ ~b13 & b14
        a13, a14 = b13 ^ ~b14 & b10, b14 ^ ~b10 & b11
        a15, a16, a17 = b15 ^ ~b16 & b17, b16 ^ ~b17 & b18, b17 ^ ~b18 & b19
        a18, a19 = b18 ^ ~b19 & b15, b19 ^ ~b15 & b16
        a20, a21, a22 = b20 ^ ~b21 & b22, b21 ^ ~b22 & b23, b22 ^ ~b23 & b24
        a23, a24 = b23 ^ ~b24 & b20, b24 ^ ~b20 & b21
        a0 ^= constant
    low = [a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12]
    return [*low, a13, a14, a15, a16, a17, a18, a19, a20, a21, a22, a23, a24]


def keccak256(message: bytes) -> bytes:
    """The 32-byte digest with the original Keccak padding (0x01), as Ethereum uses it."""
    padding = bytearray(_RATE - len(message) % _RATE)
    padding[0] = 0x01
    padding[-1] |= 0x80
    padded = message + bytes(padding)
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        block = _LANES.unpack_from(padded, start)
        state[:17] = [lane ^ word for lane, word in zip(state[:17], block, strict=True)]
        state = _permuted(state)
    return _DIGEST.pack(*state[:4])

"""Blocks of deflate written symbol by symbol, with codes that no encoder would choose."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence

END = 256
PRECODE_ORDER = (16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15)
LENGTH_3, LENGTH_10 = 257, 264  # symbols without extra bits

Match = tuple[int, int, int]
"""A length symbol without extra bits, a distance symbol, and the extra bits of the distance."""


def staircase(symbols: int) -> list[int]:
    """Code lengths 1, 2, 3 ... up to 15, the last twice: a whole code with all lengths."""
    lengths = [*range(1, min(symbols, 16)), min(symbols, 16) - 1]
    return lengths + [0] * (symbols - len(lengths))


def codes(lengths: Sequence[int]) -> dict[int, str]:
    """The canonical code: symbol -> bits, first bit first."""
    found, code, before = {}, 0, 0
    for length, symbol in sorted((length, symbol) for symbol, length in enumerate(lengths) if length):
        code <<= length - before
        found[symbol] = f"{code:0{length}b}"
        code, before = code + 1, length
    return found


def number(value: int, bits: int) -> str:
    """Lowest bit first."""
    return f"{value:0{bits}b}"[::-1] if bits else ""


def dynamic_block(literals: Sequence[int], distances: Sequence[int], content: Iterable[int | Match]) -> bytes:
    """One last block with these code lengths. The lengths themselves are written with four bits each."""
    bits = "1" + number(2, 2) + number(len(literals) - 257, 5) + number(len(distances) - 1, 5) + number(15, 4)
    bits += "".join(number(0 if symbol > 15 else 4, 3) for symbol in PRECODE_ORDER)
    bits += "".join(f"{length:04b}" for length in (*literals, *distances))
    literal, distance = codes(literals), codes(distances)
    for one in content:
        if isinstance(one, int):
            bits += literal[one]
        else:
            length, place, extra = one
            bits += literal[length] + distance[place] + number(extra, max(0, place // 2 - 1))
    bits += literal[END]
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, len(bits), 8))


def long_codes() -> tuple[bytes, bytes]:
    """A zlib stream that uses codes of all lengths for literals and distances; and what it stands for."""
    literals = [0] * 265
    used = [0, 7, LENGTH_10, LENGTH_3, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, END]
    for symbol, length in zip(used, staircase(16), strict=True):
        literals[symbol] = length
    content: list[int | Match] = [0, *range(1, 13)] * 40
    for place in range(16):
        extra = max(0, place // 2 - 1)
        content += [(LENGTH_10, place, (1 << extra) - 1), 7, (LENGTH_3, place, 0), 0, 0]
    block = dynamic_block(literals, staircase(16), content)
    raw = zlib.decompress(block, -15)
    return b"\x78\x9c" + block + zlib.adler32(raw).to_bytes(4, "big"), raw

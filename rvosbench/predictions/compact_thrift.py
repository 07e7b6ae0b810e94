"""Thrift's compact protocol, as far as Parquet describes itself in it: read without trust, into dictionaries
from the number of a field to its value."""

from __future__ import annotations

from typing import Any

_STRUCT = 12


class ThriftError(ValueError):
    """What is there is none of the protocol, or more than Parquet has a use for."""


class Compact:
    """IndexError at the end of the bytes. `deepest` is how many structures may lie in each other."""

    def __init__(self, data: bytes, deepest: int) -> None:
        self._data = data
        self._deepest = deepest
        self.at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > self._deepest:
            raise ThriftError("it is nested too deeply")
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._signed()
            kind = head & 15
            fields[number] = kind == 1 if kind in (1, 2) else self._value(kind, depth)
        return fields

    def _byte(self) -> int:
        value = self._data[self.at]
        self.at += 1
        return value

    def _unsigned(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
            if shift > 63:
                raise ThriftError("it has a number of more than 64 bits")

    def _signed(self) -> int:
        value = self._unsigned()
        return (value >> 1) ^ -(value & 1)

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2, 3):  # of truth values in lists each has a byte
            return self._byte()
        if kind in (4, 5, 6):
            return self._signed()
        if kind == 7:
            return self._bytes(8)
        if kind == 8:
            return self._bytes(self._unsigned())
        if kind in (9, 10):
            return self._list(depth)
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ThriftError("it has something in it that Parquet has not")

    def _list(self, depth: int) -> list[Any]:
        head = self._byte()
        length = head >> 4 if head >> 4 < 15 else self._unsigned()
        if length > len(self._data) - self.at:  # each takes a byte at least
            raise IndexError
        return [self._value(head & 15, depth) for _ in range(length)]

    def _bytes(self, length: int) -> bytes:
        start = self.at
        self.at += length
        if self.at > len(self._data):
            raise IndexError
        return self._data[start : self.at]

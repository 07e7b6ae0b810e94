"""Arrow arrays from Python values, without pandas: pyarrow's own way imports it wherever it is installed,
which takes longer than scoring a small split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.types as kinds

if TYPE_CHECKING:
    from numpy.typing import NDArray


def table(columns: Mapping[str, Sequence[Any] | NDArray[Any]], schema: pa.Schema) -> pa.Table:
    """The columns of the schema, of equal length; None is a null."""
    arrays = [column(columns[field.name], field.type) for field in schema]
    return pa.Table.from_arrays(arrays, schema=schema)


def column(values: Sequence[Any] | NDArray[Any], kind: pa.DataType) -> pa.Array:
    if kinds.is_list(kind):
        lengths = [0 if one is None else len(one) for one in values]
        inner = column([item for one in values for item in one or ()], kind.value_type)
        return _array(kind, values, [_ends(lengths)], [inner])
    if kinds.is_string(kind) or kinds.is_binary(kind):
        texts = [_bytes(one) for one in values]
        data = pa.py_buffer(b"".join(texts))
        return _array(kind, values, [_ends([len(one) for one in texts]), data])
    if isinstance(values, np.ndarray):
        numbers = values
    else:
        numbers = np.array([0 if one is None else one for one in values])
    if kinds.is_boolean(kind):
        return _array(kind, values, [_bits(numbers.astype(np.bool_))])
    whole = np.ascontiguousarray(numbers, kind.to_pandas_dtype())
    return _array(kind, values, [pa.py_buffer(whole)])


def _array(
    kind: pa.DataType,
    values: Sequence[Any] | NDArray[Any],
    buffers: list[pa.Buffer],
    children: list[pa.Array] | None = None,
) -> pa.Array:
    there = None
    if not isinstance(values, np.ndarray) and any(one is None for one in values):
        there = _bits(np.array([one is not None for one in values], np.bool_))
    return pa.Array.from_buffers(kind, len(values), [there, *buffers], children=children)


def _bytes(value: str | bytes | None) -> bytes:
    if value is None:
        return b""
    return value.encode() if isinstance(value, str) else value


def _ends(lengths: Sequence[int]) -> pa.Buffer:
    """Where each value begins, and where the last one ends."""
    return pa.py_buffer(np.concatenate(([0], np.cumsum(lengths, dtype=np.int64))).astype(np.int32))


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))

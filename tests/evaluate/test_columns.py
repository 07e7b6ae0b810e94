"""Arrow columns are what pyarrow makes of the same values, without its help and without pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rvosbench.evaluate.columns import column, table

TEXTS = pa.list_(pa.field("item", pa.string(), nullable=False))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([], pa.string()),
        (["a", "", "naïve", None], pa.string()),
        ([b"\x00\xff", b"", None], pa.binary()),
        ([1, None, -3], pa.int8()),
        ([1, 2**40], pa.int64()),
        ([0.1, None, 1e-300], pa.float64()),
        ([None, None], pa.float64()),
        ([True, None, False] * 7, pa.bool_()),
        ([["a", "b"], [], ["c"]], TEXTS),
        ([["a"], None, ["b"]], TEXTS),
        ([], TEXTS),
    ],
)
def test_values_come_out_as_they_went_in(values: list[Any], kind: pa.DataType) -> None:
    found = column(values, kind)
    found.validate(full=True)
    assert found.equals(pa.array(values, kind))


@pytest.mark.parametrize("values", [np.array([0.5, 0.25]), np.array([True, False, True]), np.zeros(0)])
def test_arrays_too(values: np.ndarray[Any, Any]) -> None:
    kind = pa.bool_() if values.dtype == np.bool_ else pa.float64()
    assert column(values, kind).to_pylist() == values.tolist()


def test_a_table_has_the_columns_of_its_schema() -> None:
    schema = pa.schema([pa.field("b", pa.string(), nullable=False), pa.field("a", pa.float64())])
    found = table({"a": [None, 1.5], "b": ["x", "y"]}, schema)
    assert found.schema == schema
    assert found.to_pylist() == [{"b": "x", "a": None}, {"b": "y", "a": 1.5}]

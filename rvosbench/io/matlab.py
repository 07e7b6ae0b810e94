"""Arrays of MATLAB files, old (MAT v5) and new (HDF5, called v7.3), in MATLAB's own order of axes.

An HDF5 file holds a MATLAB array with its axes reversed; here they are turned back, so that nobody else
needs to know which of the two forms a file has.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rvosbench.errors import Code, ProblemLog

Array = NDArray[np.generic]

# More than any video of masks has; a damaged file may claim anything.
MAX_ELEMENTS = 1 << 31


class _NotAnArrayError(Exception):
    """The file can be read, but what is asked for is not an array of numbers in it."""


def read_arrays(path: Path, names: Sequence[str], log: ProblemLog) -> dict[str, Array] | None:
    """All these arrays; None, with the reason in the log, unless every one is there."""
    if not path.is_file():
        log.add(
            Code.MISSING_FILE,
            path,
            expected="a file of masks",
            found="it is not there",
            fix="complete the release; `rvosbench describe DATASET` shows its layout",
        )
        return None
    try:
        return _read(path, names)
    except _NotAnArrayError as error:
        log.add(
            Code.BAD_STRUCTURE,
            path,
            expected="arrays of numbers named " + ", ".join(names),
            found=str(error),
            fix="download the file again",
        )
    except Exception as error:  # both libraries answer damaged bytes with whatever error these lead to
        log.add(
            Code.UNREADABLE_FILE,
            path,
            expected="a whole MATLAB file (MAT v5 or HDF5)",
            found=str(error) or type(error).__name__,
            fix="download the file again",
        )
    return None


def planes(array: Array) -> Array | None:
    """[height, width, n] as [n, height, width]; MATLAB drops an n of one. None for any other shape."""
    if array.ndim == 2:
        array = array[..., None]
    return np.moveaxis(array, 2, 0) if array.ndim == 3 and 0 not in array.shape else None


def _read(path: Path, names: Sequence[str]) -> dict[str, Array]:
    import h5py  # slow to import, and needed by two datasets alone

    if not h5py.is_hdf5(path):
        return _read_version_5(path, names)
    with h5py.File(path, "r") as file:
        return {name: _hdf5_array(file, name) for name in names}


def _hdf5_array(file: Any, name: str) -> Array:
    found = file.get(name)
    if found is None:
        raise _NotAnArrayError(_no_such(name, file))
    if not hasattr(found, "dtype") or found.dtype.kind not in "biuf" or found.size > MAX_ELEMENTS:
        raise _NotAnArrayError(f"{name}: {found!r}")
    array: Array = np.asarray(found[()]).T
    return array


def _read_version_5(path: Path, names: Sequence[str]) -> dict[str, Array]:
    import scipy.io

    shapes = {name: shape for name, shape, _ in scipy.io.whosmat(path)}
    for name in names:
        if name not in shapes:
            raise _NotAnArrayError(_no_such(name, shapes))
        if np.prod(shapes[name], dtype=float) > MAX_ELEMENTS:
            raise _NotAnArrayError(f"{name} of size {'x'.join(map(str, shapes[name]))}")
    arrays = scipy.io.loadmat(path, variable_names=list(names))
    for name in names:
        if not isinstance(arrays[name], np.ndarray) or arrays[name].dtype.kind not in "biuf":
            raise _NotAnArrayError(f"{name} of type {getattr(arrays[name], 'dtype', type(arrays[name]))}")
    return {name: arrays[name] for name in names}


def _no_such(name: str, present: Any) -> str:
    return f"no {name}, only " + (", ".join(sorted(map(str, present))[:8]) or "an empty file")

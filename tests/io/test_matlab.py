"""Arrays come in MATLAB's order of axes from either form of file; damaged bytes are a problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest
import scipy.io

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.matlab import planes, read_arrays

VALUES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)  # height, width, frames


def write_version_5(path: Path) -> None:
    scipy.io.savemat(path, {"part_mask": VALUES}, do_compression=True)


def write_version_7_3(path: Path) -> None:
    """As MATLAB does: axes reversed."""
    with h5py.File(path, "w") as file:
        file["part_mask"] = VALUES.transpose()


Write = Callable[[Path], None]
WRITERS: list[Write] = [write_version_5, write_version_7_3]


@pytest.mark.parametrize("write", WRITERS)
def test_both_forms_give_the_same_array(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "x.mat")
    log = ProblemLog()
    arrays = read_arrays(tmp_path / "x.mat", ["part_mask"], log)
    assert arrays is not None and not len(log)
    np.testing.assert_array_equal(arrays["part_mask"], VALUES)
    stack = planes(arrays["part_mask"])
    assert stack is not None
    for frame in range(4):
        np.testing.assert_array_equal(stack[frame], VALUES[:, :, frame])


def test_a_single_plane_is_a_stack_of_one() -> None:
    stack = planes(VALUES[:, :, 0])
    assert stack is not None and stack.shape == (1, 2, 3)


@pytest.mark.parametrize("shape", [(3,), (2, 3, 4, 5), (0, 0), (2, 0, 3)])
def test_what_is_no_stack_of_planes_is_none(shape: tuple[int, ...]) -> None:
    assert planes(np.zeros(shape)) is None


@pytest.mark.parametrize("write", WRITERS)
def test_a_missing_array_is_named_beside_those_that_are_there(tmp_path: Path, write: Write) -> None:
    write(tmp_path / "x.mat")
    log = ProblemLog()
    assert read_arrays(tmp_path / "x.mat", ["part_mask", "reMask"], log) is None
    (problem,) = log
    assert problem.code is Code.BAD_STRUCTURE
    assert "reMask" in problem.found and "part_mask" in problem.found


@pytest.mark.parametrize("write", WRITERS)
def test_a_file_cut_anywhere_is_a_problem_with_its_path(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "x.mat"
    write(path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        log = ProblemLog()
        if read_arrays(path, ["part_mask"], log) is None:
            (problem,) = log
            assert problem.path == str(path)
            assert problem.code in (Code.UNREADABLE_FILE, Code.BAD_STRUCTURE)
    path.write_bytes(whole[: len(whole) // 2])
    assert read_arrays(path, ["part_mask"], ProblemLog()) is None


@pytest.mark.parametrize("content", [b"", b"not a matrix\n" * 20, bytes(2000), b"\xff" * 500])
def test_other_bytes_are_a_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mat"
    path.write_bytes(content)
    log = ProblemLog()
    assert read_arrays(path, ["part_mask"], log) is None
    assert [problem.path for problem in log] == [str(path)]


def test_text_and_groups_are_no_arrays(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["text"] = "eleven"
        file.create_group("group")
    scipy.io.savemat(tmp_path / "x.mat", {"text": "eleven", "group": {"a": 1}})
    for name in ("x.h5", "x.mat"):
        for key in ("text", "group"):
            log = ProblemLog()
            assert read_arrays(tmp_path / name, [key], log) is None
            assert [problem.code for problem in log] == [Code.BAD_STRUCTURE]


def test_an_array_that_claims_to_be_endless_is_not_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file.create_dataset("part_mask", (1 << 20, 1 << 20), "u1", chunks=(1024, 1024))
    log = ProblemLog()
    assert read_arrays(tmp_path / "x.h5", ["part_mask"], log) is None
    assert [problem.code for problem in log] == [Code.BAD_STRUCTURE]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    log = ProblemLog()
    assert read_arrays(tmp_path / "x.mat", ["part_mask"], log) is None
    assert [problem.code for problem in log] == [Code.MISSING_FILE]

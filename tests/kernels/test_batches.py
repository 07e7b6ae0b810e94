"""Many predictions in one call, and in several threads."""

from __future__ import annotations

import struct
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import random_masks
from numpy.typing import NDArray
from png_files import png

from rvosbench._kernels import twin
from rvosbench._kernels.disk import boundary_radius, spans
from rvosbench._kernels.interface import Kernel, Truth
from rvosbench._kernels.reasons import Reason
from rvosbench.masks.planes import FRAME, PngFacts

Mask = NDArray[np.bool_]
SHAPES = [(30, 70), (48, 64), (1, 9)]


def pairs(number: int) -> list[tuple[Mask, Mask]]:
    random = np.random.default_rng(number)
    return [random_masks.pair(random, SHAPES[i % 3]) for i in range(number)]


def prepared(kernel: Kernel, mask: Mask) -> Truth:
    height, width = mask.shape
    plane = kernel.plane_from_pixels(mask.tobytes(), height, width)
    return kernel.prepare(plane, height, width, spans(boundary_radius(height, width)))


def file(mask: Mask) -> bytes:
    return png(np.where(mask, np.uint8(255), np.uint8(0)), filters=(0, 4, 2))


def test_a_record_is_as_wide_as_the_kernels_write_it(kernel: Kernel) -> None:
    truth = prepared(kernel, np.ones((3, 3), np.bool_))
    records, planes = kernel.score_pngs([truth] * 2, [b""] * 2)
    assert len(records) == 2 * FRAME.itemsize == 2 * struct.calcsize("=ddqqqIi")
    assert planes is None


def test_a_batch_has_the_scores_of_its_frames(kernel: Kernel) -> None:
    chosen = pairs(40)
    truths = [prepared(kernel, truth) for truth, _ in chosen]
    planes = [kernel.plane_from_pixels(mask.tobytes(), *mask.shape) for _, mask in chosen]
    counts = [kernel.rle_counts(plane, *mask.shape) for plane, (_, mask) in zip(planes, chosen, strict=True)]
    alone = [kernel.score(truth, plane) for truth, plane in zip(truths, planes, strict=True)]
    for records, kept in (
        kernel.score_pngs(truths, [file(mask) for _, mask in chosen], True),
        kernel.score_counts(truths, counts, True),
        kernel.score_planes(truths, planes),
    ):
        frames = np.frombuffer(records, FRAME)
        assert list(zip(frames["J"].tolist(), frames["F"].tolist(), strict=True)) == alone
        assert frames["area"].tolist() == [mask.sum() for _, mask in chosen]
        assert frames["intersection"].tolist() == [(a & b).sum() for a, b in chosen]
        assert frames["union"].tolist() == [(a | b).sum() for a, b in chosen]
        assert not frames["reason"].any()
        assert kept is None or kept == planes


def test_both_kernels_write_the_same_records(native: Kernel) -> None:
    chosen = pairs(30)
    files = [file(mask) for _, mask in chosen]
    files[3], files[7] = files[3][:50], b"no image"
    results = [
        kernel.score_pngs([prepared(kernel, truth) for truth, _ in chosen], files, True)
        for kernel in (native, twin)
    ]
    assert results[0] == results[1]


def test_what_is_refused_does_not_stop_the_others(kernel: Kernel) -> None:
    chosen = pairs(6)
    truths = [prepared(kernel, truth) for truth, _ in chosen]
    files = [file(mask) for _, mask in chosen]
    whole, _ = kernel.score_pngs(truths, files)
    files[2], files[4] = files[2][:-20], files[3]
    records, planes = kernel.score_pngs(truths, files, True)
    frames = np.frombuffer(records, FRAME)
    assert frames["reason"].tolist() == [0, 0, Reason.TRUNCATED, 0, Reason.WRONG_SIZE, 0]
    assert planes is not None
    assert [plane is None for plane in planes] == [False, False, True, False, True, False]
    good = frames["reason"] == 0
    assert frames[good].tolist() == np.frombuffer(whole, FRAME)[good].tolist()
    assert frames[~good][["J", "F", "union", "facts"]].tolist() == [(0.0, 0.0, 0, 0)] * 2


def test_records_hold_the_facts_of_each_file(kernel: Kernel) -> None:
    truth = prepared(kernel, np.ones((4, 4), np.bool_))
    soft = png(np.arange(16, dtype=np.uint8).reshape(4, 4), interlace=1)
    records, _ = kernel.score_pngs([truth, truth], [soft, file(np.ones((4, 4), np.bool_))])
    facts = [PngFacts.from_bits(bits) for bits in np.frombuffer(records, FRAME)["facts"].tolist()]
    assert facts == [
        PngFacts(15, 15, False, True, False, False),
        PngFacts(255, 1, False, False, False, False),
    ]


def test_an_empty_batch_is_no_error(kernel: Kernel) -> None:
    assert kernel.score_pngs([], []) == (b"", None)
    assert kernel.score_pngs([], [], True) == (b"", [])


def test_arguments_that_do_not_fit_are_an_error_of_the_caller(kernel: Kernel) -> None:
    truth = prepared(kernel, np.ones((3, 3), np.bool_))
    with pytest.raises(ValueError, match="as many"):
        kernel.score_pngs([truth], [])
    with pytest.raises(ValueError, match="are needed"):
        kernel.score_planes([truth], [bytes(16)])
    with pytest.raises(ValueError, match="are needed"):
        kernel.score(truth, bytes(16))


def test_the_compiled_kernel_takes_no_ground_truth_but_its_own(native: Kernel) -> None:
    with pytest.raises(TypeError, match="prepare"):
        native.score(object(), bytes(8))
    with pytest.raises(TypeError, match="cannot create"):
        type(prepared(native, np.ones((3, 3), np.bool_)))()


def test_threads_do_not_disturb_each_other(kernel: Kernel) -> None:
    """All at once, over ground truth that they share."""
    chosen = pairs(60)
    truths = [prepared(kernel, truth) for truth, _ in chosen]
    files = [file(mask) for _, mask in chosen]
    expected = kernel.score_pngs(truths, files, True)
    with ThreadPoolExecutor(8) as pool:
        tasks = [pool.submit(kernel.score_pngs, truths, files, True) for _ in range(16)]
        assert all(task.result() == expected for task in tasks)


def test_a_batch_lets_other_threads_run(native: Kernel) -> None:
    """A single call that takes long must not hold the interpreter."""
    mask = random_masks.noise(np.random.default_rng(0), (1080, 1920))
    truth, noise = prepared(native, mask), file(mask)
    turns = 0
    done = threading.Event()

    def score() -> None:
        native.score_pngs([truth] * 20, [noise] * 20)
        done.set()

    worker = threading.Thread(target=score)
    worker.start()
    while not done.wait(0.001):
        turns += 1
    worker.join()
    assert turns > 3

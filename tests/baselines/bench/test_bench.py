"""`rvosbench baseline bench`: what is counted is right, and what is timed is what is said."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import torch
from program import Outcome
from pycocotools.mask import decode
from rvosbench_baselines.base import Clip, OptionValue, Prediction, Sentence, Setup
from rvosbench_baselines.bench import subjects
from rvosbench_baselines.bench.command import operations
from rvosbench_baselines.bench.made_up import write_tracks
from rvosbench_baselines.bench.measure import Bench, measure
from rvosbench_baselines.cards import find
from torch import Tensor

from rvosbench.io.frames import open_frames

Call = Callable[..., Outcome]
SMALL = Bench(
    find("soc").baseline, "soc-small", frames=2, size=(32, 32), sentences=2, repeats=1, end_to_end=False
)


class Idle:
    """A predictor that predicts nothing."""

    def __init__(self, setup: Setup) -> None: ...

    def predict(self, clip: Clip) -> Iterator[Prediction]:
        return iter(())


def subject_of(
    see: Callable[[], Any] = lambda: torch.zeros(1),
    tell: Callable[[Any], Any] = lambda seen: seen,
    predictor: Callable[[Setup], Any] = Idle,
) -> Callable[..., subjects.Subject]:
    """In place of one of `SUBJECTS`."""
    model = torch.nn.Linear(1, 1)
    return lambda *asked: subjects.Subject(model, see, tell, text_included=True, predictor=predictor)


@pytest.mark.parametrize("name", ["refsam", "soc", "sola", "ssa"])
def test_every_baseline_has_its_figures(rvosbench: Call, name: str) -> None:
    small = ("--variant", f"{name}-small", "--frames", 2, "--height", 32, "--width", 32, "--repeats", 1)
    more = ("--no-end-to-end", "--device", "cpu", "--json")
    done = rvosbench("baseline", "bench", name, *small, *more)
    assert done.code == 0, done.err
    said = json.loads(done.out)
    variant = find(name).baseline.variant(f"{name}-small")
    assert variant is not None
    assert (said["parameters"], said["trainable"]) == (variant.parameters, variant.trainable)
    assert said["fps"] * said["seconds_per_frame"] == pytest.approx(1)
    assert min(said["fps_per_sentence"], said["flops"], said["peak_memory"]) > 0
    assert ("fps_batched" in said) == (name in ("soc", "ssa"))
    assert "fps_end_to_end" not in said


def test_solas_operations_are_as_many_as_were_counted_elsewhere() -> None:
    """20 tracks of 60 frames: 10.2 GFLOP with the authors' module and a sentence of so many words."""
    figures = measure(replace(SMALL, baseline=find("sola").baseline, variant="sola", frames=60))
    assert figures["flops"] == pytest.approx(10.2e9, rel=0.01)


def test_a_prediction_is_both_parts_and_what_is_shared_is_seen_once(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def see() -> Tensor:
        calls.append("see")
        return torch.zeros(1)

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject_of(see=see, tell=lambda seen: calls.append("tell")))
    figures = measure(replace(SMALL, warm_up=0, sentences=3))
    assert calls == ["see", "tell", "see", "tell", "tell", "tell", "see", "tell"]  # the last two are counted
    assert "fps_batched" not in figures


def test_half_precision_is_what_the_model_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = set()
    layer = torch.nn.Linear(1, 1)

    def tell(seen: Tensor) -> Tensor:
        told: Tensor = layer(seen)
        kinds.add(told.dtype)
        return told

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject_of(tell=tell))
    measure(replace(SMALL, precision="bf16"))
    assert kinds == {torch.bfloat16, torch.float32}  # the latter beside it, to compare


@pytest.mark.parametrize(
    ("name", "read"), [("refsam", "JPEG"), ("soc", "JPEG"), ("sola", "tracks"), ("ssa", "JPEG")]
)
def test_the_way_from_files_to_files_is_measured_too(rvosbench: Call, name: str, read: str) -> None:
    done = rvosbench(
        *("baseline", "bench", name, "--variant", f"{name}-small", "--frames", 2, "--height", 32),
        *("--width", 32, "--repeats", 1, "--batch", 1, "--sentences", 1, "--warm-up", 0, "--device", "cpu"),
    )
    assert done.code == 0, done.err
    assert f"from {read} to PNG files" in done.out
    assert "clips at once" not in done.out


def test_the_way_from_files_to_files_begins_when_the_predictor_is_loaded_and_warm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 0.0
    seen: list[tuple[int, ...]] = []

    class Slow(Idle):
        def __init__(self, setup: Setup) -> None:
            nonlocal now
            now += 1000

        def predict(self, clip: Clip) -> Iterator[Prediction]:
            nonlocal now
            now += 1 if seen else 100
            for frame in range(len(clip)):
                seen.append(clip.frame(frame).shape)
                yield Prediction("0", frame, mask=np.zeros((clip.height, clip.width), np.bool_))

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject_of(predictor=Slow))
    monkeypatch.setattr("rvosbench_baselines.bench.measure.time", SimpleNamespace(perf_counter=lambda: now))
    figures = measure(replace(SMALL, size=(32, 48), warm_up=1, end_to_end=True))
    assert seen == [(32, 48, 3)] * 2 * SMALL.frames
    assert figures["fps_end_to_end"] == SMALL.frames


def test_sola_draws_all_of_twenty_tracks_that_move(tmp_path: Path) -> None:
    """And looks at no frame. The masks of the table are read with pycocotools."""
    frames, size, path = 3, (40, 60), tmp_path / "tracks.parquet"
    write_tracks(path, "ref-youtube-vos", "bench", tracks=20, frames=frames, size=size)
    options: dict[str, OptionValue | None] = {"tracks": str(path), "threshold": 0.5}
    setup = Setup("sola-small", "masks", "ref-youtube-vos", options=options)
    predictor = subjects.sola("sola-small", frames, size, torch.device("cpu")).predictor(setup)
    no_frames = open_frames("file:.", tmp_path, "abc")
    clip = Clip("bench", size, "abc", [Sentence("0", "the dog", (0, 1, 2))], no_frames)
    found = np.array([prediction.mask for prediction in predictor.predict(clip)])

    table = pq.read_table(path)
    drawn = [[decode({"size": size, "counts": one}) for one in row] for row in table["counts"].to_pylist()]
    boxes = np.array(drawn, np.bool_)
    assert boxes.shape == (20, frames, *size)
    assert (boxes.sum((2, 3)) == 10 * 15).all()
    assert (boxes[:, 0] != boxes[:, -1]).any((1, 2)).all()
    assert np.array_equal(found, boxes.any(0))


@pytest.mark.parametrize("allocate", [torch.empty, np.empty])
def test_too_little_memory_is_a_problem(
    rvosbench: Call, monkeypatch: pytest.MonkeyPatch, allocate: Callable[..., Any]
) -> None:
    def see() -> Tensor:
        return torch.as_tensor(allocate(2**58))

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject_of(see=see))
    done = rvosbench("baseline", "bench", "soc", "--frames", 7, "--device", "cpu")
    assert done.code == 1
    assert "error RVB206  7 frames of 360 x 640" in done.err
    assert "llocate" in done.err
    assert "Traceback" not in done.err


def test_other_errors_of_a_model_are_not_said_to_be_of_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    def see() -> Tensor:
        raise RuntimeError("shapes do not fit")

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject_of(see=see))
    with pytest.raises(RuntimeError, match="shapes do not fit"):
        measure(SMALL)


@pytest.mark.parametrize(
    ("flops", "said"),
    [
        (4_321, "0.00432 MFLOP"),
        (48_553_632, "48.6 MFLOP"),
        (999_499_999, "999 MFLOP"),
        (999_500_001, "1 GFLOP"),
        (374_900_000_000, "375 GFLOP"),
        (5_678_900_000_000_000, "5,680 TFLOP"),
    ],
)
def test_operations_are_told_with_three_digits(flops: int, said: str) -> None:
    assert operations(flops) == said

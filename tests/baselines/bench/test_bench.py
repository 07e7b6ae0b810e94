"""`rvosbench baseline bench`: what is counted is right, and what is timed is what is said."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
import torch
from program import Outcome
from rvosbench_baselines.bench import subjects
from rvosbench_baselines.bench.measure import Bench, measure
from rvosbench_baselines.cards import find
from torch import Tensor

Call = Callable[..., Outcome]
SMALL = Bench(
    find("soc").baseline, "soc-small", frames=2, size=(32, 32), sentences=2, repeats=1, end_to_end=False
)


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

    def subject(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> subjects.Subject:
        def see() -> Tensor:
            calls.append("see")
            return torch.zeros(1)

        def tell(seen: Tensor) -> None:
            calls.append("tell")

        return subjects.Subject(torch.nn.Linear(1, 1), see, tell, text_included=True)

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject)
    figures = measure(replace(SMALL, warm_up=0, sentences=3))
    assert calls == ["see", "tell", "see", "tell", "tell", "tell", "see", "tell"]  # the last two are counted
    assert "fps_batched" not in figures


def test_half_precision_is_what_the_model_sees(monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = set()

    def subject(variant: str, frames: int, size: tuple[int, int], device: torch.device) -> subjects.Subject:
        layer = torch.nn.Linear(4, 4)

        def tell(seen: Tensor) -> Tensor:
            told: Tensor = layer(seen)
            kinds.add(told.dtype)
            return told

        return subjects.Subject(layer, lambda: torch.zeros(1, 4), tell, text_included=True)

    monkeypatch.setitem(subjects.SUBJECTS, "soc", subject)
    measure(replace(SMALL, precision="bf16"))
    assert kinds == {torch.bfloat16, torch.float32}  # the latter beside it, to compare


def test_the_way_from_files_to_files_is_measured_too(rvosbench: Call) -> None:
    done = rvosbench(
        *("baseline", "bench", "soc", "--variant", "soc-small", "--frames", 1, "--height", 32, "--width", 32),
        *("--repeats", 1, "--batch", 1, "--sentences", 1, "--warm-up", 0),
    )
    assert done.code == 0, done.err
    assert "from JPEG to PNG files" in done.out
    assert "clips at once" not in done.out

"""`rvosbench baseline bench --compile`, and how far other ways of computing agree with plain eager."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from program import Outcome
from rvosbench_baselines.bench import subjects
from rvosbench_baselines.bench.agreement import agreement
from rvosbench_baselines.bench.measure import Bench, measure
from rvosbench_baselines.cards import find

Call = Callable[..., Outcome]
SMALL = Bench(
    find("soc").baseline, "soc-small", frames=2, size=(32, 32), sentences=2, repeats=1, end_to_end=False
)
COMPILED = replace(SMALL, compiled=True, batch=1)


def test_agreement_is_that_of_masks_and_of_logits() -> None:
    reference = torch.tensor([[4.0, 2.0, -1.0, -8.0]])
    found = agreement(reference, torch.tensor([[4.5, -0.5, 1.0, -8.0]]))
    assert found["largest_logit"] == 8.0
    assert found["largest_difference"] == 2.5
    assert found["decided_otherwise"] == 0.5
    assert found["iou"] == pytest.approx(1 / 3)
    assert found["finite"] == 1.0


def test_logits_that_are_no_numbers_are_counted_and_not_compared() -> None:
    found = agreement(torch.tensor([1.0, 1.0, -1.0, -1.0]), torch.tensor([1.0, torch.nan, -1.5, -torch.inf]))
    assert found["finite"] == 0.5
    assert found["largest_difference"] == 0.5
    assert found["decided_otherwise"] == 0.25


def test_empty_masks_agree() -> None:
    assert agreement(-torch.ones(3), -torch.ones(3))["iou"] == 1.0


def test_half_precision_stands_beside_full_precision() -> None:
    figures = measure(replace(SMALL, precision="bf16", batch=1))
    assert list(figures["eager"]) == ["fp32"]
    assert 0 < figures["agreement"]["largest_difference"] < figures["agreement"]["largest_logit"]
    assert figures["agreement"]["iou"] > 0.5
    assert "compilation" not in figures


def test_plain_eager_has_nothing_beside_it() -> None:
    assert not {"eager", "agreement", "compilation"} & set(measure(replace(SMALL, batch=1)))


@pytest.mark.parametrize("warm_up", [0, 1])
def test_compiling_is_not_counted(monkeypatch: pytest.MonkeyPatch, warm_up: int) -> None:
    """Of a compiler that takes half a second for each part."""

    def compile_slowly(work: Callable[..., Any], *, dynamic: bool) -> Callable[..., Any]:
        left = [0.5]

        def made(*given: Any) -> Any:
            time.sleep(left.pop() if left else 0)
            return work(*given)

        return made

    monkeypatch.setattr(torch, "compile", compile_slowly)
    figures = measure(replace(COMPILED, warm_up=warm_up, batch=2))
    assert figures["compilation"]["seconds"] > 0.8
    assert figures["agreement"]["largest_difference"] == 0.0
    seconds = [SMALL.frames / figures[key] for key in ("fps", "fps_batched")]
    assert max(seconds) < 0.5


@pytest.mark.parametrize(("precision", "beside"), [("fp32", ["fp32"]), ("bf16", ["fp32", "bf16"])])
def test_beside_what_is_compiled_stands_eager_in_both_precisions(
    monkeypatch: pytest.MonkeyPatch, precision: str, beside: list[str]
) -> None:
    monkeypatch.setattr(torch, "compile", lambda work, *, dynamic: work)
    figures = measure(replace(COMPILED, precision=precision))
    assert list(figures["eager"]) == beside
    for eager in figures["eager"].values():
        assert figures["fps"] / eager["fps"] == pytest.approx(eager["times_as_fast"])


def test_soc_is_two_whole_graphs() -> None:
    """What is seen, and what becomes of it for a sentence. Whatever ends a graph would be an error here."""
    subject = subjects.soc("soc-small", 2, (32, 32), torch.device("cpu"))
    with torch.inference_mode():
        expected = subject.tell(subject.see())
        see, tell = (
            torch.compile(part, backend="eager", fullgraph=True) for part in (subject.see, subject.tell)
        )
        assert torch.allclose(tell(see()).pred_masks, expected.pred_masks, atol=1e-4)


def test_without_a_compiler_there_is_a_message(
    rvosbench: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from torch._inductor import config

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path))
    with config.patch({"cpp.cxx": ("no-such-compiler",)}):
        done = rvosbench("baseline", "bench", "sola", "--variant", "sola-small", "--frames", 9, "--compile")
    assert done.code == 1
    assert "error RVB208  --compile" in done.err
    assert "no-such-compiler" in done.err
    assert "Traceback" not in done.err


@pytest.mark.full
@pytest.mark.parametrize("name", ["soc", "sola"])
def test_what_is_compiled_predicts_the_same(rvosbench: Call, name: str) -> None:
    small = ("--variant", f"{name}-small", "--frames", 2, "--height", 32, "--width", 32, "--batch", 1)
    done = rvosbench("baseline", "bench", name, *small, "--no-end-to-end", "--compile", "--json")
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert said["compiled"]
    assert (said["compilation"]["graphs"], said["compilation"]["graph_breaks"]) == (2, 0)
    assert said["agreement"]["largest_difference"] < 1e-4 * said["agreement"]["largest_logit"]
    assert said["agreement"]["iou"] > 0.9999
    assert said["eager"]["fp32"]["fps"] > 0

"""The figures: what one prediction takes, after warming up; and what is counted without a clock."""

from __future__ import annotations

import platform
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch.utils.flop_counter import FlopCounterMode

from rvosbench.errors import Code, Problem, RvosbenchError, UsageError
from rvosbench.io.frames import open_frames
from rvosbench_baselines.base import Baseline, Clip, Sentence, Setup
from rvosbench_baselines.bench.agreement import agreement
from rvosbench_baselines.bench.clock import Clock, Timed
from rvosbench_baselines.bench.compiled import compiled, compiler_problems, graphs
from rvosbench_baselines.bench.made_up import write_frames, write_tracks
from rvosbench_baselines.bench.subjects import SENTENCE, SUBJECTS, TRACKS, Subject
from rvosbench_baselines.options import parse_options
from rvosbench_baselines.out_of_memory import is_out_of_memory
from rvosbench_baselines.tracks.table import SUFFIX

FULL = "fp32"
DATASET = "ref-youtube-vos"  # whose inference the end-to-end figure follows: whole videos
CLIP = "bench"


@dataclass(frozen=True, slots=True)
class Bench:
    baseline: Baseline
    variant: str
    frames: int = 36
    size: tuple[int, int] = (360, 640)
    sentences: int = 4
    batch: int = 2
    repeats: int = 3
    warm_up: int = 1
    device: str = "cpu"
    precision: str = FULL
    compiled: bool = False
    end_to_end: bool = True


@torch.inference_mode()
def measure(bench: Bench) -> dict[str, Any]:
    """`fps` = frames / seconds of one clip and one sentence: reading the sentence counts, scaling the frames
    does not, nor does compiling."""
    if bench.baseline.name not in SUBJECTS:
        raise UsageError(
            Problem(
                Code.UNKNOWN_BASELINE,
                bench.baseline.name,
                expected=f"one that is known here: {', '.join(SUBJECTS)}",
                found=bench.baseline.name,
                fix="measure other baselines with their own tools",
            )
        )
    with _memory_problems(bench):
        return _measured(bench)


def _measured(bench: Bench) -> dict[str, Any]:
    device = torch.device(bench.device)
    subject = SUBJECTS[bench.baseline.name](bench.variant, bench.frames, bench.size, device)
    subject.model.requires_grad_(False)  # the counter of operations stumbles over weights that would learn
    clock = Clock(device, bench.warm_up, bench.repeats)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    if bench.compiled:
        with compiler_problems():
            figures, whole = _speeds(bench, compiled(subject), clock)
    else:
        figures, whole = _speeds(bench, subject, clock)
    if bench.compiled or bench.precision != FULL:
        figures |= _beside_eager(bench, subject, clock, whole)
    if bench.end_to_end:
        figures["fps_end_to_end"] = bench.frames / _end_to_end(bench, subject)
        figures["end_to_end_reads"] = subject.reads
    return _about(bench, subject) | figures


@contextmanager
def _memory_problems(bench: Bench) -> Iterator[None]:
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        raise RvosbenchError(
            Problem(
                Code.OUT_OF_MEMORY,
                f"{bench.frames} frames of {bench.size[0]} x {bench.size[1]}",
                expected="a clip for which there is memory enough",
                found=str(error).strip().split("\n", 1)[0] or type(error).__name__,
                fix="give fewer --frames, less --height and --width, or --batch 1; or measure where there is "
                "more memory",
            )
        ) from error


def _speeds(bench: Bench, subject: Subject, clock: Clock) -> tuple[dict[str, Any], Timed]:
    """Of a subject, eager or compiled; and its prediction."""

    def shared() -> None:
        seen = subject.see()
        for _ in range(bench.sentences):
            subject.tell(seen)

    whole = clock.time(lambda: subject.tell(subject.see()), bench.precision, compiles=bench.compiled)
    figures: dict[str, Any] = {
        "fps": bench.frames / whole.seconds,
        "seconds_per_frame": whole.seconds / bench.frames,
    }
    if bench.compiled:
        figures["compilation"] = {"seconds": whole.compiling} | graphs()
    figures["fps_per_sentence"] = bench.sentences * bench.frames / clock.time(shared, bench.precision).seconds
    figures["peak_memory"] = _peak_memory(clock.device)
    if subject.batch is not None and bench.batch > 1:
        batch = subject.batch
        several = clock.time(lambda: batch(bench.batch), bench.precision, compiles=bench.compiled)
        figures["fps_batched"] = bench.batch * bench.frames / several.seconds
    return figures, whole


def _beside_eager(bench: Bench, subject: Subject, clock: Clock, whole: Timed) -> dict[str, Any]:
    """The same prediction without compiling, in full and in this precision; and how far it is the same."""
    ways = dict.fromkeys([FULL, bench.precision] if bench.compiled else [FULL])
    eager = {way: clock.time(lambda: subject.tell(subject.see()), way) for way in ways}
    return {
        "eager": {
            way: {"fps": bench.frames / timed.seconds, "times_as_fast": timed.seconds / whole.seconds}
            for way, timed in eager.items()
        },
        "agreement": agreement(subject.logits(eager[FULL].result), subject.logits(whole.result)),
    }


def _about(bench: Bench, subject: Subject) -> dict[str, Any]:
    weights = list(subject.model.parameters())
    variant = bench.baseline.variant(bench.variant)
    return {
        "baseline": bench.baseline.name,
        "variant": bench.variant,
        "parameters": sum(one.numel() for one in weights),
        "trainable": variant.trainable if variant is not None else None,
        "flops": _flops(subject),
        "text_encoder_included": subject.text_included,
        "frames": bench.frames,
        "height": bench.size[0],
        "width": bench.size[1],
        "sentences": bench.sentences,
        "batch": bench.batch,
        "repeats": bench.repeats,
        "precision": bench.precision,
        "compiled": bench.compiled,
        "device": _device_name(bench.device),
        "threads": torch.get_num_threads(),
        "torch": version("torch"),
    }


def _flops(subject: Subject) -> int:
    """Of one prediction, two for each multiplication with addition; what torch does not know of, such as the
    sampling of maps, is not counted."""
    with FlopCounterMode(display=False) as counter:
        subject.tell(subject.see())
    return int(counter.get_total_flops())


def _peak_memory(device: torch.device) -> int:
    """Bytes: of tensors on a GPU; on a processor of the whole process, up to now."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _end_to_end(bench: Bench, subject: Subject) -> float:
    """Seconds from files to PNG files, as `rvosbench baseline run` would take without its start: of the last
    time, after warming up."""
    stems = [f"{number:05d}" for number in range(bench.frames)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        predictor = subject.predictor(_setup(bench, _written(bench, subject, folder, stems)))
        sentence = Sentence("0", SENTENCE, tuple(range(bench.frames)))
        start = 0.0
        for _ in range(bench.warm_up + 1):
            start = time.perf_counter()
            clip = Clip(CLIP, bench.size, stems, [sentence], open_frames("file:.", folder, stems))
            for prediction in predictor.predict(clip):
                if prediction.mask is not None:
                    Image.fromarray(prediction.mask).save(folder / f"{stems[prediction.frame]}.png")
        return time.perf_counter() - start


def _written(bench: Bench, subject: Subject, folder: Path, stems: Sequence[str]) -> list[str]:
    """Made-up files of what the subject reads, and the options with which they are seen as large as they
    are, or found."""
    if subject.reads == "frames":
        write_frames(folder, stems, bench.size)
        known = {option.name for option in bench.baseline.options}
        sides = {"short-side": min(bench.size), "long-side": max(bench.size)}
        return [f"{name}={side}" for name, side in sides.items() if name in known]
    path = folder / f"tracks{SUFFIX}"
    write_tracks(path, DATASET, CLIP, tracks=TRACKS, frames=bench.frames, size=bench.size)
    return [f"tracks={path}"]


def _setup(bench: Bench, options: Sequence[str]) -> Setup:
    return Setup(
        variant=bench.variant,
        answer="masks",
        dataset=DATASET,
        device=bench.device,
        options=parse_options(options, bench.baseline, DATASET),
    )


def _device_name(device: str) -> str:
    if device.startswith("cuda"):
        return torch.cuda.get_device_name()
    return f"cpu ({platform.machine()})"

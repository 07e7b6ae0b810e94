"""`rvosbench baseline bench`"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import JSON

READ = {"frames": "JPEG", "tracks": "tracks"}
UNITS = (("TFLOP", 1e12), ("GFLOP", 1e9), ("MFLOP", 1e6))


class Device(StrEnum):
    CPU = "cpu"
    CUDA = "cuda"


class Precision(StrEnum):
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


def bench(
    name: Annotated[str, typer.Argument(metavar="NAME", help="refsam, soc, sola or ssa.")],
    variant: Annotated[
        str | None, typer.Option(help="Default: the first in the list.", show_default=False)
    ] = None,
    frames: Annotated[int, typer.Option(help="Of the clip.", min=1)] = 36,
    height: Annotated[int, typer.Option(help="Of the scaled frames.", min=32)] = 360,
    width: Annotated[int, typer.Option(help="Of the scaled frames.", min=32)] = 640,
    sentences: Annotated[int, typer.Option(help="That share what is seen.", min=1)] = 4,
    batch: Annotated[int, typer.Option(help="Clips at once; 1 leaves that figure out.", min=1)] = 2,
    repeats: Annotated[int, typer.Option(help="Of which the median counts.", min=1)] = 3,
    warm_up: Annotated[int, typer.Option(help="Runs that do not count.", min=0)] = 1,
    device: Annotated[
        Device | None, typer.Option(help="Default: cuda where there is one.", show_default=False)
    ] = None,
    precision: Annotated[Precision, typer.Option(help="Of the model.")] = Precision.FP32,
    compiled: Annotated[
        bool, typer.Option("--compile", help="By torch.compile, with plain eager beside it.")
    ] = False,
    end_to_end: Annotated[
        bool, typer.Option("--end-to-end/--no-end-to-end", help="From files to PNG files, too.")
    ] = True,
    as_json: JSON = False,
) -> None:
    """Measure speed, memory, parameters and operations of a baseline, with made-up weights and frames.

    Example: rvosbench baseline bench soc --variant soc-t --frames 36
    """
    from rvosbench_baselines.asked import torch_device
    from rvosbench_baselines.bench.measure import Bench, measure
    from rvosbench_baselines.cards import find, find_variant

    card = find(name).baseline
    done = measure(
        Bench(
            baseline=card,
            variant=find_variant(card, variant).name,
            frames=frames,
            size=(height, width),
            sentences=sentences,
            batch=batch,
            repeats=repeats,
            warm_up=warm_up,
            device=torch_device(None if device is None else device.value),
            precision=precision.value,
            compiled=compiled,
            end_to_end=end_to_end,
        )
    )
    if as_json:
        console.emit(done)
        return
    console.out(console.table(_rows(done)))
    console.note(f"Next: rvosbench baseline run {name} --dataset DATASET:SPLIT --out preds")


def _rows(done: dict[str, Any]) -> list[tuple[str, str]]:
    """For people; what was not measured has no row."""
    said = {
        "fps": "frames per second, one sentence",
        "fps_per_sentence": f"times sentences, {done['sentences']} of them sharing what is seen",
        "fps_batched": f"frames per second, {done['batch']} clips at once",
        "seconds_per_frame": "seconds per frame",
    }
    rows = [
        ("variant", f"{done['variant']}, {done['precision']}{', compiled' if done['compiled'] else ''}"),
        ("device", f"{done['device']}, {done['threads']} threads, torch {done['torch']}"),
        ("clip", f"{done['frames']} frames of {done['height']} x {done['width']}"),
        ("text encoder", "included" if done["text_encoder_included"] else "not included"),
        ("parameters", f"{done['parameters']:,}, of which {done['trainable'] or 0:,} are trained"),
        ("operations", operations(done["flops"])),
        ("peak memory", f"{done['peak_memory'] / 2**30:.2f} GiB"),
    ]
    if read := done.get("end_to_end_reads"):
        said["fps_end_to_end"] = f"frames per second, from {READ[read]} to PNG files"
    rows += [(text, f"{done[key]:.4g}") for key, text in said.items() if key in done]
    return rows + list(_beside_eager(done))


def operations(flops: int) -> str:
    """Three digits of it, with the unit that they are easiest to read in."""
    rounded = float(f"{flops:.3g}")
    unit, size = next(((unit, size) for unit, size in UNITS if rounded >= size), UNITS[-1])
    return f"{rounded / size:,g} {unit}"


def _beside_eager(done: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if compilation := done.get("compilation"):
        parts = f"{compilation['graphs']} graphs, {compilation['graph_breaks']} breaks"
        yield "compiling, not counted", f"{compilation['seconds']:.1f} s: {parts}"
    for precision, eager in done.get("eager", {}).items():
        ratio = f"this is {eager['times_as_fast']:.2f} times as fast"
        yield f"frames per second, eager {precision}", f"{eager['fps']:.4g}; {ratio}"
    if agreement := done.get("agreement"):
        difference = f"{agreement['largest_difference']:.2g} of up to {agreement['largest_logit']:.3g}"
        yield "largest difference of logits", f"{difference}, against eager fp32"
        yield (
            "decided otherwise",
            f"{agreement['decided_otherwise']:.4%}; IoU {agreement['iou']:.6f}",
        )
        if agreement["finite"] < 1:
            yield "no numbers", f"{1 - agreement['finite']:.4%} of logits"

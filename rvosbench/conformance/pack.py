"""The pack on disk: the dataset in its official layouts, plain ground truth, the submissions, a manifest."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rvosbench import __version__, sample
from rvosbench.conformance.case import Benchmark, Case
from rvosbench.conformance.cases import samples
from rvosbench.conformance.cases.making import files, palette
from rvosbench.conformance.catalogue import GROUPS, VERSION
from rvosbench.conformance.material import A2D, BENCHMARKS, JHMDB, RECIPE, SEED, Material
from rvosbench.conformance.truth import MaskTruth, SampleTruth
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.progress import Silent
from rvosbench.sample.contents import Release
from rvosbench.splits.staging import locked, staged

MANIFEST = "manifest.json"
TOLERANCE = 1e-9
DATASET, TRUTH, CASES = "dataset", "truth", "cases"
README = f"""# A conformance pack for scorers of referring video object segmentation

Version {VERSION}, made by rvosbench {__version__} from nothing but code; Apache License 2.0.

* `{MANIFEST}`: every case with its submission, the one right answer, and where that comes from
* `{CASES}/<group>/<name>/`: the submissions
* `{TRUTH}/`: the ground truth as plain files: masks, label maps, COCO JSON
* `{DATASET}/`: the same videos in the official layout of each benchmark

Some submissions are hostile, as those that a server gets can be: archives with paths that lead out of them,
images that claim to be enormous. None of them becomes more than 60 MB. Do not unpack them with a program that
follows such paths.

`rvosbench conformance --scorer COMMAND` runs a scorer on all cases; its documentation describes the manifest
and the command.
"""


@dataclass(frozen=True)
class Pack:
    folder: Path
    cases: tuple[Case, ...]

    def submission(self, case: Case) -> Path:
        return self.folder / _submission(case)

    def truth(self, case: Case) -> Path:
        return self.folder / _truth(case.benchmark)

    def release(self, case: Case) -> Path:
        return self.folder / DATASET / _release(case.benchmark).folder


def write(out: Path, material: Material, cases: Sequence[Case]) -> Pack:
    """`out` must be new or empty, and appears whole or not at all."""
    out = out.absolute()
    if out.exists() and not (out.is_dir() and not any(out.iterdir())):
        raise UsageError(
            Problem(
                Code.CANNOT_WRITE,
                str(out),
                expected="a new or empty folder",
                found="something is there",
                fix="choose another folder",
            )
        )
    with locked(out, Silent()), staged(out) as folder:
        datasets = [benchmark.dataset for benchmark in BENCHMARKS]
        sample.write(folder / DATASET, RECIPE, SEED, datasets, predictions=False)
        for clip in (folder / DATASET).rglob("*.mp4"):
            clip.unlink()  # scoring needs no pictures, and encoders do not write the same bytes every time
        (folder / f".{DATASET}.lock").unlink(missing_ok=True)
        _write_truths(folder, material)
        for case in cases:
            place = (folder / _submission(case)).parent
            place.mkdir(parents=True)
            case.submission.write(place)
        text = json.dumps(manifest(cases), indent=1, ensure_ascii=False, allow_nan=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
        (folder / "README.md").write_text(README, encoding="utf-8")
    return Pack(out, tuple(cases))


def manifest(cases: Iterable[Case]) -> dict[str, Any]:
    return {
        "pack": "rvosbench conformance",
        "version": VERSION,
        "made_by": f"rvosbench {__version__}",
        "licence": "Apache-2.0",
        "datasets": {
            benchmark.name: {
                "protocol": benchmark.protocol,
                "release": f"{DATASET}/{_release(benchmark).folder}",
                "truth": _truth(benchmark),
            }
            for benchmark in BENCHMARKS
        },
        "groups": {name: about for name, (about, _) in GROUPS.items()},
        "cases": [_about(case) for case in cases],
    }


def _about(case: Case) -> dict[str, Any]:
    answer = case.answer
    return {
        "id": case.id,
        "title": case.title,
        "dataset": case.benchmark.dataset,
        "split": case.benchmark.split,
        "protocol": case.benchmark.protocol,
        "form": case.submission.form.value,
        "submission": _submission(case),
        "missing": case.missing,
        "verdict": answer.verdict.value,
        "codes": [code.value for code in answer.codes],
        "scores": dict(answer.scores),
        "tolerance": TOLERANCE,
        "below": case.below,
        "source": answer.source.value,
        "rule": answer.rule,
        "page": answer.page,
        "validate": {
            "verdict": case.for_validate.verdict.value,
            "codes": [code.value for code in case.for_validate.codes],
        },
    }


def _submission(case: Case) -> str:
    return f"{CASES}/{case.id}/{case.submission.name}"


def _truth(benchmark: Benchmark) -> str:
    return f"{TRUTH}/{benchmark.dataset}" + (".json" if benchmark in (A2D, JHMDB) else "")


def _release(benchmark: Benchmark) -> Release:
    return next(release for release in sample.releases() if release.dataset == benchmark.dataset)


def _write_truths(folder: Path, material: Material) -> None:
    for masks in (material.mevis, material.mevis_v2, material.youtube):
        _write_all(folder / _truth(masks.benchmark), _mask_files(masks))
    davis = material.davis
    maps = {
        f"{clip.name}/{stem}.png": palette(labels)
        for clip in davis.clips
        for stem, labels in zip(clip.stems, clip.labels, strict=True)
    }
    _write_all(folder / _truth(davis.benchmark), maps)
    for images in (material.a2d, material.jhmdb):
        text = json.dumps(_coco(images), indent=1)
        (folder / _truth(images.benchmark)).write_text(text + "\n", encoding="utf-8")


def _mask_files(truth: MaskTruth) -> dict[str, bytes]:
    return files(truth, truth.perfect())


def _write_all(folder: Path, contents: dict[str, bytes]) -> None:
    for path, content in contents.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


def _coco(truth: SampleTruth) -> dict[str, Any]:
    """The ground-truth file that the scripts of the field make: ids of annotations from 1 on."""
    images, annotations = [], []
    for number, (image, mask) in enumerate(truth.images.items(), 1):
        height, width = mask.shape
        images.append({"id": image, "height": height, "width": width})
        rows, columns = (index.tolist() for index in np.nonzero(mask))
        top, left = min(rows), min(columns)
        annotations.append(
            {
                "id": number,
                "image_id": image,
                "category_id": 1,
                "segmentation": {"size": [height, width], "counts": samples.counts(mask).decode("ascii")},
                "area": int(mask.sum()),
                "bbox": [left, top, max(columns) - left + 1, max(rows) - top + 1],
                "iscrowd": 0,
            }
        )
    return {
        "categories": [{"id": 1, "name": "dummy_class"}],
        "images": images,
        "annotations": annotations,
    }

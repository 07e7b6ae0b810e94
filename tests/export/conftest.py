"""A converted split made from arrays, with which everything that an export holds can be compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from rvosbench.datasets import base
from rvosbench.datasets.base import DatasetInfo
from rvosbench.export.base import Options
from rvosbench.export.formats import export
from rvosbench.io.manifest import Manifest
from rvosbench.masks import rle
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord
from rvosbench.splits import card
from rvosbench.splits.split import Split, open_folder
from rvosbench.splits.writer import SplitWriter

Masks = dict[str, list[NDArray[np.bool_]]]  # object -> its mask in every frame
HEIGHT, WIDTH = 9, 12


def drawn(*boxes: tuple[int, int, int, int] | None) -> list[NDArray[np.bool_]]:
    """One mask per frame, each a box of rows and columns."""
    masks = [np.zeros((HEIGHT, WIDTH), np.bool_) for _ in boxes]
    for mask, box in zip(masks, boxes, strict=True):
        if box is not None:
            mask[box[0] : box[1], box[2] : box[3]] = True
    return masks


@pytest.fixture(scope="session")
def truth() -> dict[str, Masks]:
    """Video -> the masks of the scene: full, empty, a single pixel, gone and back again; none overlap."""
    return {
        "bear": {
            "1": drawn((0, 4, 0, 5), (1, 5, 0, 5), None),
            "2": drawn(None, (6, 7, 11, 12), (5, 9, 6, 12)),
            "10": drawn((8, 9, 0, 1), None, None),
        },
        "zoo/owl": {
            "1": drawn((0, HEIGHT, 0, WIDTH), None),
            "2": drawn(None, None),
            "3": drawn(None, (0, 9, 4, 12)),
        },
    }


@pytest.fixture(scope="session")
def record() -> Callable[..., VideoRecord]:
    def make(
        name: str,
        masks: Masks,
        expressions: Iterable[ExpressionRecord] = (),
        *,
        roles: dict[str, Role] | None = None,
        categories: dict[str, str] | None = None,
        **more: Any,
    ) -> VideoRecord:
        frames = max((len(per_frame) for per_frame in masks.values()), default=2)
        height, width = next((per_frame[0].shape for per_frame in masks.values()), (HEIGHT, WIDTH))
        objects = tuple(
            ObjectRecord(
                thing,
                source_id=f"source {thing}",
                category=(categories or {}).get(thing),
                role=(roles or {}).get(thing, Role.TARGET),
                masks=tuple(
                    row
                    for frame, mask in enumerate(per_frame)
                    if (row := rle.array_to_mask(frame, mask)) is not None
                ),
            )
            for thing, per_frame in masks.items()
        )
        stems = tuple(f"{5 * (frame + 1):05d}" for frame in range(frames))
        values = {"height": height, "width": width, "frames": stems, "expressions": tuple(expressions)} | more
        return VideoRecord(video=name, objects=objects, **values)

    return make


@pytest.fixture(scope="session")
def scene_records(truth: dict[str, Masks], record: Callable[..., VideoRecord]) -> list[VideoRecord]:
    return [
        record(
            "bear",
            truth["bear"],
            [
                ExpressionRecord("0", 'der Bär · 左へ 🐻 "läuft"', ("1",)),
                ExpressionRecord("1", "both of them", ("1", "2"), annotator=3, kind="motion"),
                ExpressionRecord("2", "nobody at all", ()),
            ],
            roles={"10": Role.DISTRACTOR},
            categories={"1": "bear", "2": "ape"},
            fps=6.0,
        ),
        record(
            "zoo/owl",
            truth["zoo/owl"],
            [
                ExpressionRecord("0", "the sky", ("1",)),
                ExpressionRecord("1", "never to be seen", ("2",)),
            ],
            roles={"3": Role.VOID},
        ),
    ]


@pytest.fixture(scope="session")
def make_split(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Split]:
    """A converted split of these videos, as `convert` leaves it."""

    def make(
        videos: Sequence[VideoRecord],
        *,
        dataset: str = "toy",
        split: str = "valid",
        ground_truth: bool = True,
        home: Path | None = None,
        **more: Any,
    ) -> Split:
        folder = (home or tmp_path_factory.mktemp("home")) / dataset / split
        folder.mkdir(parents=True)
        writer = SplitWriter(folder, ground_truth=ground_truth)
        for video in sorted(videos, key=lambda video: video.video):
            writer.add(video)
        fingerprint, tables = writer.close()
        values: dict[str, Any] = {
            "schema_version": 1,
            "dataset": dataset,
            "split": split,
            "title": "Toy",
            "licence": "CC BY-NC-SA 4.0",
            "citation": "@misc{toy, title={Töy}}",
            "homepage": "https://example.org/toy",
            "converter": "0.1.0",
            "source": "",
            "options": {"frames": "none"},
            "annotations": [],
            "ground_truth": ground_truth,
            "listed_videos": writer.counts["videos"],
            "counts": dict(writer.counts),
            "published_counts": {},
            "notes": {},
            "problems": [],
            "tables": tables,
            "fingerprint": fingerprint,
        }
        manifest = Manifest(**(values | more))
        manifest.write(folder)
        (folder / card.NAME).write_text(card.of_split(manifest), encoding="utf-8")
        return open_folder(folder)

    return make


@pytest.fixture(scope="session")
def scene(scene_records: list[VideoRecord], make_split: Callable[..., Split]) -> Split:
    return make_split(scene_records)


@pytest.fixture(scope="session")
def export_to(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Exports one split, or a list of them, and gives the folder."""

    def run(split: Split | list[Split], form: str, options: Options | None = None) -> Path:
        out = tmp_path_factory.mktemp(form) / "out"
        splits = split if isinstance(split, list) else [split]
        return export(splits, form, out, options=options).folder

    return run


@pytest.fixture
def registered_toy(monkeypatch: pytest.MonkeyPatch) -> DatasetInfo:
    """`toy` as a dataset that the command line knows."""
    info = DatasetInfo(
        id="toy",
        title="Toy",
        splits=("train", "valid", "test"),
        default_split="valid",
        licence="CC BY-NC-SA 4.0",
        citation="@misc{toy}",
        homepage="https://example.org/toy",
        layout="none",
        predictions="none",
    )

    class Toy:
        def __init__(self) -> None:
            self.info = info

    monkeypatch.setattr(base, "find", lambda name: Toy())
    return info


@pytest.fixture(scope="session")
def pictures() -> Callable[..., list[NDArray[np.uint8]]]:
    """Writes noise as the frames of a video, without loss, and gives it."""

    def write(
        folder: Path, stems: Iterable[str], size: tuple[int, int], seed: int
    ) -> list[NDArray[np.uint8]]:
        folder.mkdir(parents=True)
        generator = np.random.default_rng(seed)
        made = []
        for stem in stems:
            pixels = generator.integers(0, 256, (*size, 3), np.uint8)
            Image.fromarray(pixels).save(folder / f"{stem}.png")
            made.append(pixels)
        return made

    return write

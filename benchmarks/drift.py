"""How often `doctor --look` is right: masks that are late by construction, and masks that are not.

The sample's videos, and clips of a fixed camera (`--clips FOLDER` with .mp4 files), whose masks are what
differs from the median picture: made from the frames themselves, so that it is known which belongs to which.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from rvosbench import sample
from rvosbench.analysis.drift import look_at
from rvosbench.datasets.base import find
from rvosbench.io.frames import folder_uri
from rvosbench.masks import rle
from rvosbench.splits.convert import convert
from rvosbench.splits.mask_rows import MaskRows
from rvosbench.splits.split import Split, Video, open_folder

LATE = (0, -2, -1, 1, 2)
STEPS = (1, 2, 5)
FRAMES = 40  # of a clip, in each of its parts
CHANGED = 28  # levels by which a pixel differs from the median picture


class Given:
    """Masks that are not in any file."""

    def __init__(self, masks: Mapping[str, Mapping[int, bytes]]) -> None:
        self._masks = masks

    def of_video(self, video: str) -> Mapping[str, Mapping[int, bytes]]:
        return self._masks


def made_late(video: Video, late: int) -> Video:
    """The masks of frame t are those of frame t + `late`."""
    last = len(video.frames) - 1
    masks = {
        name: {frame - late: counts for frame, counts in of_object.items() if 0 <= frame - late <= last}
        for name, of_object in video.masks.items()
    }
    return given(video, masks)


def given(video: Video, masks: Mapping[str, Mapping[int, bytes]]) -> Video:
    parts: dict[str, Any] = {name: getattr(video, name) for name in Video.__dataclass_fields__}
    return Video(**parts | {"mask_rows": cast(MaskRows, Given(masks))})


def of_sample(folder: Path) -> Split:
    sample.write(folder / "releases", "small", predictions=False, only=["mevis-v1"])
    convert(find("mevis-v1"), folder / "releases" / "mevis-v1", "valid_u", data=folder / "data")
    return open_folder(folder / "data" / "mevis-v1" / "valid_u")


def of_clip(path: Path, step: int, folder: Path) -> Iterator[Video]:
    """Every `step`-th frame at half size, in parts that do not overlap."""
    with av.open(str(path)) as file:
        pictures = [
            np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)[::2, ::2] for frame in file.decode(video=0)
        ]
    ground = np.median(np.array(pictures[::8], np.float64), axis=0)
    pictures = pictures[::step]
    for part in range(max(1, len(pictures) // FRAMES)):
        chosen = pictures[part * FRAMES :][:FRAMES]
        name = f"{path.stem}-{step}-{part}"
        (folder / name).mkdir()
        for number, picture in enumerate(chosen):
            Image.fromarray(picture).save(folder / name / f"{number:05d}.jpg", quality=92)
        masks = {number: rle.encode(_moving(picture, ground)) for number, picture in enumerate(chosen)}
        yield _video(name, chosen, masks, folder)


def _video(
    name: str, pictures: Sequence[NDArray[np.uint8]], masks: Mapping[int, bytes], folder: Path
) -> Video:
    height, width = pictures[0].shape[:2]
    row = {"object": "1", "source_id": "1", "category": None, "role": "target"}
    return Video(
        name,
        height,
        width,
        tuple(f"{number:05d}" for number in range(len(pictures))),
        None,
        folder_uri(folder / name, folder),
        folder,
        cast(MaskRows, Given({"1": masks})),
        (row,),
        (),
    )


def _moving(picture: NDArray[np.uint8], ground: NDArray[np.float64]) -> NDArray[np.bool_]:
    """The largest region that differs from what is there most of the time."""
    found = np.abs(picture.astype(np.float64) - ground).max(axis=2) > CHANGED
    found = ndimage.binary_fill_holes(ndimage.binary_opening(ndimage.binary_closing(found, iterations=3)))
    labels, count = ndimage.label(found)
    sizes = ndimage.sum(found, labels, range(1, count + 1))
    largest: NDArray[np.bool_] = labels == 1 + int(np.argmax(sizes)) if count else found
    return largest


def measure(material: str, videos: Sequence[Video]) -> None:
    for late in LATE:
        found: Counter[str] = Counter()
        started = time.process_time()
        for video in videos:
            seen = look_at(made_late(video, late))
            if seen.reason is not None:
                found["untold"] += 1
            elif seen.is_off_in_time:
                found["right" if seen.shift == late else "wrong"] += 1
            else:
                found["right" if late == 0 else "unsaid"] += 1
            found["aside"] += seen.is_aside
        each = (time.process_time() - started) / len(videos)
        counts = " | ".join(str(found[what]) for what in ("right", "unsaid", "wrong", "untold", "aside"))
        print(f"| {material} | {late:+d} | {len(videos)} | {counts} | {each:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="folder of .mp4 files, taken by a fixed camera")
    arguments = parser.parse_args()
    print(
        "| material | late by | videos | right | not said | wrong | cannot tell | called aside | CPU s each |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        measure("sample, 24 frames of 320x180", list(of_sample(folder).videos.values()))
        for step in STEPS if arguments.clips else ():
            (folder / str(step)).mkdir()
            paths = sorted(arguments.clips.glob("*.mp4"))
            videos = [video for path in paths for video in of_clip(path, step, folder / str(step))]
            measure(f"clips, every {step}. frame", videos)


if __name__ == "__main__":
    main()

"""The masks of one A2D video: a MATLAB file for each annotated frame, and not all of them are clean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from rvosbench.errors import Code, ProblemLog
from rvosbench.io.matlab import Array, planes, read_arrays
from rvosbench.masks.rle import array_to_mask
from rvosbench.schema import Mask

LAST_FRAME = 99_999  # what a name of five digits can hold

# (video, frame number) of the frames that the official loaders repair: the first lists an instance twice,
# the others have more masks than instances.
_DIRTY_FRAMES = {("EadxBPmQvtg", 25), ("95Nq6fQoP2o", 32), ("I0MlLHTWCro", 20), ("IRrbHQjE4LQ", 16)}
_KNOWN = "nothing to do: known of the official release; the first masks are taken, as by its loaders"
_UNKNOWN = "compare the file with the official release; the first masks were taken, as by its loaders"
_FIX = "compare the file with the official release; download it again if it differs"


@dataclass(slots=True)
class AnnotatedVideo:
    """By instance: its masks, the indices of the frames that list it (its mask may be empty there), its code
    of actor and action. `broken` if some frame could not be read."""

    size: tuple[int, int] | None = None
    last: int = 0  # number of the last annotated frame
    broken: bool = False
    masks: dict[int, list[Mask]] = field(default_factory=lambda: defaultdict(list))
    present: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    categories: dict[int, str | None] = field(default_factory=dict)


def read_annotated(folder: Path, log: ProblemLog) -> AnnotatedVideo:
    """The folder is named after the video."""
    video = AnnotatedVideo()
    numbers = _frame_files(folder, log)
    for number, path in sorted(numbers.items()):
        video.broken |= not _read_frame(path, number, video, log)
    video.last = max(numbers, default=0)
    return video


def frame_number(text: str) -> int | None:
    """None unless it is one that a frame can have; the first frame is 1."""
    number = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    return number if 1 <= number <= LAST_FRAME else None


def _frame_files(folder: Path, log: ProblemLog) -> dict[int, Path]:
    """Frame number -> file."""
    found: dict[int, Path] = {}
    for path in sorted(folder.glob("[!.]*.h5")):
        number = frame_number(path.stem)
        if number is None:
            _bad(Code.BAD_NAME, path, "files named by frame numbers from 00001 on", path.name, log)
        elif number in found:
            _bad(Code.DUPLICATE_ID, path, "one file for each frame", f"also {found[number].name}", log)
        else:
            found[number] = path
    if not found:
        log.add(
            Code.MISSING_FILE,
            folder,
            expected="masks of each video, as <frame>.h5",
            found="none",
            fix="complete the release; `rvosbench describe a2d-sentences` shows its layout",
        )
    return found


def _read_frame(path: Path, number: int, video: AnnotatedVideo, log: ProblemLog) -> bool:
    """Adds a frame to the video. Of an instance that is listed twice the first mask counts."""
    arrays = read_arrays(path, ("instance", "reMask", "id"), log)
    if arrays is None:
        return False
    instances = _instances(path, np.ravel(arrays["instance"]), log)
    if not instances:
        return instances is not None
    masks = planes(arrays["reMask"])
    if masks is None or len(masks) < len(instances):
        shape = "x".join(map(str, arrays["reMask"].shape))
        found = f"{len(instances)} instances and reMask of {shape} (height, width, masks)"
        return _bad(Code.WRONG_LENGTH, path, "a mask for each instance", found, log)
    size = masks.shape[1], masks.shape[2]
    if video.size not in (None, size):
        return _bad(
            Code.WRONG_SIZE, path, "masks of one size in all frames of a video", f"{size[1]}x{size[0]}", log
        )
    video.size = size
    codes = np.ravel(arrays["id"])[: len(instances)]
    _report_dirt(path, number, instances, len(masks), codes, log)
    for instance in sorted(set(instances)):
        place = instances.index(instance)
        mask = array_to_mask(number - 1, masks[place])
        video.masks[instance].extend([mask] if mask else [])
        video.present[instance].append(number - 1)
        # An instance keeps the code of the first frame that lists it.
        video.categories.setdefault(instance, _category(codes, place))
    return True


def _instances(path: Path, listed: Array, log: ProblemLog) -> list[int] | None:
    numbers = [float(name) for name in listed]
    if all(name.is_integer() and name >= 0 for name in numbers):
        return [int(name) for name in numbers]
    _bad(Code.BAD_STRUCTURE, path, "instances as whole numbers", f"instance {numbers}", log)
    return None


def _report_dirt(
    path: Path, number: int, instances: Sequence[int], masks: int, codes: Array, log: ProblemLog
) -> None:
    fix = _KNOWN if (path.parent.name, number) in _DIRTY_FRAMES else _UNKNOWN
    if masks > len(instances):
        found = f"{masks} masks of {len(instances)} instances"
        log.warn(Code.REPAIRED, path, expected="as many masks as instances", found=found, fix=fix)
    for instance in sorted({name for name in instances if instances.count(name) > 1}):
        found = f"instance {instance} {instances.count(instance)} times"
        log.warn(Code.REPAIRED, path, expected="each instance once", found=found, fix=fix)
    if (told := int(np.isfinite(codes).sum())) < len(instances):
        log.warn(
            Code.REPAIRED,
            path,
            expected="a code of actor and action for each instance",
            found=f"{told} codes of {len(instances)} instances",
            fix="nothing to do: an instance without a code has no category",
        )


def _category(codes: Array, place: int) -> str | None:
    """Two digits, actor and action, such as 11."""
    told = place < codes.size and np.isfinite(codes[place])
    return f"{float(codes[place]):.0f}" if told else None


def _bad(code: Code, path: Path, expected: str, found: str, log: ProblemLog) -> bool:
    """False: the frame cannot be read."""
    log.add(code, path, expected=expected, found=found, fix=_FIX)
    return False

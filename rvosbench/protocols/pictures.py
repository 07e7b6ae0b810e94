"""What is wrong, or odd, with the picture of a single prediction, as problems."""

from __future__ import annotations

from rvosbench.errors import Code, ProblemLog
from rvosbench.masks.planes import KernelError, PngFacts, Reason, read_header

_GRAY = "8-bit gray PNG files, 0 for background and 255 for foreground"
_PNG_ENDS = "write it again; the file was cut off or changed after it was written"
_COLOUR_TYPES = {0: "gray", 2: "RGB", 3: "palette", 4: "gray with alpha", 6: "RGBA"}


def report_refused(
    where: str, reason: Reason, content: bytes | None, size: tuple[int, int], log: ProblemLog
) -> None:
    """`content` is that of a PNG, None for run-length counts; `size` is (height, width) of the video."""
    if content is None:
        report_counts(where, reason.found, log)
    elif reason is Reason.WRONG_SIZE:
        height, width, *_ = read_header(content)
        report_size(where, (height, width), size, log)
    elif reason is Reason.WRONG_MODE:
        log.add(
            Code.WRONG_MODE,
            where,
            expected=_GRAY,
            found=_mode(content),
            fix="save masks as one channel of 8 bits; in Pillow, Image.fromarray(mask * 255) of a uint8 mask",
        )
    else:
        log.add(Code.UNREADABLE_FILE, where, expected="a whole PNG file", found=reason.found, fix=_PNG_ENDS)


def report_counts(where: str, found: str, log: ProblemLog) -> None:
    log.add(
        Code.BAD_RLE,
        where,
        expected="compressed COCO counts of a mask of the size of the video",
        found=found,
        fix='pycocotools.mask.encode(mask)["counts"]',
    )


def report_size(where: str, found: tuple[int, int], size: tuple[int, int], log: ProblemLog) -> None:
    turned = "; width and height have changed places" if found == size[::-1] else ""
    log.add(
        Code.WRONG_SIZE,
        where,
        expected="masks of the size of the video",
        found=f"{found[1]}x{found[0]} where the video has {size[1]}x{size[0]}{turned}",
        fix="resize what the model gives to the size of the frames, then threshold it; no evaluator does it",
    )


def report_mask_facts(where: str, facts: PngFacts, log: ProblemLog) -> None:
    """Of a picture that was taken for a mask: every value other than 0 is foreground."""
    if facts.dark:
        log.add(
            Code.PALETTE_UNLIKE_GRAY,
            where,
            expected="a palette whose colours are not black, but for that of 0",
            found="a value other than 0 whose colour is black in a gray reading",
            fix=f"write {_GRAY}: the official scripts would not see these pixels",
        )
    if facts.light_zero:
        log.warn(
            Code.PALETTE_UNLIKE_GRAY,
            where,
            expected="a palette in which 0 is black",
            found="another colour; 0 is taken for background all the same",
            fix=f"write {_GRAY}: the official scripts would take the background for foreground",
        )
    if facts.distinct > 1:
        log.warn(
            Code.SOFT_MASK,
            where,
            expected="masks of two values",
            found=f"{facts.distinct} values beside 0, up to {facts.largest}",
            fix="threshold before you write: every value other than 0 counts as foreground",
        )


def report_labels(where: str, largest: int, most: int, log: ProblemLog) -> None:
    masks = "; these look like masks, not label maps" if largest == 255 else ""
    log.add(
        Code.TOO_MANY_LABELS,
        where,
        expected=f"label maps with at most {most} proposals, numbered from 1",
        found=f"the label {largest}{masks}",
        fix="number the objects of a video from 1; for one mask per expression use <video>/<expression>/",
    )


def report_labels_unreadable(
    where: str, error: KernelError, content: bytes, size: tuple[int, int], log: ProblemLog
) -> None:
    """The same as for a mask, but that a label map should be a palette PNG."""
    if error.reason is Reason.WRONG_MODE:
        log.add(
            Code.WRONG_MODE,
            where,
            expected="label maps as 8-bit palette or gray PNG files",
            found=_mode(content),
            fix="save labels, not colours; in Pillow, Image.fromarray(labels) of a uint8 array",
        )
    else:
        report_refused(where, error.reason, content, size, log)


def _mode(content: bytes) -> str:
    header = read_header(content)
    kind = _COLOUR_TYPES.get(header.colour_type, f"colour type {header.colour_type}")
    return f"{kind}, {header.depth} bits"

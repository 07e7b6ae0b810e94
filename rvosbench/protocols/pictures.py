"""What is wrong, or odd, with the picture of a single prediction, as problems."""

from __future__ import annotations

from rvosbench.errors import Code, ProblemLog
from rvosbench.masks.planes import KernelError, PngFacts, Reason, read_header

_GRAY = "8-bit gray PNG files, 0 for background and 255 for foreground"
_PNG_ENDS = "write it again; the file was cut off or changed after it was written"
_STRIDE = 16  # networks work on sizes that this divides
_LARGEST_INPUT = 2048
_MOST_LABELS = 32  # objects in a video
_OTHER_FILES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF8", "GIF"),
    (b"BM", "BMP"),
    (b"RIFF", "WebP"),
    (b"II*\0", "TIFF"),
    (b"MM\0*", "TIFF"),
    (b"\x93NUMPY", "NumPy"),
    (b"PK\3\4", "zip"),
)
_COLOUR_TYPES = {0: "gray", 2: "RGB", 3: "palette", 4: "gray with alpha", 6: "RGBA"}


def report_refused(
    where: str, reason: Reason, content: bytes | None, size: tuple[int, int], log: ProblemLog
) -> None:
    """`content` is that of a PNG, or its first bytes; None for run-length counts. `size` is (height, width)
    of the video."""
    if content is None:
        report_counts(where, reason.found, log)
    elif reason is Reason.WRONG_SIZE:
        height, width, *_ = read_header(content)
        report_size(where, (height, width), size, log)
    elif reason is Reason.WRONG_MODE:
        report_mode(where, content, log)
    else:
        report_unreadable(where, reason, content, log)


def report_mode(where: str, content: bytes, log: ProblemLog) -> None:
    log.add(
        Code.WRONG_MODE,
        where,
        expected=_GRAY,
        found=_mode(content),
        fix="save masks as one channel of 8 bits; in Pillow, Image.fromarray(mask * 255) of a uint8 mask",
    )


def report_unreadable(where: str, reason: Reason, content: bytes, log: ProblemLog) -> None:
    """Empty, cut off, damaged, or something else that is called a PNG."""
    found, fix = reason.found, _PNG_ENDS
    if not content:
        found, fix = "an empty file, 0 bytes", "write it again; the disk may have been full"
    elif reason is Reason.NOT_PNG:
        kind = next((kind for magic, kind in _OTHER_FILES if content.startswith(magic)), None)
        if kind is not None:
            found, fix = f"a {kind} file that is named .png", f"save masks as PNG; {kind} is not read"
        if kind == "JPEG":
            fix = "save masks as PNG: JPEG blurs them, so renaming the files was not enough"
    log.add(Code.UNREADABLE_FILE, where, expected="a whole PNG file", found=found, fix=fix)


def report_counts(where: str, found: str, log: ProblemLog) -> None:
    log.add(
        Code.BAD_RLE,
        where,
        expected="compressed COCO counts of a mask of the size of the video",
        found=found,
        fix='pycocotools.mask.encode(mask)["counts"]',
    )


def report_size(where: str, found: tuple[int, int], size: tuple[int, int], log: ProblemLog) -> None:
    fix = "resize what the model gives to the size of the frames, then threshold it; no evaluator does it"
    if found == size[::-1]:
        fix = "swap the axes: arrays are [height, width], sizes in Pillow and OpenCV are (width, height)"
    log.add(
        Code.WRONG_SIZE,
        where,
        expected="masks of the size of the video",
        found=f"{found[1]}x{found[0]} where the video has {size[1]}x{size[0]}{_why(found, size)}",
        fix=fix,
    )


def _why(found: tuple[int, int], size: tuple[int, int]) -> str:
    if found == size[::-1]:
        return "; width and height have changed places"
    (height, width), (rows, columns) = found, size
    same_shape = abs(height * columns - width * rows) <= max(rows, columns)
    of_a_model = height % _STRIDE == 0 and width % _STRIDE == 0
    if max(found) <= _LARGEST_INPUT and (same_shape or of_a_model):
        return "; this looks like the size at which the model works"
    return ""


def report_mask_facts(where: str, facts: PngFacts, log: ProblemLog) -> None:
    """Of a picture that was taken for a mask: every value other than 0 is foreground."""
    for rule in (dark_palette, light_palette, label_map, soft_mask):
        rule(where, facts, log)


def dark_palette(where: str, facts: PngFacts, log: ProblemLog) -> None:
    if facts.dark:
        log.add(
            Code.PALETTE_UNLIKE_GRAY,
            where,
            expected="a palette whose colours are not black, but for that of 0",
            found="a value other than 0 whose colour is black in a gray reading",
            fix=f"write {_GRAY}: the official scripts would not see these pixels",
        )


def light_palette(where: str, facts: PngFacts, log: ProblemLog) -> None:
    if facts.light_zero:
        log.warn(
            Code.PALETTE_UNLIKE_GRAY,
            where,
            expected="a palette in which 0 is black",
            found="another colour; 0 is taken for background all the same",
            fix=f"write {_GRAY}: the official scripts would take the background for foreground",
        )


def label_map(where: str, facts: PngFacts, log: ProblemLog) -> None:
    if _is_label_map(facts):
        log.warn(
            Code.LABEL_MAP,
            where,
            expected="a mask of one expression, with one value beside 0",
            found=f"the values 0 to {facts.largest}, as in a map of several objects",
            fix="write one mask for each expression; here all values beside 0 are scored as one object",
        )


def soft_mask(where: str, facts: PngFacts, log: ProblemLog) -> None:
    if facts.distinct > 1 and not _is_label_map(facts):
        log.warn(
            Code.SOFT_MASK,
            where,
            expected="masks of two values",
            found=f"{facts.distinct} values beside 0, up to {facts.largest}",
            fix="threshold before you write: every value other than 0 counts as foreground",
        )


def _is_label_map(facts: PngFacts) -> bool:
    """Objects are numbered from 1, without gaps; what was smoothed has other values."""
    return 1 < facts.distinct == facts.largest <= _MOST_LABELS


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

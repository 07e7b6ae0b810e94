"""What gives the frames of a video, wherever they lie, and the one error that all such sources raise."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

import numpy as np

from rvosbench.errors import Code, DatasetError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image

IMAGE_SUFFIXES = (".jpg", ".jpeg", ".png")


class FramesError(DatasetError):
    """Frames that are not there or cannot be read. `problems` holds it whole, `reason` why in a few words."""

    def __init__(
        self, path: object, *, expected: str, reason: str, fix: str, code: Code = Code.UNREADABLE_FILE
    ):
        examples = (f"{path}: {reason}",)
        super().__init__(Problem(code, str(path), expected, reason, fix, examples=examples))
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        """Errors travel from worker processes by pickle, which calls with `args` and knows no keywords."""
        return _raised_elsewhere, (self.problems[0],)


def _raised_elsewhere(problem: Problem) -> FramesError:
    return FramesError(
        problem.path, expected=problem.expected, reason=problem.found, fix=problem.fix, code=problem.code
    )


class Frames(Protocol):
    """The frames of one video, in order. Can be pickled, forked and used in many processes at once."""

    def __len__(self) -> int: ...

    def read(self, index: int) -> NDArray[np.uint8]:
        """One frame as RGB [height, width, 3]."""

    def read_many(self, indices: Sequence[int]) -> list[NDArray[np.uint8]]:
        """These frames in this order, read in whatever order costs least."""

    def size(self) -> tuple[int, int]:
        """(height, width), without decoding a frame where a header tells."""

    def missing(self) -> list[str]:
        """The stems that are not there."""


def checked(index: int, length: int) -> int:
    """`index`, where a video of `length` frames has it; the last frame is never meant by -1."""
    if not 0 <= index < length:
        raise IndexError(f"frame {index} of a video of {length} frames")
    return index


def image_pixels(content: bytes, where: object) -> NDArray[np.uint8]:
    """The RGB pixels of an image file as stored: no turning by EXIF, since masks are drawn on these."""
    with _opened(content, where) as image:
        return np.array(image.convert("RGB"))


def image_header(content: bytes, where: object) -> tuple[int, int]:
    """(height, width) of an image file, from its header."""
    with _opened(content, where) as image:
        return image.height, image.width


@contextmanager
def _opened(content: bytes, where: object) -> Iterator[Image.Image]:
    """What goes wrong inside is said of the image, too: its pixels are read late."""
    from PIL import Image, UnidentifiedImageError  # scoring, which looks at no frame, starts sooner

    try:
        with Image.open(io.BytesIO(content)) as image:
            yield image
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        reason = "not an image" if isinstance(error, UnidentifiedImageError) else str(error)
        raise FramesError(
            where,
            expected="a whole image",
            reason=reason or type(error).__name__,
            fix="extract the frames again",
        ) from error


def missing_source(path: object) -> FramesError:
    return FramesError(
        path,
        expected="the file that holds the frames",
        reason="it is not there",
        fix="put it back, or convert the split again from where it is now",
        code=Code.MISSING_FILE,
    )


def missing_frame(where: object) -> FramesError:
    return FramesError(
        where,
        expected="a frame for each listed name",
        reason="it is not there",
        fix="extract the frames of this video again",
        code=Code.MISSING_FRAME,
    )

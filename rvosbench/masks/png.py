"""PNG label maps and binary masks, read with their size and mode checked before any pixel is decoded."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PIL import Image

LABEL_MODES = ("1", "L", "P")


class PngError(ValueError):
    """The file cannot be read as an image."""


class PngModeError(PngError):
    """The file is an image, but not one of 8-bit labels."""


class PngSizeError(PngError):
    """The image has another size than the video."""


def image_size(path: Path) -> tuple[int, int]:
    """(height, width) from the header alone, of any image format."""
    with _opened(path) as image:
        return image.height, image.width


def read_labels(source: Path | bytes, size: tuple[int, int] | None = None) -> NDArray[np.uint8]:
    """Pixel values of a gray, palette or one-bit PNG: labels, not colours. `size` is (height, width)."""
    with _opened(io.BytesIO(source) if isinstance(source, bytes) else source) as image:
        if image.mode not in LABEL_MODES:
            raise PngModeError(f"an image of mode {image.mode}")
        if size is not None and (image.height, image.width) != size:
            raise PngSizeError(f"{image.width}x{image.height}")
        return np.asarray(image).astype(np.uint8)


@contextmanager
def _opened(source: Path | io.BytesIO) -> Iterator[Image.Image]:
    """What goes wrong inside is said of the image, too: its pixels are read late."""
    from PIL import Image, UnidentifiedImageError  # scoring, which has a decoder of its own, starts sooner

    try:
        with Image.open(source) as image:
            yield image
    except PngError:
        raise
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        unknown = isinstance(error, UnidentifiedImageError)
        raise PngError("not an image" if unknown else str(error) or type(error).__name__) from error


def write_mask(path: Path, mask: NDArray[np.generic]) -> None:
    """A binary mask as the servers want it: 8-bit gray, 0 and 255."""
    from PIL import Image

    pixels = np.where(np.asarray(mask) != 0, np.uint8(255), np.uint8(0))
    Image.fromarray(pixels).save(path, "PNG")


def write_labels(path: Path, labels: NDArray[np.uint8]) -> None:
    """A label map as DAVIS and YouTube-VOS keep it: 8-bit palette."""
    from PIL import Image

    image = Image.fromarray(labels)
    image.putpalette(palette())
    image.save(path, "PNG")


def palette() -> bytes:
    """The colours of PASCAL VOC, which DAVIS took over: the bits of a label, spread over red, green, blue."""
    colours = np.zeros((256, 3), np.uint8)
    labels = np.arange(256)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= (((labels >> (3 * bit + channel)) & 1) << (7 - bit)).astype(np.uint8)
    return colours.tobytes()

"""What an attack is. The files are made by code, when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hostile_splits

from rvosbench.conformance import png_files, zip_files
from rvosbench.conformance.zip_files import Entry
from rvosbench.errors import Code

Target = str
"""The split that an attack is handed in for: one of the three below."""
MASKS, SAMPLES, LARGE = "masks", "samples", "large"
LARGE_SIZE = (1080, 1920, 24)  # height, width, frames


@dataclass(frozen=True)
class Attack:
    """`write` puts it into a folder and gives its place. `code` is that of the refusal; None for what looks
    like an attack and is read as any reader would, which `why` explains."""

    name: str
    code: Code | None
    write: Callable[[Path], Path]
    target: Target = MASKS
    why: str = ""


def attack(
    name: str, content: bytes | Callable[[], bytes], code: Code | None, target: Target = MASKS, why: str = ""
) -> Attack:
    """One that is a single file; its suffix is that of the form."""
    suffix = {MASKS: "zip", LARGE: "zip", SAMPLES: "json"}[target]

    def write(folder: Path) -> Path:
        path = folder / f"model.{suffix}"
        path.write_bytes(content if isinstance(content, bytes) else content())
        return path

    return Attack(name, code, write, target, why)


def mask() -> bytes:
    """An honest prediction of any frame."""
    return png_files.png(hostile_splits.target()[0].astype("uint8"))


def honest() -> list[Entry]:
    """An honest archive."""
    content = mask()
    return [Entry(name.encode(), content) for name in hostile_splits.mask_names()]


def archive_with(*more: Entry) -> bytes:
    """Honest but for these, which replace entries of their name."""
    names = {entry.name for entry in more}
    return zip_files.archive([*more, *(entry for entry in honest() if entry.name not in names)])


FIRST = hostile_splits.mask_names()[0].encode()


def every() -> Iterator[Attack]:
    import hostile_images
    import hostile_results
    import hostile_tables
    import hostile_zips

    for module in (hostile_zips, hostile_images, hostile_results, hostile_tables):
        yield from module.attacks()

"""The inputs that fuzzing starts from: small files of every form that the decoders know. And, from the
archives in `fuzz/corpus`, what earlier campaigns added because it reached new code.

    python fuzz/make_corpus.py FOLDER             writes them, as FOLDER/png and FOLDER/counts
    python fuzz/make_corpus.py FOLDER --keep      puts what FOLDER has besides into the archives
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zlib
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "tests" / "support")]

import deflate_blocks  # noqa: E402  (found in the line above)
import png_files  # noqa: E402
import random_masks  # noqa: E402

from rvosbench.masks import rle  # noqa: E402


def pngs() -> dict[str, bytes]:
    random = np.random.default_rng(0)
    mask = random_masks.blobs(random, (12, 70))
    noise = random.integers(0, 256, (9, 33)).astype(np.uint8)
    found = {"mixed": png_files.png(noise, filters=(0, 1, 2, 3, 4))}
    for value in (1, 128, 255):
        two = mask * np.uint8(value)
        found |= {f"value-{value}-filter-{kind}": png_files.png(two, filters=(kind,)) for kind in range(5)}
    for depth in (1, 2, 4, 8):
        values = noise & np.uint8((1 << depth) - 1)
        palette = b"\0\0\0" + bytes(range(40, 250)) * 4
        found |= {
            f"gray-{depth}": png_files.png(values, depth=depth, filters=(0, 4)),
            f"interlaced-{depth}": png_files.png(values, depth=depth, interlace=1, filters=(2, 3)),
            f"palette-{depth}": png_files.png(
                values, depth=depth, colour_type=png_files.PALETTE, palette=palette
            ),
        }
    two = mask * np.uint8(255)
    stream, raw = deflate_blocks.long_codes()
    found["long-codes"] = png_files.with_stream(1, len(raw) - 1, stream)
    for name, strategy in (("fixed", zlib.Z_FIXED), ("huffman", zlib.Z_HUFFMAN_ONLY), ("rle", zlib.Z_RLE)):
        found[name] = png_files.png(two, strategy=strategy, filters=(2,))
    return found | {
        "stored": png_files.png(two, level=0),
        "chunks": png_files.png(two, idat=9),
        "animation": png_files.png(two, extra=png_files.chunk(b"acTL", bytes(8))),
        "zeros": png_files.png(np.zeros((90, 300), np.uint8)),
        "column": png_files.png(np.ones((65, 1), np.uint8), filters=(4,)),
        "wide": png_files.png(np.tile(noise, (1, 12)), level=9),
    }


def counts() -> dict[str, bytes]:
    """The first two bytes are height and width, each less one."""
    random = np.random.default_rng(1)
    found = {}
    for number, make in enumerate(random_masks.KINDS):
        mask = make(random, (23, 71))
        found[f"{number}-{make.__name__}"] = bytes([22, 70]) + rle.encode(mask)
    return found | {"false": bytes([3, 3]) + b"PPPP1", "runs-of-nothing": bytes([3, 3]) + b"000@"}


def archive(kind: str) -> Path:
    return HERE / "corpus" / f"{kind}.zip"


def made() -> dict[str, dict[str, bytes]]:
    return {"png": pngs(), "counts": counts()}


def write(folder: Path) -> None:
    for kind, files in made().items():
        (folder / kind).mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / kind / name).write_bytes(content)
        if archive(kind).exists():
            with ZipFile(archive(kind)) as kept:
                kept.extractall(folder / kind)


def keep(folder: Path) -> None:
    """Names are those of the contents, and times are none, so that the same inputs make the same archive."""
    for kind, files in made().items():
        found = {path.read_bytes() for path in (folder / kind).iterdir()} - set(files.values())
        named = sorted((hashlib.sha256(content).hexdigest()[:16], content) for content in found)
        archive(kind).parent.mkdir(exist_ok=True)
        with ZipFile(archive(kind), "w", ZIP_DEFLATED) as kept:
            for name, content in named:
                kept.writestr(ZipInfo(name), content)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    (keep if options.keep else write)(options.folder)


if __name__ == "__main__":
    main()

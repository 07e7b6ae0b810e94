"""What fuzzing starts from and what it reached: read by both kernels, and by the harness under sanitizers."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from rvosbench._kernels import twin
from rvosbench._kernels.interface import Kernel
from rvosbench._kernels.reasons import KernelError

PARTS = (
    "bitrows",
    "checksums",
    "huffman",
    "inflate",
    "near",
    "pixels",
    "plane",
    "png",
    "rle",
    "score",
    "unfilter",
)
MOST_PIXELS = 40_000


@pytest.fixture(scope="module")
def corpus(project_root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    subprocess.run([sys.executable, project_root / "fuzz" / "make_corpus.py", folder], check=True)
    return folder


def inputs(corpus: Path, kind: str) -> list[bytes]:
    found = [path.read_bytes() for path in sorted((corpus / kind).iterdir())]
    assert len(found) > 50, "more than what is made by code: what campaigns reached is missing"
    return found


def with_right_checksums(file: bytes) -> bytes:
    """The harness does not compare them, so that mutations get past them; the kernels do."""
    repaired, at = bytearray(file), 8
    while at + 12 <= len(file):
        (length,) = struct.unpack_from(">I", file, at)
        end = at + 8 + length
        if end + 4 > len(file):
            break
        repaired[end : end + 4] = zlib.crc32(file[at + 4 : end]).to_bytes(4, "big")
        at = end + 4
    return bytes(repaired)


def outcome(kernel: Kernel, file: bytes) -> object:
    try:
        height, width = kernel.png_header(file)[:2]
        if height * width > MOST_PIXELS:
            height, width = 5, 70
        return kernel.png_plane(file, height, width), kernel.png_labels(file, height, width)
    except KernelError as error:
        return error.reason


def test_both_kernels_come_to_the_same_outcome_for_images(native: Kernel, corpus: Path) -> None:
    for content in inputs(corpus, "png"):
        for file in (content, with_right_checksums(content)):
            assert outcome(native, file) == outcome(twin, file)


def outcome_of_counts(kernel: Kernel, content: bytes) -> object:
    try:
        return kernel.rle_plane(content[2:], 1 + content[0] % 70, 1 + content[1])
    except KernelError as error:
        return error.reason


def test_both_kernels_come_to_the_same_outcome_for_counts(native: Kernel, corpus: Path) -> None:
    for content in inputs(corpus, "counts"):
        if len(content) > 2:
            assert outcome_of_counts(native, content) == outcome_of_counts(twin, content)


@pytest.fixture(scope="module")
def compiler() -> str:
    """One that has the sanitizers."""
    for name in (os.environ.get("CC"), "cc", "gcc", "clang"):
        if name and shutil.which(name):
            return name
    pytest.skip("no C compiler is installed")


@pytest.mark.full
@pytest.mark.parametrize("kind", ["png", "counts"])
def test_the_harness_finds_nothing(
    kind: str, corpus: Path, project_root: Path, tmp_path: Path, compiler: str
) -> None:
    sources = [project_root / "fuzz" / f"{name}.c" for name in (kind, "replay")]
    sources += [project_root / "rvosbench" / "_kernels" / f"{part}.c" for part in PARTS]
    flags = ["-std=gnu17", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"]
    folders = [f"-I{project_root / 'rvosbench' / '_kernels'}", f"-I{project_root / 'fuzz'}"]
    program = tmp_path / kind
    subprocess.run([compiler, *flags, "-DRVOSBENCH_FUZZ", *folders, *sources, "-o", program], check=True)
    files = sorted((corpus / kind).iterdir())
    done = subprocess.run([program, *files], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    assert done.stdout == f"{len(files)} inputs, no finding\n"

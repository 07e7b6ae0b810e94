"""`mask_dict.json` is streamed: memory does not grow with it, and every mask comes out as it went in."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mevis_release import HEIGHT, WIDTH, pixels, rle_of, track
from pycocotools import mask as coco

from rvosbench.datasets.mask_dict import Owner, SpilledMasks, spill
from rvosbench.errors import Code, ProblemLog, RvosbenchError
from rvosbench.masks import rle
from rvosbench.progress import Silent

Content = dict[str, Any] | str | bytes


class Counting(Silent):
    def __init__(self) -> None:
        self.tasks: list[tuple[str, int | None, str]] = []
        self.passed = 0

    def start(self, task: str, total: int | None, unit: str) -> None:
        self.tasks.append((task, total, unit))

    def advance(self, amount: int = 1) -> None:
        self.passed += amount


def spilled(
    folder: Path, content: Content, owners: dict[str, Owner] | None = None
) -> tuple[SpilledMasks, ProblemLog]:
    path = folder / "mask_dict.json"
    if isinstance(content, dict):
        content = json.dumps(content)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    log = ProblemLog()
    return spill(path, {"1": Owner("v", 3)} if owners is None else owners, folder, Silent(), log), log


def codes(log: ProblemLog) -> list[Code]:
    return [problem.code for problem in log]


def test_every_mask_is_the_one_that_pycocotools_decodes(tmp_path: Path) -> None:
    """The oracle loads the file whole."""
    sizes = {"a": (17, 40), "b": (64, 31)}
    content: dict[str, Any] = {}
    owners = {}
    for number in range(8):
        video = "ab"[number % 2]
        entry = [rle_of(pixels(10 * number + frame, *sizes[video])) for frame in range(4)]
        content[str(number)] = [None if frame == number % 4 else one for frame, one in enumerate(entry)]
        owners[str(number)] = Owner(video, 4)
    masks, log = spilled(tmp_path, content, owners)
    assert masks.sizes == sizes
    for anno_id, entry in json.loads((tmp_path / "mask_dict.json").read_text()).items():
        found = {mask.frame: mask for mask in masks.masks(anno_id, log)}
        assert sorted(found) == [frame for frame, one in enumerate(entry) if one]
        for frame, mask in found.items():
            height, width = entry[frame]["size"]
            assert np.array_equal(rle.decode(mask.counts, height, width), coco.decode(entry[frame]))
            assert mask.area == coco.area(entry[frame])
            assert mask.bbox == tuple(coco.toBbox(entry[frame]).astype(int).tolist())
    assert len(log) == 0


def test_counts_that_are_not_canonical_are_made_so(tmp_path: Path) -> None:
    """Pixels in two touching runs: the same mask, but other counts than everybody else would write."""
    odd = rle.compress(np.array([10, 4, 0, 6, HEIGHT * WIDTH - 20])).decode()
    plain = rle.compress(np.array([10, 10, HEIGHT * WIDTH - 20]))
    entry = [{"size": [HEIGHT, WIDTH], "counts": odd}, None, None]
    masks, log = spilled(tmp_path, {"1": entry})
    (mask,) = masks.masks("1", log)
    assert (mask.counts, mask.area) == (plain, 10)


@pytest.mark.parametrize("nothing", [None, {}, [], "", 0, False])
def test_whatever_is_false_means_that_the_object_is_not_there(tmp_path: Path, nothing: object) -> None:
    """The official evaluator asks for truth, not for null."""
    masks, log = spilled(tmp_path, {"1": [nothing, *track(1)[1:]]})
    assert [mask.frame for mask in masks.masks("1", log)] == [1, 2]
    assert len(log) == 0


def test_masks_that_nobody_wants_are_counted_and_not_kept(tmp_path: Path) -> None:
    masks, log = spilled(tmp_path, {"1": track(1), "2": track(2, (True, False, True)), "3": "odd"})
    assert (masks.orphans, masks.orphan_masks) == (2, 2)
    assert masks.masks("2", log) == ()
    assert len(log) == 0


def test_an_object_that_is_never_seen_takes_no_place(tmp_path: Path) -> None:
    blank = rle_of(np.zeros((HEIGHT, WIDTH), np.uint8))
    masks, log = spilled(tmp_path, {"1": [None, blank, None]})
    assert "1" not in masks.places
    assert masks.masks("1", log) == ()


def test_the_masks_can_be_read_in_another_process(tmp_path: Path) -> None:
    masks, log = spilled(tmp_path, {"1": track(1)})
    again = pickle.loads(pickle.dumps(masks))
    assert again.masks("1", log) == masks.masks("1", log) != ()


def test_progress_is_told_in_bytes(tmp_path: Path) -> None:
    path = tmp_path / "mask_dict.json"
    path.write_text(json.dumps({str(number): track(number) for number in range(40)}))
    progress = Counting()
    spill(path, {}, tmp_path, progress, ProblemLog())
    assert progress.tasks == [("mask_dict.json", path.stat().st_size, "byte")]
    assert progress.passed == path.stat().st_size


UNREADABLE: list[tuple[Content, Code, str]] = [
    (b"", Code.INVALID_JSON, "the file ends too early, after 0 bytes"),
    (b'{"1": [null, nul', Code.INVALID_JSON, "the file ends too early, after 16 bytes"),
    (b'{"1": [{"size": [24, 32], "cou', Code.INVALID_JSON, "the file ends too early"),
    (b'{"1": [null,]}', Code.INVALID_JSON, "unallowed token"),
    (b'{"1": [null, null, null]} {}', Code.INVALID_JSON, "trailing garbage"),
    (b'{"1": [null, "\xff", null]}', Code.NOT_UTF8, "bytes that are not utf-8"),
    (b'{"1": [' + b"1" * 5000 + b"]}", Code.INVALID_JSON, "integer overflow"),
    (b'{"1": [1e' + b"9" * 50 + b"]}", Code.INVALID_JSON, "overflow"),
    (b'{"1": ' + b"[" * 300_000, Code.BAD_STRUCTURE, "something nested deeper at anno_id 1"),
    (b"[1, 2]", Code.BAD_STRUCTURE, "a file that begins with '[1, 2]'"),
    (b" " * 20_000 + b"[1, 2]", Code.BAD_STRUCTURE, "a list or a single value"),
    (b"<html>", Code.BAD_STRUCTURE, "a file that begins with '<html>'"),
]


@pytest.mark.parametrize(("content", "code", "found"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_file_that_cannot_be_read_to_its_end_is_one_problem(
    tmp_path: Path, content: Content, code: Code, found: str
) -> None:
    """What the rest of the file would have held is not missed on top."""
    _, log = spilled(tmp_path, content, {"1": Owner("v", 3), "2": Owner("v", 3)})
    (problem,) = log
    assert problem.code is code
    assert found in problem.found
    assert problem.path == str(tmp_path / "mask_dict.json")


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    log = ProblemLog()
    spill(tmp_path / "mask_dict.json", {"1": Owner("v", 3)}, tmp_path, Silent(), log)
    assert codes(log) == [Code.MISSING_FILE]


ODD_MASKS: list[Any] = [
    3,
    "counts",
    [1],
    {"counts": "PH0"},
    {"size": [HEIGHT, WIDTH]},
    {"size": [HEIGHT], "counts": "PH0"},
    {"size": [HEIGHT, WIDTH, 3], "counts": "PH0"},
    {"size": [HEIGHT, 32.5], "counts": "PH0"},
    {"size": [True, WIDTH], "counts": "PH0"},
    {"size": [0, WIDTH], "counts": "PH0"},
    {"size": [1 << 16, WIDTH], "counts": "PH0"},
    {"size": "32", "counts": "PH0"},
    {"size": [HEIGHT, WIDTH], "counts": [3, 4]},
    {"size": [HEIGHT, WIDTH], "counts": None},
]


@pytest.mark.parametrize("odd", ODD_MASKS, ids=lambda odd: json.dumps(odd)[:50])
def test_a_mask_of_another_form_is_a_problem_with_its_place(tmp_path: Path, odd: object) -> None:
    _, log = spilled(tmp_path, {"1": [None, odd, None]})
    (problem,) = log
    assert problem.code is Code.BAD_STRUCTURE
    assert problem.path == "mask_dict.json: anno_id 1, frame 1"


@pytest.mark.parametrize("counts", ["", "!", "PH0", "zzz", "é", "0" * 5000])
def test_counts_that_are_no_mask_of_that_size_are_a_problem_with_their_place(
    tmp_path: Path, counts: str
) -> None:
    """The other masks of the object are read all the same."""
    entry = track(1)
    entry[1] = {"size": [HEIGHT, WIDTH], "counts": counts}
    masks, log = spilled(tmp_path, {"1": entry})
    assert [mask.frame for mask in masks.masks("1", log)] == [0, 2]
    (problem,) = log
    assert problem.code is Code.BAD_RLE
    assert problem.path == "mask_dict.json: anno_id 1, frame 1"


def test_an_entry_that_is_no_list_is_a_problem(tmp_path: Path) -> None:
    _, log = spilled(tmp_path, {"1": {"0": None}})
    assert codes(log) == [Code.BAD_STRUCTURE]


def test_a_full_disk_is_said_as_such(tmp_path: Path) -> None:
    (tmp_path / "mask_dict.json").write_text(json.dumps({"1": track(1)}))
    with pytest.raises(RvosbenchError) as caught:
        spill(tmp_path / "mask_dict.json", {}, tmp_path / "gone", Silent(), ProblemLog())
    assert caught.value.problems[0].code is Code.CANNOT_WRITE


READ_ALL = """
import resource, sys
from pathlib import Path
from rvosbench.datasets.mask_dict import Owner, spill
from rvosbench.errors import ProblemLog
from rvosbench.progress import Silent

path, objects = Path(sys.argv[1]), int(sys.argv[2])
log = ProblemLog()
owners = {str(number): Owner(f"v{number}", 60) for number in range(objects)}
masks = spill(path, owners, path.parent, Silent(), log)
read = sum(len(masks.masks(str(number), log)) for number in range(objects))
assert read == 60 * objects and not len(log)
try:
    lines = Path("/proc/self/status").read_text().splitlines()
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")))
except FileNotFoundError:  # not Linux
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def peak(folder: Path, objects: int) -> tuple[float, float]:
    """Megabytes of the file, and of a process that reads all of it."""
    entry = json.dumps([rle_of(pixels(frame, 48, 48)) for frame in range(60)])
    path = folder / f"{objects}.json"
    path.write_text("{" + ", ".join(f'"{number}": {entry}' for number in range(objects)) + "}")
    command = [sys.executable, "-c", READ_ALL, str(path), str(objects)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return path.stat().st_size / 1e6, int(output) / 1e3


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    small_file, small_peak = peak(tmp_path, 40)
    large_file, large_peak = peak(tmp_path, 320)
    assert large_file - small_file > 15
    assert large_peak - small_peak < 5

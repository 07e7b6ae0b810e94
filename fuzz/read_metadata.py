"""Any bytes as a file of a release. The first byte of an input says which: each is read by the code of its
dataset, and every defect must come out as a problem."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

import campaign

if __name__ == "__main__":
    campaign.instrument(
        "rvosbench.datasets.a2d_sentences",
        "rvosbench.datasets.jhmdb_sentences",
        "rvosbench.datasets.long_rvos",
        "rvosbench.datasets.mevis",
        "rvosbench.datasets.ref_davis",
        "rvosbench.datasets.ref_youtube_vos",
    )

import hostile_splits

from rvosbench.datasets import a2d_rows, davis_sentences, label_maps, mevis_sentences
from rvosbench.datasets.base import Dataset, Options, find
from rvosbench.datasets.mask_dict import Owner, spill
from rvosbench.datasets.meta_expressions import read_meta_expressions
from rvosbench.datasets.meta_objects import read_meta_objects
from rvosbench.errors import ProblemLog, RvosbenchError
from rvosbench.io.manifest import Manifest
from rvosbench.progress import Silent

TWISTED = 110  # from here on, what follows are choices: which values of an honest file become which odd ones
MANIFEST = {
    **dict.fromkeys(("title", "licence", "citation", "homepage", "converter", "source", "fingerprint"), ""),
    **{key: {} for key in ("options", "counts", "published_counts", "notes", "tables")},
    "schema_version": 1,
    "dataset": "sample",
    "split": "valid",
    "annotations": [],
    "problems": [],
    "ground_truth": True,
    "listed_videos": 1,
}


@cache
def folder() -> Path:
    return campaign.working_folder()


def write(name: str, data: bytes) -> Path:
    path = folder() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def mevis(data: bytes) -> None:
    log = ProblemLog()
    videos = read_meta_expressions(write("meta_expressions.json", data), log) or {}
    read = {}
    for name, video in videos.items():
        read[name] = mevis_sentences.read_sentences(video, "meta_expressions.json", log, hidden=False)
        mevis_sentences.read_sentences(video, "meta_expressions.json", log, hidden=True)
    mevis_sentences.owners(read, "meta_expressions.json", log)
    say(log)


def masks(data: bytes) -> None:
    log = ProblemLog()
    wanted = {str(number): Owner("bear", 3) for number in range(3)} | {"7": Owner("owl", 1)}
    spilled = spill(write("mask_dict.json", data), wanted, folder(), Silent(), log)
    for name in wanted:
        spilled.masks(name, log)
    say(log)


def objects(data: bytes) -> None:
    log = ProblemLog()
    read_meta_objects(write("meta.json", data), log)
    say(log)


def davis(data: bytes) -> None:
    log = ProblemLog()
    for name, _ in davis_sentences.FILES:
        write(name, data)
    davis_sentences.read_sentences(folder(), ["bear"], ["bear", "owl"], log)
    say(log)


def a2d(data: bytes) -> None:
    log = ProblemLog()
    first, _, second = data.partition(b"\xfe")
    videos = a2d_rows.read_videos(write("videoset.csv", first), log)
    if videos is not None:
        a2d_rows.read_sentences(write("a2d_annotation.txt", second), videos, "1", {"owl"}, log)
    say(log)


def release(name: str, file: str, split: str) -> Callable[[bytes], None]:
    """A whole release in which one file is hostile and all else is missing."""

    def read(data: bytes) -> None:
        log = ProblemLog()
        source = folder() / name
        write(f"{name}/{file}", data)
        dataset: Dataset = find(name)
        options = Options(scratch=folder(), frames="none", target=folder())
        opened = dataset.open(source, split, options, log)
        if opened is not None:
            opened.prepare(options, log)
            for video in opened.videos:
                opened.read(video, log)
        say(log)

    return read


def samples(data: bytes) -> None:
    from rvosbench.datasets import jhmdb_sentences

    log = ProblemLog()
    jhmdb_sentences._read_samples(write("samples.json", data), {"bear": "run", "owl": "sit"}, log)
    say(log)


def manifest(data: bytes) -> None:
    write("manifest.json", data)
    Manifest.read(folder())


def labels(data: bytes) -> None:
    log = ProblemLog()
    write("maps/00000.png", data)
    label_maps.read_label_maps(folder() / "maps", ["00000"], log)
    say(log)


def say(log: ProblemLog) -> None:
    """As the command line does, for people and for programs."""
    for problem in log:
        json.dumps(problem.as_json(), allow_nan=False)
        str(problem)


READERS: tuple[Callable[[bytes], None], ...] = (
    *(mevis, masks, objects, davis, a2d, samples, manifest, labels),
    release("ref-youtube-vos", "meta_expressions/valid/meta_expressions.json", "valid"),
    release("long-rvos", "valid/meta_expressions.json", "valid"),
    release("ref-davis17", "meta_expressions/valid/meta_expressions.json", "val"),
)


@cache
def honest() -> Mapping[int, object]:
    """What the readers of JSON take, by their place in `READERS`."""
    size = [hostile_splits.HEIGHT, hostile_splits.WIDTH]
    mask = {"size": size, "counts": hostile_splits.counts().decode()}
    said = {
        "0": {"exp": "it", "anno_id": [0, 1], "obj_id": [3, 4]},
        "1": {"exp": "none", "anno_id": [], "obj_id": []},
    }
    meta = {"videos": {"bear": {"vid_id": 1, "frames": ["00000", "00001", "00002"], "expressions": said}}}
    long = {
        "videos": {
            "bear": {"frames": ["00000"], "expressions": {"0": {"exp": "it", "obj_id": 1, "type": "static"}}}
        }
    }
    return {
        0: meta,
        1: {"0": [mask, None, mask], "1": [None] * 3, "7": [mask], "9": []},
        2: {"videos": {"bear": {"objects": {"1": {"category": "bear", "frames": ["00000"]}}}}},
        5: [["bear", 2, 9], ["owl", 1, 3]],
        6: MANIFEST,
        8: meta,
        9: long,
        10: meta,
    }


def seeds() -> Mapping[str, bytes]:
    from rvosbench.conformance import png_files

    lines = 'bear 1 "the bear"\nbear 2 "the other"\nowl 1 no quotes\n'
    rows = "bear,1,0:00,0:01,60,80,9,3,1\nowl,1,0,1,60,80,9,3,0\n"
    said = 'video_id,instance_id,query\nbear,1,it\nbear,2 (copy),"a, b"\n'
    found = {
        f"text-{number}": bytes([number]) + json.dumps(text).encode() for number, text in honest().items()
    }
    found |= {f"twisted-{number}": bytes([TWISTED + number]) + bytes(range(9)) for number in honest()}
    picture = png_files.png(hostile_splits.target()[0].astype("uint8"))
    return found | {
        "lines": bytes([3]) + lines.encode(),
        "rows": bytes([4]) + rows.encode() + b"\xfe" + said.encode(),
        "picture": bytes([7]) + picture,
        "nested": b"\1" + b'{"0":' + b"[" * 99,
    }


def check(data: bytes) -> None:
    if not data:
        return
    number, content = data[0] % len(READERS), data[1:]
    if data[0] >= TWISTED and number in honest():
        content = campaign.twisted(honest()[number], campaign.Choices(content))
    try:
        READERS[number](content)
    except RvosbenchError as error:
        str(error)


if __name__ == "__main__":
    sys.setrecursionlimit(1000)
    campaign.main("metadata", seeds, check)

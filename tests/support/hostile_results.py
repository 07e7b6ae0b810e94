"""Hostile COCO results."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import hostile_splits
from hostile_attacks import SAMPLES, Attack, attack

from rvosbench.errors import Code

INVALID, STRUCTURE = Code.INVALID_JSON, Code.BAD_STRUCTURE
MILLION = 1_000_000
IMAGES = tuple(f"v_bear_f_{frame}_i_0" for frame in hostile_splits.FRAMES)
SIZE = [hostile_splits.HEIGHT, hostile_splits.WIDTH]
COUNTS = hostile_splits.counts().decode()


def attacks() -> Iterator[Attack]:
    yield from _scores()
    yield from _counts()
    yield from _sizes()
    yield from _ids()
    yield from _many()
    yield from _nesting()
    yield from _text()
    yield from _readable()


def result(image: str = IMAGES[0], **changes: Any) -> dict[str, Any]:
    mask = {"size": SIZE, "counts": COUNTS, **changes.pop("mask", {})}
    return {"image_id": image, "category_id": 1, "segmentation": mask, "score": 0.5, **changes}


def listed(*first: Any) -> bytes:
    return json.dumps([*first, *map(result, IMAGES)]).encode()


HONEST = listed().decode()


def _attack(name: str, content: bytes | Callable[[], bytes], code: Code | None, why: str = "") -> Attack:
    return attack(f"json: {name}", content, code, SAMPLES, why)


def _scores() -> Iterator[Attack]:
    yield _attack("NaN as score", listed(result(score=math.nan)), INVALID)
    yield _attack("Infinity as score", listed(result(score=math.inf)), INVALID)
    yield _attack("-Infinity as score", listed(result(score=-math.inf)), INVALID)
    for name, score in (("1e999", "1e999"), ("-1e999", "-1e999"), ("number of 400 digits", "9" * 400)):
        yield _attack(f"{name} as score", HONEST.replace("0.5", score, 1).encode(), Code.BAD_SCORE)
    yield _attack("number of 5,000 digits", HONEST.replace("0.5", "9" * 5000, 1).encode(), INVALID)
    for name, value in (("text", "0.9"), ("true", True), ("null", None), ("list", [0.9]), ("'nan'", "nan")):
        yield _attack(f"{name} as score", listed(result(score=value)), Code.BAD_SCORE)


def _counts() -> Iterator[Attack]:
    for name, counts in (
        ("negative runs", "0O0Oo0"),
        ("runs that are longer than the mask", "o" * 12 + "0"),
        ("runs that end too early", COUNTS[:2]),
        ("runs that go on behind the mask", COUNTS + "o10"),
        ("run of 2^62 pixels", "P" + "o" * 11 + "1"),
        ("letters that no counts have", "\u00e9~~~"),
        ("zero byte in counts", COUNTS + "\0"),
        ("lone surrogate in counts", "\ud800" + COUNTS),
        ("empty counts", ""),
        ("printed bytes", "b'" + COUNTS + "'"),
        ("60 kB of counts", "0" * 60_000),
    ):
        yield _attack(name, listed(result(mask={"counts": counts})), Code.BAD_RLE)
    for name, value in (
        ("uncompressed counts", [100, 200, 4500]),
        ("no counts", None),
        ("number as counts", 7),
    ):
        yield _attack(name, listed(result(mask={"counts": value})), Code.BAD_RLE)
    huge = listed(result(mask={"counts": "0" * (60 << 20)}))
    yield _attack("60 MB of counts", huge, INVALID)
    wide = json.dumps([result(mask={"counts": "0" * (10 << 20) + "\U0001f43b"})], ensure_ascii=False)
    yield _attack("10 MB of counts with a bear in them", wide.encode(), INVALID)


def _sizes() -> Iterator[Attack]:
    for name, size in (
        ("60,000 x 60,000", [60_000, 60_000]),
        ("negative", [-60, -80]),
        ("2^70", [2**70, 80]),
    ):
        yield _attack(f"size {name}", listed(result(mask={"size": size})), Code.WRONG_SIZE)
    for name, value in (("of fractions", [60.0, 80.0]), ("of text", ["60", "80"]), ("of three", [60, 80, 1])):
        yield _attack(f"size {name}", listed(result(mask={"size": value})), STRUCTURE)
    yield _attack("segmentation as polygon", listed(result(segmentation=[[0, 0, 9, 9]])), STRUCTURE)
    yield _attack("result that is no object", listed(7), STRUCTURE)


def _ids() -> Iterator[Attack]:
    for name, image in (
        ("unknown video", "v_wolf_f_0_i_0"),
        ("unknown frame", "v_bear_f_99_i_0"),
        ("frame that is not scored", "v_bear_f_1_i_0"),
        ("padded frame number", "v_bear_f_00_i_0"),
        ("frame number in other digits", "v_bear_f_\u0662_i_0"),
        ("unknown instance", "v_bear_f_0_i_7"),
        ("path as image_id", "../../../etc/passwd"),
        ("lone surrogate in image_id", "v_\ud800_f_0_i_0"),
        ("long image_id", "v_" + "x" * 100_000),
        ("many underscores", "v_" + "_f_0_i_" * 9_000),
    ):
        yield _attack(name, listed(result(image)), Code.UNKNOWN_IMAGE)
    for name, value in (("number", 7), ("list", ["v_bear_f_0_i_0"]), ("null", None)):
        yield _attack(f"{name} as image_id", listed(result(image_id=value)), STRUCTURE)
    twice = HONEST.replace('"score": 0.5', '"score": 0.1, "score": 0.9', 1).encode()
    yield _attack("key twice in a result", twice, Code.DUPLICATE_ID)
    inside = HONEST.replace('"counts"', '"counts": "", "counts"', 1).encode()
    yield _attack("key twice in a mask", inside, Code.DUPLICATE_ID)


def _many() -> Iterator[Attack]:
    one = json.dumps(result()).encode()
    unknown = json.dumps(result("v_wolf_f_0_i_0")).encode()
    short = b'{"image_id":"' + IMAGES[0].encode() + b'"}'
    too_many = Code.TOO_MANY_RESULTS
    yield _attack("a million results", lambda: b"[" + b",".join([one] * MILLION) + b"]", too_many)
    yield _attack("a million unknown images", lambda: b"[" + b",".join([unknown] * MILLION) + b"]", too_many)
    yield _attack(
        "a million results without masks", lambda: b"[" + b",".join([short] * MILLION) + b"]", too_many
    )
    yield _attack("30 million zeros", lambda: b"[" + b",".join([b"0"] * 30 * MILLION) + b"]", too_many)
    yield _attack("a million keys in a result", lambda: b"[{" + _keys() + b"}]", INVALID)
    yield _attack("100 MB of spaces", lambda: b"[" + b" " * (100 << 20) + b"]", Code.MISSING_PREDICTION)


def _keys() -> bytes:
    return b",".join(b'"%d":0' % number for number in range(MILLION))


def _nesting() -> Iterator[Attack]:
    for name, start, end in (("lists", b"[", b"]"), ("objects", b'{"a":', b"}")):
        yield _attack(
            f"100,000 {name} in each other", start * 100_000 + b"1" + end * 100_000, None or INVALID
        )
        deep = b"[" + start * 900 + b"1" + end * 900 + b"," + HONEST[1:].encode()
        yield _attack(f"900 {name} in each other as a result", deep, STRUCTURE)
    deep = HONEST.replace("0.5", "[" * 900 + "]" * 900, 1).encode()
    yield _attack("900 lists in each other as score", deep, Code.BAD_SCORE)
    deep = HONEST.replace("1,", '{"a":' * 5000 + "1" + "}" * 5000 + ",", 1).encode()
    yield _attack("5,000 objects in each other as category", deep, INVALID)


def _text() -> Iterator[Attack]:
    whole = HONEST.encode()
    for name, content in (
        ("bytes that are no UTF-8", whole.replace(b"bear", b"b\xffar")),
        ("UTF-16", HONEST.encode("utf-16")),
        ("cut off", whole[: len(whole) * 2 // 3]),
        ("bracket missing at the end", whole[:-1]),
        ("two lists", whole + whole),
        ("rubbish behind the list", whole + b"x"),
        ("comma behind the last result", whole[:-1] + b",]"),
        ("comment", b"[/* results */" + whole[1:]),
        ("single quotes", whole.replace(b'"', b"'")),
        ("zero byte", whole + b"\0"),
        ("object instead of a list", b'{"annotations": ' + whole + b"}"),
        ("text instead of a list", b'{"a": 1} not json'),
    ):
        yield _attack(name, content, Code.NOT_PREDICTIONS if name == "UTF-16" else INVALID)
    yield _attack("empty file", b"", Code.INVALID_JSON)
    yield _attack("empty list", b"[]", Code.MISSING_PREDICTION)


def _readable() -> Iterator[Attack]:
    yield _attack("mark of the byte order", b"\xef\xbb\xbf" + HONEST.encode(), None, why="Windows writes it")
    boxes = listed(result(bbox=[0, 0, 1e308, -5]))
    yield _attack("box that is no box", boxes, None, why="boxes are not read; a warning says so")
    escaped = HONEST.replace("bear", "\\u0062ear").encode()
    yield _attack("escaped letters", escaped, None, why="the same text for every reader of JSON")

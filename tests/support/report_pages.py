"""A small result to make pages of, with squares as objects and hostile words in every field; and a page, read
back by nothing of the product."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scoring import make_split, video, write_tree

from rvosbench.analysis.opened import Opened, open_results
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

SIZE, FRAMES = (48, 64), 6
SCRIPT = "</script><script>window.attacked = 1</script>"
IMAGE = '<img src=x onerror="window.attacked = 2">'
PARK, POND = f"park {IMAGE}", "pond"
SENTENCES = {
    "0": ("the square that goes right", ("1",)),
    "1": (f"the square {SCRIPT} below", ("2",)),
    "2": ("both squares & nothing else", ("1", "2")),
    "3": ("the square that is not there", ()),
}
METHODS = ("exact", f"shifted {IMAGE}")
SHIFT = 4  # pixels to the right


def squares(name: str) -> NDArray[np.bool_]:
    """[object, frame, height, width]: one square goes right, one stays; in the pond both begin lower."""
    masks = np.zeros((2, FRAMES, *SIZE), np.bool_)
    down = 8 if name == POND else 0
    for frame in range(FRAMES):
        masks[0, frame, 4 + down : 16 + down, 6 + 3 * frame : 18 + 3 * frame] = True
        if frame:  # the second one comes into sight later
            masks[1, frame, 28:40, 20:36] = True
    return masks


def truth(name: str, expression: str) -> NDArray[np.bool_]:
    """[frame, height, width]"""
    objects = squares(name)
    chosen = [objects[int(one) - 1] for one in SENTENCES[expression][1]]
    return np.any(chosen, axis=0) if chosen else np.zeros((FRAMES, *SIZE), np.bool_)


def predicted(name: str, expression: str, method: int) -> NDArray[np.bool_]:
    masks = truth(name, expression)
    if method == 0:
        return masks
    moved = np.zeros_like(masks)
    moved[:, :, SHIFT:] = masks[:, :, :-SHIFT]
    return moved


def picture(frame: int) -> NDArray[np.uint8]:
    """A plain colour for each frame, dark enough to tell masks from it."""
    return np.full((*SIZE, 3), (20 * frame, 40, 60), np.uint8)


def squares_split(home: Path) -> Split:
    records = []
    for number, name in enumerate((PARK, POND)):
        folder = home / "mevis-v2" / "frames" / str(number)
        folder.mkdir(parents=True)
        masks = squares(name)
        expressions = [ExpressionRecord(key, text, objects) for key, (text, objects) in SENTENCES.items()]
        record = video(name, {"1": masks[0], "2": masks[1]}, expressions)
        for frame, stem in enumerate(record.frames):
            Image.fromarray(picture(frame)).save(folder / f"{stem}.png")
        records.append(replace(record, frames_uri=f"file:../frames/{number}"))
    return make_split(home, "mevis-v2", "valid_u", records)


def squares_results(
    folder: Path, split: Split, *, masks: bool = True, easy: str | None = None
) -> tuple[Opened, ...]:
    """In the video `easy` both methods are exact; without one both videos are equally hard, and figures have
    no intervals."""
    results: list[Opened] = []
    for number, method in enumerate(METHODS):
        drawn = {
            (one.video.name, one.name): predicted(
                one.video.name, one.name, 0 if one.video.name == easy else number
            )
            for one in split.expressions
        }
        write_tree(folder / f"tree{number}", drawn, split)
        out = folder / f"result{number}"
        evaluate(folder / f"tree{number}", split, Options(out=out, masks=masks))
        results += [replace(one, name=method) for one in open_results([str(out)])]
    return tuple(results)


@dataclass(frozen=True)
class Page:
    """A page, taken apart by the HTML parser of the standard library."""

    text: str
    tags: list[tuple[str, dict[str, str | None]]]
    blocks: Mapping[str, Any]
    scripts: list[str]
    styles: list[str]

    @property
    def index(self) -> Any:
        return self.blocks["index"]

    def place(self, name: str) -> int:
        found: int = self.index["cases"]["videos"].index(name)
        return found

    def case(self, name: str, case: str) -> tuple[Any, Any]:
        """The block of a video, and what it says of a case."""
        block = self.blocks[f"m{self.place(name)}"]
        return block, block["cases"][case]

    def truth(self, name: str, case: str) -> NDArray[np.bool_]:
        block, about = self.case(name, case)
        return masks(block, about["truth"], self.frames(name, case))

    def predicted(self, name: str, case: str, method: int) -> NDArray[np.bool_]:
        block, about = self.case(name, case)
        return masks(block, about["masks"][method], self.frames(name, case))

    def scores(self, name: str, case: str, method: int) -> tuple[list[float], list[float], list[int]]:
        """J, F (none where there is none) and flags, frame by frame."""
        block, about = self.case(name, case)
        count = self.frames(name, case)
        content = stream(block, about["scores"][method])
        measures = 2 if self.index["boundary"] else 1
        values = np.frombuffer(content[: 2 * measures * count], "<u2").reshape(measures, count) / 10_000
        flags = list(content[2 * measures * count :])
        return values[0].tolist(), values[1].tolist() if measures == 2 else [], flags

    def frames(self, name: str, case: str) -> int:
        block, about = self.case(name, case)
        return len(block["stems"] if about["frames"] is None else about["frames"])


def stream(block: Any, place: int) -> bytes:
    return zlib.decompress(base64.b64decode(block["streams"][place]))


def masks(block: Any, place: int, frames: int) -> NDArray[np.bool_]:
    """As docs/report.md says how the bytes lie."""
    numbers = iter(varints(stream(block, place)))
    height, width = block["size"]
    found = np.zeros((frames, width * height), np.bool_)
    before = np.zeros(width * height, np.bool_)
    for mask in found:
        head = next(numbers)
        edges = np.cumsum([next(numbers) for _ in range(head >> 1)], dtype=int)
        changes = np.zeros(width * height, np.int64)
        changes[edges] = 1
        here = np.cumsum(changes) % 2 == 1
        mask[:] = here ^ before if head & 1 else here
        before = mask
    assert next(numbers, None) is None
    return found.reshape(frames, width, height).transpose(0, 2, 1)


def varints(content: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in content:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            found.append(value)
            value, shift = 0, 0
    assert not shift
    return found


def read_page(path: Path) -> Page:
    parser = _Parser()
    text = path.read_text(encoding="utf-8")
    parser.feed(text)
    parser.close()
    return Page(text, parser.tags, parser.blocks, parser.scripts, parser.styles)


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.blocks: dict[str, Any] = {}
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._within: tuple[str, dict[str, str | None]] | None = None
        self._content: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style"):
            self._within, self._content = (tag, dict(attrs)), []

    def handle_data(self, data: str) -> None:
        self._content.append(data)

    def handle_endtag(self, tag: str) -> None:
        if self._within is None or tag != self._within[0]:
            return
        content, attributes = "".join(self._content), self._within[1]
        if tag == "style":
            self.styles.append(content)
        elif attributes.get("type") == "application/json":
            self.blocks[attributes["id"] or ""] = json.loads(content)
        else:
            self.scripts.append(content)
        self._within = None

"""A small split whose objects keep apart, and predictions for it that contain one kind of error each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scoring import Masks, make_split, video, write_tree

from rvosbench.analysis.opened import Opened, open_result
from rvosbench.evaluate.run import Options, evaluate
from rvosbench.schema import ExpressionRecord
from rvosbench.splits.split import Split

FRAMES, HEIGHT, WIDTH = 40, 60, 90
HIDDEN = range(20, 24)  # where the cat is out of sight
SOME = [3, 4, 5, 12, 30]  # frames, fewer than half of them


def box(top: int, left: int, height: int, width: int, step: float = 0.0) -> Masks:
    """A rectangle that moves to the right."""
    found = np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    for frame in range(FRAMES):
        start = left + round(step * frame)
        found[frame, top : top + height, start : start + width] = True
    return found


def cat() -> Masks:
    masks = box(4, 2, 12, 12, step=1.5)
    masks[HIDDEN] = False
    return masks


DOG, BUS = box(24, 40, 10, 14), box(44, 10, 12, 30, step=0.5)


def one_error_split(home: Path) -> Split:
    """ "0" means the cat, "1" the cat and the dog; no sentence means the bus."""
    sentences = [
        ExpressionRecord("0", "the cat that walks to the right", ("cat",)),
        ExpressionRecord("1", "both animals", ("cat", "dog")),
    ]
    return make_split(
        home, "mevis-v1", "valid_u", [video("street", {"cat": cat(), "dog": DOG, "bus": BUS}, sentences)]
    )


@dataclass(frozen=True)
class Case:
    """`kind` is the id of the error; `change` makes it in a copy of the right masks."""

    kind: str
    change: Callable[[Masks], None]
    expression: str = "0"
    missing: tuple[int, ...] = ()


def _fire(masks: Masks) -> None:
    masks[HIDDEN, 4:16, 30:42] = True


def _miss(masks: Masks) -> None:
    masks[SOME] = False


def _take_the_bus(masks: Masks) -> None:
    masks[~np.isin(np.arange(FRAMES), [0, 1, *HIDDEN])] = BUS[5]
    for frame in range(2, FRAMES):
        if frame not in HIDDEN:
            masks[frame] = BUS[frame]


def _switch(masks: Masks) -> None:
    masks[SOME] = BUS[SOME]


def _add_the_bus(masks: Masks) -> None:
    masks[SOME] |= BUS[SOME]


def _leave_the_dog_out(masks: Masks) -> None:
    masks[SOME] &= ~DOG[SOME]


def _drift(masks: Masks) -> None:
    masks[SOME] = False
    masks[SOME, 24:36, 62:76] = True


def _grow(masks: Masks) -> None:
    grown = masks.copy()
    grown[:, 1:] |= masks[:, :-1]
    grown[:, :, 1:] |= masks[:, :, :-1]
    masks |= grown


CASES: Mapping[str, Case] = {
    case.kind: case
    for case in (
        Case("no-answer", lambda masks: None, missing=(7, 8, 21)),
        Case("absent", _fire),
        Case("missed", _miss),
        Case("wrong-object", _take_the_bus),
        Case("switch", _switch),
        Case("extra-object", _add_the_bus),
        Case("missed-one", _leave_the_dog_out, expression="1"),
        Case("drift", _drift),
        Case("boundary", _grow),
    )
}


def right_masks() -> dict[tuple[str, str], Masks]:
    return {("street", "0"): cat(), ("street", "1"): cat() | DOG}


def score(split: Split, masks: Mapping[tuple[str, str], Masks], out: Path) -> Opened:
    """Scored by the official protocol, what is missing as zero."""
    tree = write_tree(out / "tree", masks, split)
    evaluate(tree, split, Options(out=out / "result", missing="zero"))
    return open_result(f"guess={out / 'result'}")


def with_one_error(split: Split, kind: str, out: Path) -> Opened:
    """Right but for one kind of error in one sentence."""
    case, masks = CASES[kind], right_masks()
    case.change(masks["street", case.expression])
    tree = write_tree(out / "tree", masks, split)
    for frame in case.missing:
        (tree / "street" / case.expression / f"{frame:05d}.png").unlink()
    evaluate(tree, split, Options(out=out / "result", missing="zero"))
    return open_result(f"guess={out / 'result'}")

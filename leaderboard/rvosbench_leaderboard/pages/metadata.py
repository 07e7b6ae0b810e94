"""What a team says about its method: the fields of the form, checked one by one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from rvosbench_leaderboard.pages.formats import link

Kind = Literal["text", "link", "number", "choice"]
MAX_TEXT = 200
MAX_NUMBER = 1e9


@dataclass(frozen=True, slots=True)
class Field:
    key: str
    title: str
    kind: Kind
    hint: str = ""
    choices: tuple[str, ...] = ()
    short: str = ""

    @property
    def column(self) -> str:
        """The title over a column of a board."""
        return self.short or self.title


FIELDS = (
    Field("method", "Method", "text", "as it shall stand on the board"),
    Field("venue", "Venue", "text", "such as CVPR 2026"),
    Field("paper", "Paper", "link", "https://..."),
    Field("code", "Code", "link", "https://..."),
    Field(
        "parameters", "Parameters, millions", "number", "all that are needed to predict", short="Params, M"
    ),
    Field("trainable", "Trainable parameters, millions", "number", short="Trainable, M"),
    Field("fps", "Frames per second", "number", short="FPS"),
    Field("device", "Measured on", "text", "such as one A100, batch 1, 480 pixels"),
    Field("training", "Training data", "text", "every dataset that weights were trained on"),
    Field(
        "setting",
        "Setting",
        "choice",
        choices=("trained on this dataset", "trained on other data", "zero-shot", "training-free"),
    ),
)
BY_KEY = {field.key: field for field in FIELDS}


def read(form: Mapping[str, object]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is filled in, and what is wrong, each by the key of its field."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for field in FIELDS:
        text = " ".join(str(form.get(field.key) or "").split())
        if not text:
            continue
        if complaint := _complaint(field, text):
            wrong[field.key] = complaint
        else:
            values[field.key] = float(text) if field.kind == "number" else text
    return values, wrong


def _complaint(field: Field, text: str) -> str | None:
    if len(text) > MAX_TEXT:
        return f"at most {MAX_TEXT} characters"
    if field.kind == "link" and link(text) is None:
        return "an address that begins with http:// or https://"
    if field.kind == "choice" and text not in field.choices:
        return "one of the choices"
    if field.kind == "number":
        try:
            number = float(text)
        except ValueError:
            return "a number such as 87.5"
        if not 0 <= number <= MAX_NUMBER:
            return "a number from 0 upwards"
    return None

"""What can be told of style sheets and scripts without a browser: contrast in both schemes, their size."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

STATIC = files("rvosbench_leaderboard").joinpath("static")
TEXT_ON = (
    ("ink", ("paper", "raised", "sunken", "tint", "good-tint", "warn-tint", "bad-tint")),
    ("soft", ("paper", "raised", "sunken")),
    ("accent", ("paper", "raised", "tint")),
    ("accent-ink", ("accent",)),
    ("good", ("raised", "good-tint")),
    ("warn", ("warn-tint",)),
    ("bad", ("raised", "bad-tint")),
)
PAIRS = [(text, ground) for text, grounds in TEXT_ON for ground in grounds]
READABLE, SEEN = 4.5, 3.0  # WCAG 2.2 AA: text; edges of fields
MOST_SCRIPT = 300  # lines


def colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", STATIC.joinpath("base.css").read_text(encoding="utf-8"), re.S)
    assert len(blocks) == 2
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return light if scheme == "light" else light | dark


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def test_contrast_is_computed_as_the_standard_says() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_is_readable_on_every_ground(scheme: str) -> None:
    known = colours(scheme)
    found = {pair: contrast(known[pair[0]], known[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in found.items() if ratio < READABLE} == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_fields_are_seen(scheme: str) -> None:
    known = colours(scheme)
    assert contrast(known["edge"], known["raised"]) >= SEEN


def test_scripts_stay_few_and_ask_nobody_else() -> None:
    scripts = [one.read_text(encoding="utf-8") for one in STATIC.iterdir() if one.name.endswith(".js")]
    assert sum(len(text.splitlines()) for text in scripts) < MOST_SCRIPT
    for text in scripts:
        assert re.findall(r"https?:|innerHTML|document\.write|eval\(|\.style\b", text) == []

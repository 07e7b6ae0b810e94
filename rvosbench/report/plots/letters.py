"""Text that fits: how wide it is as drawn, lines that it is broken into, names cut in the middle."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"  # comes with matplotlib, so that every machine draws the same
ROUNDING = 1.04
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"


def wide(text: str, size: float) -> float:
    """In points, of letters of `size` points; on a screen, which rounds small letters to dots, at most."""
    if not text:
        return 0.0
    letters = FontProperties(family=FONT, size=size)
    return ROUNDING * float(text_to_path.get_text_width_height_descent(text, letters, ismath=False)[0])


def cut(text: str, room: float, size: float) -> str:
    """As much of both ends as `room` points can hold: names of variants differ at either end."""
    if wide(text, size) <= room:
        return text
    fits, too_many = 0, len(text)
    while too_many - fits > 1:
        kept = (fits + too_many) // 2
        if wide(without_middle(text, kept), size) <= room:
            fits = kept
        else:
            too_many = kept
    return without_middle(text, fits)


def without_middle(text: str, kept: int) -> str:
    """`kept` characters of it, with an ellipsis between."""
    if kept >= len(text):
        return text
    return text[: (kept + 1) // 2] + ELLIPSIS + text[len(text) - kept // 2 :]


def wrapped(text: str, room: float, size: float) -> str:
    """Broken at blanks into lines of at most `room` points; a word that is longer, anywhere."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if wide(longer, size) <= room:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, room, size)
            lines += full
        lines.append(line)
    return "\n".join(lines)


def missing(figure: Figure) -> str:
    """The characters of a figure that the font has no letters for, each once. They are drawn as boxes."""
    font = get_font(findfont(FontProperties(family=FONT)))
    texts = "".join(text.get_text() for text in figure.findobj(Text) if isinstance(text, Text))
    return "".join(
        one for one in dict.fromkeys(texts) if not one.isspace() and not font.get_char_index(ord(one))
    )


def _pieces(word: str, room: float, size: float) -> list[str]:
    found, piece = [], ""
    for letter in word:
        if piece and wide(piece + letter, size) > room:
            found.append(piece)
            piece = ""
        piece += letter
    return [*found, piece]

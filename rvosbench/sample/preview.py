"""Two pictures of the sample for people: a contact sheet, and a small film of four videos at once.

In both, what a sentence means keeps its colours and gets an outline; everything else steps back.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from rvosbench.sample.film import Film, Group
from rvosbench.sample.raster import Values
from rvosbench.sample.sentences import Kind, Sentence

if TYPE_CHECKING:
    from numpy.typing import NDArray

ROWS, COLUMNS = 6, 5  # of the contact sheet
THUMB = 264  # width of one picture on it
GIF_FILMS, GIF_THUMB, GIF_FRAMES = 4, 240, 24
PAPER, INK, FAINT = (250, 249, 246), (38, 36, 48), (128, 126, 138)
CHIPS = {
    Kind.MOTION: (232, 90, 60),
    Kind.APPEARANCE: (66, 122, 220),
    Kind.POSITION: (40, 150, 110),
    Kind.MULTI: (150, 84, 190),
    Kind.NONE: (120, 120, 128),
}
_QUIET = ("still", "not move", "stays")  # true, but not much to look at
_CHOICE = (Kind.MOTION, Kind.MULTI, Kind.MOTION, Kind.POSITION, Kind.MOTION, Kind.APPEARANCE)


class Preview:
    """Is shown every film, and keeps small pictures of the first of them that are to be scored."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._rows: list[tuple[str, Sentence, list[Image.Image]]] = []
        self._clips: list[tuple[Sentence, list[Image.Image]]] = []
        self._fps = 12

    def add(self, film: Film) -> None:
        if film.group is not Group.VALID or len(self._rows) >= ROWS:
            return
        self._fps = film.fps
        sentence = _chosen(film, _CHOICE[len(self._rows) % len(_CHOICE)])
        if len(self._clips) < GIF_FILMS:
            frames = range(min(film.length, GIF_FRAMES))
            self._clips.append((sentence, [_shown(film, sentence, frame, GIF_THUMB) for frame in frames]))
        moments = [(film.length - 1) * place // (COLUMNS - 1) for place in range(COLUMNS)]
        pictures = [_shown(film, sentence, frame, THUMB) for frame in moments]
        self._rows.append((film.name, sentence, pictures))

    def write(self, folder: Path) -> None:
        if self._rows:
            _sheet(self._title, self._rows).save(folder / "preview.png", optimize=True)
            _write_gif(folder / "preview.gif", self._clips, self._fps)


def _chosen(film: Film, kind: Kind) -> Sentence:
    """A sentence of this kind if the film has one, else one with a target; rather of something that moves."""

    def rank(sentence: Sentence) -> tuple[bool, bool, bool]:
        quiet = any(words in sentence.text for words in _QUIET)
        return sentence.kind is not kind, quiet, not sentence.targets

    return min(film.sentences, key=rank)


def _shown(film: Film, sentence: Sentence, frame: int, width: int) -> Image.Image:
    """The frame, with all but the target paler, at the given width."""
    height = round(film.size[0] * width / film.size[1])
    picture = Image.fromarray(film.pictures[frame])
    mask = Image.fromarray(film.union(sentence.targets, frame).astype(np.uint8) * np.uint8(255))
    picture = picture.resize((width, height), Image.Resampling.LANCZOS)
    mask = mask.resize((width, height), Image.Resampling.BICUBIC)
    return Image.fromarray(_highlighted(np.asarray(picture), mask, CHIPS[sentence.kind]))


def _highlighted(
    picture: NDArray[np.uint8], mask: Image.Image, colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """The rest of the picture in the twilight; around the target a white line and a glow in `colour`."""
    inside = _share(mask)
    pixels = picture.astype(np.float32)
    gray = (pixels @ np.array((0.299, 0.587, 0.114), np.float32))[..., None]
    twilight = 0.75 * (0.66 * pixels + 0.34 * gray) + np.array((22, 24, 38), np.float32)
    glow = np.clip(2.2 * _share(mask.filter(ImageFilter.GaussianBlur(5))), 0, 1)
    line = np.clip(4 * _share(mask.filter(ImageFilter.GaussianBlur(1.3))) - 0.35, 0, 1)
    shown = twilight + (np.array(colour, np.float32) * 1.1 - twilight) * glow * 0.9
    shown += (255 - shown) * line
    shown += (pixels - shown) * inside
    pixels8: NDArray[np.uint8] = np.clip(shown, 0, 255).astype(np.uint8)
    return pixels8


def _share(mask: Image.Image) -> Values:
    return np.asarray(mask, np.float32)[..., None] / 255


def _sheet(title: str, rows: list[tuple[str, Sentence, list[Image.Image]]]) -> Image.Image:
    edge, gap, caption, head = 32, 10, 40, 84
    height = rows[0][2][0].height
    width = 2 * edge + COLUMNS * THUMB + (COLUMNS - 1) * gap
    sheet = Image.new("RGB", (width, head + len(rows) * (height + caption + 18) + edge - 18), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((edge, 24), "rvosbench sample", INK, _font(30), stroke_width=0)
    pen.text((width - edge, 36), title, FAINT, _font(17), anchor="ra")
    for number, (name, sentence, pictures) in enumerate(rows):
        top = head + number * (height + caption + 18)
        _caption(pen, (edge, top), sentence, _font(20))
        pen.text((width - edge, top + 5), name, FAINT, _font(15), anchor="ra")
        for column, picture in enumerate(pictures):
            corner = (edge + column * (THUMB + gap), top + caption)
            sheet.paste(picture, corner, _rounded(picture.size, 10))
    return sheet


def _caption(
    pen: ImageDraw.ImageDraw, corner: tuple[int, int], sentence: Sentence, font: ImageFont.FreeTypeFont
) -> None:
    """The kind on a coloured chip, then the words."""
    x, y = corner
    small = _font(font.size * 0.7)
    length = pen.textlength(str(sentence.kind), small)
    tall = round(font.size * 1.3)
    pen.rounded_rectangle((x, y, x + length + 18, y + tall), tall // 2, CHIPS[sentence.kind])
    pen.text((x + 9 + length / 2, y + tall / 2), str(sentence.kind), (255, 255, 255), small, anchor="mm")
    pen.text((x + length + 28, y + tall / 2), f"\u201c{sentence.text}\u201d", INK, font, anchor="lm")


def _rounded(size: tuple[int, int], radius: int) -> Image.Image:
    """Drawn four times as large, so that its corners are smooth."""
    mask = Image.new("L", (4 * size[0], 4 * size[1]), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, 4 * size[0] - 1, 4 * size[1] - 1), 4 * radius, 255)
    return mask.resize(size, Image.Resampling.LANCZOS)


def _write_gif(path: Path, clips: list[tuple[Sentence, list[Image.Image]]], fps: int) -> None:
    pages = [_page(clips, frame) for frame in range(len(clips[0][1]))]
    # One palette for all pages, or colours would flicker.
    strip = Image.new("RGB", (pages[0].width, pages[0].height * 3))
    for place, page in enumerate((pages[0], pages[len(pages) // 2], pages[-1])):
        strip.paste(page, (0, place * page.height))
    palette = strip.quantize(256, Image.Quantize.MEDIANCUT)
    flat = [page.quantize(palette=palette, dither=Image.Dither.NONE) for page in pages]
    # The last page stays a while.
    times = [1000 // fps] * (len(flat) - 1) + [1200]
    flat[0].save(path, save_all=True, append_images=flat[1:], duration=times, loop=0, optimize=False)


def _page(clips: list[tuple[Sentence, list[Image.Image]]], frame: int) -> Image.Image:
    edge, gap, caption = 12, 12, 26
    wide, tall = clips[0][1][0].size
    columns = min(2, len(clips))
    rows = -(-len(clips) // columns)
    width = 2 * edge + columns * wide + (columns - 1) * gap
    page = Image.new("RGB", (width, edge + rows * (caption + tall + gap)), PAPER)
    pen = ImageDraw.Draw(page)
    for number, (sentence, pictures) in enumerate(clips):
        x, y = edge + number % columns * (wide + gap), edge + number // columns * (caption + tall + gap)
        pen.text((x + 1, y + 2), sentence.text, INK, _fitting(pen, sentence.text, wide))
        page.paste(pictures[frame], (x, y + caption), _rounded(pictures[frame].size, 8))
    return page


def _fitting(pen: ImageDraw.ImageDraw, text: str, width: int) -> ImageFont.FreeTypeFont:
    size = 15.0
    while size > 9 and pen.textlength(text, _font(size)) > width:
        size -= 0.5
    return _font(size)


def _font(size: float) -> ImageFont.FreeTypeFont:
    """The one that comes with Pillow: it is there on every machine."""
    font = ImageFont.load_default(size)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise TypeError("Pillow was built without FreeType")
    return font

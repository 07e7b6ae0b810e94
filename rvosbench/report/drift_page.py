"""What `doctor --look` saw, as a page with pictures: one file, or a folder with the pictures beside it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from rvosbench.analysis.drift import OFFSETS, SHIFTS, Look, VideoDrift
from rvosbench.analysis.edges import outline_of
from rvosbench.report.whole_file import write_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rvosbench.splits.split import Split, Video

MOST_SUSPECTS, MOST_OTHERS = 60, 12  # videos whose pictures are shown
WIDTH = 300  # of a picture
LINE, THICK = (230, 159, 0), 2
_STYLE = """
:root { color-scheme: light dark; --quiet: #666; --line: #ccc; --warn: #b45309; --curve: #0072b2 }
@media (prefers-color-scheme: dark) {
  :root { --quiet: #aaa; --line: #444; --warn: #f0a030; --curve: #56b4e9 }
}
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h2 { font-size: 1.1rem; margin: 2rem 0 0 }
section { border-top: 1px solid var(--line) }
.warn { color: var(--warn); font-weight: 600 }
p { margin: .3rem 0 }
.quiet, figcaption { color: var(--quiet); font-size: .9rem }
.row { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-end }
figure { margin: .5rem 0 } img { max-width: 100%; display: block }
svg { color: var(--curve) } svg text { fill: var(--quiet); font-size: 10px }
"""


def write(found: Sequence[VideoDrift], split: Split, out: Path) -> Path:
    """`out` is an .html file that holds its pictures, or a folder. Gives the page's path."""
    alone = out.suffix.lower() in (".html", ".htm")
    page = out if alone else out / "index.html"
    pictures = _Pictures(None if alone else out)
    suspects = [one for one in found if one.is_off_in_time or one.is_aside]
    others = sorted(
        (one for one in found if one.looks and one not in suspects),
        key=lambda one: one.agreement[SHIFTS.index(0)] if one.agreement else 0.0,
    )
    shown = {one.video for one in (*suspects[:MOST_SUSPECTS], *others[:MOST_OTHERS])}
    silent = [one for one in found if one.reason is not None]
    parts = [_section(one, split.videos[one.video], pictures, one.video in shown) for one in suspects]
    parts += [_section(one, split.videos[one.video], pictures, one.video in shown) for one in others]
    name = f"{split.manifest.dataset}:{split.manifest.split}"
    write_file(page, _page(name, len(found), len(suspects), parts, silent))
    return page


class _Pictures:
    """Within the page, or in files beside it."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._count = 0

    def address(self, pixels: NDArray[np.uint8]) -> str:
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", quality=85)
        if self._folder is None:
            return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode("ascii")
        self._count += 1
        name = f"pictures/{self._count:04d}.jpg"
        write_file(self._folder / name, file.getvalue())
        return name


def _page(name: str, videos: int, suspects: int, parts: Sequence[str], silent: Sequence[VideoDrift]) -> str:
    verdict = f"{suspects} of {videos} videos look as if masks and frames do not belong together."
    reasons = "".join(
        f"<li>{escape(one.video)}: <span class=quiet>{escape(one.reason or '')}</span></li>" for one in silent
    )
    untold = f"<h2>Nothing can be told of {len(silent)}</h2><ul>{reasons}</ul>" if silent else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data: 'self' file:; \
style-src 'unsafe-inline'">
<title>Masks and frames of {escape(name)}</title><style>{_STYLE}</style></head>
<body><main><h1>Masks and frames of {escape(name)}</h1>
<p class="{"warn" if suspects else ""}">{verdict}</p>
<p class="quiet">The curve shows how well outlines of masks lie on edges of the frames so many frames later:
the logarithm of the strength of edges on the outline by that around it. It should be highest at 0.</p>
{"".join(parts)}{untold}</main></body></html>
"""


def _section(one: VideoDrift, video: Video, pictures: _Pictures, shown: bool) -> str:
    figures = _figures(one, video, pictures) if shown else ""
    row = f"<div class=row>{_curve(one)}{figures}</div>"
    return f"<section><h2>{escape(one.video)}</h2>{_verdict(one)}{row}</section>"


def _verdict(one: VideoDrift) -> str:
    if one.is_off_in_time:
        best = one.in_time
        text = f"Fits {one.shift:+d} frames better"
    elif one.is_aside:
        best = one.in_place
        text = f"Fits {one.offset[0]:+d} pixels across and {one.offset[1]:+d} down better"
    else:
        return f"<p class=quiet>In place; {len(one.looks)} masks looked at.</p>"
    return (
        f"<p class=warn>{text}: by {best.gain:.2f}, {best.sureness:.1f} standard errors, "
        f"{len(one.looks)} masks looked at.</p>"
    )


def _curve(one: VideoDrift) -> str:
    """Agreement for each shift, as a small drawing."""
    if not one.agreement:
        return ""
    low, high = min(*one.agreement, 0.0), max(*one.agreement, 0.1)
    xs = [20 + 25 * place for place in range(len(SHIFTS))]
    ys = [80 - 70 * (value - low) / (high - low) for value in one.agreement]
    line = " ".join(f"{x},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    marks = "".join(f'<circle cx="{x}" cy="{y:.1f}" r="3"/>' for x, y in zip(xs, ys, strict=True))
    labels = "".join(
        f'<text x="{x}" y="98" text-anchor="middle">{shift:+d}</text>'
        if shift
        else f'<text x="{x}" y="98" text-anchor="middle">0</text>'
        for x, shift in zip(xs, SHIFTS, strict=True)
    )
    values = ", ".join(f"{shift:+d}: {value:.2f}" for shift, value in zip(SHIFTS, one.agreement, strict=True))
    return (
        f'<svg width="190" height="104" role="img" aria-label="agreement by shift: {values}" '
        f'fill="currentColor">'
        f'<polyline points="{line}" fill="none" stroke="currentColor" stroke-width="2"/>{marks}{labels}</svg>'
    )


def _figures(one: VideoDrift, video: Video, pictures: _Pictures) -> str:
    """The mask that says most: on its own frame, and where it fits best."""
    place = SHIFTS.index(one.shift if one.is_off_in_time else 0)
    chosen = max(one.looks, key=lambda look: look.by_shift[place] - look.by_shift[SHIFTS.index(0)])
    views = [(chosen.frame, (0, 0), "on its own frame")]
    if one.is_off_in_time:
        views.append((chosen.frame + one.shift, (0, 0), f"on the frame {one.shift:+d}"))
    elif one.is_aside:
        views.append((chosen.frame, one.offset, "moved to where it fits"))
    found = []
    for frame, offset, text in views:
        pixels = _view(video, chosen, frame, offset)
        if pixels is not None:
            caption = f"object {chosen.object} of frame {video.frames[chosen.frame]} {text}"
            address = pictures.address(pixels)
            found.append(
                f'<figure><img src="{address}" width="{pixels.shape[1]}" height="{pixels.shape[0]}" '
                f'alt="{escape(caption)}"><figcaption>{escape(caption)}</figcaption></figure>'
            )
    return "".join(found)


def _view(video: Video, look: Look, frame: int, offset: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The picture around a mask, enlarged, with the mask's outline."""
    mask = video.objects[look.object].mask(look.frame)
    outline = outline_of(mask, max(OFFSETS))
    if outline is None:
        return None
    rows = slice(outline.top, outline.top + outline.height)
    columns = slice(outline.left, outline.left + outline.width)
    moved = np.roll(mask, offset[::-1], (0, 1))[rows, columns]
    part = Image.fromarray(video.frame(frame)[rows, columns])
    size = WIDTH, max(1, round(WIDTH * part.height / part.width))
    pixels = np.array(part.resize(size, Image.Resampling.BICUBIC))
    large = np.asarray(Image.fromarray(moved).resize(size, Image.Resampling.NEAREST))
    inner = large
    for _ in range(THICK):
        whole = np.pad(inner, 1, mode="edge")
        inner = whole[:-2, 1:-1] & whole[2:, 1:-1] & whole[1:-1, :-2] & whole[1:-1, 2:] & inner
    pixels[large & ~inner] = LINE
    return pixels

"""What can be chosen about a page."""

from __future__ import annotations

from dataclasses import dataclass, field

from rvosbench.progress import Progress, Silent


@dataclass(frozen=True, slots=True)
class Options:
    """`frames` is embed, link or none; `room` the bytes that the page may have: 30 MB, and 20 MB more for
    each method after the first, unless said."""

    title: str | None = None
    frames: str = "embed"
    room: int | None = None
    workers: int | None = None
    progress: Progress = field(default_factory=Silent)

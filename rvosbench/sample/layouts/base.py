"""What writes a layout: it is shown one film after the other, and then told that there are no more.

Predictions go beside it, for the videos of `Group.VALID`: in every dataset these make up the split that is
scored where none is named.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rvosbench.sample.film import Film, Group
from rvosbench.sample.predictions import GuessedPngs, Targets, write_tree


class Layout(ABC):
    """`folder` is that of the release, `predictions` that of the predictions; None: none are wanted."""

    def __init__(self, folder: Path, predictions: Path | None) -> None:
        self._folder = folder
        self._predictions = predictions

    @abstractmethod
    def add(self, film: Film, pngs: GuessedPngs) -> None:
        """Write what the release says of this video; keep what goes into files for a whole split."""

    @abstractmethod
    def finish(self) -> None:
        """Write the files for whole splits."""

    def _predict(
        self, film: Film, expressions: Mapping[str, Targets], stems: Sequence[str], pngs: GuessedPngs
    ) -> None:
        if film.group is Group.VALID and self._predictions is not None:
            write_tree(self._predictions, film, expressions, stems, pngs)


def write_json(path: Path, document: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")


def write_lines(path: Path, lines: Sequence[str], encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("".join(f"{line}\n" for line in lines).encode(encoding))


def write_files(folder: Path, stems: Sequence[str], suffix: str, contents: Sequence[bytes]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for stem, content in zip(stems, contents, strict=True):
        (folder / f"{stem}{suffix}").write_bytes(content)


def stems(film: Film, start: int = 0, step: int = 1) -> list[str]:
    return [f"{start + step * frame:05d}" for frame in range(film.length)]

"""Long-RVOS: one folder of masks per object, without a file where it is not seen; each sentence is marked as
about looks, about motion or about both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rvosbench.sample.encode import mask_png
from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, stems, write_files, write_json
from rvosbench.sample.layouts.ref_youtube_vos import object_id, single_target
from rvosbench.sample.predictions import GuessedPngs
from rvosbench.sample.sentences import Sentence


class LongRvosLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None) -> None:
        super().__init__(folder, predictions)
        self._videos: dict[Group, dict[str, Any]] = {group: {} for group in Group}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        folder, names = self._folder / film.group, stems(film)
        write_files(folder / "JPEGImages" / film.name, names, ".jpg", film.jpegs)
        for actor in film.actors:
            seen = [frame for frame, masks in enumerate(film.masks) if actor in masks]
            write_files(
                folder / "Annotations" / film.name / object_id(actor),
                [names[frame] for frame in seen],
                ".png",
                [mask_png(film.world.mask(actor, frame)) for frame in seen],
            )
        sentences = single_target(film)
        self._videos[film.group][film.name] = {
            "frames": names,
            "expressions": {
                key: {"exp": one.text, "obj_id": object_id(one.targets[0]), "type": kind_of(one)}
                for key, one in sentences.items()
            },
        }
        self._predict(film, {key: one.targets for key, one in sentences.items()}, names, pngs)

    def finish(self) -> None:
        for group, videos in self._videos.items():
            write_json(self._folder / group / "meta_expressions.json", {"videos": videos})


def kind_of(sentence: Sentence) -> str:
    """A motion alone is dynamic; together with a colour, a pattern or a size it is hybrid."""
    if "motion" not in sentence.attributes:
        return "static"
    return "hybrid" if len(sentence.attributes) > 1 else "dynamic"

"""MeViS in both versions, and the form of the sample itself, which is MeViS with two keys more."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rvosbench.sample.film import Film, Group
from rvosbench.sample.layouts.base import Layout, stems, write_files, write_json
from rvosbench.sample.predictions import GuessedPngs
from rvosbench.sample.sentences import Sentence


@dataclass(frozen=True, slots=True)
class MevisForm:
    """`meta` names the file of each split. `packed` splits keep their frames in a tar, `hidden` ones their
    ground truth to themselves. `extended` adds the kind of each sentence and the category of each object."""

    splits: Mapping[Group, str]
    meta: Mapping[str, str]
    packed: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    no_target: bool = False
    extended: bool = False


V1 = MevisForm(
    splits={Group.TRAIN: "train", Group.VALID: "valid_u", Group.TEST: "valid"},
    meta=dict.fromkeys(("train", "valid_u", "valid"), "meta_expressions.json"),
    hidden=frozenset({"valid"}),
)
V2 = MevisForm(
    splits=V1.splits,
    meta={
        "train": "meta_expressions_v2.json",
        "valid_u": "meta_expressions_v2.json",
        "valid": "meta_expressions_v2_release.json",
    },
    packed=frozenset({"train"}),
    hidden=frozenset({"valid"}),
    no_target=True,
)
SAMPLE = MevisForm(
    splits={Group.TRAIN: "train", Group.VALID: "valid"},
    meta=dict.fromkeys(("train", "valid"), "meta_expressions.json"),
    no_target=True,
    extended=True,
)


class MevisLayout(Layout):
    def __init__(self, folder: Path, predictions: Path | None, form: MevisForm) -> None:
        super().__init__(folder, predictions)
        self._form = form
        self._videos: dict[str, dict[str, Any]] = {split: {} for split in form.splits.values()}
        self._masks: dict[str, dict[str, list[Any]]] = {split: {} for split in form.splits.values()}
        self._tars: dict[str, tarfile.TarFile] = {}

    def add(self, film: Film, pngs: GuessedPngs) -> None:
        split = self._form.splits.get(film.group)
        if split is None:
            return
        self._write_frames(split, film)
        hidden = split in self._form.hidden
        sentences = self._numbered(film)
        self._predict(film, {key: one.targets for key, one in sentences.items()}, stems(film), pngs)
        first = len(self._masks[split])
        entry: dict[str, Any] = {
            "vid_id": len(self._videos[split]),
            "frames": stems(film),
            "expressions": {
                key: self._expression(sentence, first, hidden=hidden) for key, sentence in sentences.items()
            },
        }
        if self._form.extended:
            categories = {str(first + actor): {"category": film.category(actor)} for actor in film.actors}
            entry["objects"] = categories
        self._videos[split][film.name] = entry
        if not hidden:
            for actor in film.actors:
                self._masks[split][str(first + actor)] = _mask_list(film, actor)

    def _numbered(self, film: Film) -> dict[str, Sentence]:
        wanted = [one for one in film.sentences if one.targets or self._form.no_target]
        return {str(number): sentence for number, sentence in enumerate(wanted)}

    def _expression(self, sentence: Sentence, first: int, *, hidden: bool) -> dict[str, Any]:
        """`obj_id` counts within the video, `anno_id` through the whole split."""
        entry: dict[str, Any] = {"exp": sentence.text}
        if not hidden:
            entry["obj_id"] = list(sentence.targets)
            entry["anno_id"] = [first + actor for actor in sentence.targets]
        if self._form.extended:
            entry["kind"] = str(sentence.kind)
        return entry

    def _write_frames(self, split: str, film: Film) -> None:
        folder = self._folder / split
        if split not in self._form.packed:
            write_files(folder / "JPEGImages" / film.name, stems(film), ".jpg", film.jpegs)
            return
        folder.mkdir(parents=True, exist_ok=True)
        if split not in self._tars:
            self._tars[split] = tarfile.open(folder / "JPEGImages.tar", "w")  # noqa: SIM115  (see finish)
        for stem, content in zip(stems(film), film.jpegs, strict=True):
            member = tarfile.TarInfo(f"JPEGImages/{film.name}/{stem}.jpg")
            member.size = len(content)
            self._tars[split].addfile(member, io.BytesIO(content))

    def finish(self) -> None:
        for archive in self._tars.values():
            archive.close()
        for split, videos in self._videos.items():
            write_json(self._folder / split / self._form.meta[split], {"videos": videos})
            if split not in self._form.hidden:
                write_json(self._folder / split / "mask_dict.json", self._masks[split])


def _mask_list(film: Film, actor: int) -> list[dict[str, Any] | None]:
    height, width = film.size
    return [
        {"size": [height, width], "counts": masks[actor].counts.decode("ascii")} if actor in masks else None
        for masks in film.masks
    ]

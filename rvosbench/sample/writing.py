"""Writes the sample: every video is made once and handed to every layout, one video in memory at a time."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rvosbench import __version__
from rvosbench.errors import Code, Problem, UsageError
from rvosbench.progress import Progress, Silent
from rvosbench.sample.contents import RELEASES
from rvosbench.sample.film import shoot
from rvosbench.sample.guide import readme
from rvosbench.sample.layouts.a2d_sentences import A2dSentencesLayout
from rvosbench.sample.layouts.base import Layout
from rvosbench.sample.layouts.jhmdb_sentences import JhmdbSentencesLayout
from rvosbench.sample.layouts.long_rvos import LongRvosLayout
from rvosbench.sample.layouts.mevis import SAMPLE, V1, V2, MevisLayout
from rvosbench.sample.layouts.ref_davis import ConvertedRefDavisLayout, RefDavisLayout
from rvosbench.sample.layouts.ref_youtube_vos import RefYoutubeVosLayout
from rvosbench.sample.layouts.refcoco import PLAIN, PLUS, UMD, RefCocoLayout
from rvosbench.sample.predictions import GuessedPngs
from rvosbench.sample.preview import Preview
from rvosbench.sample.recipe import Recipe, find_recipe
from rvosbench.splits.staging import locked, staged

MARK = "sample.json"  # a folder with this file in it is ours to replace

LAYOUTS: Mapping[str, Callable[[Path, Path | None], Layout]] = {
    "sample": lambda folder, predictions: MevisLayout(folder, predictions, SAMPLE),
    "mevis-v1": lambda folder, predictions: MevisLayout(folder, predictions, V1),
    "mevis-v2": lambda folder, predictions: MevisLayout(folder, predictions, V2),
    "ref-youtube-vos": RefYoutubeVosLayout,
    "ref-davis17": RefDavisLayout,
    "ref-davis17-converted": ConvertedRefDavisLayout,
    "a2d-sentences": A2dSentencesLayout,
    "jhmdb-sentences": JhmdbSentencesLayout,
    "long-rvos": LongRvosLayout,
    "refcoco": lambda folder, predictions: RefCocoLayout(folder, predictions, PLAIN),
    "refcoco-plus": lambda folder, predictions: RefCocoLayout(folder, predictions, PLUS),
    "refcocog": lambda folder, predictions: RefCocoLayout(folder, predictions, UMD),
}


@dataclass(frozen=True, slots=True)
class SampleReport:
    folder: Path
    recipe: str
    seed: int
    layouts: tuple[str, ...]
    videos: int
    frames: int
    sentences: int


def write(
    out: Path,
    recipe: Recipe | str = "small",
    seed: int = 0,
    only: Collection[str] | None = None,
    progress: Progress | None = None,
    *,
    predictions: bool = True,
    force: bool = False,
) -> SampleReport:
    """The sample in the folder `out`, in all layouts or in those of the datasets in `only`.

    `out` appears whole or not at all. It must be new or empty; with `force`, an earlier sample is replaced.
    """
    recipe = find_recipe(recipe) if isinstance(recipe, str) else recipe
    names = _chosen(only)
    out = out.absolute()
    progress = progress or Silent()
    _check_target(out, force=force)
    with locked(out, progress):
        _check_target(out, force=force)  # another process may have written while we waited
        with staged(out) as folder:
            guesses = folder / "predictions" if predictions else None
            layouts = [LAYOUTS[name](folder / name, guesses and guesses / name) for name in names]
            videos, frames, sentences = _fill(folder, recipe, seed, layouts, progress)
            text = readme(recipe, seed, names, predictions=predictions)
            (folder / "README.md").write_text(text, encoding="utf-8")
            report = SampleReport(out, recipe.name, seed, names, videos, frames, sentences)
            _write_mark(folder, recipe, report)
    return report


def _fill(
    folder: Path, recipe: Recipe, seed: int, layouts: Sequence[Layout], progress: Progress
) -> tuple[int, int, int]:
    """How many videos, frames and sentences went into every layout."""
    preview = Preview(f"recipe {recipe.name}, seed {seed}")
    videos = frames = sentences = 0
    progress.start(f"sample, recipe {recipe.name}", recipe.videos, "video")
    for film in shoot(recipe, seed):
        pngs = GuessedPngs(film)
        for layout in layouts:
            layout.add(film, pngs)
        preview.add(film)
        videos, frames, sentences = videos + 1, frames + film.length, sentences + len(film.sentences)
        progress.advance()
    for layout in layouts:
        layout.finish()
    preview.write(folder)
    progress.finish()
    return videos, frames, sentences


def _chosen(only: Collection[str] | None) -> tuple[str, ...]:
    """The layouts of these datasets; a layout may also be named itself."""
    wanted = set(only or LAYOUTS)
    names = {release.folder: {release.folder, release.dataset} for release in RELEASES}
    if unknown := wanted - set().union(*names.values()):
        raise UsageError(
            Problem(
                Code.UNKNOWN_DATASET,
                path="--only",
                expected="one of " + ", ".join(LAYOUTS),
                found=", ".join(sorted(unknown)),
                fix="choose one of these",
            )
        )
    return tuple(name for name in LAYOUTS if wanted & names[name])


def _check_target(out: Path, *, force: bool) -> None:
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return
    ours = (out / MARK).is_file()
    if force and ours:
        return
    raise UsageError(
        Problem(
            Code.CANNOT_WRITE,
            path=str(out),
            expected="a new or empty folder",
            found="an earlier sample" if ours else "something else is there",
            fix="add --force to replace it" if ours else "choose another folder",
        )
    )


def _write_mark(folder: Path, recipe: Recipe, report: SampleReport) -> None:
    about = {
        "made_by": f"rvosbench {__version__}",
        "seed": report.seed,
        "recipe": asdict(recipe),
        "layouts": report.layouts,
    }
    (folder / MARK).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

"""Official release -> converted split. All problems are found before anything is published."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rvosbench import __version__
from rvosbench.datasets.base import Dataset, Options, Release, check_split
from rvosbench.errors import Code, DatasetError, Problem, ProblemLog, Severity, UsageError
from rvosbench.ids import split_folder
from rvosbench.io.manifest import AnnotationFile, Manifest
from rvosbench.progress import Progress, Silent
from rvosbench.schema import SCHEMA_VERSION
from rvosbench.splits import card, source_files, staging
from rvosbench.splits.checks import check_video
from rvosbench.splits.reading import read_videos
from rvosbench.splits.writer import SplitWriter


@dataclass(frozen=True, slots=True)
class Conversion:
    folder: Path
    manifest: Manifest
    done: bool  # False: it was there already, made from the same files with the same options


def convert(
    dataset: Dataset,
    source: Path,
    split: str,
    *,
    data: Path | str | None = None,
    frames: Literal["link", "none"] = "link",
    expressions: Path | None = None,
    samples: Path | None = None,
    check: bool = False,
    workers: int = 1,
    progress: Progress | None = None,
) -> Conversion:
    """Convert one split. With `check`, counts that differ from the published ones are errors."""
    check_split(dataset, split)
    _check_files(dataset, expressions=expressions, samples=samples)
    target = split_folder(dataset.info.id, split, data).absolute()
    progress = progress or Silent()
    with staging.locked(target, progress), staging.scratch(target) as scratch:
        options = Options(scratch, frames, expressions, samples, progress, target)
        return _convert(dataset, source.absolute(), split, options, target, check=check, workers=workers)


def _check_files(dataset: Dataset, **given: Path | None) -> None:
    problems = [
        Problem(
            Code.BAD_OPTION,
            f"--{name}",
            expected=f"a dataset that takes such a file; {dataset.info.id} takes "
            + (" and ".join(f"--{one}" for one in sorted(dataset.info.takes)) or "none"),
            found=str(path),
            fix=f"leave --{name} out, or check the name of the dataset",
        )
        for name, path in given.items()
        if path is not None and name not in dataset.info.takes
    ]
    if problems:
        raise UsageError(*problems)


def _convert(
    dataset: Dataset, source: Path, split: str, options: Options, target: Path, *, check: bool, workers: int
) -> Conversion:
    log = ProblemLog()
    release = dataset.open(source, split, options, log)
    if release is None or log.has_errors:
        raise DatasetError(*_all(log, dataset, source))
    chosen = _chosen(source, options)
    if not check and (present := _present(target, release, source, chosen)):
        return Conversion(target, present, done=False)
    release.prepare(options, log)
    with staging.staged(target) as folder:
        writer = SplitWriter(folder, ground_truth=release.ground_truth)
        options.progress.start(f"{dataset.info.id}:{split}", len(release.videos), "video")
        for video, problems in read_videos(release, workers):
            log.include(problems)
            options.progress.advance()
            if video is not None:
                check_video(video, log)
            if video is not None and not log.has_errors:
                writer.add(video)
        options.progress.finish()
        files = source_files.with_checksums(release.annotations, source)
        published = {
            name: count
            for name, count in dataset.info.published.get(split, {}).items()
            if name not in release.incomparable
        }
        if not log.has_errors:  # what could not be read is not counted either
            _compare_counts(published, dict(writer.counts), f"{dataset.info.id}:{split}", log, refuse=check)
        known = _compare_checksums(dataset, split, files, log)
        if log.has_errors:
            raise DatasetError(*_all(log, dataset, source))
        fingerprint, tables = writer.close()
        release.complete(folder)
        manifest = Manifest(
            schema_version=SCHEMA_VERSION,
            dataset=dataset.info.id,
            split=split,
            title=dataset.info.title,
            licence=dataset.info.licence,
            citation=dataset.info.citation,
            homepage=dataset.info.homepage,
            converter=__version__,
            source=str(source),
            options=chosen,
            annotations=files,
            ground_truth=release.ground_truth,
            listed_videos=len(release.videos),
            counts=dict(writer.counts),
            published_counts=published,
            notes=dict(release.notes) | ({"recognised": known} if known else {}),
            problems=[problem.as_json() for problem in log],
            tables=tables,
            fingerprint=fingerprint,
        )
        manifest.write(folder)
        (folder / "README.md").write_text(card.of_split(manifest), encoding="utf-8")
    return Conversion(target, manifest, done=True)


def _chosen(source: Path, options: Options) -> dict[str, Any]:
    """The options that change the outcome, as the manifest keeps them."""
    chosen: dict[str, Any] = {"frames": options.frames}
    if options.frames == "link":  # links are relative: whoever moves one end must convert again
        chosen["from_here"] = os.path.relpath(source, options.target)
    for name, path in (("expressions", options.expressions), ("samples", options.samples)):
        if path is not None:
            entry = source_files.with_checksums([path.absolute()], source)[0]
            chosen[name] = asdict(entry)
    return chosen


def _present(target: Path, release: Release, source: Path, chosen: dict[str, Any]) -> Manifest | None:
    """The manifest of the split that is there, if converting again would change nothing."""
    try:
        manifest = Manifest.read(target)
    except DatasetError:
        return None
    same_files = [_quick(entry) for entry in manifest.annotations] == [
        _quick(entry) for entry in source_files.stamps(release.annotations, source)
    ]
    same_tables = all(
        (path := target / f"{name}.parquet").is_file() and source_files.checksum(path) == about["sha256"]
        for name, about in manifest.tables.items()
    )
    same_way = (manifest.converter, manifest.source, manifest.options) == (__version__, str(source), chosen)
    # Which videos there are may hang on folders that are no annotations, as in Ref-YouTube-VOS valid.
    same_videos = manifest.listed_videos == len(release.videos)
    return manifest if same_files and same_tables and same_way and same_videos else None


def _quick(entry: AnnotationFile) -> tuple[str, str]:
    return entry.path, entry.stamp


def _compare_counts(
    published: dict[str, int], counts: dict[str, int], where: str, log: ProblemLog, *, refuse: bool
) -> None:
    for name, expected in published.items():
        if counts[name] != expected:
            log.add(
                Code.COUNTS_DIFFER,
                where,
                expected=f"{expected} {name}, as published",
                found=f"{counts[name]}",
                fix="check that the release is whole; scores on another set of videos are not comparable",
                severity=Severity.ERROR if refuse else Severity.WARNING,
            )


def _compare_checksums(
    dataset: Dataset, split: str, files: list[AnnotationFile], log: ProblemLog
) -> list[str]:
    """Names of the files that are byte for byte those of the authors."""
    published = dataset.info.checksums.get(split, {})
    known = []
    for file in files:
        expected = published.get(Path(file.path).name)
        if expected == file.sha256:
            known.append(file.path)
        elif expected is not None:
            log.warn(
                Code.UNKNOWN_CHECKSUM,
                file.path,
                expected=f"sha256 {expected}, published by the authors",
                found=file.sha256,
                fix="download the file again, or tell your readers which version you used",
            )
    return known


def _all(log: ProblemLog, dataset: Dataset, source: Path) -> tuple[Problem, ...]:
    """Errors first. An adapter that gives nothing must say why."""
    if not log.has_errors:
        log.add(
            Code.NOTHING_FOUND,
            source,
            expected=f"the official layout of {dataset.info.id}",
            found="nothing that could be read",
            fix=f"rvosbench describe {dataset.info.id} shows the layout",
        )
    return log.errors + log.warnings

"""Which releases a sample holds, and what converting each of them takes."""

from __future__ import annotations

from dataclasses import dataclass

from rvosbench.sample.layouts.ref_youtube_vos import MAPPING


@dataclass(frozen=True, slots=True)
class Release:
    """All paths are relative to the folder of the sample. `expressions` and `samples` are the files for the
    options of these names of `rvosbench convert`."""

    dataset: str
    folder: str
    splits: tuple[str, ...]
    expressions: str | None = None
    samples: str | None = None


RELEASES = (
    Release("sample", "sample", ("train", "valid")),
    Release("mevis-v1", "mevis-v1", ("train", "valid_u", "valid")),
    Release("mevis-v2", "mevis-v2", ("train", "valid_u", "valid")),
    Release(
        "ref-youtube-vos",
        "ref-youtube-vos",
        ("train", "valid", "test"),
        expressions=f"ref-youtube-vos/valid/{MAPPING}",
    ),
    Release("ref-davis17", "ref-davis17", ("train", "val")),
    Release("ref-davis17", "ref-davis17-converted", ("train", "val")),
    Release("a2d-sentences", "a2d-sentences", ("train", "test")),
    Release(
        "jhmdb-sentences",
        "jhmdb-sentences",
        ("test",),
        samples="jhmdb-sentences/jhmdb_sentences_samples_metadata.json",
    ),
    Release("long-rvos", "long-rvos", ("train", "valid", "test")),
    Release("refcoco", "refcoco", ("train", "val", "testA", "testB")),
    Release("refcoco-plus", "refcoco-plus", ("train", "val", "testA")),
    Release("refcocog", "refcocog", ("train", "val", "test")),
)


def releases() -> tuple[Release, ...]:
    """One for each dataset: of two forms of the same release the first."""
    first = {release.dataset: release for release in reversed(RELEASES)}
    return tuple(release for release in RELEASES if first[release.dataset] is release)

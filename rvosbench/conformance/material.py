"""What all cases are made from: the ground truth of six splits of the smallest sample."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from rvosbench.conformance.case import Benchmark
from rvosbench.conformance.oracle import Mask, Masks, Oracle
from rvosbench.conformance.truth import Clip, LabelClip, LabelTruth, MaskTruth, SampleTruth
from rvosbench.sample.film import Film, Group, shoot
from rvosbench.sample.layouts import a2d_sentences, base, jhmdb_sentences, ref_davis, ref_youtube_vos
from rvosbench.sample.recipe import TINY
from rvosbench.sample.sentences import Sentence

RECIPE, SEED = TINY, 0

MEVIS = Benchmark("mevis-v1", "valid_u", "mevis")
MEVIS_V2 = Benchmark("mevis-v2", "valid_u", "mevis")
YOUTUBE = Benchmark("ref-youtube-vos", "valid", "ref-youtube-vos")
DAVIS = Benchmark("ref-davis17", "val", "ref-davis17")
A2D = Benchmark("a2d-sentences", "test", "a2d")
JHMDB = Benchmark("jhmdb-sentences", "test", "jhmdb")
BENCHMARKS = (MEVIS, MEVIS_V2, YOUTUBE, DAVIS, A2D, JHMDB)


@dataclass(frozen=True)
class Material:
    """In `mevis` every sentence means something, in `mevis_v2` some do not. `elsewhere` are videos of the
    training split of MeViS, which no prediction should be for."""

    mevis: MaskTruth
    mevis_v2: MaskTruth
    youtube: MaskTruth
    davis: LabelTruth
    a2d: SampleTruth
    jhmdb: SampleTruth
    elsewhere: tuple[Clip, ...] = field(repr=False)


def gather() -> Material:
    films = list(shoot(RECIPE, SEED))
    valid = [film for film in films if film.group is Group.VALID]
    train = [film for film in films if film.group is Group.TRAIN]
    oracle = Oracle()
    return Material(
        mevis=MaskTruth(MEVIS, _in_order(_mevis(film) for film in valid), oracle),
        mevis_v2=MaskTruth(MEVIS_V2, _in_order(_mevis_v2(film) for film in valid), oracle, no_target=True),
        youtube=MaskTruth(YOUTUBE, _in_order(_youtube(film) for film in valid), oracle),
        davis=LabelTruth(DAVIS, tuple(sorted(map(_davis, valid), key=lambda clip: clip.name)), oracle),
        a2d=SampleTruth(A2D, {image: mask for film in valid for image, mask in _a2d(film)}),
        jhmdb=SampleTruth(
            JHMDB, {image: mask for place, film in enumerate(valid) for image, mask in _jhmdb(film, place)}
        ),
        elsewhere=_in_order(_mevis(film) for film in train),
    )


def _in_order(clips: Iterable[Clip]) -> tuple[Clip, ...]:
    return tuple(sorted(clips, key=lambda clip: clip.name))


def _mevis(film: Film) -> Clip:
    return _clip(film, base.stems(film), [one for one in film.sentences if one.targets])


def _mevis_v2(film: Film) -> Clip:
    return _clip(film, base.stems(film), film.sentences)


def _youtube(film: Film) -> Clip:
    sentences = list(ref_youtube_vos.single_target(film).values())
    return _clip(film, ref_youtube_vos.frame_names(film), sentences)


def _clip(film: Film, stems: Sequence[str], sentences: Sequence[Sentence]) -> Clip:
    numbered = {str(number): sentence for number, sentence in enumerate(sentences)}
    return Clip(
        film.name,
        tuple(stems),
        {key: _union(film, one.targets) for key, one in numbered.items()},
        {key: one.text for key, one in numbered.items()},
        frozenset(key for key, one in numbered.items() if not one.targets),
    )


def _union(film: Film, targets: tuple[int, ...]) -> Masks:
    return np.stack([film.union(targets, frame) for frame in range(film.length)])


def _davis(film: Film) -> LabelClip:
    video = ref_davis.DavisVideo(film)
    labels = np.stack([ref_davis.with_void(frame) for frame in film.world.labels])
    spoken = sorted((actor + 1 for actor in video.descriptions), key=str)
    return LabelClip(video.name, tuple(video.stems), labels, tuple(spoken))


def _a2d(film: Film) -> Iterator[tuple[str, Mask]]:
    for actor in film.actors:
        if film.said_of(actor):
            for frame in a2d_sentences.annotated_frames(film):
                mask = film.union((actor,), frame)
                if mask.any():
                    yield f"v_{film.name}_f_{frame + 1}_i_{actor + 1}", mask


def _jhmdb(film: Film, place: int) -> Iterator[tuple[str, Mask]]:
    """The last frames of the first video have no mask."""
    length = film.length - (0 if place else jhmdb_sentences.UNMASKED)
    actor = jhmdb_sentences.protagonist(film)
    for frame in jhmdb_sentences.scored_frames(film, actor, length):
        yield f"v_{film.name}_f_{frame + 1}", film.union((actor,), frame)

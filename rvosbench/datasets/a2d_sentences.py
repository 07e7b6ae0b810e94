"""A2D-Sentences: clips of actors and actions, a sentence for each instance, masks in a few frames.

What is scored is a sample: a sentence and an annotated frame that lists its instance. A frame that does not
list it is not scored for this sentence, so a sentence whose instance no frame lists has no sample and is left
out. Presence is what a frame lists: a listed instance with an empty mask is a sample all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rvosbench.datasets.a2d_masks import AnnotatedVideo, read_annotated
from rvosbench.datasets.a2d_rows import SUBSETS, Sentence, read_sentences, read_videos
from rvosbench.datasets.base import Dataset, DatasetInfo, Options, Release
from rvosbench.errors import Code, ProblemLog
from rvosbench.io.frame_source import FramesError
from rvosbench.io.json import read_text
from rvosbench.schema import ExpressionRecord, ObjectRecord, Role, VideoRecord


class A2dSentences(Dataset):
    def __init__(self, info: DatasetInfo) -> None:
        self.info = info

    def splits_in(self, source: Path) -> tuple[str, ...]:
        listed = _locate(source, "Release/videoset.csv")
        videos = read_videos(listed, ProblemLog()) if listed.is_file() else {}
        if videos is None:  # `open` will say what is wrong with the list
            return self.info.splits
        subsets = {video.subset for video in videos.values()}
        return tuple(split for split in self.info.splits if SUBSETS[split] in subsets)

    def open(self, source: Path, split: str, options: Options, log: ProblemLog) -> A2dRelease | None:
        listed, rows, missed, masks = annotations = [
            _locate(source, "Release/videoset.csv"),
            _locate(source, "text_annotations/a2d_annotation.txt"),
            _locate(source, "text_annotations/a2d_missed_videos.txt"),
            _locate(source, "text_annotations/a2d_annotation_with_instances"),
        ]
        clips = _locate_clips(source) if options.frames == "link" else None
        if not masks.is_dir():
            _missing(masks, "the folder of the masks", log)
        if clips is not None and not clips.is_dir():
            _missing(clips, "the folder of the clips, or --frames none", log)
        videos, unused = read_videos(listed, log), read_text(missed, log)
        if videos is None or unused is None:
            return None
        without = {line.strip() for line in unused.splitlines()}
        sentences = read_sentences(rows, videos, SUBSETS[split], without, log)
        if sentences is None:
            return None
        of_split = {name for name, video in videos.items() if video.subset == SUBSETS[split]}
        for video in sorted(of_split - without - sentences.keys()):
            _left_out(video, "a sentence for each video", "none", log)
        if not sentences:
            fix = "check that the files belong together"
            log.add(Code.NOTHING_FOUND, rows, expected=f"sentences of {split}", found="none", fix=fix)
        frames = {video: videos[video].frames for video in sentences}
        notes = {"videos_without_sentences": sorted(of_split - sentences.keys())}
        return A2dRelease(annotations, notes, sentences, frames, masks, clips, options.target)


@dataclass
class A2dRelease(Release):
    annotations: Sequence[Path]
    notes: Mapping[str, Any]
    sentences: Mapping[str, Sequence[Sentence]]
    listed_frames: Mapping[str, int | None]
    masks: Path
    clips: Path | None
    target: Path
    ground_truth: bool = True

    @property
    def videos(self) -> Sequence[str]:
        return list(self.sentences)

    def read(self, video: str, log: ProblemLog) -> VideoRecord | None:
        found = read_annotated(self.masks / video, log)
        frames, uri, fps = self._frames(video, found, log)
        if found.size is None or found.broken:
            return None
        expressions = self._expressions(video, found, log)
        if not expressions:
            _left_out(video, "a sentence whose instance is annotated, in each video", "none", log)
            return None
        named = {name for sentence in expressions for name in sentence.objects or ()}
        return VideoRecord(
            video=video,
            height=found.size[0],
            width=found.size[1],
            frames=tuple(f"{number:05d}" for number in range(1, frames + 1)),
            frames_uri=uri,
            fps=fps,
            objects=tuple(_object(instance, found, named) for instance in sorted(found.present)),
            expressions=expressions,
        )

    def _expressions(
        self, video: str, found: AnnotatedVideo, log: ProblemLog
    ) -> tuple[ExpressionRecord, ...]:
        """Those that have a sample."""
        for sentence in self.sentences[video]:
            if sentence.instance not in found.present:
                where = f"{video}, instance {sentence.instance}"
                _left_out(where, "instances that some frame lists", "a sentence of one that none lists", log)
        return tuple(
            ExpressionRecord(
                expression=str(sentence.instance),
                text=sentence.text,
                objects=(str(sentence.instance),),
                frames=tuple(found.present[sentence.instance]),
            )
            for sentence in self.sentences[video]
            if sentence.instance in found.present
        )

    def _frames(
        self, video: str, found: AnnotatedVideo, log: ProblemLog
    ) -> tuple[int, str | None, float | None]:
        """How many frames there are, where they lie, and how fast they follow each other."""
        from rvosbench.io.frames import video_facts, video_uri  # whoever only scores starts sooner

        length, uri, fps = self.listed_frames[video], None, None
        if self.clips is not None:
            clip = self.clips / f"{video}.mp4"
            if not clip.is_file():
                _missing(clip, "the clip of each video, or --frames none", log)
                return found.last, None, None
            try:
                facts = video_facts(clip)
            except FramesError as error:
                log.include(error.problems)
                return found.last, None, None
            length, uri, fps = facts.frames, video_uri(clip, self.target), facts.fps
            # Scores come from the masks alone, so they decide the size. But a clip of another size is not the
            # one they were drawn on, and nothing could be laid over it.
            if found.size is not None and found.size != (facts.height, facts.width):
                log.add(
                    Code.WRONG_SIZE,
                    clip,
                    expected="clips of the size of their masks",
                    found=f"{facts.width}x{facts.height} instead of {found.size[1]}x{found.size[0]}",
                    fix="take the clips of the official release (clips320H), or convert with --frames none",
                )
        if found.last and (length is None or length < found.last):
            log.warn(
                Code.REPAIRED,
                video,
                expected="annotated frames that the video has",
                found=f"frame {found.last} of {'an unknown number' if length is None else length}",
                fix="nothing to do: the frames are counted up to the last annotated one",
            )
            length = found.last
        return length or 0, uri, fps


def _locate(source: Path, official: str) -> Path:
    """The release as its pages lay it out, or with everything in one folder, which may be called Release."""
    name = Path(official).name
    places = [source / official, source / name, source / "Release" / name]
    return next((place for place in places if place.exists()), places[0])


def _locate_clips(source: Path) -> Path:
    """The release has them under the one name, its instructions under the other."""
    places = [source / folder / name for folder in ("Release", "") for name in ("clips320H", "CLIPS320")]
    return next((place for place in places if place.is_dir()), places[0])


def _object(instance: int, found: AnnotatedVideo, named: set[str]) -> ObjectRecord:
    return ObjectRecord(
        object=str(instance),
        source_id=str(instance),
        category=found.categories[instance],
        role=Role.TARGET if str(instance) in named else Role.DISTRACTOR,
        masks=tuple(found.masks[instance]),
    )


def _missing(path: Path, expected: str, log: ProblemLog) -> None:
    log.add(
        Code.MISSING_FILE,
        path,
        expected=expected,
        found="it is not there",
        fix="complete the release; `rvosbench describe a2d-sentences` shows its layout",
    )


def _left_out(where: str, expected: str, found: str, log: ProblemLog) -> None:
    fix = "nothing to do: it is left out, as by the official loaders"
    log.warn(Code.LEFT_OUT, where, expected=expected, found=found, fix=fix)


_LAYOUT = """\
Release/
  videoset.csv                             no header; the last column is 0 (train) or 1 (test)
  clips320H/<video>.mp4                    not needed with --frames none
text_annotations/
  a2d_annotation.txt                       video_id,instance_id,query
  a2d_missed_videos.txt                    videos without sentences
  a2d_annotation_with_instances/
    <video>/<frame>.h5                     instance, reMask, id; frames count from 00001
"""

_PREDICTIONS = """\
COCO results JSON: a list of
  {"image_id": "v_<video>_f_<frame>_i_<instance>", "category_id": 1,
   "segmentation": {"size": [height, width], "counts": "<compressed RLE>"}, "score": 0.93}

<frame> counts from 1 and has no leading zeros; <instance> is the id of the expression.
Each sample (an expression and a frame that is scored for it) needs at least one entry. Several entries are
ranked by their scores, all of them count for mAP, the best one for P@K and IoU.
Masks have the size of the annotation (320 pixels high). Leave `bbox` out: it would change the areas.
predictions.parquet is read, too: one row for each expression, frame and query.
"""

_CITATION = """\
@inproceedings{gavrilyuk2018actor,
  title     = {Actor and Action Video Segmentation from a Sentence},
  author    = {Gavrilyuk, Kirill and Ghodrati, Amir and Li, Zhenyang and Snoek, Cees G. M.},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  year      = {2018}
}
@inproceedings{xu2015humans,
  title     = {Can Humans Fly? {Action} Understanding with Multiple Classes of Actors},
  author    = {Xu, Chenliang and Hsieh, Shao-Hang and Xiong, Caiming and Corso, Jason J.},
  booktitle = {IEEE Conference on Computer Vision and Pattern Recognition (CVPR)},
  year      = {2015}
}
"""

A2D_SENTENCES = A2dSentences(
    DatasetInfo(
        id="a2d-sentences",
        title="A2D-Sentences",
        splits=("train", "test"),
        default_split="test",
        licence="none is named with the sentences; see the homepage of A2D; research use",
        citation=_CITATION,
        homepage="https://kgavrilyuk.github.io/publication/actor_action/",
        layout=_LAYOUT,
        predictions=_PREDICTIONS,
        published={"train": {"samples": 15_741}, "test": {"samples": 3_800}},
    )
)

"""What must hold of every video of every dataset, whichever adapter read it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from rvosbench.errors import Code, ProblemLog
from rvosbench.schema import ExpressionRecord, ObjectRecord, VideoRecord

_FIX_RELEASE = "compare the file with the official release; download it again if it differs"


def check_video(video: VideoRecord, log: ProblemLog) -> None:
    where = video.video
    check_name(where, "video", log, slash=True)
    if not video.frames:
        log.add(Code.NOTHING_FOUND, where, expected="at least one frame", found="none", fix=_FIX_RELEASE)
    _check_unique(video.frames, where, "frame", log)
    if list(video.frames) != sorted(video.frames):
        log.add(
            Code.FRAMES_NOT_SORTED,
            where,
            expected="frame names in ascending order",
            found=_first_descent(video.frames),
            fix=_FIX_RELEASE,
        )
    for stem in video.frames:
        check_name(stem, f"{where}: frame", log)
    _check_unique((thing.object for thing in video.objects), where, "object", log)
    _check_unique((sentence.expression for sentence in video.expressions), where, "expression", log)
    for thing in video.objects:
        _check_object(video, thing, log)
    objects = {thing.object for thing in video.objects}
    for sentence in video.expressions:
        _check_expression(video, sentence, objects, log)


def check_name(name: str, what: str, log: ProblemLog, *, slash: bool = False) -> None:
    """Names become folder and file names of predictions; none may lead out of its folder."""
    parts = name.split("/") if slash else [name]
    if (
        not _is_text(name)
        or any(not part or part in (".", "..") or "/" in part or "\\" in part for part in parts)
        or any(ord(character) < 32 for character in name)
    ):
        log.add(
            Code.BAD_NAME,
            what,
            expected="a name that is a plain file name",
            found=ascii(name),
            fix=_FIX_RELEASE,
        )


def _is_text(value: str) -> bool:
    """JSON can hold halves of a UTF-16 pair, which no file and no table can."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_object(video: VideoRecord, thing: ObjectRecord, log: ProblemLog) -> None:
    where = f"{video.video}, object {thing.object}"
    check_name(thing.object, f"{video.video}: object", log)
    if not _is_text(thing.source_id) or not _is_text(thing.category or ""):
        log.add(
            Code.NOT_UTF8,
            where,
            expected="a source id and a category that can be written as UTF-8",
            found=ascii((thing.source_id, thing.category)),
            fix=_FIX_RELEASE,
        )
    _check_unique((str(mask.frame) for mask in thing.masks), where, "frame of a mask", log)
    outside = [mask.frame for mask in thing.masks if not 0 <= mask.frame < len(video.frames)]
    if outside:
        log.add(
            Code.WRONG_LENGTH,
            where,
            expected="masks of listed frames only",
            found=f"a mask of frame {outside[0]} in a video of {len(video.frames)} frames",
            fix=_FIX_RELEASE,
        )


def _check_expression(
    video: VideoRecord, sentence: ExpressionRecord, objects: set[str], log: ProblemLog
) -> None:
    where = f"{video.video}, expression {sentence.expression}"
    check_name(sentence.expression, f"{video.video}: expression", log)
    if not _is_text(sentence.text):
        log.add(
            Code.NOT_UTF8,
            where,
            expected="a sentence that can be written as UTF-8",
            found=ascii(sentence.text),
            fix=_FIX_RELEASE,
        )
    if not sentence.text.strip():
        log.warn(
            Code.BAD_STRUCTURE, where, expected="a sentence", found="an empty text", fix="nothing to do: kept"
        )
    for name in sentence.objects or ():
        if name not in objects:
            log.add(
                Code.UNKNOWN_OBJECT,
                where,
                expected="objects of the same video",
                found=f"object {name}",
                fix=_FIX_RELEASE,
            )
    frames = sentence.frames or ()
    if any(not 0 <= frame < len(video.frames) for frame in frames) or list(frames) != sorted(set(frames)):
        log.add(
            Code.WRONG_LENGTH,
            where,
            expected="scored frames that the video has, each once, in ascending order",
            found=str(list(frames)[:5]),
            fix=_FIX_RELEASE,
        )


def _check_unique(names: Iterable[str], where: str, what: str, log: ProblemLog) -> None:
    for name, times in Counter(names).items():
        if times > 1:
            log.add(
                Code.DUPLICATE_ID,
                where,
                expected=f"each {what} once",
                found=f"{name} {times} times",
                fix=_FIX_RELEASE,
            )


def _first_descent(frames: tuple[str, ...]) -> str:
    for before, after in pairwise(frames):
        if after < before:
            return f"{after} after {before}"
    return "another order"

"""The kinds of errors, and the two orders in which they are repaired. docs/anatomy.md shows each of them.

One threshold decides nearly everything, a half: of a mask that lies mostly on one thing, less than half can
lie on another. Decision 0014 has the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

HALF = 0.5
LONGEST_SHIFT = 10
"""Frames; and never more than a quarter of the video, so that most frames can be compared."""
SHIFT_GAIN = 0.05
"""By how much mean J must rise for a shift in time to be believed: what is merely inaccurate gains less."""
MOSTLY = 0.75
"""Of the frames that a shift changes, so many must get better: of masks that come and go, many get worse."""


@dataclass(frozen=True, slots=True)
class Kind:
    """`repair` says what the mask becomes. `in_time`: it takes several frames to see it."""

    id: str
    title: str
    definition: str
    repair: str
    in_time: bool = False


NO_ANSWER = Kind(
    "no-answer",
    "no prediction",
    "no prediction was handed in for the frame, which scores 0 also where the target is absent",
    "the ground truth",
)
OFF_TIME = Kind(
    "off-time",
    "late or early",
    "the masks fit better some frames earlier or later: one shift of up to 10 frames, and of a quarter of "
    "the video, raises mean J by 0.05 or more, to 0.5 or more where anything is to be seen; of the frames "
    "that it changes, three quarters get better",
    "the prediction of that many frames later or earlier, where there is one",
    in_time=True,
)
ABSENT = Kind(
    "absent",
    "fired on an absent target",
    "something is predicted in a frame in which no target can be seen",
    "nothing",
)
MISSED = Kind(
    "missed",
    "missed target",
    "nothing is predicted in a frame in which a target can be seen",
    "the ground truth",
)
WRONG_OBJECT = Kind(
    "wrong-object",
    "wrong object",
    "the mask takes another object and not the target, in more than half of the frames in which the target "
    "can be seen and something is predicted",
    "the ground truth, in these frames",
)
SWITCH = Kind(
    "switch",
    "identity switch",
    "the mask takes another object and not the target, in no more than half of these frames",
    "the ground truth, in these frames",
    in_time=True,
)
EXTRA_OBJECT = Kind(
    "extra-object",
    "extra object",
    "the mask takes the target and another object",
    "the mask without the pixels of the other object",
)
MISSED_ONE = Kind(
    "missed-one",
    "missed one of several targets",
    "several targets can be seen; the mask takes some of them, but not all",
    "the mask and all pixels of the targets that it does not take",
)
DRIFT = Kind(
    "drift",
    "drift",
    "J is below 0.5, and none of the above: the mask lies on no annotated object, or holds the target but is "
    "far too large or far too small for it",
    "the ground truth",
)
BOUNDARY = Kind(
    "boundary",
    "boundary only",
    "what remains: the right objects, with J of 0.5 or more",
    "the ground truth",
)

KINDS: tuple[Kind, ...] = (
    NO_ANSWER,
    OFF_TIME,
    ABSENT,
    MISSED,
    WRONG_OBJECT,
    SWITCH,
    EXTRA_OBJECT,
    MISSED_ONE,
    DRIFT,
    BOUNDARY,
)
"""In the order of repair: from what concerns the whole video to what concerns a few pixels."""

FIRST_ORDER = KINDS
SECOND_ORDER: tuple[Kind, ...] = (*reversed(KINDS[:-1]), BOUNDARY)
"""The other way round; what remains can only come last."""

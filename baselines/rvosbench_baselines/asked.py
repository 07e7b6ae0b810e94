"""What `baseline run` and `baseline tracks` are asked for in the same words: a device, some of the videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from rvosbench.errors import Code, Problem, ProblemLog, UsageError

if TYPE_CHECKING:
    from rvosbench.evaluate.plan import Shard
    from rvosbench.splits.split import Split


def torch_device(asked: str | None) -> str:
    """What was asked for if it is there; else the GPU if there is one."""
    import torch

    if asked == "cuda" and not torch.cuda.is_available():
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                "--device cuda",
                expected="a GPU that torch can use",
                found=f"none, with torch {torch.__version__}",
                fix="--device cpu, or install a torch that is built for your GPU",
            )
        )
    return asked or ("cuda" if torch.cuda.is_available() else "cpu")


def chosen_videos(split: Split, among: Iterable[str], named: Sequence[str], shard: Shard | None) -> list[str]:
    """Of `among` those that are named, all if none is; of these the share of one shard."""
    log = ProblemLog()
    for name in named:
        if name not in split.videos:
            near = get_close_matches(name, split.videos, n=1)
            log.add(
                Code.UNKNOWN_VIDEO,
                f"--videos {name}",
                expected=f"a video of {split.manifest.dataset}:{split.manifest.split}",
                found=f"none of its {len(split.videos)}",
                fix=f"did you mean {near[0]}?" if near else "leave --videos out for all of them",
            )
    if log.has_errors:
        raise UsageError(*log)
    chosen = [name for name in among if not named or name in named]
    return chosen if shard is None else chosen[shard.index - 1 :: shard.count]

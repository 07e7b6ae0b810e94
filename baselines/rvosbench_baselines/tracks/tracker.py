"""Follows masks through a video with SAM 2: forward to the end, then backward to the beginning."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rvosbench.masks import rle
from rvosbench_baselines.tracks.candidates import Candidate, Waiting
from rvosbench_baselines.tracks.frame_features import FrameFeatures
from rvosbench_baselines.tracks.sam2_model import Sam2
from rvosbench_baselines.tracks.settings import Prompts, Settings, at_a_time


@dataclass(frozen=True, slots=True, eq=False)
class Track:
    start: Candidate
    tokens: NDArray[np.float32]
    """[frames, width]: SAM 2's object pointer in each frame."""
    counts: tuple[bytes | None, ...]
    """Its mask in each frame, as COCO compressed RLE; None where it is empty."""


def follow(
    sam2: Sam2,
    read: Callable[[int], NDArray[np.uint8]],
    length: int,
    size: tuple[int, int],
    candidates: Iterable[Candidate],
    settings: Settings,
) -> Iterator[Track]:
    """The tracks of a video, in the order in which they are found. `read` gives the picture of a frame.

    What one sentence's boxes lead to is not a duplicate of what another's do: each sentence chooses from its
    own.
    """
    groups: dict[str | None, list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate.expression, []).append(candidate)
    video = _Video(sam2, read, length, size)
    duplicate = None if settings.prompts is Prompts.GT else settings.duplicate
    for group in groups.values():
        waiting = Waiting(group, size, duplicate=duplicate, limit=settings.limit)
        while batch := waiting.next_batch(at_a_time(length)):
            for track in video.follow(batch):
                waiting.drop_found(list(track.counts))
                yield track


class _Video:
    def __init__(
        self,
        sam2: Sam2,
        read: Callable[[int], NDArray[np.uint8]],
        length: int,
        size: tuple[int, int],
    ) -> None:
        self._sam2, self._length, self._size = sam2, length, size
        self._features = FrameFeatures(sam2, read)

    def follow(self, batch: list[Candidate]) -> list[Track]:
        """All of them start in the same frame."""
        with torch.inference_mode(), self._sam2.precision():
            return self._follow(batch)

    def _follow(self, batch: list[Candidate]) -> list[Track]:
        predictor, start = self._sam2.predictor, batch[0].frame
        state = self._state()
        for number, candidate in enumerate(batch):
            mask = torch.from_numpy(rle.decode(candidate.counts, *self._size))
            predictor.add_new_mask(state, start, number, mask)
        predictor.propagate_in_video_preflight(state)
        tokens = [np.zeros((self._length, predictor.hidden_dim), np.float32) for _ in batch]
        counts: list[list[bytes | None]] = [[None] * self._length for _ in batch]
        forward, backward = range(start, self._length), range(start - 1, -1, -1)
        for frames, reverse in ((forward, False), (backward, True)):
            for frame in frames:
                for number in range(len(batch)):
                    output = self._step(state, number, frame, reverse=reverse)
                    tokens[number][frame] = output["obj_ptr"][0].float().cpu().numpy()
                    counts[number][frame] = self._drawn(output["pred_masks"])
                    _forget(state["output_dict_per_obj"][number], frame, start, self._reach)
        return [
            Track(candidate, values, tuple(masks))
            for candidate, values, masks in zip(batch, tokens, counts, strict=True)
        ]

    def _step(self, state: dict[str, Any], number: int, frame: int, *, reverse: bool) -> dict[str, Any]:
        outputs: dict[str, dict[int, dict[str, Any]]] = state["output_dict_per_obj"][number]
        if frame in outputs["cond_frame_outputs"]:  # where it starts: given, not predicted
            return outputs["cond_frame_outputs"][frame]
        found, _ = self._sam2.predictor._run_single_frame_inference(
            inference_state=state,
            output_dict=outputs,
            frame_idx=frame,
            batch_size=1,
            is_init_cond_frame=False,
            point_inputs=None,
            mask_inputs=None,
            reverse=reverse,
            run_mem_encoder=True,
        )
        outputs["non_cond_frame_outputs"][frame] = found
        done: dict[str, Any] = found
        return done

    @property
    def _reach(self) -> int:
        """How far back the model looks for memories and pointers."""
        predictor = self._sam2.predictor
        memories = predictor.num_maskmem * predictor.memory_temporal_stride_for_eval
        return int(max(memories, predictor.max_obj_ptrs_in_encoder))

    def _drawn(self, logits: Tensor) -> bytes | None:
        mask = self._sam2.full_size(logits[:, 0], self._size)[0] > 0
        return rle.encode(mask.cpu().numpy()) if bool(mask.any()) else None

    def _state(self) -> dict[str, Any]:
        """What the predictor's `init_state` makes, which would hold all frames of the video in memory."""
        device = self._sam2.device
        return {
            "num_frames": self._length,
            "video_height": self._size[0],
            "video_width": self._size[1],
            "device": device,
            "storage_device": device,
            "cached_features": self._features,
            "constants": {},
            "obj_id_to_idx": OrderedDict(),
            "obj_idx_to_id": OrderedDict(),
            "obj_ids": [],
            "point_inputs_per_obj": {},
            "mask_inputs_per_obj": {},
            "output_dict_per_obj": {},
            "temp_output_dict_per_obj": {},
            "frames_tracked_per_obj": {},
        }


def _forget(outputs: dict[str, dict[int, Any]], frame: int, start: int, reach: int) -> None:
    """Drop what is too far behind to be looked at again. The frames after the start are: by the way back."""
    stale = frame - reach if frame > start else frame + reach
    if stale != start and abs(stale - start) > reach:
        outputs["non_cond_frame_outputs"].pop(stale, None)

"""Which query of a frame is which of the frame before: Hungarian matching by cosine, frame after frame."""

from __future__ import annotations

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor


def aligned_order(queries: Tensor) -> Tensor:
    """`queries` [T, q, N, C] -> [T, q, N]: which of a frame's queries takes each place, such that it is the
    most like the one that has the place in the frame before, after that one was put in order itself."""
    frames, count, clips, _ = queries.shape
    order = torch.arange(count)[None, :, None].repeat(frames, 1, clips)
    directions = queries.detach().float()
    directions = (directions / directions.norm(dim=-1, keepdim=True)).permute(2, 0, 1, 3)  # [N, T, q, C]
    # An order only permutes rows, so all cosines can be had at once.
    unlike = (1 - directions[:, 1:] @ directions[:, :-1].transpose(2, 3)).cpu()  # [N, T - 1, q, q]
    for clip in range(clips):
        for frame in range(1, frames):
            costs = unlike[clip, frame - 1][:, order[frame - 1, :, clip]]
            _, chosen = linear_sum_assignment(costs.T.numpy())
            order[frame, :, clip] = torch.from_numpy(chosen)
    return order.to(queries.device)


def as_they_are(queries: Tensor) -> Tensor:
    """The same of queries that are not aligned."""
    frames, count, clips, _ = queries.shape
    return torch.arange(count, device=queries.device)[None, :, None].expand(frames, -1, clips)


def put_in_order(queries: Tensor, order: Tensor) -> Tensor:
    """[T, q, N, C]"""
    return queries.gather(1, order[..., None].expand_as(queries))

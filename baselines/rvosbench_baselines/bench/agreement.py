"""How far two ways of computing the same logits agree."""

from __future__ import annotations

from torch import Tensor


def agreement(reference: Tensor, logits: Tensor) -> dict[str, float]:
    """Of masks and of whatever else is decided at zero. Logits that are no numbers, which half precision may
    give, are counted, decided as not above zero, and have no difference."""
    reference, logits = reference.double(), logits.double()
    theirs, ours = reference > 0, logits > 0
    finite = logits.isfinite()
    union = int((theirs | ours).sum())
    return {
        "largest_logit": float(reference.abs().max()),
        "largest_difference": float((logits - reference).abs().where(finite, 0.0).max()),
        "decided_otherwise": float((theirs != ours).double().mean()),
        "iou": int((theirs & ours).sum()) / union if union else 1.0,
        "finite": float(finite.double().mean()),
    }

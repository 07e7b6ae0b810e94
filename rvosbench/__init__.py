"""Referring video object segmentation: every dataset in one schema, official scores, verifiable tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from rvosbench.splits.split import Split

__version__ = "0.1.0"
__all__ = ["__version__", "load"]


def load(dataset: str, split: str | None = None, *, data: Path | str | None = None) -> Split:
    """A converted split, read lazily: `rvosbench.load("mevis-v1", "valid_u")`."""
    # Imported here: `import rvosbench` must not load numpy and pyarrow.
    from rvosbench.splits.locate import locate, open_located

    return open_located(locate(f"{dataset}:{split}" if split else dataset, data))

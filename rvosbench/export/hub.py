"""A folder that can be uploaded to the Hugging Face hub as it is: `data/<split>/*.parquet`, a card from which
the hub knows tables and splits, and a Croissant description."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rvosbench.export import croissant
from rvosbench.export.base import Options
from rvosbench.export.tables import copy_tables
from rvosbench.splits import card
from rvosbench.splits.split import Split


def write(splits: Sequence[Split], folder: Path, options: Options) -> None:
    """`splits` are those of one dataset."""
    options.progress.start("tables", len(splits), "split")
    manifests = []
    for split in splits:
        manifests.append(copy_tables(split, folder / "data" / split.manifest.split))
        options.progress.advance()
    folders = {one.split: f"data/{one.split}/" for one in manifests}
    croissant.write_description(manifests, folders, folder)
    (folder / card.NAME).write_text(card.of_dataset(manifests), encoding="utf-8")
    options.progress.finish()

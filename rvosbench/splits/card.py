"""`README.md` of converted splits: front matter from which `datasets.load_dataset` knows the tables, then a
card for people. Nothing of this machine and no dates stand in it, so that equal splits have equal cards."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rvosbench.io.manifest import Manifest

NAME = "README.md"
DEFAULT_TABLE = "expressions"
TABLE_ROWS = {
    "videos": "one row per video: size, frame names, frame rate",
    "objects": "one row per annotated object of a video: category and role",
    "masks": "one row per object and frame in which it can be seen: a COCO compressed RLE, area, box",
    "expressions": "one row per sentence: the text, the objects it means, the frames that are scored",
}
# The identifiers for licences of the Hugging Face hub that annotations are published under.
HUB_LICENCES = frozenset(
    {"apache-2.0", "bsd", "bsd-3-clause", "gpl-3.0", "mit", "odbl", "odc-by", "pddl", "cc", "cc0-1.0"}
    | {"cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nd-4.0"}
    | {"cc-by-nc-2.0", "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0"}
    | {"cc-by-nc-sa-2.0", "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0"}
)


def of_split(manifest: Manifest) -> str:
    """The card of a folder that holds the tables of one split."""
    title = f"{manifest.title}, split `{manifest.split}`"
    return _card(title, [manifest], {manifest.split: ""})


def of_dataset(manifests: Sequence[Manifest]) -> str:
    """The card of a folder that holds several splits of one dataset, each in `data/<split>`."""
    folders = {manifest.split: f"data/{manifest.split}/" for manifest in manifests}
    return _card(manifests[0].title, manifests, folders)


def hub_split(split: str) -> str:
    """The split under a name that the `datasets` library accepts."""
    return re.sub(r"\W", "_", split)


def hub_licence(licence: str) -> str | None:
    """`CC BY-NC-SA 4.0` -> `cc-by-nc-sa-4.0`; None if the hub has no identifier for it."""
    name = re.sub(r"[\s_-]+", "-", licence.strip().lower())
    return name if name in HUB_LICENCES else None


def _card(title: str, manifests: Sequence[Manifest], folders: dict[str, str]) -> str:
    first = manifests[0]
    shown = next((one for one in manifests if one.ground_truth), first)
    sections = [
        _front_matter(manifests, folders),
        f"# {title}",
        _introduction(manifests),
        "## Counts",
        _counts(manifests),
        *_warnings(manifests),
        "## Tables",
        "\n".join(f"* `{name}`: {what}" for name, what in _present(manifests).items()),
        "## Loading",
        _loading(shown, folders[shown.split]),
        *([_MASKS] if shown.ground_truth else []),
        "## Licence",
        _licence(first),
        *(["## Citation", f"```bibtex\n{first.citation.strip()}\n```"] if first.citation.strip() else []),
        "## Identity",
        "\n".join(
            f"* `{one.dataset}:{one.split}`: fingerprint `{one.fingerprint}`, schema version "
            f"{one.schema_version}, converted by rvosbench {one.converter}"
            for one in manifests
        ),
    ]
    return "\n\n".join(sections) + "\n"


def _front_matter(manifests: Sequence[Manifest], folders: dict[str, str]) -> str:
    first = manifests[0]
    lines = ["---", f"pretty_name: {_quoted(first.title)}"]
    if known := hub_licence(first.licence):
        lines.append(f"license: {known}")
    else:
        lines += ["license: other", f"license_name: {_slug(first.licence)}"]
        if first.homepage:
            lines.append(f"license_link: {_quoted(first.homepage)}")
    lines += ["task_categories:", "- image-segmentation"]
    lines += ["tags:", "- referring-video-object-segmentation", "- video", "- rvosbench", "configs:"]
    for table in _present(manifests):
        lines.append(f"- config_name: {table}")
        if table == DEFAULT_TABLE:
            lines.append("  default: true")
        lines.append("  data_files:")
        for one in manifests:
            if table in _tables(one):
                path = f"{folders[one.split]}{table}.parquet"
                lines += [f"  - split: {_quoted(hub_split(one.split))}", f"    path: {_quoted(path)}"]
    return "\n".join([*lines, "---"])


def _introduction(manifests: Sequence[Manifest]) -> str:
    first = manifests[0]
    text = (
        f"{first.title} (`{first.dataset}`), a dataset for referring video object segmentation, as Parquet "
        "tables in the schema of rvosbench, converted from the official release."
    )
    hidden = [f"`{one.split}`" for one in manifests if not one.ground_truth]
    return text + (f" The release keeps the masks of {', '.join(hidden)} to itself." if hidden else "")


def _licence(manifest: Manifest) -> str:
    page = f", whose page is {manifest.homepage}" if manifest.homepage else ""
    return (
        f"{_one_line(manifest.licence)}\n\nThis is what the authors of the dataset state{page}. "
        "The frames of the videos are not part of these files."
    )


def _counts(manifests: Sequence[Manifest]) -> str:
    """What is here, beside what the authors published."""
    lines = ["| split | what | here | published |", "|---|---|---:|---:|"]
    for one in manifests:
        for name in [*one.counts, *(name for name in one.published_counts if name not in one.counts)]:
            here, published = (_number(counts.get(name)) for counts in (one.counts, one.published_counts))
            lines.append(f"| {one.split} | {name.replace('_', '-')} | {here} | {published} |")
    return "\n".join(lines)


def _warnings(manifests: Sequence[Manifest]) -> list[str]:
    lines = [_warning(one, problem) for one in manifests for problem in one.problems]
    return ["## Warnings of the conversion", "\n".join(lines)] if lines else []


def _warning(manifest: Manifest, problem: dict[str, Any]) -> str:
    path = str(problem["path"]).removeprefix(manifest.source).lstrip("/") or "the release"
    times = f" ({problem['count']} places)" if problem["count"] > 1 else ""
    text = f"{path}: expected {problem['expected']}, found {problem['found']}{times}"
    return f"* `{manifest.split}` {problem['code']}: {_one_line(text)}"


def _loading(manifest: Manifest, folder: str) -> str:
    table = "masks" if manifest.ground_truth else DEFAULT_TABLE
    path = f"{folder}{table}.parquet"
    here = "path/to/this/folder" + (f"/{folder.rstrip('/')}" if folder else "")
    return f"""In this folder, without any script:

```python
import datasets, duckdb, polars

datasets.load_dataset("path/to/this/folder", "{table}", split="{hub_split(manifest.split)}")
duckdb.sql("from '{path}' limit 10")
polars.scan_parquet("{path}").filter(polars.col("video") == "NAME").collect()
```

With rvosbench, lazily, masks as arrays:

```python
from pathlib import Path
from rvosbench.splits.split import open_folder

split = open_folder(Path("{here}"))
for expression in split.expressions:
    print(expression.video.name, expression.text)
```"""


_MASKS = """## Decoding masks

`counts` is the compressed string of the COCO tools, `frame` an index into the `frames` of the video. An
object that cannot be seen in a frame has no row there.

```python
import pycocotools.mask

pixels = pycocotools.mask.decode({"size": [video["height"], video["width"]], "counts": row["counts"]})
```

`rvosbench.masks.rle.decode(counts, height, width)` gives the same pixels. What a sentence means in a frame is
the union of the masks of its `objects`."""


def _present(manifests: Iterable[Manifest]) -> dict[str, str]:
    held = {table for one in manifests for table in _tables(one)}
    return {name: what for name, what in TABLE_ROWS.items() if name in held}


def _tables(manifest: Manifest) -> list[str]:
    """Those with rows: the loader of Hugging Face refuses a table that has none, as the objects of a split
    whose masks are hidden."""
    return [
        name
        for name in TABLE_ROWS
        if (name != "masks" or manifest.ground_truth) and manifest.tables.get(name, {}).get("rows") != 0
    ]


def _number(count: int | None) -> str:
    return "-" if count is None else f"{count:,}"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", text.lower()).strip("-.")[:64].rstrip("-.") or "unknown"


def _quoted(text: str) -> str:
    """A JSON string is a YAML string."""
    return json.dumps(text, ensure_ascii=False)


def _one_line(text: str) -> str:
    return " ".join(text.split())

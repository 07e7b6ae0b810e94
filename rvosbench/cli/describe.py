"""`rvosbench describe`"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, NAME

if TYPE_CHECKING:
    from pathlib import Path

    from rvosbench.datasets.base import DatasetInfo
    from rvosbench.io.manifest import Manifest
    from rvosbench.splits.locate import Located


def describe(
    name: NAME,
    data: DATA = None,
    show_format: Annotated[
        bool, typer.Option("--format", help="Say what predictions must look like, and nothing else.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """What a dataset is: counts, licence, citation, and whether it is converted here.

    Example: rvosbench describe mevis-v1:valid_u
    """
    from rvosbench.io.manifest import Manifest
    from rvosbench.splits.locate import locate

    located = locate(name, data)
    if located.chosen:
        console.note(located.chosen)
    manifest = Manifest.read(located.folder) if located.converted else None
    if as_json:
        console.emit(_document(located, manifest))
    elif show_format:
        console.out(located.dataset.info.predictions.strip())
    else:
        _show(located, manifest)
        _say_next(located, manifest, data)


def _document(located: Located, manifest: Manifest | None) -> dict[str, Any]:
    info = located.dataset.info
    return {
        "dataset": info.id,
        "split": located.split,
        "title": info.title,
        "splits": list(info.splits),
        "default_split": info.default_split,
        "licence": info.licence,
        "homepage": info.homepage,
        "citation": info.citation.strip(),
        "layout": info.layout,
        "predictions": info.predictions.strip(),
        "published_counts": dict(info.published.get(located.split, {})),
        "folder": str(located.folder),
        "converted": manifest is not None,
        "counts": manifest.counts if manifest else None,
        "ground_truth": manifest.ground_truth if manifest else None,
        "fingerprint": manifest.fingerprint if manifest else None,
        "notes": manifest.notes if manifest else None,
        "problems": manifest.problems if manifest else None,
    }


def _show(located: Located, manifest: Manifest | None) -> None:
    info = located.dataset.info
    console.out(f"{info.title}  ({info.id}:{located.split})")
    console.out()
    console.out(console.table(_facts(located, manifest)))
    if counts := _counts(info, located.split, manifest):
        console.out()
        console.out(console.table([("", "here", "published"), *counts]))
    if manifest is not None:
        for key, value in manifest.notes.items():
            console.out(f"{key.replace('_', ' ')}: {_short(value)}")
    if info.citation:
        console.out()
        console.out(info.citation.strip())


def _say_next(located: Located, manifest: Manifest | None, data: Path | None) -> None:
    info = located.dataset.info
    name = f"{info.id}:{located.split}"
    if manifest is None:
        console.note(f"\nThe official release looks like this:\n{info.layout.rstrip()}")
        converted = console.command("convert", info.id, "RELEASE_FOLDER", split=located.split, data=data)
        console.note(f"Next: {converted}")
    else:
        looked_like = console.command("describe", name, "--format", data=data)
        console.note(f"Next: {looked_like}, or {console.command('doctor', name, data=data)}")


def _facts(located: Located, manifest: Manifest | None) -> list[tuple[object, ...]]:
    info = located.dataset.info
    splits = ", ".join(f"{name} (default)" if name == info.default_split else name for name in info.splits)
    rows: list[tuple[object, ...]] = [("splits", splits), ("licence", info.licence)]
    if info.homepage:
        rows.append(("homepage", info.homepage))
    if manifest is None:
        rows.append(("converted", f"no; expected in {located.folder}"))
    else:
        truth = "yes" if manifest.ground_truth else "no, the release hides it"
        rows += [
            ("converted", str(located.folder)),
            ("made from", manifest.source),
            ("ground truth", truth),
            ("fingerprint", manifest.fingerprint[:8]),
        ]
        if manifest.problems:
            rows.append(("warnings", f"{len(manifest.problems)} while converting; --json lists them"))
    return rows


def _counts(info: DatasetInfo, split: str, manifest: Manifest | None) -> list[tuple[object, ...]]:
    """Beside each other: what is here, and what the authors published."""
    published = info.published.get(split, {})
    here = manifest.counts if manifest else {}
    names = [*here, *(name for name in published if name not in here)]
    return [(name.replace("_", "-"), here.get(name, "-"), published.get(name, "-")) for name in names]


def _short(value: object) -> str:
    if isinstance(value, dict):
        shown = ", ".join(f"{key}: {item}" for key, item in list(value.items())[:6])
        return shown + (f", ... ({len(value)} in all)" if len(value) > 6 else "")
    if isinstance(value, list):
        return ", ".join(map(str, value[:6])) + (f", ... ({len(value)} in all)" if len(value) > 6 else "")
    return str(value)

"""`rvosbench report`"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rvosbench.cli import console
from rvosbench.cli.options import DATA, JSON, PROTOCOL, RESULTS

if TYPE_CHECKING:
    from rvosbench.report.page.build import Built


class FramesOfPage(StrEnum):
    EMBED = "embed"
    LINK = "link"
    NONE = "none"


def report(
    results: RESULTS,
    out: Annotated[Path, typer.Option(help="The HTML file. An earlier page is replaced.")],
    data: DATA = None,
    protocol: PROTOCOL = None,
    frames: Annotated[
        FramesOfPage,
        typer.Option(help="`embed` small pictures, `link` to the frame files, or `none`: grey instead."),
    ] = FramesOfPage.EMBED,
    title: Annotated[
        str | None, typer.Option(help="Title of the page. Default: data and methods.", show_default=False)
    ] = None,
    megabytes: Annotated[
        float | None,
        typer.Option(
            min=1,
            help="Largest size of the file. Default: 30, and 20 for each method after the first.",
            show_default=False,
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Processes. Default: as many as pay.", show_default=False),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace the file also if it is no page of this command.")
    ] = False,
    as_json: JSON = False,
) -> None:
    """Write results into one HTML file to look at: figures, every sentence, masks over frames.

    The file needs no network and no server: any browser opens it, from a USB stick too.

    Example: rvosbench report mine=result baseline=other --out page.html
    """
    from rvosbench.analysis.opened import open_results
    from rvosbench.analysis.split_of import open_split
    from rvosbench.report.page.build import MEGABYTE, build
    from rvosbench.report.page.options import Options
    from rvosbench.report.page.target import check_target

    check_target(out, force=force)
    opened = open_results(results, protocol)
    options = Options(
        title=title,
        frames=frames.value,
        room=None if megabytes is None else round(megabytes * MEGABYTE),
        workers=workers,
        progress=console.progress(),
    )
    built = build(opened, open_split(opened[0], data), out, options)
    if as_json:
        console.emit(as_document(built))
        return
    show(built)
    console.note(f"Next: open {built.path} in a browser")


def as_document(built: Built) -> dict[str, object]:
    return {
        "page": str(built.path),
        "bytes": built.bytes,
        "cases": built.cases,
        "mask_side": built.side,
        "videos_with_pictures": built.pictures,
        "videos_without_pictures": dict(built.without),
    }


def show(built: Built) -> None:
    console.out(
        f"{built.path}: {built.bytes / 1e6:.1f} MB, {built.cases:,} cases; masks of at most {built.side} "
        f"pixels on the short side, pictures of {built.pictures:,} videos"
    )
    if built.without:
        video, why = next(iter(built.without.items()))
        console.note(f"without pictures: {len(built.without):,} videos, such as {video}: {why}")
    if built.bytes > built.room:
        console.note(
            f"larger than {built.room / 1e6:.0f} MB: this many masks do not fit; report fewer methods at once"
        )

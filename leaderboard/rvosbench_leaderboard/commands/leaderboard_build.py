"""`rvosbench leaderboard build`: the records as a site of plain files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rvosbench.cli import console
from rvosbench_leaderboard.commands import leaderboard_options as options


def build(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder of the site.")],
    records: options.RECORDS = None,
    title: Annotated[str, typer.Option("--title", help="What the site is called.")] = "RVOS results",
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that no earlier build has written.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")] = False,
) -> None:
    """Build the site of all boards: plain files that any web server, or a browser alone, can show.

    The same records give the same bytes, so a `git diff` of the folder says what has changed. Files of an
    earlier build that are not needed any more are removed; nothing else in the folder is touched.

    Example: rvosbench leaderboard build --out site
    """
    from rvosbench_leaderboard.commands.parts import require_pages

    require_pages()
    from rvosbench_leaderboard.records.where import records_folder
    from rvosbench_leaderboard.site.build import build_site
    from rvosbench_leaderboard.site.writing import write_site

    found = options.read_some(records_folder(records))
    written = write_site(out, build_site(found, title), force=force)
    document = {
        "out": str(out),
        "records": len(found.records),
        "files": written.files,
        "changed": written.changed,
        "removed": written.removed,
    }
    if as_json:
        console.emit(document)
    else:
        console.out(
            f"{out}: {len(found.records)} records, {written.files} files, {written.changed} of them changed, "
            f"{written.removed} removed"
        )
        console.note(f"Next: open {out / 'index.html'} in a browser")

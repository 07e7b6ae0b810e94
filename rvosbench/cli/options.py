"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATA = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Folder of all converted splits. Default: $RVOSBENCH_HOME, else the platform's data folder.",
        show_default=False,
    ),
]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout, and nothing else.")]
NAME = Annotated[str, typer.Argument(metavar="DATASET[:SPLIT]", help="For example mevis-v1:valid_u.")]
RESULTS = Annotated[
    list[str],
    typer.Argument(
        metavar="RESULT...", help="Folders that `eval --out` wrote; NAME=FOLDER gives one a name of its own."
    ),
]
PROTOCOL = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        help="Which protocol of results that have several. Default: that of the dataset.",
        show_default=False,
    ),
]
FORCE_OUT = Annotated[bool, typer.Option("--force", help="Replace the file of --out if it is there.")]
METRIC = Annotated[
    str | None,
    typer.Option(
        "--metric",
        help="What a unit scores, such as J or F. Default: J&F; of A2D and JHMDB the IoU.",
        show_default=False,
    ),
]

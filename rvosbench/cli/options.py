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

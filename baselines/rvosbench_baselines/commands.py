"""`rvosbench baseline`: the reference predictors that are installed here."""

from __future__ import annotations

from typing import Annotated

import typer

from rvosbench.cli import console

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def baseline() -> None:
    """Reference predictors: which are installed, and where they come from.

    Example: rvosbench baseline list
    """


@app.command("list")
def list_baselines(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON on stdout, for programs.")] = False,
) -> None:
    """List the baselines that installed packages register, and whether torch is here to run them.

    Example: rvosbench baseline list --json
    """
    from rvosbench import registry
    from rvosbench_baselines.installed import installed, torch_is_installed

    found, torch = installed(), torch_is_installed()
    if as_json:
        console.emit({"baselines": [one.as_json() for one in found], "torch": torch})
        return
    if found:
        rows = [(one.name, one.package, one.target) for one in found]
        console.out(console.table([("baseline", "package", "object"), *rows]))
    else:
        console.out("no baseline is registered here")
        console.note(
            "A package registers one by an entry point in its pyproject.toml:\n"
            f'  [project.entry-points."{registry.BASELINES}"]\n'
            '  NAME = "its.module:OBJECT"'
        )
    if torch:
        console.note("torch is installed")
    else:
        console.note('torch is not installed; models need it: pip install "rvosbench[baselines]"')

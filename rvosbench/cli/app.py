"""`rvosbench`: finds its commands through entry points, and turns errors into messages and exit codes."""

from __future__ import annotations

import errno
import os
import signal
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import EntryPoint
from typing import Any

import typer

from rvosbench import __version__, registry
from rvosbench.cli import console
from rvosbench.cli.listing import Sections, WholeSentences, place
from rvosbench.errors import Code, Problem, RvosbenchError

HELP = """Referring video object segmentation: every dataset in one schema, official scores.

Start with `rvosbench demo`, which needs no download, or `rvosbench convert DATASET FOLDER`.
"""
INTERRUPTED = 130


def build(only: str = "") -> typer.Typer:
    """The program with every registered command, ours and third parties'; with one alone if `only` is one:
    the others need not be loaded to run it."""
    app = typer.Typer(
        name="rvosbench",
        cls=Sections,
        help=HELP,
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help starts in half the time
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    points = registry.registered(registry.COMMANDS)
    if only in points:
        points = {only: points[only]}
    for name in sorted(points, key=place):
        _add(app, name, points[name])
    return app


def _print_version(asked: bool) -> None:
    if asked:
        console.out(f"rvosbench {__version__}")
        raise typer.Exit


def _root(
    version: bool = typer.Option(
        False, "--version", callback=_print_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    """What the program itself takes, before the name of a command."""


def _add(app: typer.Typer, name: str, point: EntryPoint) -> None:
    try:
        command = registry.load(point)
    except RvosbenchError as error:
        app.command(name, help=f"Cannot be loaded: {error.problems[0].found}")(_failing(error))
        return
    if isinstance(command, typer.Typer):
        app.add_typer(command, name=name, cls=WholeSentences)
    else:
        app.command(name)(command)


def _failing(error: RvosbenchError) -> Callable[[], None]:
    def fail() -> None:
        raise error

    return fail


def main(arguments: Sequence[str] | None = None) -> None:
    """The entry point of the `rvosbench` program."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _interrupt)
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: Sequence[str]) -> int:
    """The exit code of one call: the contract is in docs/commands.md."""
    try:
        code: Any = build(next(iter(arguments), ""))(
            list(arguments), prog_name="rvosbench", standalone_mode=False
        )
        if code == INTERRUPTED:  # the command-line library takes Ctrl-C for an exit code
            raise KeyboardInterrupt
        return code if isinstance(code, int) else 0
    except RvosbenchError as error:
        _report(error, as_json="--json" in arguments)
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        console.note("interrupted; nothing half-written was left behind")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone, as in `| head`. Keep the interpreter from complaining at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        _report(RvosbenchError(_of_the_system(error)), as_json="--json" in arguments)
        return RvosbenchError.exit_code
    except Exception as error:
        if show := getattr(error, "show", None):  # a usage error of the command-line library
            show()
            if "--json" in arguments:
                console.emit({"problems": [_of_the_call(error).as_json()]})
            return int(getattr(error, "exit_code", 2))
        raise


def _of_the_call(error: Exception) -> Problem:
    """What the command-line library did not take."""
    command = getattr(getattr(error, "ctx", None), "command_path", "rvosbench")
    told = getattr(error, "format_message", lambda: str(error))
    return Problem(
        Code.BAD_OPTION,
        path=command,
        expected="a call as its help tells",
        found=told(),
        fix=f"see `{command} --help`",
    )


def _of_the_system(error: OSError) -> Problem:
    """What no command expected: a folder without rights, a full disk, a path that is too long."""
    full = error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
    return Problem(
        Code.CANNOT_WRITE if full else Code.UNREADABLE_FILE,
        str(error.filename or "the disk"),
        expected="files and folders that can be read and written",
        found=error.strerror or str(error),
        fix="free some space, or choose another disk" if full else "check the path and its rights",
    )


def _interrupt(number: int, frame: object) -> None:
    """A terminal that closes and a job that is ended clean up like Ctrl-C."""
    raise KeyboardInterrupt


def _report(error: RvosbenchError, *, as_json: bool) -> None:
    console.problems(error.problems)
    if as_json:
        console.emit({"problems": [problem.as_json() for problem in error.problems]})

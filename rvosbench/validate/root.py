"""Rules on what a server is handed: an archive that begins where it looks, in the form that it reads."""

from __future__ import annotations

from rvosbench.errors import Code, ProblemLog
from rvosbench.validate.servers import Server
from rvosbench.validate.submission import Submission

_PACK = "`rvosbench pack` writes the right archive of what is here"


def wrong_root(submission: Submission, server: Server, log: ProblemLog) -> None:
    """E1"""
    tree, root = submission.tree, submission.root
    if server.root is None or tree is None or not root.matched or not tree.zipped:
        return
    if root.path != server.root:
        log.add(
            Code.WRONG_ROOT,
            submission.source,
            expected=_looked_for(server),
            found=f"{root.path}/ around them" if root.path else "the videos at the top",
            fix=_zip_command(server) + "; or " + _PACK,
        )


def wrong_form(submission: Submission, server: Server, log: ProblemLog) -> None:
    """A folder is what a zip is made of, so it is only a warning."""
    found = submission.predictions
    if not server.takes_zips or found is None:
        return
    if (server.kind is not None and found.kind != server.kind) or submission.tree is None:
        log.add(
            Code.WRONG_FORM,
            submission.source,
            expected=_looked_for(server),
            found=found.form,
            fix=_PACK,
        )
    elif not submission.tree.zipped:
        log.warn(
            Code.WRONG_FORM,
            submission.source,
            expected="a zip",
            found="a folder; judged as if it were zipped",
            fix=_PACK,
        )


def _looked_for(server: Server) -> str:
    top = f"{server.root}/" if server.root else ""
    if server.kind == "labels":
        return f"a zip of label maps, {top}anno_<0..3>/<sequence>/<frame>.png"
    where = f"in a folder {server.root}" if server.root else "at its top, with no folder around them"
    return f"a zip with the videos {where}: {top}<video>/<expression>/<frame>.png"


def _zip_command(server: Server) -> str:
    if server.root:
        return f"put the videos into a folder {server.root} and zip that: zip -0 -r ../{server.name}.zip " + (
            server.root
        )
    return f"zip from inside the folder of the videos: zip -0 -r ../{server.name}.zip *"

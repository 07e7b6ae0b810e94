"""The web of a server, and what is claimed before it starts. Loads little: the web is to be loading while
the database is made ready."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from filelock import FileLock, Timeout

from rvosbench.errors import Code, Problem, UsageError
from rvosbench_leaderboard.processes.place import Place
from rvosbench_leaderboard.processes.supervisor import Wanted
from rvosbench_leaderboard.scoring.cell import Isolation, without


def locked(place: Place) -> FileLock:
    """One server to a folder. The lock dies with its process."""
    lock = FileLock(place.folder / "server.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--folder {place.folder}",
                expected="a folder that no server is using",
                found="another server that runs there",
                fix="stop it, or choose another --folder",
            )
        ) from None
    return lock


def listen(host: str, port: int) -> socket.socket:
    """Bound before anything is started: a port that is taken is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except (OSError, OverflowError) as error:
        listener.close()
        raise UsageError(
            Problem(
                Code.BAD_OPTION,
                f"--host {host} --port {port}",
                expected="an address of this machine with a free port",
                found=getattr(error, "strerror", None) or str(error),
                fix="choose another --port, or --port 0 for any",
            )
        ) from error
    listener.listen(512)
    listener.set_inheritable(True)
    return listener


def the_web(place: Place, listener: socket.socket, isolation: Isolation, origin: str | None) -> Wanted:
    """Where the system can do that, the web does not see the ground truth at all."""
    told = {
        "place": place.as_json(),
        "origin": origin,
        "socket": listener.fileno(),
        "in_cell": isolation.means == "bwrap",
    }

    def around(command: Sequence[str]) -> list[str]:
        return without(isolation, command, hidden=place.data, kept=place.folder)

    return Wanted("web", "rvosbench_leaderboard.processes.web", told, around, (listener.fileno(),))

"""The process that answers requests, on a socket that its supervisor holds: while it is started again,
callers wait in line and are not turned away."""

from __future__ import annotations

import socket

from rvosbench_leaderboard.processes.told import end_with, leave_interrupts, read_told


def main() -> None:
    """What takes time to load is loaded before anything is told: meanwhile the database is made ready."""
    leave_interrupts()
    import uvicorn

    from rvosbench.cli import console
    from rvosbench_leaderboard.processes.place import Place
    from rvosbench_leaderboard.web.app import create_app
    from rvosbench_leaderboard.web.config import WebSettings
    from rvosbench_leaderboard.web.limits.connections import server_options

    told = read_told()
    end_with(told["supervisor"], in_cell=told["in_cell"])
    place = Place.from_json(told["place"])
    settings = WebSettings(
        database=place.open(),
        blobs=place.blobs,
        origin=told["origin"],
        report=lambda line: console.note(f"web: {line}"),
    )
    options = server_options(settings.limits.headers)
    server = uvicorn.Server(uvicorn.Config(create_app(settings), **options))
    server.run(sockets=[socket.socket(fileno=told["socket"])])


if __name__ == "__main__":
    main()

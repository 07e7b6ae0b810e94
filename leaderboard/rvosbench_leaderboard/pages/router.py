"""All pages of the server, added to its application."""

from __future__ import annotations

from fastapi import FastAPI

from rvosbench_leaderboard.pages import (
    accounts,
    administer,
    assets,
    defining,
    links,
    mine,
    operations,
    organise,
    public,
    render,
    rescoring,
    submission,
    submit,
    teams,
)
from rvosbench_leaderboard.pages.fresh import Fresh
from rvosbench_leaderboard.pages.kept import KeptBoards

ROUTERS = (
    assets.router,
    public.router,
    accounts.router,
    links.router,
    teams.router,
    submit.router,
    mine.router,
    submission.router,
    defining.router,
    organise.router,
    rescoring.router,
    administer.router,
    operations.router,
)


def install(app: FastAPI, board_seconds: float = 1.0) -> None:
    """Routes, templates, and the page that failures are told on. A board that visitors see is at most so many
    seconds old."""
    app.state.fresh = Fresh(board_seconds)
    app.state.boards = KeptBoards()
    app.state.assets = assets.load()
    app.state.templates = render.environment(app.state.assets)
    app.state.error_page = render.error_page
    for router in ROUTERS:
        app.include_router(router)

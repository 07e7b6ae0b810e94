"""The application: all routes of the server behind one doorway."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool

from rvosbench import __version__
from rvosbench.errors import RvosbenchError
from rvosbench_leaderboard.pages import router as pages
from rvosbench_leaderboard.pages.visitors import Visitors
from rvosbench_leaderboard.web import errors
from rvosbench_leaderboard.web.api import router as api
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.doorway import Doorway
from rvosbench_leaderboard.web.limits.patience import Patience
from rvosbench_leaderboard.web.services import Services
from rvosbench_leaderboard.web.uploads.finishing import finish_stranded

DESCRIPTION = """What participants see and do on the pages, for programs. Sign in with `Authorization: Bearer
rvb_...`. Failures are answered by `{"problems": [...], "request_id": "..."}` with stable codes."""


def create_app(settings: WebSettings) -> FastAPI:
    """Nothing is opened here; the database has to be there when the application starts."""
    services = Services.of(settings)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            await run_in_threadpool(finish_stranded, services)
        except RvosbenchError as error:
            settings.report(f"uploads that were complete: {error}")
        yield

    app = FastAPI(
        title="rvosbench evaluation server",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # FastAPI's pages fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.state.settings = settings
    app.state.services = services
    errors.install(app)
    app.include_router(api.router)
    pages.install(app)
    # The last one added is the outermost.
    app.add_middleware(Patience, limits=settings.limits, streaming=takes_files)
    app.add_middleware(Visitors)
    app.add_middleware(Doorway, services=services)
    return app


def takes_files(path: str) -> bool:
    """Where bodies may be as large as submissions are."""
    return path.startswith("/api/v1/uploads/") or (path.startswith("/b/") and path.endswith("/submit"))

"""The application: all routes of the server behind one doorway."""

from __future__ import annotations

from fastapi import FastAPI

from rvosbench import __version__
from rvosbench_leaderboard.pages import router as pages
from rvosbench_leaderboard.web import api, errors
from rvosbench_leaderboard.web.config import WebSettings
from rvosbench_leaderboard.web.doorway import Doorway
from rvosbench_leaderboard.web.limits.patience import Patience
from rvosbench_leaderboard.web.services import Services

DESCRIPTION = """Everything that the pages show and do, for programs. Sign in with `Authorization: Bearer
rvb_...`. Failures are answered by `{"problems": [...], "request_id": "..."}` with stable codes."""


def create_app(settings: WebSettings) -> FastAPI:
    """No work is done and nothing is opened here; the database has to be there when requests come."""
    app = FastAPI(
        title="rvosbench evaluation server",
        version=__version__,
        description=DESCRIPTION,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,  # FastAPI's pages fetch scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.settings = settings
    app.state.services = services = Services.of(settings)
    errors.install(app)
    app.include_router(api.router)
    pages.install(app)
    # The last one added is the outermost.
    app.add_middleware(Patience, limits=settings.limits, streaming=api.STREAMING)
    app.add_middleware(Doorway, services=services)
    return app

"""What the commands of the server need to be installed."""

from __future__ import annotations

from importlib.util import find_spec

from rvosbench.errors import PartNotInstalled

NEEDED = ("alembic", "argon2", "fastapi", "jinja2", "sqlalchemy", "uvicorn")


def require_pages() -> None:
    """Before templates are rendered."""
    if find_spec("jinja2") is None:
        raise PartNotInstalled("the pages of boards", "server")


def require_server() -> None:
    """Before anything of the server is imported."""
    if any(find_spec(name) is None for name in NEEDED):
        raise PartNotInstalled("the evaluation server", "server")

"""A server without its web; on SQLite, and on PostgreSQL in `make test-full`."""

from __future__ import annotations

from pathlib import Path

import pytest
from server_world import World, described, make_world


@pytest.fixture
def world(tmp_path: Path) -> World:
    return described(make_world(tmp_path / "server"))

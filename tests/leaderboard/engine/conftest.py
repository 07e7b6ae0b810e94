"""A server without its web."""

from __future__ import annotations

from pathlib import Path

import pytest
from server_world import World, copied, described, make_world


@pytest.fixture(scope="session")
def engine_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    return described(make_world(tmp_path_factory.mktemp("template") / "server"))


@pytest.fixture
def world(engine_template: World, tmp_path: Path) -> World:
    return copied(engine_template, tmp_path / "server")

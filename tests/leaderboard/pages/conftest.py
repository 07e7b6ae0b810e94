"""A furnished site: one for all tests that only look, a new one for each that changes something."""

from __future__ import annotations

from pathlib import Path

import pytest
from furnished_site import Site, copied, furnished


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Site:
    return furnished(tmp_path_factory.mktemp("template"))


@pytest.fixture(scope="session")
def shown(template: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    return copied(template, tmp_path_factory.mktemp("shown") / "server")


@pytest.fixture
def site(template: Site, tmp_path: Path) -> Site:
    return copied(template, tmp_path / "server")

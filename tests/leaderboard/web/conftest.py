"""A server with people in every role, one for each test: copies of a model, which takes long to make."""

from __future__ import annotations

from pathlib import Path

import pytest
from server_world import predictions_zip
from web_site import WebSite, copy_of, submit, web_site


@pytest.fixture(scope="session")
def model_site(tmp_path_factory: pytest.TempPathFactory) -> WebSite:
    """To be copied, and never changed."""
    return web_site(tmp_path_factory.mktemp("model") / "site")


@pytest.fixture
def site(model_site: WebSite, tmp_path: Path) -> WebSite:
    return copy_of(model_site, tmp_path / "site")


@pytest.fixture(scope="session")
def model_with_scores(model_site: WebSite, tmp_path_factory: pytest.TempPathFactory) -> tuple[WebSite, str]:
    """And the id of its only submission, of the team Red, which has scores."""
    site = copy_of(model_site, tmp_path_factory.mktemp("model-with-scores") / "site")
    key = submit(site.program("owner"), predictions_zip(site.world.split))
    site.world.work()
    return site, key


@pytest.fixture
def scored_site(model_with_scores: tuple[WebSite, str], tmp_path: Path) -> WebSite:
    return copy_of(model_with_scores[0], tmp_path / "scored")


@pytest.fixture
def scored(model_with_scores: tuple[WebSite, str]) -> str:
    return model_with_scores[1]

"""A server with people in every role, one for each test."""

from __future__ import annotations

from pathlib import Path

import pytest
from web_site import WebSite, web_site


@pytest.fixture
def site(tmp_path: Path) -> WebSite:
    return web_site(tmp_path / "site")

"""Fixtures for tests of the web side: the application, and the application behind a real server on a free port."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.helpers import OurClient, Served, serving
from web.application import WarmgateApp
from web.websocket import LiveLimits
from web_app import create_app


@pytest.fixture
def limits() -> LiveLimits:
    return LiveLimits()


@pytest.fixture
def app(tmp_path: Path, limits: LiveLimits) -> Iterator[WarmgateApp]:
    app = create_app(tmp_path, limits)
    app.test_client_class = OurClient
    yield app
    app.close()


@pytest.fixture
def client(app: WarmgateApp) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def served(app: WarmgateApp) -> Iterator[Served]:
    with serving(app) as served:
        yield served


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for all tests of a module that leave nothing behind."""
    app = create_app(tmp_path_factory.mktemp("standing"))
    with serving(app) as served:
        yield served
    app.close()

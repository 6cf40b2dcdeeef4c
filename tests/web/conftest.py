"""Fixtures for tests of the web side: the application, and the application behind a real server on a free port."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.runs.helpers import TIMEOUT_S
from tests.web.helpers import Served
from web.application import WarmgateApp
from web.server import bind, server_on, url_of
from web.websocket import LiveLimits
from web_app import create_app


@pytest.fixture
def limits() -> LiveLimits:
    return LiveLimits()


@pytest.fixture
def app(tmp_path: Path, limits: LiveLimits) -> Iterator[WarmgateApp]:
    app = create_app(tmp_path, limits)
    yield app
    app.close()


@pytest.fixture
def client(app: WarmgateApp) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def served(app: WarmgateApp) -> Iterator[Served]:
    with bind("127.0.0.1", 0) as listener:
        server = server_on(listener, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="test-server")
    thread.start()
    yield Served(app, url_of(server))
    server.shutdown()
    thread.join(TIMEOUT_S)

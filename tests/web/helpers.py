"""What tests of the web side share: the official Socket.IO client with a memory, and plain HTTP."""

import contextlib
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import engineio
import socketio
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers
from werkzeug.test import TestResponse

from tests.runs.helpers import TIMEOUT_S
from web.application import WarmgateApp
from web.server import MAX_CONNECTIONS, bind, server_on, url_of

STAMP = ("run_id", "boot_id", "sequence", "time")
OUR_OWN = {"X-Warmgate": "1"}  # what every program and page of ours sends with a change
EVENT_NAMES = ("run_status", "progress", "episode", "evaluation", "label", "action")


@dataclass(frozen=True)
class Served:
    app: WarmgateApp
    url: str  # with a slash at its end

    def get(self, path: str) -> Any:
        return fetch(self.url + path)[1]

    def post(self, path: str, body: object = None) -> Any:
        return fetch(self.url + path, body if body is not None else {})[1]


@contextlib.contextmanager
def serving(app: WarmgateApp, max_connections: int = MAX_CONNECTIONS) -> Iterator[Served]:
    """The application behind a real server on a free port."""
    with bind("127.0.0.1", 0) as listener:
        server = server_on(listener, app, max_connections)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="test-server")
    thread.start()
    try:
        yield Served(app, url_of(server))
    finally:
        server.shutdown()
        thread.join(TIMEOUT_S)


def wait_until(is_true: Callable[[], bool]) -> None:
    """Where nobody tells: threads and connections of the server's own."""
    deadline = time.monotonic() + TIMEOUT_S
    while not is_true():
        assert time.monotonic() < deadline


def threads_of_clients(before: set[threading.Thread]) -> list[threading.Thread]:
    """Those that came since; the service thread that looks for silent clients belongs to the server."""
    return [thread for thread in set(threading.enumerate()) - before if "_service_task" not in thread.name]


def fetch(url: str, body: object = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and parsed JSON of a GET, or of a POST where there is a body."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **OUR_OWN, **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as response:
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.load(error)


class OurClient(FlaskClient):
    """Flask's own test client, which sends `OUR_OWN` with every request."""

    def open(self, *args: Any, **options: Any) -> TestResponse:
        options["headers"] = Headers(options.get("headers"))
        options["headers"].update(OUR_OWN)
        return super().open(*args, **options)


class _Connection(engineio.Client):  # type: ignore[misc]  # engineio publishes no types
    def _trigger_event(self, event: str, *arguments: Any, **options: Any) -> Any:
        """By itself it hears each message in a thread of its own, and whichever thread is first is heard first."""
        return super()._trigger_event(event, *arguments, **options | {"run_async": False})

    def disconnect(self, *arguments: Any, **options: Any) -> None:
        """By itself it leaves the socket open where the server was the first to close."""
        super().disconnect(*arguments, **options)
        if self.ws is not None:
            self.ws.shutdown()


class OfficialClient(socketio.Client):  # type: ignore[misc]  # python-socketio publishes no types
    """It comes back to nobody."""

    def __init__(self, **options: Any) -> None:
        super().__init__(reconnection=False, **options)

    def _engineio_client_class(self) -> type[_Connection]:
        return _Connection


class LiveClient:
    """The official Python client; it keeps every event with its name and lets a test wait for them."""

    def __init__(self) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self._changed = threading.Condition()
        self._client = OfficialClient()
        for name in EVENT_NAMES:
            self._client.on(name, self._keep(name))

    def call(self, name: str, body: object = None) -> Any:
        return self._client.call(name, body, timeout=TIMEOUT_S)

    @property
    def run_events(self) -> list[tuple[str, dict[str, Any]]]:
        """Those with a number; what people write and do has none."""
        return [(name, payload) for name, payload in self.events if name not in ("label", "action")]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [payload for given, payload in self.events if given == name]

    def wait_for(self, count: int, name: str) -> list[dict[str, Any]]:
        self.wait_until(lambda: len(self.named(name)) >= count)
        return self.named(name)

    def wait_for_status(self, status: str) -> dict[str, Any]:
        def reached() -> list[dict[str, Any]]:
            return [payload for payload in self.named("run_status") if payload["run"]["status"] == status]

        self.wait_until(lambda: bool(reached()))
        return reached()[0]

    def wait_until(self, is_true: Callable[[], bool]) -> None:
        with self._changed:
            assert self._changed.wait_for(is_true, TIMEOUT_S), [name for name, _ in self.events]

    def _keep(self, name: str) -> Callable[[dict[str, Any]], None]:
        def keep(payload: dict[str, Any]) -> None:
            with self._changed:
                self.events.append((name, payload))
                self._changed.notify_all()

        return keep


@contextlib.contextmanager
def connected(url: str, *transports: str) -> Iterator[LiveClient]:
    live = LiveClient()
    live._client.connect(url, transports=list(transports or ("websocket",)), wait_timeout=TIMEOUT_S)
    try:
        yield live
    finally:
        live._client.disconnect()

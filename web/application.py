"""Puts the web side together: one Flask application around one run controller."""

from pathlib import Path
from typing import Any

from flask import Flask
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from runs.controller import RunController
from web import json as web_json
from web.api import make_api
from web.errors import error_answer
from web.live import LiveServer
from web.pages import make_pages
from web.security import LOOPBACK_HOSTS, Guard, secure
from web.websocket import LiveLimits


class StrictJSONProvider(JSONProvider):
    """Flask's door to the one serialiser."""

    def dumps(self, obj: Any, **options: Any) -> str:
        return web_json.dumps(obj, **options)

    def loads(self, s: str | bytes, **options: Any) -> Any:
        return web_json.loads(s, **options)


class WarmgateApp(Flask):
    """The application with what belongs to it: `controller` and `live`. `close` ends all of it.

    Raises:
        StorageError: the data folder or the database in it cannot be used.
    """

    json_provider_class = StrictJSONProvider

    def __init__(self, root: Path, data_dir: Path, version: str, limits: LiveLimits) -> None:
        super().__init__("warmgate", root_path=str(root))
        self.controller = RunController(data_dir)
        secure(self)
        self.register_blueprint(make_api(self.controller, version))
        self.register_blueprint(make_pages(version))
        self.register_error_handler(HTTPException, _answer_http_error)
        self.live = LiveServer(self, self.controller, limits)
        guard = Guard(self.wsgi_app, LOOPBACK_HOSTS, lambda: self.live.client_count, limits.clients)
        self.wsgi_app = guard  # type: ignore[method-assign]  # the documented way to add a WSGI layer

    def close(self) -> bool:
        """Stop the active run and free everything. Returns False when a thread had to be left behind."""
        is_clean = self.controller.close()
        self.live.shutdown()
        return is_clean


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """What no blueprint answered, such as an unknown route."""
    status, body = error_answer(error)
    return body, status

"""Puts the web side together: one Flask application around one run controller."""

import os
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask.json.provider import JSONProvider
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from runs.controller import RunController
from web import json as web_json
from web.access import SignIn, access_token
from web.api import make_api
from web.errors import error_answer
from web.guard import Guard, guard_checks
from web.live import LiveServer
from web.log_tail import LogTail, log_run
from web.pages import make_pages
from web.query import MAX_NUMBER
from web.reach import Reach
from web.security import secure
from web.websocket import LiveLimits


class StrictJSONProvider(JSONProvider):
    """Flask's door to the one serialiser."""

    def dumps(self, obj: Any, **options: Any) -> str:
        return web_json.dumps(obj, **options)

    def loads(self, s: str | bytes, **options: Any) -> Any:
        return web_json.loads(s, **options)


class NumberConverter(IntegerConverter):
    """A number in a path; one that no database compares with is the largest that it does, which nothing has."""

    def to_python(self, value: str) -> Any:
        return min(int(value), MAX_NUMBER) if len(value) <= len(str(MAX_NUMBER)) else MAX_NUMBER


class WarmgateApp(Flask):
    """The application with what belongs to it: `controller`, `live` and `token`. `close` ends all of it.

    Raises:
        StorageError: the data folder or the database in it cannot be used.
        TokenError: the access token cannot be used or kept.
        BundleError, LibraryError: the page's scripts cannot be put together.
    """

    json_provider_class = StrictJSONProvider

    def __init__(
        self, root: Path, data_dir: Path, version: str, limits: LiveLimits, reach: Reach, keep_deleted: timedelta | None
    ) -> None:
        super().__init__("warmgate", root_path=str(root))
        self.url_map.converters["int"] = NumberConverter
        with ExitStack() as begun:
            self.controller = RunController(data_dir)
            begun.callback(self.controller.close)
            self.log_tail = LogTail()
            self.log_tail.start()
            begun.callback(self.log_tail.close)
            self.controller.clean_up(keep_deleted)
            self.controller.subscribe(log_run)
            secure(self)
            self.register_blueprint(make_api(self.controller, version, self.log_tail, keep_deleted))
            self.register_blueprint(make_pages(version))
            self.register_error_handler(HTTPException, _answer_http_error)
            self.live = LiveServer(self, self.controller, limits)
            begun.callback(self.live.shutdown)
            self.token = self._access_token() if reach.needs_token else None
            inner = (
                self.wsgi_app if self.token is None else SignIn(self.wsgi_app, self.token, is_secure=reach.is_secure)
            )
            guard = Guard(inner, guard_checks(reach, lambda: self.live.client_count, limits.clients))
            self.wsgi_app = guard  # type: ignore[method-assign]  # the documented way to add a WSGI layer
            begun.pop_all()  # all of it stays: `close` ends it

    def close(self) -> bool:
        """Stop the active run and free everything. Returns False when a thread had to be left behind."""
        is_clean = self.controller.close()
        self.live.shutdown()
        self.log_tail.close()
        return is_clean

    def _access_token(self) -> str:
        token = access_token(self.controller.data_dir, os.environ)
        self.log_tail.hide(token)
        return token


def _answer_http_error(error: HTTPException) -> ResponseReturnValue:
    """What no blueprint answered, such as an unknown route."""
    status, body = error_answer(error)
    return body, status

"""The access token: who has it gets in, by the printed address, a cookie or a header. Knows no route.

`SignIn` is a WSGI layer, so that it covers /socket.io too: nobody opens a WebSocket without the token.
"""

import hmac
import os
import secrets
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from werkzeug.http import parse_cookie
from werkzeug.wrappers import Response

from web.errors import error_body
from web.json import dumps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

TOKEN_VARIABLE = "WARMGATE_TOKEN"
TOKEN_FILE = "access-token"
MIN_LENGTH = 16
_RANDOM_BYTES = 32
_MESSAGE = "this server asks for its access token: open the address it printed when it started"

_PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Warmgate asks for its access token</title></head>
<body><main><h1>Warmgate asks for its access token</h1>
<p>Open the address that the server printed when it started. It ends in <code>?token=…</code>.</p>
<form action="/" method="get"><p><label>Or paste the token:
<input name="token" type="password" autocomplete="off" required></label> <button>Open</button></p></form>
<p>Did you come here by a link on another page? <a href="/">Open Warmgate</a> again from here.</p></main></body></html>
"""


class TokenError(Exception):
    """The token cannot be used, or not be kept; the message is a sentence for a person."""


class SignIn:
    """Lets in who shows the token; `GET /?token=…` turns it into a cookie that no script and no other site can use."""

    def __init__(self, application: "WSGIApplication", token: str, *, is_secure: bool) -> None:
        self._application = application
        self._token = token
        self._is_secure = is_secure

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        given = _token_in_address(environ)
        if given is not None and self._is_right(given):
            return self._signed_in(environ)(environ, start_response)
        if given is None and any(self._is_right(shown) for shown in _tokens_shown(environ)):
            return self._application(environ, start_response)
        return _refused(environ)(environ, start_response)

    def _is_right(self, given: str) -> bool:
        """In a time that does not tell how much of it is right."""
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token.encode())

    def _signed_in(self, environ: "WSGIEnvironment") -> Response:
        """To the page itself, so that the token stays in no address bar, bookmark or history."""
        response = Response(status=303, headers={"Location": "/", "Cache-Control": "no-store"})
        response.set_cookie(
            _cookie_name(environ), self._token, httponly=True, samesite="Strict", secure=self._is_secure, path="/"
        )
        return response


def access_token(folder: Path, environment: Mapping[str, str]) -> str:
    """The user's own token, or a random one. That is kept in the data folder, so that open pages survive a restart.

    Raises:
        TokenError
    """
    given = environment.get(TOKEN_VARIABLE)
    if given is None:
        return _kept_token(folder / TOKEN_FILE)
    if len(given) < MIN_LENGTH or not given.isascii() or not given.isprintable() or any(c in given for c in ' ";,\\'):
        raise TokenError(f"{TOKEN_VARIABLE} must be {MIN_LENGTH} or more characters that fit into an address")
    return given


def _kept_token(path: Path) -> str:
    """Readable by its owner only, from the moment it exists."""
    try:
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+", encoding="ascii") as file:
            os.fchmod(file.fileno(), 0o600)
            token = file.read().strip()
            if len(token) < MIN_LENGTH:
                token = secrets.token_urlsafe(_RANDOM_BYTES)
                file.seek(0)
                file.truncate()
                file.write(token)
    except (OSError, ValueError) as error:
        raise TokenError(f"the access token cannot be kept in {path}: {error}") from error
    return token


def _token_in_address(environ: "WSGIEnvironment") -> str | None:
    if environ["PATH_INFO"] != "/" or environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    given = parse_qs(environ.get("QUERY_STRING", "")).get("token")
    return None if given is None else given[0]


def _tokens_shown(environ: "WSGIEnvironment") -> list[str]:
    kind, _, bearer = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    try:
        shown = parse_cookie(environ.get("HTTP_COOKIE")).getlist(_cookie_name(environ))
    except UnicodeDecodeError:  # not written by us
        shown = []
    return [*shown, bearer.strip()] if kind.lower() == "bearer" else shown


def _cookie_name(environ: "WSGIEnvironment") -> str:
    """Cookies know no ports: two servers on one machine would sign each other's users out."""
    try:
        port = urlsplit(f"//{environ.get('HTTP_HOST', '')}").port
    except ValueError:
        port = None
    return f"warmgate-{port or 0}"


def _refused(environ: "WSGIEnvironment") -> Response:
    headers = {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}
    if "text/html" in environ.get("HTTP_ACCEPT", ""):
        return Response(_PAGE, 401, headers, mimetype="text/html")
    return Response(dumps(error_body("token_required", _MESSAGE)), 401, headers, mimetype="application/json")

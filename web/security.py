"""Who may talk to the server, and what a browser may do with its pages. Knows no route.

The guard is the outermost WSGI layer, so that it covers /socket.io too: Flask's own checks do not.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from werkzeug.exceptions import UnsupportedMediaType

from web.errors import error_body
from web.json import dumps

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

View = TypeVar("View", bound=Callable[..., Any])

BYTES = "application/octet-stream"
_LARGEST_BODY = "largest_body"  # attribute of views that take a file

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})
MAX_BODY_BYTES = 100_000

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses a foreign Host (DNS rebinding), a foreign Origin, and one client too many, before anything else runs.

    An Origin is foreign when it is not this very server; requests without one come from programs, not from pages.
    """

    def __init__(
        self, application: "WSGIApplication", hosts: frozenset[str], client_count: Callable[[], int], max_clients: int
    ) -> None:
        self._application = application
        self._hosts = hosts
        self._client_count = client_count
        self._max_clients = max_clients

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        refusal = self._refusal(environ)
        if refusal is None:
            return self._application(environ, start_response)
        status, code, message = refusal
        answer = Response(dumps(error_body(code, message)), status, mimetype="application/json")
        return answer(environ, start_response)

    def _refusal(self, environ: "WSGIEnvironment") -> tuple[int, str, str] | None:
        host = environ.get("HTTP_HOST", "")
        if _hostname(host) not in self._hosts:
            allowed = ", ".join(sorted(self._hosts))
            return 403, "foreign_host", f"this server answers to {allowed}, not to {host[:80]!r}"
        origin = environ.get("HTTP_ORIGIN")
        if origin is not None and origin != f"{environ['wsgi.url_scheme']}://{host}":
            return 403, "foreign_origin", f"requests from pages of {origin[:80]!r} are refused"
        if _opens_live_connection(environ) and self._client_count() >= self._max_clients:
            return 503, "too_many_clients", f"{self._max_clients} live connections are open already; close a tab"
        return None


def secure(app: Flask) -> None:
    """Small JSON bodies, or files where a view takes them, and the headers that hold a browser to our own scripts."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY_BYTES

    @app.before_request
    def require_content_type() -> None:
        if request.method in ("GET", "HEAD", "OPTIONS") or not _has_body(request):
            return
        largest = getattr(app.view_functions.get(request.endpoint or ""), _LARGEST_BODY, None)
        if largest is not None:
            request.max_content_length = largest
            if request.mimetype != BYTES:
                raise UnsupportedMediaType(f"the body must be the file itself; send the header Content-Type: {BYTES}")
        elif not request.is_json:
            raise UnsupportedMediaType("a body must be JSON; send the header Content-Type: application/json")

    @app.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(HEADERS)
        return response


def accepts_bytes(largest_body: int) -> Callable[[View], View]:
    """Mark a view that takes a file, as application/octet-stream: a type that no foreign form can send."""

    def mark(view: View) -> View:
        setattr(view, _LARGEST_BODY, largest_body)
        return view

    return mark


def _hostname(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:  # such as an unclosed bracket
        return None


def _has_body(received: Request) -> bool:
    return bool(received.content_length) or "Transfer-Encoding" in received.headers


def _opens_live_connection(environ: "WSGIEnvironment") -> bool:
    return environ["PATH_INFO"].startswith("/socket.io") and "sid=" not in environ.get("QUERY_STRING", "")

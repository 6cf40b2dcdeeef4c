"""Refuses requests that come from where they must not, before anything else runs. Knows no route.

The outermost WSGI layer, so that it covers /socket.io too: Flask's own checks do not.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from werkzeug.datastructures import Headers
from werkzeug.wrappers import Response

from web.errors import error_body
from web.json import dumps
from web.reach import Reach
from web.security import HEADERS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    Check = Callable[[WSGIEnvironment], "Refusal | None"]

Refusal = tuple[int, str, str]  # status, code, message

CSRF_HEADER = "X-Warmgate"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
LIVE_PATH = "/socket.io/"  # as Engine.IO compares it: what only begins alike is none of its requests


class Guard:
    """The first check that objects answers; a request that none objects to goes on. Every answer gets `HEADERS`."""

    def __init__(self, application: "WSGIApplication", checks: "Iterable[Check]") -> None:
        self._application = application
        self._checks = tuple(checks)

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        for check in self._checks:
            refusal = check(environ)
            if refusal is not None:
                status, code, message = refusal
                answer = Response(dumps(error_body(code, message)), status, HEADERS, mimetype="application/json")
                return answer(environ, start_response)
        return self._application(environ, _with_headers(start_response))


def guard_checks(reach: Reach, client_count: Callable[[], int], max_clients: int) -> "tuple[Check, ...]":
    """All of them, in the order they are asked: a foreign page learns nothing but that it is foreign."""
    return (
        refuse_foreign_hosts(reach),
        refuse_foreign_origins(reach),
        refuse_embedding,
        refuse_changes_without_header,
        refuse_crowds(client_count, max_clients),
    )


def refuse_foreign_hosts(reach: Reach) -> "Check":
    """DNS rebinding: a page of evil.example whose name was pointed at us. X-Forwarded-Host is not looked at."""

    def check(environ: "WSGIEnvironment") -> Refusal | None:
        host = environ.get("HTTP_HOST", "")
        if reach.answers_to(host):
            return None
        names = ", ".join(sorted(reach.hosts))
        return 403, "foreign_host", f"this server answers to {names}, not to {host[:80]!r}"

    return check


def refuse_foreign_origins(reach: Reach) -> "Check":
    """An Origin that is not this very server. Programs send none, and browsers always do where it matters."""

    def check(environ: "WSGIEnvironment") -> Refusal | None:
        origin = environ.get("HTTP_ORIGIN")
        if origin is None or reach.is_own_origin(origin, environ["wsgi.url_scheme"], environ["HTTP_HOST"]):
            return None
        return 403, "foreign_origin", f"requests from pages of {origin[:80]!r} are refused"

    return check


def refuse_embedding(environ: "WSGIEnvironment") -> Refusal | None:
    """What a foreign page loads as image, script or frame comes without an Origin; following a link to us is fine."""
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    if site in ("none", "same-origin"):
        return None
    is_link = environ.get("HTTP_SEC_FETCH_MODE") == "navigate" and environ.get("HTTP_SEC_FETCH_DEST") == "document"
    if is_link and environ["REQUEST_METHOD"] in SAFE_METHODS:
        return None
    return 403, "foreign_page", "another site's page may link to this server, but not load things from it"


def refuse_changes_without_header(environ: "WSGIEnvironment") -> Refusal | None:
    """No form can send the header, and no foreign script without asking first; Socket.IO's POSTs carry an Origin."""
    if environ["REQUEST_METHOD"] in SAFE_METHODS or environ["PATH_INFO"].startswith(LIVE_PATH):
        return None
    if environ.get("HTTP_" + CSRF_HEADER.upper().replace("-", "_")) == "1":
        return None
    return 403, "missing_header", f"requests that change something must carry the header {CSRF_HEADER}: 1"


def refuse_crowds(client_count: Callable[[], int], max_clients: int) -> "Check":
    def check(environ: "WSGIEnvironment") -> Refusal | None:
        if not _opens_live_connection(environ) or client_count() < max_clients:
            return None
        return 503, "too_many_clients", f"{max_clients} live connections are open already; close a tab"

    return check


def _opens_live_connection(environ: "WSGIEnvironment") -> bool:
    """Read as Engine.IO reads it, so that no query looks like a session here and like a newcomer there."""
    return environ["PATH_INFO"].startswith(LIVE_PATH) and "sid" not in parse_qs(environ.get("QUERY_STRING", ""))


def _with_headers(start_response: "StartResponse") -> "StartResponse":
    """A route's own header stands: a report, say, has a stricter policy."""

    def start(status, headers, exc_info=None):  # type: ignore[no-untyped-def]  # the protocol says what they are
        own = Headers(headers)
        for name, value in HEADERS.items():
            own.setdefault(name, value)
        return start_response(status, own.to_wsgi_list(), exc_info)

    return start

"""What a browser may do with our pages, and which bodies are taken at all. Knows no route."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask, Request, request
from werkzeug.exceptions import UnsupportedMediaType

View = TypeVar("View", bound=Callable[..., Any])

BYTES = "application/octet-stream"
_LARGEST_BODY = "largest_body"  # attribute of views that take a file

MAX_BODY_BYTES = 100_000

# What Plotly puts into style elements while it draws: nothing at all, and one rule about tooltips for toolbars.
PLOTLY_STYLES = (
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='",
    "'sha256-ji27qzEtxXZW+7dun6UwjHXJ18e6WAin1VvNtkzIE/o='",
)
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'self'; style-src 'self' {' '.join(PLOTLY_STYLES)}; img-src 'self' data: blob:; "
        "object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def secure(app: Flask) -> None:
    """Small JSON bodies, or files where a view takes them."""
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


def accepts_bytes(largest_body: int) -> Callable[[View], View]:
    """Mark a view that takes a file, as application/octet-stream: a type that no foreign form can send."""

    def mark(view: View) -> View:
        setattr(view, _LARGEST_BODY, largest_body)
        return view

    return mark


def _has_body(received: Request) -> bool:
    return bool(received.content_length) or "Transfer-Encoding" in received.headers

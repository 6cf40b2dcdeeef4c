"""The page, and the scripts that come with installed packages: no CDN, nothing bundled in the repository."""

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from warmgate_browser_client import LIBRARIES, PLOTLY, SOCKETIO, Library
from werkzeug.exceptions import NotFound

from web.export.formats import FORMATS
from web.export.tables import TABLES

IMMUTABLE = "public, max-age=31536000, immutable"
GZIP_ABOVE_BYTES = 10_000
STATIC = Path(__file__).parents[1] / "static"


def make_pages(version: str) -> Blueprint:
    """The blueprint for `/` and `/vendor`."""
    pages = Blueprint("pages", __name__)
    scripts = {_script_name(library): library.path for library in LIBRARIES}
    modules = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js"))

    @pages.get("/")
    def index() -> str:
        return render_template(
            "index.html",
            version=version,
            modules=modules,
            export_tables=[(entry.name, entry.help) for entry in TABLES],
            export_formats=FORMATS.names(),
            plotly_url=url_for("pages.vendor", name=_script_name(PLOTLY)),
            socketio_url=url_for("pages.vendor", name=_script_name(SOCKETIO)),
        )

    @pages.get("/vendor/<name>")
    def vendor(name: str) -> ResponseReturnValue:
        if name not in scripts:
            raise NotFound("there is no such script")
        return _script(scripts[name], accepts_gzip=request.accept_encodings.quality("gzip") > 0)

    return pages


def _script_name(library: Library) -> str:
    """With its version in it, so that browsers may keep the script for ever."""
    return f"{library.package}-{library.version}.js"


def _script(path: Path, *, accepts_gzip: bool) -> Response:
    body = path.read_bytes()
    response = Response(body, mimetype="text/javascript")
    if len(body) > GZIP_ABOVE_BYTES:
        response.headers["Vary"] = "Accept-Encoding"
        if accepts_gzip:
            response.set_data(_compressed(path))
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@lru_cache(maxsize=4)
def _compressed(path: Path) -> bytes:
    return gzip.compress(path.read_bytes(), compresslevel=6, mtime=0)

"""The page, and the scripts that come with installed packages: no CDN, nothing bundled in the repository."""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version as package_version
from importlib.util import find_spec
from pathlib import Path

import warmgate_browser_client
from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from web.export.formats import FORMATS
from web.export.tables import TABLES

IMMUTABLE = "public, max-age=31536000, immutable"
GZIP_ABOVE_BYTES = 10_000
STATIC = Path(__file__).parents[1] / "static"


@dataclass(frozen=True)
class Asset:
    """A script of an installed package; its version is in its name, so that browsers may keep it for ever."""

    name: str
    path: Path


def make_pages(version: str) -> Blueprint:
    """The blueprint for `/` and `/vendor`."""
    pages = Blueprint("pages", __name__)
    plotly, socketio = _plotly(), _socketio_client()
    assets = {asset.name: asset for asset in (plotly, socketio)}
    modules = sorted(path.relative_to(STATIC).as_posix() for path in (STATIC / "js").rglob("*.js"))

    @pages.get("/")
    def index() -> str:
        return render_template(
            "index.html",
            version=version,
            modules=modules,
            export_tables=[(entry.name, entry.help) for entry in TABLES],
            export_formats=FORMATS.names(),
            plotly_url=url_for("pages.vendor", name=plotly.name),
            socketio_url=url_for("pages.vendor", name=socketio.name),
        )

    @pages.get("/vendor/<name>")
    def vendor(name: str) -> ResponseReturnValue:
        if name not in assets:
            raise NotFound("there is no such script")
        return _script(assets[name].path, accepts_gzip=request.accept_encodings.quality("gzip") > 0)

    return pages


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


def _plotly() -> Asset:
    package = find_spec("plotly")  # not imported: only a file of it is wanted
    assert package is not None, "plotly is in requirements.txt"
    assert package.origin is not None, "plotly is a package with files"
    path = Path(package.origin).parent / "package_data" / "plotly.min.js"
    return Asset(f"plotly-{package_version('plotly')}.min.js", path)


def _socketio_client() -> Asset:
    return Asset(f"socket.io-{warmgate_browser_client.VERSION}.esm.min.js", warmgate_browser_client.asset_path())

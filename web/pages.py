"""The page, its scripts and its style: our own, and those of installed packages. No CDN, no bundle in git."""

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from warmgate_browser_client import PLOTLY, SOCKETIO, Library
from werkzeug.exceptions import NotFound

from web.bundle import join_modules, join_styles
from web.export.formats import FORMATS
from web.export.tables import TABLES

IMMUTABLE = "public, max-age=31536000, immutable"
GZIP_ABOVE_BYTES = 10_000
STATIC = Path(__file__).parents[1] / "static"
SCRIPT, STYLE = "text/javascript", "text/css"


class LibraryError(OSError):
    """A script of an installed package cannot be read; the message names it."""


@dataclass(frozen=True)
class Asset:
    """What a browser may keep for ever, as another content has another name."""

    name: str
    body: bytes
    mimetype: str


def make_pages(version: str) -> Blueprint:
    """The blueprint for `/` and `/assets`.

    Raises:
        BundleError: a script of ours cannot be joined with the others.
        LibraryError: one of a package cannot be read.
    """
    pages = Blueprint("pages", __name__)
    script = _own("page.js", join_modules(STATIC / "js", "main.js"), SCRIPT)
    style = _own("page.css", join_styles(STATIC / "css", "main.css"), STYLE)
    plotly, socketio = _from_package(PLOTLY), _from_package(SOCKETIO)
    assets = {asset.name: asset for asset in (script, style, plotly, socketio)}

    def url_of(asset: Asset) -> str:
        return url_for("pages.asset", name=asset.name)

    @pages.get("/")
    def index() -> str:
        return render_template(
            "index.html",
            version=version,
            script_url=url_of(script),
            style_url=url_of(style),
            plotly_url=url_of(plotly),
            socketio_url=url_of(socketio),
            export_tables=[(entry.name, entry.help) for entry in TABLES],
            export_formats=FORMATS.names(),
        )

    @pages.get("/assets/<name>")
    def asset(name: str) -> ResponseReturnValue:
        if name not in assets:
            raise NotFound("there is no such script or style")
        return _kept_for_ever(assets[name], accepts_gzip=request.accept_encodings.quality("gzip") > 0)

    return pages


def _own(name: str, text: str, mimetype: str) -> Asset:
    body = text.encode()
    stem, kind = name.split(".")
    return Asset(f"{stem}-{sha256(body).hexdigest()[:12]}.{kind}", body, mimetype)


def _from_package(library: Library) -> Asset:
    try:
        content = library.path.read_bytes()
    except OSError as error:
        raise LibraryError(f"{library.path} cannot be read: {error.strerror}; install browser_client again") from error
    return Asset(f"{library.package}-{library.version}.js", content, SCRIPT)


def _kept_for_ever(asset: Asset, *, accepts_gzip: bool) -> Response:
    response = Response(asset.body, mimetype=asset.mimetype)
    if len(asset.body) > GZIP_ABOVE_BYTES:
        response.headers["Vary"] = "Accept-Encoding"
        if accepts_gzip:
            response.set_data(_compressed(asset))
            response.headers["Content-Encoding"] = "gzip"
    response.headers["Cache-Control"] = IMMUTABLE
    return response


@lru_cache
def _compressed(asset: Asset) -> bytes:
    return gzip.compress(asset.body, compresslevel=6, mtime=0)

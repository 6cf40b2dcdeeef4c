"""`GET /api/runs/<id>/report.html`: one file with everything in it."""

import base64
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, current_app, render_template

from runs.controller import RunController
from runs.errors import RunNotFoundError
from web.openapi.operation import describe
from web.query import Flag
from web.report import words
from web.report.content import evaluation_columns, gather

DOWNLOAD = Flag("download", "Save it instead of showing it.")
STYLES = ("css/tokens.css", "css/report.css")


def add_report_routes(api: Blueprint, controller: RunController, version: str) -> None:
    @api.get("/runs/<run_id>/report.html")
    @describe(
        "A run as one HTML file",
        query=[DOWNLOAD],
        answers={"text/html": {"type": "string"}},
        errors=[RunNotFoundError],
    )
    def report(run_id: str) -> Response:
        run = controller.run(run_id)
        style = _style(Path(current_app.static_folder or ""))
        policy = f"default-src 'none'; style-src '{_hash(style)}'; img-src data:; base-uri 'none'; form-action 'none'"
        page = render_template(
            "report.html",
            report=gather(controller, run, version),
            columns=evaluation_columns(),
            words=words,
            policy=policy,
            style=style,
        )
        response = Response(page, mimetype="text/html")
        response.headers["Content-Security-Policy"] = f"{policy}; frame-ancestors 'none'"
        if DOWNLOAD.read():
            response.headers.set("Content-Disposition", "attachment", filename=f"warmgate-{run_id}.html")
        return response


@lru_cache(maxsize=1)
def _style(static: Path) -> str:
    return "\n".join((static / name).read_text(encoding="utf-8") for name in STYLES)


def _hash(style: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

"""`GET /api/runs/<id>/export/metrics.csv` and its like: files that are sent while they are read."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from runs.controller import RunController
from runs.errors import RunNotFoundError
from web.export.formats import FORMATS
from web.export.tables import TABLES
from web.openapi.operation import describe
from web.query import Schema

_SCHEMAS: dict[str, Schema] = {
    "json": {"type": "array", "items": {"type": "object"}},
    "parquet": {"type": "string", "format": "binary"},
}


def add_export_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/export/<table>.<file_format>")
    @describe(
        "Everything of one kind that a run has recorded, as a file",
        path={"table": {"enum": TABLES.names()}, "file_format": {"enum": FORMATS.names()}},
        answers={entry.item.media_type: _SCHEMAS.get(entry.name, {"type": "string"}) for entry in FORMATS},
        errors=[RunNotFoundError],
    )
    def export(run_id: str, table: str, file_format: str) -> Response:
        run = controller.run(run_id)
        if table not in TABLES or file_format not in FORMATS:
            offered = f"{', '.join(TABLES.names())}, each as {', '.join(FORMATS.names())}"
            raise NotFound(f"there is no export {table[:40]}.{file_format[:40]}; there are {offered}")
        taken, written = TABLES[table], FORMATS[file_format]
        body = written.write(taken.columns, taken.read(controller, run))
        response = Response(body, mimetype=written.media_type)
        response.headers.set("Content-Disposition", "attachment", filename=f"warmgate-{run_id}-{table}.{file_format}")
        return response

"""`GET /api/runs/<id>/export/metrics.csv` and its like: files that are sent while they are read."""

from flask import Blueprint, Response
from werkzeug.exceptions import NotFound

from runs.controller import RunController
from web.export.formats import FORMATS
from web.export.tables import TABLES


def add_export_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/export/<table>.<file_format>")
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

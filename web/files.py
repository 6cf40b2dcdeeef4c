"""Users' data files over REST: upload one, look at what a configuration would train on. Knows no folder."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from market.datasets import DatasetSplits
from market.files.summary import preview, summarise
from runs.controller import RunController
from training.config import RunConfig
from web.commands import config_of
from web.errors import RequestError
from web.json import plain
from web.request import json_body
from web.security import accepts_bytes

MAX_UPLOAD_BYTES = 64 * 2**20
MAX_NAME_LENGTH = 255


def add_file_routes(api: Blueprint, controller: RunController) -> None:
    @api.post("/files")
    @accepts_bytes(MAX_UPLOAD_BYTES)
    def upload_file() -> ResponseReturnValue:
        """The body is the file; its name, for the ending, comes as `?name=`."""
        name = request.args.get("name", "")
        if not name or len(name) > MAX_NAME_LENGTH:
            raise RequestError("name the file: POST /api/files?name=bars.csv with its bytes as the body")
        file_id, splits = controller.keep_file(request.get_data(), name)
        return {"file_id": file_id, **_shown(splits)}, 201

    @api.post("/data")
    def show_data() -> dict[str, Any]:
        return _shown(controller.data(RunConfig.from_flat(config_of(json_body()))))


def _shown(splits: DatasetSplits) -> dict[str, Any]:
    return {"summary": plain(summarise(splits)), "preview": plain(preview(splits.all_bars))}

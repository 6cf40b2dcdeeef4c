"""Users' data files over REST: upload one, look at what a configuration would train on. Knows no folder."""

import threading
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import ServiceUnavailable

from market.data import DataError
from market.datasets import DatasetSplits
from market.files.summary import preview, summarise
from runs.controller import RunController
from runs.errors import StorageError
from training.config import ConfigError, RunConfig
from web.commands import config_of
from web.errors import RequestError
from web.json import plain
from web.openapi import answers
from web.openapi.operation import describe
from web.query import Text
from web.request import json_body
from web.security import BYTES, accepts_bytes

MAX_UPLOAD_BYTES = 64 * 2**20
UPLOADS_AT_ONCE = 4  # each holds its file in memory
NAME = Text("name", "Its ending says which format it has: bars.csv.", longest=255)


def add_file_routes(api: Blueprint, controller: RunController) -> None:
    places = threading.Semaphore(UPLOADS_AT_ONCE)
    one_at_a_time = threading.Lock()

    @api.post("/files")
    @describe(
        "Keep a file of bars to train on",
        takes={BYTES: {"type": "string", "format": "binary"}},
        is_body_required=True,
        query=[NAME],
        answers=answers.FileKept,
        status=201,
        errors=[RequestError, DataError, StorageError],
    )
    @accepts_bytes(MAX_UPLOAD_BYTES)
    def upload_file() -> ResponseReturnValue:
        """The body is the file; its name, for the ending, comes as `?name=`."""
        name = NAME.read()
        if not places.acquire(blocking=False):
            raise ServiceUnavailable("other files are being uploaded; try again in a moment")
        try:
            content = request.get_data()  # as slowly as it comes, which holds up no other
            with one_at_a_time:  # a file of 64 MiB takes several times as much while it is parsed
                file_id, splits = controller.data.keep_file(content, name)
        finally:
            places.release()
        return {"file_id": file_id, **_shown(splits)}, 201

    @api.post("/data")
    @describe(
        "The bars that a configuration would train, validate and test on",
        takes=answers.ConfigBody,
        answers=answers.Data,
        errors=[RequestError, ConfigError, DataError],
    )
    def show_data() -> dict[str, Any]:
        return _shown(controller.data.load(RunConfig.from_flat(config_of(json_body()))))


def _shown(splits: DatasetSplits) -> dict[str, Any]:
    return {"summary": plain(summarise(splits)), "preview": plain(preview(splits.all_bars))}

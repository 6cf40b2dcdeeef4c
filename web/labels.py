"""What people write on runs over REST: name, tags and notes, deleting, undoing it, erasing. Knows no storage."""

from typing import Any

from flask import Blueprint

from runs.controller import RunController
from runs.errors import RunAliveError, RunNotDeletedError, RunNotFoundError, StorageError
from runs.labels import Label, LabelError
from web.commands import known_members
from web.errors import RequestError
from web.json import plain
from web.openapi import answers
from web.openapi.operation import describe
from web.request import client, json_body
from web.wire import label_json


def add_label_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/labels")
    @describe("What people wrote on runs, and each run's best validation Sharpe", answers=answers.Labels)
    def list_labels() -> dict[str, Any]:
        labels = [label_json(label) for label in controller.labels().values()]
        return {"labels": labels, "best_validation_sharpes": controller.best_validation_sharpes()}

    @api.post("/runs/<run_id>/label")
    @describe(
        "Name, tag and annotate a run",
        takes=answers.LabelBody,
        answers=answers.LabelAnswer,
        errors=[RequestError, LabelError, RunNotFoundError],
    )
    def write_label(run_id: str) -> dict[str, Any]:
        return _answer(controller.write_label(run_id, **_label_fields(json_body())))

    @api.delete("/runs/<run_id>")
    @describe("Hide a run, which can be undone", answers=answers.LabelAnswer, errors=[RunNotFoundError, RunAliveError])
    def delete(run_id: str) -> dict[str, Any]:
        return _answer(controller.delete(run_id, by=client()))

    @api.post("/runs/<run_id>/undelete")
    @describe("Show a deleted run again", answers=answers.LabelAnswer, errors=[RunNotFoundError])
    def undelete(run_id: str) -> dict[str, Any]:
        return _answer(controller.undelete(run_id, by=client()))

    @api.post("/runs/<run_id>/erase")
    @describe(
        "Erase a deleted run for good",
        answers=answers.LabelAnswer,
        errors=[RunNotFoundError, RunNotDeletedError, StorageError],
    )
    def erase(run_id: str) -> dict[str, Any]:
        return _answer(controller.erase(run_id, by=client()))

    @api.get("/erased")
    @describe("Which runs were erased for good, when and by whom, the newest first", answers=answers.Erased)
    def list_erased() -> dict[str, Any]:
        return {"erased": plain(controller.erasures())}


def _answer(label: Label) -> dict[str, Any]:
    return {"label": label_json(label)}


def _label_fields(body: object) -> dict[str, Any]:
    """`{"name", "tags", "notes"}`, each of which may be left out; a null counts as left out.

    Raises:
        RequestError
    """
    given = {name: value for name, value in known_members(body, ("name", "tags", "notes")).items() if value is not None}
    for name, value in given.items():
        if name == "tags" and not _is_list_of_texts(value):
            raise RequestError('"tags" must be a list of texts')
        if name != "tags" and not isinstance(value, str):
            raise RequestError(f'"{name}" must be a text')
    return given


def _is_list_of_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)

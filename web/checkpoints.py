"""Checkpoints over REST: list, save, pin, take away; go back to one, go on from one. Knows no folder."""

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from runs.checkpoints.checkpoint import Checkpoint
from runs.controller import RunController
from runs.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointPinnedError,
    RunDeletedError,
    RunNotActiveError,
    RunNotFoundError,
    StorageError,
)
from runs.labels import LabelError
from web.commands import config_in, known_members, name_in, step_in
from web.errors import BEGIN_ERRORS, RequestError
from web.openapi import answers
from web.openapi.operation import describe
from web.request import client, json_body
from web.wire import checkpoint_json, checkpoints_json, run_json

_MISSING = (RunNotFoundError, CheckpointNotFoundError)
_NOT_TO_CHANGE = (*_MISSING, RunDeletedError)
_FORK_ERRORS = (*_NOT_TO_CHANGE, RequestError, CheckpointError, LabelError, *BEGIN_ERRORS)
_ONNX = {"application/octet-stream": {"type": "string", "format": "binary"}}


def add_checkpoint_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/checkpoints")
    @describe("A run's checkpoints, by step", answers=answers.Checkpoints, errors=[RunNotFoundError])
    def list_checkpoints(run_id: str) -> dict[str, Any]:
        return checkpoints_json(run_id, controller.checkpoints(run_id))

    @api.post("/runs/<run_id>/checkpoints")
    @describe(
        "Save an active run as it is after the step in progress",
        answers=answers.CheckpointAnswer,
        status=201,
        errors=[RunNotFoundError, RunNotActiveError, StorageError],
    )
    def save(run_id: str) -> ResponseReturnValue:
        return _answer(controller, controller.save(run_id, by=client())), 201

    @api.get("/runs/<run_id>/checkpoints/<int:step>")
    @describe(
        "A checkpoint's folder",
        answers={"application/x-tar": {"type": "string", "format": "binary"}},
        errors=[*_MISSING, CheckpointError],
    )
    def take_away(run_id: str, step: int) -> Response:
        checkpoint = controller.checkpoint(run_id, step)
        archive = controller.archive(checkpoint)
        response = Response(archive, mimetype="application/x-tar")
        response.content_length = archive.size_bytes
        return _named(response, f"{checkpoint.name}.tar")

    @api.get("/runs/<run_id>/checkpoints/<int:step>/policy")
    @describe("A checkpoint's deterministic policy as ONNX", answers=_ONNX, errors=[*_MISSING, CheckpointError])
    def take_policy(run_id: str, step: int) -> Response:
        return _policy_answer(controller, controller.checkpoint(run_id, step))

    @api.get("/runs/<run_id>/policy")
    @describe(
        "The policy that did best on the validation bars, or else the newest one saved, as ONNX",
        answers=_ONNX,
        errors=[*_MISSING, CheckpointError],
    )
    def take_best_policy(run_id: str) -> Response:
        return _policy_answer(controller, controller.best_checkpoint(run_id))

    @api.post("/runs/<run_id>/checkpoints/<int:step>/pin")
    @describe("Keep a checkpoint until it is unpinned", answers=answers.CheckpointAnswer, errors=_NOT_TO_CHANGE)
    def pin(run_id: str, step: int) -> dict[str, Any]:
        return _answer(controller, controller.pin(run_id, step, by=client()))

    @api.post("/runs/<run_id>/checkpoints/<int:step>/unpin")
    @describe("Let a checkpoint go when its time comes", answers=answers.CheckpointAnswer, errors=_NOT_TO_CHANGE)
    def unpin(run_id: str, step: int) -> dict[str, Any]:
        return _answer(controller, controller.pin(run_id, step, is_pinned=False, by=client()))

    @api.post("/runs/<run_id>/rollback")
    @describe(
        "Go back to a checkpoint; what came later is deleted",
        takes=answers.StepBody,
        is_body_required=True,
        answers=answers.RunAnswer,
        errors=[RequestError, *_NOT_TO_CHANGE, RunNotActiveError, CheckpointError, CheckpointPinnedError, StorageError],
    )
    def roll_back(run_id: str) -> dict[str, Any]:
        step = step_in(known_members(json_body(), ("step",)))
        return {"run": run_json(controller.roll_back(run_id, step, by=client()))}

    @api.post("/runs/<run_id>/fork")
    @describe(
        "Start a new run from a checkpoint of this one",
        takes=answers.ForkBody,
        is_body_required=True,
        answers=answers.RunStarted,
        status=201,
        errors=_FORK_ERRORS,
    )
    def fork(run_id: str) -> ResponseReturnValue:
        members = known_members(json_body(), ("step", "config", "name"))
        run = controller.fork(run_id, step_in(members), config_in(members), by=client(), name=name_in(members))
        return {"run_id": run.run_id, "run": run_json(run)}, 201


def _answer(controller: RunController, checkpoint: Checkpoint) -> dict[str, Any]:
    return {"checkpoint": checkpoint_json(checkpoint, controller.checkpoints(checkpoint.run_id))}


def _policy_answer(controller: RunController, checkpoint: Checkpoint) -> Response:
    response = Response(controller.policy(checkpoint), mimetype="application/octet-stream")
    return _named(response, f"{checkpoint.name}.onnx")


def _named(response: Response, name: str) -> Response:
    response.headers.set("Content-Disposition", "attachment", filename=f"warmgate-{name}")
    return response

"""Checkpoints over REST: list, save, pin, take away; go back to one, go on from one. Knows no folder."""

from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from runs.controller import RunController
from web.commands import config_in, known_members, step_in
from web.query import MAX_NUMBER
from web.request import json_body
from web.wire import checkpoint_json, checkpoints_json, run_json


def add_checkpoint_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/checkpoints")
    def list_checkpoints(run_id: str) -> dict[str, Any]:
        return checkpoints_json(run_id, controller.checkpoints(run_id))

    @api.post("/runs/<run_id>/checkpoints")
    def save(run_id: str) -> ResponseReturnValue:
        return _answer(controller, run_id, controller.save(run_id).step), 201

    @api.get("/runs/<run_id>/checkpoints/<int:step>")
    def take_away(run_id: str, step: int) -> Response:
        archive = controller.archive(run_id, min(step, MAX_NUMBER))
        response = Response(archive, mimetype="application/x-tar")
        response.content_length = archive.size_bytes
        response.headers.set("Content-Disposition", "attachment", filename=f"warmgate-{run_id}-{step}.tar")
        return response

    @api.post("/runs/<run_id>/checkpoints/<int:step>/pin")
    def pin(run_id: str, step: int) -> dict[str, Any]:
        return _answer(controller, run_id, controller.pin(run_id, min(step, MAX_NUMBER)).step)

    @api.post("/runs/<run_id>/checkpoints/<int:step>/unpin")
    def unpin(run_id: str, step: int) -> dict[str, Any]:
        return _answer(controller, run_id, controller.pin(run_id, min(step, MAX_NUMBER), is_pinned=False).step)

    @api.post("/runs/<run_id>/rollback")
    def roll_back(run_id: str) -> dict[str, Any]:
        step = step_in(known_members(json_body(), ("step",)))
        return {"run": run_json(controller.roll_back(run_id, step))}

    @api.post("/runs/<run_id>/fork")
    def fork(run_id: str) -> ResponseReturnValue:
        members = known_members(json_body(), ("step", "config"))
        run = controller.fork(run_id, step_in(members), config_in(members))
        return {"run_id": run.run_id, "run": run_json(run)}, 201


def _answer(controller: RunController, run_id: str, step: int) -> dict[str, Any]:
    return {"checkpoint": checkpoint_json(controller.checkpoints(run_id), step)}

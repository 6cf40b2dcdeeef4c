"""What a person does to a run while it goes on, over REST. Knows no training."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from runs.controller import RunController
from runs.errors import NothingLearnedError, RunNotActiveError, RunNotFoundError
from training.config import ConfigError
from web.commands import values_of
from web.errors import RequestError
from web.openapi import answers
from web.openapi.operation import describe
from web.request import client, json_body
from web.wire import actions_json, run_json


def add_intervention_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/actions")
    @describe("What people did to a run, in order", answers=answers.Actions, errors=[RunNotFoundError])
    def list_actions(run_id: str) -> dict[str, Any]:
        return actions_json(run_id, controller.actions(run_id))

    @api.post("/runs/<run_id>/evaluations")
    @describe(
        "Judge an active run's policy on the validation bars, out of turn",
        answers=answers.PolicyAsked,
        status=202,
        errors=[RunNotFoundError, RunNotActiveError, NothingLearnedError],
    )
    def evaluate(run_id: str) -> ResponseReturnValue:
        ready = controller.evaluate(run_id, by=client())
        return {"step": ready.step, "episode": ready.episode}, 202

    @api.post("/runs/<run_id>/changes")
    @describe(
        "Let the next episode begin with other values of some parameters",
        takes=answers.ChangeBody,
        is_body_required=True,
        answers=answers.RunAnswer,
        errors=[RequestError, ConfigError, RunNotFoundError, RunNotActiveError],
    )
    def change(run_id: str) -> dict[str, Any]:
        return {"run": run_json(controller.change(run_id, values_of(json_body()), by=client()))}

"""The REST interface of docs/api.md: paths and parameters to controller calls, nothing else."""

from datetime import timedelta
from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from runs.controller import RunController
from runs.errors import (
    CheckpointError,
    EpisodeNotFoundError,
    EvaluationNotFoundError,
    RunDeletedError,
    RunNotActiveError,
    RunNotFoundError,
)
from runs.labels import LabelError
from web import wire
from web.candles import add_candle_routes
from web.checkpoints import add_checkpoint_routes
from web.commands import start_run
from web.condition import add_condition_routes
from web.errors import BEGIN_ERRORS, RequestError, error_answer
from web.export.routes import add_export_routes
from web.files import add_file_routes
from web.interventions import add_intervention_routes
from web.labels import add_label_routes
from web.log_tail import LogTail
from web.openapi import answers
from web.openapi.document import add_openapi_route
from web.openapi.operation import describe
from web.query import AFTER, TABLES, UP_TO
from web.report.routes import add_report_routes
from web.request import client, json_body
from web.series import add_series_routes

EPISODES_AT_ONCE = 1_000  # a fifth of a second, which training lacks
ORDER_ERRORS = (RunNotFoundError, RunNotActiveError)
START_ERRORS = (RequestError, LabelError, *BEGIN_ERRORS)
RESUME_ERRORS = (*ORDER_ERRORS, RunDeletedError, CheckpointError, *BEGIN_ERRORS)


def make_api(controller: RunController, version: str, tail: LogTail, keep_deleted: timedelta | None) -> Blueprint:
    """The blueprint for `/api`."""
    api = Blueprint("api", __name__, url_prefix="/api")
    _add_server_routes(api, controller, version, keep_deleted)
    _add_run_routes(api, controller)
    _add_episode_routes(api, controller)
    _add_evaluation_routes(api, controller)
    add_checkpoint_routes(api, controller)
    add_intervention_routes(api, controller)
    add_series_routes(api, controller)
    add_candle_routes(api, controller)
    add_export_routes(api, controller)
    add_report_routes(api, controller, version)
    add_file_routes(api, controller)
    add_label_routes(api, controller)
    add_condition_routes(api, tail, controller.data_dir)
    add_openapi_route(api, version)

    @api.errorhandler(Exception)
    def answer_error(error: Exception) -> ResponseReturnValue:
        status, body = error_answer(error)
        return body, status

    return api


def _add_server_routes(api: Blueprint, controller: RunController, version: str, keep_deleted: timedelta | None) -> None:
    catalog = wire.catalog_json(keep_deleted)

    @api.get("/health")
    @describe("Whether the server is there, and which run is active", answers=answers.Health)
    def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "version": version,
            "boot_id": controller.boot_id,
            "active_run": controller.active_run_id,
        }

    @api.get("/catalog")
    @describe("Everything that a form, a chart and a table need to know", answers=answers.Catalog)
    def show_catalog() -> dict[str, Any]:
        return catalog


def _add_run_routes(api: Blueprint, controller: RunController) -> None:
    @api.post("/runs")
    @describe(
        "Start a run",
        takes=answers.StartBody,
        answers=answers.RunStarted,
        status=201,
        errors=START_ERRORS,
    )
    def start() -> ResponseReturnValue:
        run = start_run(controller, json_body())
        return {"run_id": run.run_id, "run": wire.run_json(run)}, 201

    @api.get("/runs")
    @describe("All runs, newest first", answers=answers.Runs)
    def list_runs() -> dict[str, Any]:
        return {"runs": [wire.run_json(run) for run in controller.runs()]}

    @api.get("/runs/<run_id>")
    @describe("One run", answers=answers.RunAnswer, errors=[RunNotFoundError])
    def show_run(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.run(run_id))}

    @api.post("/runs/<run_id>/stop")
    @describe("End a run after the step in progress", answers=answers.RunAnswer, errors=ORDER_ERRORS)
    def stop(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.stop(run_id, by=client()))}

    @api.post("/runs/<run_id>/pause")
    @describe("Pause a run after the step in progress", answers=answers.RunAnswer, errors=ORDER_ERRORS)
    def pause(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.pause(run_id, by=client()))}

    @api.post("/runs/<run_id>/resume")
    @describe("Let a run go on", answers=answers.RunAnswer, errors=RESUME_ERRORS)
    def resume(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.resume(run_id, by=client()))}


def _add_episode_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/episodes")
    @describe(
        f"Episodes with all of their metrics, at most {EPISODES_AT_ONCE:,} in an answer",
        query=[AFTER, UP_TO],
        answers=answers.Episodes,
        errors=[RequestError, RunNotFoundError],
    )
    def list_episodes(run_id: str) -> dict[str, Any]:
        """They are numbered without a gap, so that an end bounds how many there are."""
        up_to = UP_TO.read()
        last = min(up_to, AFTER.read() + EPISODES_AT_ONCE)
        page = controller.episodes(run_id, AFTER.read(), last)
        return wire.episodes_json(run_id, page, has_more=last < min(up_to, controller.run(run_id).episodes))

    @api.get("/runs/<run_id>/episodes/<int:episode>")
    @describe(
        "An episode bar by bar, with its trades",
        answers=answers.EpisodeAnswer,
        errors=[RunNotFoundError, EpisodeNotFoundError],
    )
    def show_episode(run_id: str, episode: int) -> dict[str, Any]:
        return wire.inspected_json(run_id, *controller.episode(run_id, episode))


def _add_evaluation_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/evaluations")
    @describe(
        "Evaluations on bars that the policy has not seen",
        query=[AFTER, TABLES],
        answers=answers.Evaluations,
        errors=[RequestError, RunNotFoundError],
    )
    def list_evaluations(run_id: str) -> dict[str, Any]:
        return wire.evaluations_json(run_id, controller.evaluations(run_id, AFTER.read()), TABLES.read())

    @api.get("/runs/<run_id>/evaluations/<int:number>")
    @describe(
        "An evaluation bar by bar, with its trades",
        answers=answers.EvaluationAnswer,
        errors=[RunNotFoundError, EvaluationNotFoundError],
    )
    def show_evaluation(run_id: str, number: int) -> dict[str, Any]:
        return wire.inspected_evaluation_json(run_id, *controller.evaluation(run_id, number))

"""The REST interface of docs/api.md: paths and parameters to controller calls, nothing else."""

from typing import Any

from flask import Blueprint
from flask.typing import ResponseReturnValue

from runs.controller import RunController
from web import wire
from web.checkpoints import add_checkpoint_routes
from web.commands import start_run
from web.errors import error_answer
from web.export.routes import add_export_routes
from web.files import add_file_routes
from web.labels import add_label_routes
from web.query import MAX_NUMBER, whole_number
from web.report.routes import add_report_routes
from web.request import json_body
from web.series import add_series_routes


def make_api(controller: RunController, version: str) -> Blueprint:
    """The blueprint for `/api`."""
    api = Blueprint("api", __name__, url_prefix="/api")
    _add_server_routes(api, controller, version)
    _add_run_routes(api, controller)
    _add_episode_routes(api, controller)
    _add_evaluation_routes(api, controller)
    add_checkpoint_routes(api, controller)
    add_series_routes(api, controller)
    add_export_routes(api, controller)
    add_report_routes(api, controller, version)
    add_file_routes(api, controller)
    add_label_routes(api, controller)

    @api.errorhandler(Exception)
    def answer_error(error: Exception) -> ResponseReturnValue:
        status, body = error_answer(error)
        return body, status

    return api


def _add_server_routes(api: Blueprint, controller: RunController, version: str) -> None:
    catalog = wire.catalog_json()

    @api.get("/health")
    def health() -> dict[str, Any]:
        return {
            "status": "ok",
            "version": version,
            "boot_id": controller.boot_id,
            "active_run": controller.active_run_id,
        }

    @api.get("/catalog")
    def show_catalog() -> dict[str, Any]:
        return catalog


def _add_run_routes(api: Blueprint, controller: RunController) -> None:
    @api.post("/runs")
    def start() -> ResponseReturnValue:
        run = start_run(controller, json_body())
        return {"run_id": run.run_id, "run": wire.run_json(run)}, 201

    @api.get("/runs")
    def list_runs() -> dict[str, Any]:
        return {"runs": [wire.run_json(run) for run in controller.runs()]}

    @api.get("/runs/<run_id>")
    def show_run(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.run(run_id))}

    @api.post("/runs/<run_id>/stop")
    def stop(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.stop(run_id))}

    @api.post("/runs/<run_id>/pause")
    def pause(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.pause(run_id))}

    @api.post("/runs/<run_id>/resume")
    def resume(run_id: str) -> dict[str, Any]:
        return {"run": wire.run_json(controller.resume(run_id))}


def _add_episode_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/episodes")
    def list_episodes(run_id: str) -> dict[str, Any]:
        return wire.episodes_json(run_id, controller.episodes(run_id, whole_number("after", 0)))

    @api.get("/runs/<run_id>/episodes/<int:episode>")
    def show_episode(run_id: str, episode: int) -> dict[str, Any]:
        return wire.inspected_json(run_id, *controller.episode(run_id, min(episode, MAX_NUMBER)))


def _add_evaluation_routes(api: Blueprint, controller: RunController) -> None:
    @api.get("/runs/<run_id>/evaluations")
    def list_evaluations(run_id: str) -> dict[str, Any]:
        return wire.evaluations_json(run_id, controller.evaluations(run_id, whole_number("after", 0)))

    @api.get("/runs/<run_id>/evaluations/<int:number>")
    def show_evaluation(run_id: str, number: int) -> dict[str, Any]:
        return wire.inspected_evaluation_json(run_id, *controller.evaluation(run_id, min(number, MAX_NUMBER)))

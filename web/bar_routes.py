"""Routes of what was played bar by bar: one view for the episodes of a run and for its evaluations."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint
from pydantic import BaseModel

from market.episode import EpisodeSeries
from runs.controller import RunController
from runs.errors import EpisodeNotFoundError, EvaluationNotFoundError, RunNotFoundError
from web.errors import RequestError
from web.openapi.operation import describe
from web.query import QueryParameter

JsonObject = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BarView:
    """Something to show of the bars, at the end of the path of an episode or an evaluation."""

    name: str  # of the last part of the path
    summary: str  # "{}" stands for an episode or an evaluation
    query: Sequence[QueryParameter]
    of_episode: type[BaseModel]  # the answers
    of_evaluation: type[BaseModel]
    show: Callable[[str, EpisodeSeries], JsonObject]  # for a run id and what was played in it, the rest of the answer


def add_bar_routes(api: Blueprint, controller: RunController, view: BarView) -> None:
    @api.get(f"/runs/<run_id>/episodes/<int:episode>/{view.name}", endpoint=f"show_episode_{view.name}")
    @describe(
        view.summary.format("an episode"),
        query=view.query,
        answers=view.of_episode,
        errors=[RequestError, RunNotFoundError, EpisodeNotFoundError],
    )
    def show_episode(run_id: str, episode: int) -> JsonObject:
        summary, series = controller.episode(run_id, episode)
        return {"run_id": run_id, "episode": summary.episode} | view.show(run_id, series)

    @api.get(f"/runs/<run_id>/evaluations/<int:number>/{view.name}", endpoint=f"show_evaluation_{view.name}")
    @describe(
        view.summary.format("an evaluation"),
        query=view.query,
        answers=view.of_evaluation,
        errors=[RequestError, RunNotFoundError, EvaluationNotFoundError],
    )
    def show_evaluation(run_id: str, number: int) -> JsonObject:
        summary, series = controller.evaluation(run_id, number)
        return {"run_id": run_id, "evaluation": summary.number} | view.show(run_id, series)

"""What an exception looks like to a client: one registry of statuses and codes, one form for REST and Socket.IO."""

import logging
import re
from http import HTTPStatus
from typing import Any

from werkzeug.exceptions import HTTPException

from market.data import DataError
from runs.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointPinnedError,
    EpisodeNotFoundError,
    EpisodesGoneError,
    EvaluationNotFoundError,
    NothingLearnedError,
    NoThreadError,
    RunAliveError,
    RunConflictError,
    RunDeletedError,
    RunNotActiveError,
    RunNotDeletedError,
    RunNotFoundError,
    ServerStoppingError,
    StorageBlockedError,
    StorageError,
)
from runs.labels import LabelError
from training.config import ConfigError

logger = logging.getLogger(__name__)


class RequestError(ValueError):
    """A request that has not the form docs/api.md asks for."""


STATUSES: dict[type[Exception], tuple[HTTPStatus, str]] = {
    RequestError: (HTTPStatus.BAD_REQUEST, "bad_request"),
    ConfigError: (HTTPStatus.BAD_REQUEST, "invalid_config"),
    DataError: (HTTPStatus.BAD_REQUEST, "unusable_data"),
    LabelError: (HTTPStatus.BAD_REQUEST, "unusable_label"),
    RunNotFoundError: (HTTPStatus.NOT_FOUND, "run_not_found"),
    EpisodeNotFoundError: (HTTPStatus.NOT_FOUND, "episode_not_found"),
    EvaluationNotFoundError: (HTTPStatus.NOT_FOUND, "evaluation_not_found"),
    CheckpointNotFoundError: (HTTPStatus.NOT_FOUND, "checkpoint_not_found"),
    EpisodesGoneError: (HTTPStatus.CONFLICT, "episodes_gone"),
    CheckpointError: (HTTPStatus.CONFLICT, "checkpoint_unusable"),
    CheckpointPinnedError: (HTTPStatus.CONFLICT, "checkpoint_pinned"),
    RunConflictError: (HTTPStatus.CONFLICT, "run_in_progress"),
    RunNotActiveError: (HTTPStatus.CONFLICT, "run_not_active"),
    NothingLearnedError: (HTTPStatus.CONFLICT, "nothing_learned"),
    RunAliveError: (HTTPStatus.CONFLICT, "run_alive"),
    RunDeletedError: (HTTPStatus.CONFLICT, "run_deleted"),
    RunNotDeletedError: (HTTPStatus.CONFLICT, "run_not_deleted"),
    ServerStoppingError: (HTTPStatus.SERVICE_UNAVAILABLE, "server_stopping"),
    NoThreadError: (HTTPStatus.SERVICE_UNAVAILABLE, "no_thread"),
    StorageBlockedError: (HTTPStatus.INSUFFICIENT_STORAGE, "storage_blocked"),
    StorageError: (HTTPStatus.INTERNAL_SERVER_ERROR, "storage_failed"),
}

BEGIN_ERRORS = (DataError, ConfigError, RunConflictError, ServerStoppingError, NoThreadError, StorageError)

WHERE_THEY_ARE: dict[type[Exception], str] = {
    RunNotFoundError: "GET /api/runs lists all of them",
    EvaluationNotFoundError: "GET /api/runs/<run_id>/evaluations lists them",
    CheckpointNotFoundError: "GET /api/runs/<run_id>/checkpoints lists them",
}


def error_answer(error: Exception) -> tuple[int, dict[str, Any]]:
    """The HTTP status and the body. What is nobody's mistake but ours is logged, not told."""
    if isinstance(error, HTTPException):
        return _http_answer(error)
    for kind in type(error).__mro__:
        if kind in STATUSES:
            status, code = STATUSES[kind]
            problems = error.as_dicts() if isinstance(error, ConfigError) else None
            message = f"{error}; {WHERE_THEY_ARE[kind]}" if kind in WHERE_THEY_ARE else str(error)
            return status.value, error_body(code, message, problems)
    logger.error("unexpected error", exc_info=error)
    return 500, error_body("internal_error", "something went wrong inside Warmgate; its log has the details")


def error_body(code: str, message: str, problems: list[dict[str, str]] | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"code": code, "message": message}
    return {"error": error if problems is None else error | {"problems": problems}}


def _http_answer(error: HTTPException) -> tuple[int, dict[str, Any]]:
    status = error.code or 500
    code = re.sub(r"\W+", "_", error.name.lower()).strip("_")
    return status, error_body(code, error.description or error.name)

"""What a client may ask of the controller with a JSON body: the same code path for REST and Socket.IO."""

from collections.abc import Mapping
from typing import Any

from knobs import suggestion
from runs.controller import RunController
from runs.errors import RunNotActiveError
from runs.run import Run
from training.config import RunConfig
from web.errors import RequestError
from web.query import MAX_NUMBER
from web.request import client


def start_run(controller: RunController, body: object) -> Run:
    """Start a run from `{"config": {...}, "name": text}`; all of it may be left out.

    Raises:
        RequestError, ConfigError, LabelError, DataError, RunConflictError
        ServerStoppingError, NoThreadError, StorageError
    """
    members = known_members(body, ("config", "name"))
    return controller.start(RunConfig.from_flat(config_in(members)), by=client(), name=name_in(members))


def config_of(body: object) -> dict[str, Any]:
    """The flat configuration in `{"config": {...}}`, not checked yet.

    Raises:
        RequestError
    """
    return config_in(known_members(body, ("config",)))


def config_in(members: Mapping[str, Any]) -> dict[str, Any]:
    """The member `config`, which may be left out, not checked yet.

    Raises:
        RequestError
    """
    config = members.get("config", {})
    if not isinstance(config, dict):
        raise RequestError(f'"config" must be an object of parameter names and values, found {_json_type(config)}')
    return config


def name_in(members: Mapping[str, Any]) -> str:
    """The member `name`, which may be left out, not checked yet.

    Raises:
        RequestError
    """
    name = members.get("name")
    if name is None:
        return ""
    if not isinstance(name, str):
        raise RequestError(f'"name" must be a text, found {_json_type(name)}')
    return name


def values_of(body: object) -> dict[str, Any]:
    """The parameters to change in `{name: value}`, at least one, not checked yet.

    Raises:
        RequestError
    """
    if not isinstance(body, dict) or not body:
        raise RequestError("the body must be a JSON object of the parameters to change and their values")
    return body


def step_in(members: Mapping[str, Any]) -> int:
    """The member `step`.

    Raises:
        RequestError
    """
    step = members.get("step")
    if isinstance(step, bool) or not isinstance(step, int) or not 0 <= step <= MAX_NUMBER:
        found = str(step)[:40] if type(step) is int else _json_type(step)
        raise RequestError(f'"step" must be the step of a checkpoint, a whole number, found {found}')
    return step


def stop_run(controller: RunController, body: object) -> Run:
    """Stop the run named by `{"run_id": id}`, or the active one where no id is given.

    Raises:
        RequestError, RunNotFoundError, RunNotActiveError
    """
    run_id = known_members(body, ("run_id",)).get("run_id")
    if run_id is not None and not isinstance(run_id, str):
        raise RequestError(f'"run_id" must be a text, found {_json_type(run_id)}')
    wanted = controller.active_run_id if run_id is None else run_id
    if wanted is None:
        raise RunNotActiveError("no run is active, so there is nothing to stop")
    return controller.stop(wanted, by=client())


def known_members(body: object, known: tuple[str, ...]) -> Mapping[str, Any]:
    """The members of a JSON object, none where there is no body.

    Raises:
        RequestError: it is no object, or has another member.
    """
    if body is None:
        return {}
    if not isinstance(body, dict):
        raise RequestError(f"the body must be a JSON object, found {_json_type(body)}")
    for name in body:
        if name not in known:
            allowed = ", ".join(known)
            raise RequestError(f"unknown member {str(name)[:40]!r}; allowed: {allowed}.{suggestion(str(name), known)}")
    return body


def _json_type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")

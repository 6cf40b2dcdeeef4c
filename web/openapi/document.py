"""`GET /api/openapi.json`: every route of the interface, from Flask's own map of them and what each says of itself."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Flask, current_app
from pydantic.json_schema import models_json_schema
from werkzeug.routing import Rule

from web.errors import STATUSES
from web.guard import CSRF_HEADER, SAFE_METHODS
from web.openapi.answers import Error
from web.openapi.operation import JSON, Files, Model, Operation, describe, operation_of
from web.query import MAX_NUMBER, QueryParameter, Schema

VERSION = "3.1.0"
_REFERENCE = "#/components/schemas/{model}"
_PARTS: dict[str, Schema] = {  # by the name of Flask's converter
    "default": {"type": "string", "minLength": 1, "pattern": "^[^/]+$"},
    "int": {"type": "integer", "minimum": 0, "maximum": MAX_NUMBER},
}
_CSRF = {
    "name": CSRF_HEADER,
    "in": "header",
    "required": True,
    "schema": {"const": "1"},
    "description": "Tells programs and our own page from other sites' pages.",
}
_INTRODUCTION = (
    "Start, watch, compare and take away training runs. A number that is not finite is null, and the object around it "
    "names it under non_finite. Live events come over Socket.IO; see docs/api.md."
)


def add_openapi_route(api: Blueprint, version: str) -> None:
    @cache
    def made() -> dict[str, Any]:
        return _document(current_app, api.name, version)  # when it is asked for, all routes are known

    @api.get("/openapi.json")
    @describe("This description", answers={JSON: {"type": "object"}})
    def openapi() -> dict[str, Any]:
        return made()


def _document(app: Flask, blueprint: str, version: str) -> dict[str, Any]:
    """Raises LookupError: a route says nothing of itself."""
    paths: dict[str, dict[str, Any]] = defaultdict(dict)
    models: dict[str, Model] = {Error.__name__: Error}
    for rule, method, operation in _operations(app, blueprint):
        paths[_path(rule)][method.lower()] = _described(rule, method, operation)
        models |= {body.__name__: body for body in (operation.answers, operation.takes) if isinstance(body, type)}
    _, definitions = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template=_REFERENCE, title=None
    )
    return {
        "openapi": VERSION,
        "info": {"title": "Warmgate", "version": version, "description": _INTRODUCTION, "license": {"name": "MIT"}},
        "servers": [{"url": "/"}],
        "security": [{}, {"token": []}],
        "paths": dict(paths),
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "Where the server was started with --token.",
                }
            },
        },
    }


def _operations(app: Flask, blueprint: str) -> Iterator[tuple[Rule, str, Operation]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if not rule.endpoint.startswith(f"{blueprint}."):
            continue
        operation = operation_of(app.view_functions[rule.endpoint])
        if operation is None:
            raise LookupError(f"{rule.endpoint} says nothing of itself: write @describe(…) above it")
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method, operation


def _path(rule: Rule) -> str:
    return "".join(text if converter is None else f"{{{text}}}" for converter, text in _parts(rule))


def _parts(rule: Rule) -> list[tuple[str | None, str]]:
    """Converter and name of each variable part, None and the text of each fixed one."""
    parts: list[tuple[str | None, str]] = []
    for piece in rule.rule.replace(">", "<").split("<"):
        is_variable = len(parts) % 2 == 1
        converter, _, name = piece.rpartition(":") if is_variable else ("", "", piece)
        parts.append(((converter or "default") if is_variable else None, name))
    return parts


def _described(rule: Rule, method: str, operation: Operation) -> dict[str, Any]:
    parameters = [_path_parameter(converter, name, operation) for converter, name in _parts(rule) if converter]
    parameters += [_query_parameter(parameter) for parameter in operation.query]
    described: dict[str, Any] = {
        "operationId": rule.endpoint.rpartition(".")[2],
        "summary": operation.summary,
        "tags": [rule.rule.split("/")[2].partition(".")[0]],
        "parameters": parameters if method in SAFE_METHODS else [*parameters, _CSRF],
        "responses": _responses(operation),
    }
    if operation.takes is not None:
        described["requestBody"] = {"required": operation.is_body_required, "content": _content(operation.takes)}
    return described


def _path_parameter(converter: str, name: str, operation: Operation) -> dict[str, Any]:
    schema = operation.path.get(name, _PARTS[converter])
    return {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameter(parameter: QueryParameter) -> dict[str, Any]:
    schema = parameter.schema()
    is_required = schema.get("minLength", 0) > 0
    return {
        "name": parameter.name,
        "in": "query",
        "required": is_required,
        "schema": schema,
        "description": parameter.help,
    }


def _responses(operation: Operation) -> dict[str, Any]:
    success = HTTPStatus(operation.status)
    responses = {str(operation.status): {"description": success.phrase, "content": _content(operation.answers)}}
    for status, codes in _codes(operation.errors).items():
        responses[str(status)] = {"description": f"Error: {', '.join(codes)}", "content": _content(Error)}
    return responses | {"default": {"description": "Any other error", "content": _content(Error)}}


def _codes(errors: Sequence[type[Exception]]) -> dict[int, list[str]]:
    codes: dict[int, list[str]] = defaultdict(list)
    for error in errors:
        status, code = STATUSES[error]
        codes[status.value].append(code)
    return codes


def _content(body: Model | Files) -> dict[str, Any]:
    if isinstance(body, type):
        return {JSON: {"schema": {"$ref": _REFERENCE.format(model=body.__name__)}}}
    return {media: {"schema": schema} for media, schema in body.items()}

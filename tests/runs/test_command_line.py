"""`python -m runs` as a user types it."""

import errno
import json
import os
import re
import signal
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import onnx
import pytest

from runs.__main__ import main, write_new
from runs.checkpoints.format import WEIGHTS
from runs.controller import RunController
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S, small_config
from training.console import InputError

ROOT = Path(__file__).parents[2]


def settings(**changes: object) -> list[str]:
    return [word for name, value in (SMALL | changes).items() for word in ("--set", f"{name}={json.dumps(value)}")]


def test_a_run_stopped_by_a_signal_is_resumed_forked_and_rolled_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ["--data-dir", str(tmp_path)]
    command = [sys.executable, "-m", "runs", "start", "--json", *folder, *settings(total_steps=ENDLESS)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        first = [json.loads(process.stdout.readline())["episode"] for _ in range(5)]
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=TIMEOUT_S)
    stopped = re.search(r"run (\S+) is stopped at step (\d+)", errors)
    assert process.returncode == 0, errors
    assert first == [1, 2, 3, 4, 5]
    assert stopped is not None, errors
    run_id, step = stopped.groups()

    assert main(["fork", run_id, step, "--json", *folder, "--set", f"total_steps={int(step) + 30}"]) == 0
    forked = capsys.readouterr()
    assert main(["rollback", run_id, "50", *folder]) == 0
    assert main(["checkpoints", run_id, *folder]) == 0
    assert main(["list", *folder]) == 0
    listed = capsys.readouterr().out

    assert re.search(rf"run \S+ is finished at step {int(step) + 30}", forked.err)
    assert json.loads(forked.out.splitlines()[-1])["first_step"] + json.loads(forked.out.splitlines()[-1])["steps"] == (
        int(step) + 30
    )
    assert f"run {run_id} is at step 50; resume it to go on" in listed
    assert re.search(r"step +50  after 2 episodes, gate, ", listed)
    assert re.search(rf"{run_id}  stopped +step 50 of {ENDLESS}, saved at step 50", listed)
    assert re.search(rf"finished +step \d+ of {int(step) + 30}, .*forked from {run_id} at step {step}", listed)


@pytest.fixture
def finished(tmp_path: Path) -> tuple[str, list[str]]:
    """The id of a run that has checkpoints at steps 50 and 90, and the option for its data folder."""
    controller = RunController(tmp_path / "data")
    run_id = controller.start(small_config(evaluate_every_episodes=1_000)).run_id
    assert controller.wait(TIMEOUT_S)
    controller.close()
    return run_id, ["--data-dir", str(tmp_path / "data")]


def test_a_checkpoint_is_pinned_and_unpinned(
    finished: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    run_id, folder = finished
    listed = []
    for command in ("pin", "unpin"):
        assert main([command, run_id, "50", *folder]) == 0
        capsys.readouterr()
        assert main(["checkpoints", run_id, *folder]) == 0
        listed.append([", pinned" in line for line in capsys.readouterr().out.splitlines()])

    assert [any(pinned) for pinned in listed] == [True, False]
    assert listed[0][0]


def test_a_run_is_deleted_brought_back_and_erased(
    finished: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    run_id, folder = finished
    said, refused = [], main(["erase", run_id, *folder])
    for command in (["delete", run_id], ["deleted"], ["undelete", run_id], ["deleted"], ["delete", run_id]):
        capsys.readouterr()
        assert main([*command, *folder]) == 0
        said.append(capsys.readouterr().out)
    assert main(["erase", run_id, *folder]) == main(["list", *folder]) == main(["deleted", *folder]) == 0

    assert refused == 2
    assert re.fullmatch(rf"{run_id}  deleted \d{{4}}-\d\d-\d\d \d\d:\d\d UTC\n", said[1])
    assert said[2:4] == [f"run {run_id} is in the list of runs\n", ""]
    assert capsys.readouterr().out == f"run {run_id} is erased for good\n"


def test_a_checkpoint_is_downloaded_whole(
    finished: tuple[str, list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, folder = finished
    monkeypatch.chdir(tmp_path)

    assert main(["download", run_id, "90", *folder]) == 0

    name = f"warmgate-{run_id}-90.tar"
    assert capsys.readouterr().out == f"{name}\n"
    with tarfile.open(name) as archive:
        archive.extractall(filter="data")
    kept, taken = tmp_path / "data" / "checkpoints" / run_id / "90", tmp_path / f"{run_id}-90"
    assert {path.name: path.read_bytes() for path in taken.iterdir()} == {
        path.name: path.read_bytes() for path in kept.iterdir()
    }


def test_a_policy_is_exported(finished: tuple[str, list[str]], tmp_path: Path) -> None:
    run_id, folder = finished
    best, before = tmp_path / "best.onnx", tmp_path / f"warmgate-{run_id}-50.onnx"

    assert main(["policy", run_id, *folder, "--to", str(best)]) == 0
    assert main(["policy", run_id, "--step", "50", *folder, "--to", str(tmp_path)]) == 0

    steps = []
    for path in (best, before):
        said = {entry.key: json.loads(entry.value) for entry in onnx.load(path).metadata_props}
        assert said["run_id"] == run_id
        steps.append(said["step"])
    assert steps == [90, 50]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["pin", "RUN", "51"], "has no checkpoint at step 51"),
        (["download", "RUN", "51"], "has no checkpoint at step 51"),
        (["policy", "RUN", "--step", "51"], "has no checkpoint at step 51"),
        (["download", "RUN", "90", "--to", "taken"], "taken is there already and stays"),
        (["policy", "RUN", "--to", "taken"], "taken is there already and stays"),
        (["download", "RUN", "90", "--to", "nowhere/a.tar"], "there is no folder nowhere"),
        (["download", "RUN", "50"], "weights.safetensors has 100 bytes, not "),
        (["policy", "RUN", "--step", "50"], "weights.safetensors has 100 bytes, not "),
        (["download", "RUN", "90", "--to", "a" * 300], "a cannot be written: File name too long"),
    ],
)
def test_what_cannot_be_taken_away_is_said_and_leaves_no_file(
    finished: tuple[str, list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    message: str,
) -> None:
    run_id, folder = finished
    os.truncate(tmp_path / "data" / "checkpoints" / run_id / "50" / WEIGHTS, 100)
    here = tmp_path / "here"
    here.mkdir()
    (here / "taken").write_text("mine")
    monkeypatch.chdir(here)

    assert main([word.replace("RUN", run_id) for word in arguments] + folder) == 2

    assert message.replace("RUN", run_id) in capsys.readouterr().err
    assert list(here.iterdir()) == [here / "taken"]
    assert (here / "taken").read_text() == "mine"


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()], ids=repr)
def test_a_file_that_cannot_be_finished_is_removed(tmp_path: Path, error: BaseException) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"the beginning"
        raise error

    with pytest.raises((InputError, KeyboardInterrupt)):
        write_new(tmp_path / "taken.tar", pieces())

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["resume", "20260101-000000-aaaa"], "there is no run '20260101-000000-aaaa'"),
        (["start", "--set", "fee=1"], "fee: unknown parameter. Did you mean 'fee_bps'?"),
        (["start", "--set", "fee_bps"], "--set takes NAME=VALUE, found 'fee_bps'"),
        (["start", "--set", "dataset=file", "--set", f"data_file={'0' * 32}.csv"], "there is no uploaded file"),
    ],
)
def test_what_cannot_be_done_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    assert main([*arguments, "--data-dir", str(tmp_path)]) == 2

    assert message in capsys.readouterr().err

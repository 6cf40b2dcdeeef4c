"""`python -m runs` as a user types it."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from runs.__main__ import main
from tests.runs.helpers import ENDLESS, SMALL, TIMEOUT_S

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

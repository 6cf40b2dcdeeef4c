"""`python -m training` as a user types it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from training.__main__ import main

ROOT = Path(__file__).parents[2]
SMALL = [
    "--set",
    "dataset=synthetic",
    "--set",
    "synthetic_bars=500",
    "--set",
    "hidden_units=8",
    "--set",
    "batch_size=16",
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "training", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)


def test_json_prints_one_line_an_episode_and_nothing_else() -> None:
    result = run("--steps", "300", "--seed", "3", "--json", "--set", "no_trading_warmup_steps=240", *SMALL)
    assert result.returncode == 0, result.stderr
    episodes = [json.loads(line) for line in result.stdout.splitlines()]
    assert [episode["episode"] for episode in episodes] == [1, 2]
    assert [episode["phase"] for episode in episodes] == ["warmup", "learning"]
    assert episodes[0]["sharpe"] is None
    assert episodes[0]["trades"] == 0
    assert episodes[1]["updates"] == 2 * 60
    assert episodes[1]["updates_while_gated"] == 0
    assert "Warm-up complete at step 240: network updates start" in result.stderr


def test_configuration_file_is_read_and_options_come_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "config.json"
    values = {"dataset": "synthetic", "synthetic_bars": 500, "hidden_units": 8, "total_steps": 9999, "seed": 5}
    path.write_text(json.dumps(values))
    assert main(["--config", str(path), "--steps", "10", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["steps"] == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "hiden_units=8"], "hiden_units: unknown parameter. Did you mean 'hidden_units'?"),
        (["--warmup-strategy", "random"], "unknown warm-up strategy 'random'"),
        (["--steps", "0"], "total_steps"),
        (["--set", "fee_bps"], "--set takes NAME=VALUE, found 'fee_bps'"),
        (["--config", "no-such-file.json"], "cannot read no-such-file.json: No such file or directory"),
        (["--config", "pyproject.toml"], "pyproject.toml is not JSON"),
    ],
)
def test_bad_input_is_refused_before_training(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    assert main([*arguments, "--json"]) == 2
    output = capsys.readouterr()
    assert message in output.err
    assert output.out == ""


def test_reproducing_the_bug_is_warned_about(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--steps", "5", "--json", "--set", "update_during_warmup=true", *SMALL]) == 0
    assert "reproduces the original failure" in capsys.readouterr().err


def test_final_policy_is_judged_on_bars_it_has_not_seen(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--steps", "300", "--json", "--evaluate", "--set", "no_trading_warmup_steps=240", *SMALL]) == 0
    errors = capsys.readouterr().err
    assert "validation, fills at next_open" in errors
    assert "test, fills at next_open" in errors
    assert "Buy & hold" in errors


def test_walk_forward_prints_every_fold_and_the_stitched_curve(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--steps", "120", "--json", "--walk-forward", "2", "--set", "no_trading_warmup_steps=50", *SMALL]) == 0
    output = capsys.readouterr()
    assert len(output.out.splitlines()) == 3
    assert all(text in output.err for text in ("fold 1", "fold 2", "stitched policy", "stitched buy_and_hold"))

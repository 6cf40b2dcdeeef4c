"""The objects of docs/api.md from the program's own."""

import pytest

from runs.checkpoints.checkpoint import Checkpoint
from runs.events import Notice, NoticeLevel, RunEvent, RunStatus, RunStatusChanged, SaveReason
from runs.run import apply
from runs.summaries import EpisodeSummary
from tests.runs.helpers import (
    RUN_ID,
    START,
    envelope,
    episode_finished,
    gate_opened,
    run_before_its_first_event,
    run_progress,
)
from training.events import TrainingFinished, TrainingStarted
from training.metrics import METRICS
from web.wire import checkpoint_json, episode_json, live_event


def test_a_checkpoint_that_went_meanwhile_is_shown_as_it_was() -> None:
    gone, best = (
        Checkpoint(RUN_ID, step, 1, START, SaveReason.REQUEST, "", 1, False, 0.5, 0, None) for step in (10, 20)
    )

    assert [checkpoint_json(one, [best])["is_best"] for one in (gone, best)] == [False, True]
    assert checkpoint_json(gone, [best])["step"] == 10


@pytest.mark.parametrize(
    ("event", "name"),
    [
        (run_progress(1), "progress"),
        (episode_finished(1), "episode"),
        (RunStatusChanged(RunStatus.PAUSED), "run_status"),
        (Notice(NoticeLevel.WARNING, "text"), "run_status"),
        (gate_opened(), "run_status"),
        (TrainingStarted("print", (), 5), "run_status"),
        (TrainingFinished(5, 1, was_stopped=False), "run_status"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_every_event_has_its_place_on_the_wire(event: RunEvent, name: str) -> None:
    stamped = envelope(7, event)
    run = apply(run_before_its_first_event(), stamped)

    given, payload = live_event(stamped, run)

    assert given == name
    assert {key: payload[key] for key in ("run_id", "boot_id", "sequence", "time")} == {
        "run_id": run.run_id,
        "boot_id": run.boot_id,
        "sequence": 7,
        "time": "2026-11-23T05:12:07.123Z",
    }


def test_progress_is_flat_with_active_time_speed_and_time_left() -> None:
    stamped = envelope(7, run_progress(40, steps_per_s=10.0))

    progress = live_event(stamped, run_before_its_first_event())[1]["progress"]

    assert (progress["step"], progress["phase"], progress["buffer_capacity"]) == (40, "learning", 200_000)
    assert (progress["active_s"], progress["steps_per_s"], progress["eta_s"]) == (40, 10.0, 5.0)


def test_a_metric_that_was_not_known_when_the_episode_ran_is_null() -> None:
    summary = EpisodeSummary.of(envelope(7, gate_opened()), episode_finished(1))

    episode = episode_json(summary)

    assert (episode["reward"], episode["trades"], episode["sharpe"]) == (1.5, 2, None)
    assert set(METRICS.names()) <= set(episode)
    assert episode["q_mean"] is None


def test_a_metric_that_is_not_finite_is_null_and_named() -> None:
    summary = EpisodeSummary.of(envelope(7, gate_opened()), episode_finished(1, alpha=float("inf")))

    assert (episode_json(summary)["alpha"], episode_json(summary)["non_finite"]) == (None, ["alpha"])

"""What people write on runs: it stays, it never touches what happened, and nothing deleted is lost."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from runs.actions import ActionKind
from runs.controller import RunController
from runs.errors import RunAliveError, RunDeletedError, RunNotFoundError, StorageError
from runs.events import PolicyEvaluated, RunStatus
from runs.labels import MAX_NAME_LENGTH, MAX_TAGS, Label, LabelError, clean_name, clean_notes, clean_tags
from runs.store.database import DATABASE_NAME
from tests.runs.helpers import ENDLESS, TIMEOUT_S, Heard, small_config
from training.events import EpisodeFinished

UNKNOWN = "20260101-000000-aaaa"


def ended_run(controller: RunController, **changes: object) -> str:
    run = controller.start(small_config(**changes))
    assert controller.wait(TIMEOUT_S)
    return run.run_id


def test_a_label_is_read_back_after_a_restart(controller: RunController, tmp_path: Path) -> None:
    run_id = ended_run(controller)

    controller.write_label(run_id, name="  first\n try ", tags=["seed 1", "seed 1", " "], notes=" worth\r\nkeeping ")
    written = controller.write_label(run_id, notes="changed")
    controller.close()

    assert written == Label(run_id, "first try", ("seed 1",), "changed", None)
    again = RunController(tmp_path)
    assert again.labels() == {run_id: written}
    again.close()


def test_a_deleted_run_is_hidden_and_comes_back_whole(controller: RunController) -> None:
    run_id = ended_run(controller)
    before, episodes = controller.runs(), controller.episodes(run_id)

    label = controller.delete(run_id)

    assert label.is_deleted
    assert controller.runs() == []
    assert controller.episodes(run_id) == episodes  # a link to it still works
    controller.undelete(run_id)
    assert controller.runs() == before


def test_a_deleted_run_still_counts_as_trials(controller: RunController) -> None:
    run_id = ended_run(controller)
    validated = controller.best_validation_sharpes()

    controller.delete(run_id)

    assert controller.best_validation_sharpes() == validated
    assert controller._store.count_validated_policies() > 0


def test_the_best_validation_is_the_highest_of_the_run(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(2, PolicyEvaluated)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    found = [one.figures for one in controller.evaluations(run_id).evaluations]
    sharpes = [one["policy"]["metrics"]["sharpe"] for one in found if one["window"] == "validation"]
    defined = [sharpe for sharpe in sharpes if sharpe is not None]

    assert controller.best_validation_sharpes() == ({run_id: max(defined)} if defined else {})
    other_id = ended_run(controller, no_trading_warmup_steps=ENDLESS)
    labels = controller._store.labels
    assert [labels.best_validation_sharpe(one) for one in (run_id, other_id)] == [max(defined, default=None), None]


def test_a_run_that_is_alive_cannot_be_deleted(controller: RunController) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id

    with pytest.raises(RunAliveError, match="stop it"):
        controller.delete(run_id)

    assert [run.run_id for run in controller.runs()] == [run_id]


def test_an_unknown_run_gets_no_label(controller: RunController) -> None:
    for attempt in (controller.delete, controller.undelete, controller.write_label):
        with pytest.raises(RunNotFoundError):
            attempt(UNKNOWN)
    assert controller.labels() == {}


def _raise(*heard: object) -> None:
    raise RuntimeError("a listener with a fault")


def test_listeners_hear_of_each_label_whatever_the_others_do(controller: RunController) -> None:
    run_id = ended_run(controller)
    heard: list[Label] = []
    controller.subscribe_to_labels(_raise)
    controller.subscribe_to_actions(_raise)
    controller.subscribe_to_labels(heard.append)

    controller.write_label(run_id, name="a")
    controller.delete(run_id)

    assert [(label.name, label.is_deleted) for label in heard] == [("a", False), ("a", True)]


@pytest.mark.parametrize(
    ("clean", "text", "reason"),
    [
        (clean_name, "n" * (MAX_NAME_LENGTH + 1), "81"),
        (clean_notes, "zero\x00byte", "control character"),
        (clean_name, "half \ud800", r"the name cannot contain the half of a character '\\ud800'"),
        (clean_notes, "half \udbff", "the notes cannot contain the half"),
        (lambda text: clean_tags([text]), "half \udfff", "the tag cannot contain the half"),
        (lambda text: clean_tags(text.split()), "a,b", "comma"),
        (lambda text: clean_tags(text.split()), " ".join(map(str, range(MAX_TAGS + 1))), "21"),
    ],
)
def test_a_label_that_cannot_be_kept_is_refused(clean: Callable[[str], object], text: str, reason: str) -> None:
    with pytest.raises(LabelError, match=reason):
        clean(text)


def test_a_deleted_run_is_kept_as_it_is_until_it_is_undeleted(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=ENDLESS)).run_id
    heard.wait_for_events(2, EpisodeFinished)
    controller.stop(run_id)
    assert controller.wait(TIMEOUT_S)
    step = controller.checkpoints(run_id)[-1].step
    controller.delete(run_id)
    before = controller.run(run_id), controller.checkpoints(run_id), controller.actions(run_id)

    for attempt in (
        lambda: controller.resume(run_id),
        lambda: controller.roll_back(run_id, 0),
        lambda: controller.fork(run_id, step, {}),
        lambda: controller.pin(run_id, step),
        lambda: controller.pin(run_id, step, is_pinned=False),
    ):
        with pytest.raises(RunDeletedError, match="is deleted and kept as it is; undelete it first"):
            attempt()

    assert (controller.run(run_id), controller.checkpoints(run_id), controller.actions(run_id)) == before
    controller.undelete(run_id)
    assert controller.resume(run_id).status is RunStatus.RUNNING


def test_deleting_twice_and_undeleting_twice_is_written_down_once(controller: RunController) -> None:
    run_id = ended_run(controller)

    assert controller.delete(run_id) == controller.delete(run_id)
    assert controller.undelete(run_id) == controller.undelete(run_id)

    kinds = [action.kind for action in controller.actions(run_id)]
    assert kinds == [ActionKind.START, ActionKind.DELETE, ActionKind.UNDELETE]


def test_what_could_not_be_stored_is_not_written_down(controller: RunController, tmp_path: Path) -> None:
    run_id = ended_run(controller)
    before = controller.actions(run_id)
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("CREATE TRIGGER refusal BEFORE INSERT ON run_label BEGIN SELECT RAISE(ABORT, 'no'); END")

    with pytest.raises(StorageError):
        controller.delete(run_id)

    assert controller.actions(run_id) == before
    assert not controller.labels()


def test_a_run_that_has_begun_is_answered_although_its_name_could_not_be_stored(
    controller: RunController, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as connection:
        connection.execute("CREATE TRIGGER refusal BEFORE INSERT ON run_label BEGIN SELECT RAISE(ABORT, 'no'); END")

    run_id = controller.start(small_config(), name="High fee").run_id
    assert controller.wait(TIMEOUT_S)

    assert controller.run(run_id).status is RunStatus.FINISHED
    assert not controller.labels()
    [started] = controller.actions(run_id)
    assert (started.kind, started.details) == (ActionKind.START, {"name": "High fee"})
    assert f"run {run_id}: its name was not written down" in caplog.text

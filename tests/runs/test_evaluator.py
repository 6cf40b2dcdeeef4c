"""Policies on unseen bars beside training: what is evaluated, stored and counted, and that nothing waits for it."""

import threading

import pytest

from market.datasets import TEST, VALIDATION, DataConfig, load_dataset
from runs.controller import RunController
from runs.errors import EvaluationNotFoundError
from runs.evaluator import Evaluator
from runs.events import Notice, PolicyEvaluated, RunStatus
from sac_agent import SACAgent, SACConfig
from tests.runs.helpers import ENDLESS, RUN_ID, TIMEOUT_S, Heard, small_config
from trading_env import ACTION_SIZE, OBSERVATION_NAMES
from training.events import EpisodeFinished, PolicyReady

POLICY = SACAgent(len(OBSERVATION_NAMES), ACTION_SIZE, SACConfig(hidden_units=8), seed=0).policy()


def ready(episode: int, *, is_final: bool = False) -> PolicyReady:
    return PolicyReady(episode, episode * 100, is_final, POLICY)


class Reports:
    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.all: list[PolicyEvaluated | Notice] = []

    def __call__(self, event: PolicyEvaluated | Notice) -> None:
        with self.changed:
            self.all.append(event)
            self.changed.notify_all()


def evaluator(reports: Reports) -> Evaluator:
    splits = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=500))
    return Evaluator(RUN_ID, small_config(), splits, reports, count_trials=lambda: 4)


def test_only_the_newest_waiting_policy_is_evaluated_and_the_final_one_sees_the_test_bars() -> None:
    reports = Reports()
    judge = evaluator(reports)
    for episode in (1, 2, 3):
        judge.offer(ready(episode, is_final=episode == 3))
    judge.start()
    judge.finish()

    assert [
        (event.episode, event.figures["window"]) for event in reports.all if isinstance(event, PolicyEvaluated)
    ] == [
        (3, VALIDATION),
        (3, TEST),
    ]
    first = reports.all[0]
    assert isinstance(first, PolicyEvaluated)
    assert (first.number, first.figures["trials"], first.series.steps) == (1, 5, 99)
    last = reports.all[-1]
    assert isinstance(last, Notice)
    assert last.text.startswith("2 of 3 policies were not evaluated: evaluations take at most a tenth of the time")


def test_nothing_is_said_of_policies_passed_over_where_there_are_none() -> None:
    reports = Reports()
    judge = evaluator(reports)
    judge.offer(ready(1))
    judge.start()
    judge.finish()

    assert [type(event) for event in reports.all] == [PolicyEvaluated]


def test_cancelling_ends_the_thread_without_a_report() -> None:
    reports = Reports()
    judge = evaluator(reports)
    judge.offer(ready(1))
    judge.cancel()
    judge.start()

    assert judge.join(TIMEOUT_S)

    assert reports.all == []


def test_bars_that_cannot_be_evaluated_are_a_notice_not_a_failure() -> None:
    reports = Reports()
    splits = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=500))
    too_short = splits.validation.window(len(splits.validation) - 1, len(splits.validation))
    judge = Evaluator(
        RUN_ID, small_config(), type(splits)(splits.train, too_short, splits.test), reports, count_trials=lambda: 0
    )
    judge.start()
    judge.offer(ready(7))
    judge.finish()

    (notice,) = reports.all
    assert isinstance(notice, Notice)
    assert notice.text.startswith("The policy of episode 7 was not evaluated: ")


def test_a_run_keeps_its_evaluations(controller: RunController, heard: Heard) -> None:
    run_id = controller.start(small_config(total_steps=400)).run_id
    assert controller.wait(TIMEOUT_S)

    assert controller.run(run_id).status is RunStatus.FINISHED
    page = controller.evaluations(run_id)
    assert [summary.number for summary in page.evaluations] == list(range(1, len(page.evaluations) + 1))
    *validations, test = page.evaluations
    assert {summary.figures["window"] for summary in validations} == {VALIDATION}
    assert (test.figures["window"], test.step) == (TEST, 400)
    assert controller.evaluations(run_id, after=test.number - 1).evaluations == [test]
    summary, series = controller.evaluation(run_id, test.number)
    assert summary == test
    assert series.equity[-1] == pytest.approx(100_000 * (1 + test.figures["policy"]["metrics"]["return_pct"] / 100))
    with pytest.raises(EvaluationNotFoundError, match=f"no evaluation {test.number + 1}"):
        controller.evaluation(run_id, test.number + 1)
    assert len(heard.events(PolicyEvaluated)) == len(page.evaluations)


def test_shutting_down_does_not_wait_for_an_evaluation(controller: RunController, heard: Heard) -> None:
    controller.start(small_config(total_steps=ENDLESS))
    heard.wait_for_events(8, EpisodeFinished)

    assert controller.close()

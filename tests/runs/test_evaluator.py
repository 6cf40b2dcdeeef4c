"""Policies on unseen bars beside training: what is evaluated, stored and counted, and that nothing waits for it."""

import threading
from dataclasses import replace

import numpy as np
import pytest

from market.data import MarketData
from market.datasets import TEST, VALIDATION, DataConfig, DatasetSplits, load_dataset, split, synthetic_bars
from runs.best_policy import JudgedPolicy
from runs.controller import RunController
from runs.errors import EvaluationNotFoundError
from runs.evaluator import Evaluator
from runs.events import Notice, PolicyEvaluated, RunStatus
from sac_agent import SACAgent, SACConfig
from tests.runs.helpers import ENDLESS, RUN_ID, TIMEOUT_S, Heard, small_config
from trading_env import ACTION_SIZE, OBSERVATION_NAMES
from training.events import EpisodeFinished, PolicyReady
from training.rollout import Act

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

    def wait_for(self, count: int) -> bool:
        with self.changed:
            return self.changed.wait_for(lambda: len(self.all) >= count, TIMEOUT_S)


SPLITS = load_dataset(DataConfig(dataset="synthetic", synthetic_bars=500))
RISING_BARS = MarketData.from_frame(synthetic_bars(0, 500, drift=2.0))
RISING = split(RISING_BARS, 300, 400)  # long is better than short on every stretch of it


def evaluator(reports: Reports, splits: DatasetSplits = SPLITS, best: JudgedPolicy | None = None) -> Evaluator:
    return Evaluator(RUN_ID, small_config(), splits, reports, trials=4, looks={TEST: 1}, best=best)


def constant(position: float) -> Act:
    return lambda observations: np.full((len(observations), 1), position, np.float32)


@pytest.mark.parametrize(
    ("positions", "tested"),
    [((1.0, -1.0), 1), ((-1.0, 1.0), 2), ((1.0, 1.0), 1), ((0.0, -1.0), 2), ((0.0, 0.0), 2)],
    ids=["first is better", "final is better", "equals", "flat has no ratio", "nothing has a ratio"],
)
def test_test_bars_are_seen_once_by_the_policy_that_did_best_on_validation(
    positions: tuple[float, float], tested: int
) -> None:
    reports = Reports()
    judge = evaluator(reports, RISING)
    judge.start()
    judge.offer(PolicyReady(1, 100, False, constant(positions[0])))
    assert reports.wait_for(1)
    judge.offer(PolicyReady(2, 200, True, constant(positions[1])))
    judge.finish()

    evaluations = [event for event in reports.all if isinstance(event, PolicyEvaluated)]
    assert [(event.episode, event.step, event.figures["window"]) for event in evaluations] == [
        (1, 100, VALIDATION),
        (2, 200, VALIDATION),
        (tested, 100 * tested, TEST),
    ]
    assert [event.figures["trials"] for event in evaluations] == [5, 6, 6]
    assert [event.figures["looks"] for event in evaluations] == [1, 2, 2]


def test_only_the_newest_waiting_policy_is_evaluated_and_the_test_bars_come_last() -> None:
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


def test_a_policy_that_was_asked_for_is_judged_at_once_and_only_once_and_none_older_after_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runs.rest.REST", 1e6)
    reports = Reports()
    judge = evaluator(reports)
    judge.start()
    judge.offer(ready(1))
    assert reports.wait_for(1)  # it rests, for longer than this test lasts
    judge.offer(ready(2))
    judge.ask(ready(3))
    judge.ask(ready(3))
    assert reports.wait_for(2)
    judge.offer(ready(4))
    judge.ask(ready(4))  # did not have its turn yet
    assert reports.wait_for(3)
    judge.ask(ready(4))
    judge.finish()

    assert [event.episode for event in reports.all if isinstance(event, PolicyEvaluated)] == [1, 3, 4]
    last = reports.all[-1]
    assert isinstance(last, Notice)
    assert last.text.startswith("1 of 3 policies were not evaluated")


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
    too_short = SPLITS.validation.window(len(SPLITS.validation) - 1, len(SPLITS.validation))
    judge = evaluator(reports, replace(SPLITS, validation=too_short))
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
    best = max(validations, key=lambda summary: summary.figures["policy"]["metrics"]["sharpe"])
    assert (test.figures["window"], test.episode, test.step) == (TEST, best.episode, best.step)
    assert controller.evaluations(run_id, after=test.number - 1).evaluations == [test]
    summary, series = controller.evaluation(run_id, test.number)
    assert summary == test
    assert series.equity[-1] == pytest.approx(100_000 * (1 + test.figures["policy"]["metrics"]["return_pct"] / 100))
    with pytest.raises(EvaluationNotFoundError, match=f"no evaluation {test.number + 1}"):
        controller.evaluation(run_id, test.number + 1)
    assert len(heard.events(PolicyEvaluated)) == len(page.evaluations)


def test_shutting_down_does_not_wait_for_an_evaluation(
    controller: RunController, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runs.rest.REST", 1e6)  # one waits, and its turn never comes
    monkeypatch.setattr("runs.stage.CLOSE_TIMEOUT_S", TIMEOUT_S)
    controller.start(small_config(total_steps=ENDLESS))
    heard.wait_for_events(8, EpisodeFinished)

    assert controller.close()


def test_the_best_policy_of_an_earlier_process_sees_the_test_bars() -> None:
    reports = Reports()
    best = JudgedPolicy(PolicyReady(1, 100, False, constant(1.0)), sharpe=1_000.0)
    judge = evaluator(reports, RISING, best)
    judge.start()
    judge.offer(PolicyReady(2, 200, True, constant(1.0)))
    judge.finish()

    assert [(event.step, event.figures["window"]) for event in reports.all if isinstance(event, PolicyEvaluated)] == [
        (200, VALIDATION),
        (100, TEST),
    ]

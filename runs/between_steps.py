"""What the training thread does between two steps: save, hand its policy over, rest while paused. Starts no thread."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import TypeVar

from runs.bus import EventBus
from runs.errors import NothingLearnedError, RunNotActiveError, StorageBlockedError
from runs.evaluator import Evaluator
from runs.events import CheckpointSaved, RunStatus, SaveReason
from runs.requests import Requests
from runs.saver import Saved, Saver
from runs.speed import Speedometer
from runs.standing import Source, Standing
from runs.trainer import Loop
from training.events import PolicyReady

logger = logging.getLogger(__name__)

ANSWER_TIMEOUT_S = 15.0
TAKES_STEPS = (RunStatus.RUNNING, RunStatus.PAUSED)

Answer = TypeVar("Answer")


class BetweenSteps:
    """Other threads ask here, the training thread answers from `should_stop`."""

    def __init__(
        self, run_id: str, standing: Standing, bus: EventBus, saver: Saver, evaluator: Evaluator, speed: Speedometer
    ) -> None:
        self._run_id = run_id
        self._standing = standing
        self._bus = bus
        self._saver = saver
        self._evaluator = evaluator
        self._speed = speed
        self._policies: Requests[PolicyReady] = Requests()
        self._halted = threading.Event()  # no step is in progress, and none begins before somebody says so

    def refuse_unless_steps_follow(self, advice: str) -> None:
        """Raises RunNotActiveError, with this advice, where no further step will begin."""
        if self._standing.status not in TAKES_STEPS:
            raise RunNotActiveError(f"run {self._run_id} takes no steps any more; {advice}")

    def saved(self) -> Saved:
        """Have the state saved between two steps.

        Raises:
            RunNotActiveError: no step follows, none lies behind, or the one in progress did not end in time.
            StorageBlockedError: there is no room on the disk.
        """
        self.refuse_unless_steps_follow("it is saved when it ends")
        return self._answer_to(self._saver.request(), self._saver.withdraw)

    def policy(self) -> PolicyReady:
        """Have the policy judged as it is between two steps.

        Raises:
            NothingLearnedError: it is the one of the first step.
            RunNotActiveError: no step follows, or the one in progress did not end in time.
        """
        self.refuse_unless_steps_follow("its final policy is judged anyway")
        return self._answer_to(self._policies.add(), self._policies.withdraw)

    def wait_for_halt(self, timeout_s: float) -> None:
        """Until the step is over in which the run was told to pause or to stop."""
        self._halted.wait(timeout_s)

    def should_stop(self, loop: Loop) -> bool:
        """The training thread, between two steps: without a lock while nothing is asked for."""
        if self._policies.is_waiting:
            self._hand_over_policy(loop)
        due = self._saver.due  # before the status: who pauses and then asks gets the checkpoint of the pause
        if due is not None and self._standing.is_running:
            self.save(loop, due)
        while not self._standing.is_running:  # whoever resumes it may pause it again before the next step
            self._halted.set()
            self._bus.flush()
            if self._rest_while_paused(loop) is not RunStatus.RUNNING:
                self.save(loop, SaveReason.STOP)
                return True
            self._halted.clear()
        return False

    def save(self, loop: Loop, reason: SaveReason) -> None:
        """The training thread: save the state, for all who asked for it; before the first step there is none."""
        if loop.step == 0:
            self._saver.decline(RunNotActiveError(f"run {self._run_id} has taken no step yet"))
            return
        try:
            saved = self._written(loop, reason)
        except OSError as error:
            logger.warning("run %s: not saved at step %d: %s", self._run_id, loop.step, error)
            return
        self._standing.end_trouble(Source.CHECKPOINT)
        number = self._bus.flush()  # progress first: it is what the checkpoint shows
        if saved is not None:
            number = self._bus.publish(replace(saved, judged=self._evaluator.judged_steps()))
        self._saver.answer(Saved(loop.step, number))

    def end(self) -> None:
        """The training thread, after its last step: refuse those who wait, and whoever asks later."""
        self._halted.set()
        refusal = RunNotActiveError(f"run {self._run_id} takes no steps any more")
        self._saver.close(refusal)
        self._policies.close(refusal)

    def _answer_to(self, request: "Future[Answer]", withdraw: "Callable[[Future[Answer]], bool]") -> Answer:
        """What is refused because time ran out is not done later: whoever asks again would have it twice."""
        self._standing.wake()  # a paused run takes no step after which it would look
        try:
            return request.result(ANSWER_TIMEOUT_S)
        except TimeoutError as error:
            if withdraw(request):
                raise RunNotActiveError(f"run {self._run_id} has not come to the end of a step") from error
        return request.result()  # it came just then

    def _rest_while_paused(self, loop: Loop) -> RunStatus:
        """Returns the status that ended the pause, which may be over by then."""
        while (status := self._standing.status) is RunStatus.PAUSED:
            self.save(loop, SaveReason.PAUSE)
            self._standing.wait_while_paused(lambda: self._saver.due is not None or self._policies.is_waiting)
            if self._policies.is_waiting:
                self._hand_over_policy(loop)
        self._speed.skip_pause()
        return status

    def _hand_over_policy(self, loop: Loop) -> None:
        ready = loop.policy()
        if ready is None:
            self._policies.answer(NothingLearnedError(self._run_id))
        elif self._policies.answer(ready):
            self._evaluator.ask(ready)

    def _written(self, loop: Loop, reason: SaveReason) -> CheckpointSaved | None:
        """Where it cannot be written the run pauses until it can. Raises OSError when the run is to stop meanwhile."""
        while True:
            try:
                return self._saver.save(loop.state(), reason)
            except OSError as error:
                trouble = f"The checkpoint at step {loop.step:,} could not be written: {error.strerror or error}"
                self._saver.answer(StorageBlockedError(trouble))
                if not self._standing.pause_in_trouble(Source.CHECKPOINT, trouble):
                    raise
                self._standing.wait_to_retry()
                self._speed.skip_pause()

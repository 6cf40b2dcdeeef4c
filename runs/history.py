"""Runs that nobody trains: back to a checkpoint, or on from one as another run. Knows no thread and no web."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from market.data import MarketData
from market.features import TrainStatistics
from runs.best_policy import JudgedPolicy, best_so_far
from runs.bus import utc_now
from runs.checkpoints.checkpoint import Checkpoint
from runs.checkpoints.format import SavedRun, Written, other_libraries
from runs.checkpoints.shelf import Shelf
from runs.errors import (
    CheckpointError,
    CheckpointNotFoundError,
    CheckpointPinnedError,
    CheckpointVersionError,
    StorageBlockedError,
    StorageError,
)
from runs.events import Envelope, Notice, NoticeLevel, PlannedChange, RunRewound, SaveReason
from runs.run import DatedNotice, Parent, Run, apply, new_run, new_run_id
from runs.store.run_store import RunStore
from trading_env import OBSERVATION_NAMES
from training.config import RunConfig
from training.state import TrainingState, check_observations
from training.wording import change_text

JUDGED_OTHERWISE = " Policies are judged on other terms than there, so the evaluations up to here are not taken along."


@dataclass(frozen=True, slots=True)
class Place:
    """A checkpoint that can be used, or a run's beginning; and the newer ones that cannot, with the reasons."""

    checkpoint: Checkpoint | None = None
    state: TrainingState | None = None
    refused: tuple[tuple[int, str], ...] = ()

    @property
    def step(self) -> int:
        return 0 if self.state is None else self.state.step

    def of_another_run(self) -> "Place":
        """The same place for a run that starts with the configuration in force here."""
        return self if self.state is None else replace(self, state=self.state.of_another_run())

    def check_bars(self, data: MarketData) -> None:
        """Raises CheckpointError when these are not the bars that the state was trained on."""
        if self.state is None:
            return
        try:
            check_observations(self.state.values, OBSERVATION_NAMES, TrainStatistics.fit(data))
        except ValueError as error:
            raise CheckpointError(f"the checkpoint at step {self.step} cannot be used: {error}") from error


class History:
    """The caller sees to it that no thread works on these runs, and that one thread at a time is here."""

    def __init__(self, store: RunStore, shelf: Shelf, boot_id: str) -> None:
        self._store = store
        self._shelf = shelf
        self._boot_id = boot_id

    def newest(self, run: Run) -> Place:
        """The newest good checkpoint; the beginning of a run that has none yet.

        Raises:
            CheckpointError: it has some, and none of them can be used; or the newest that is not damaged is another
                version's, so that going on from an older one would delete what that version can still use.
        """
        refused: list[tuple[int, str]] = []
        for checkpoint in reversed(self._store.checkpoints.of_run(run.run_id)):
            try:
                return Place(checkpoint, self.read(run, checkpoint), tuple(refused))
            except CheckpointVersionError as error:
                raise _left_to_its_version(run, checkpoint, error) from error
            except CheckpointError as error:
                refused.append((checkpoint.step, str(error)))
        if refused or run.parent:
            reasons = "; ".join(f"step {step}: {reason}" for step, reason in refused)
            raise CheckpointError(f"no checkpoint of run {run.run_id} can be used: {reasons or 'there is none'}")
        return Place()

    def at(self, run: Run, step: int) -> Place:
        """The checkpoint at this step; step 0 is the beginning of a run that is no fork.

        Raises:
            CheckpointNotFoundError, or CheckpointError: it cannot be used.
        """
        if step == 0 and run.parent is None:
            return Place()
        for checkpoint in self._store.checkpoints.of_run(run.run_id):
            if checkpoint.step == step:
                try:
                    return Place(checkpoint, self.read(run, checkpoint))
                except CheckpointError as error:
                    raise type(error)(f"the checkpoint at step {step} cannot be used: {error}") from error
        raise CheckpointNotFoundError(run.run_id, step)

    def best(self, run: Run) -> tuple[JudgedPolicy | None, tuple[Notice, ...]]:
        """The policy of the run that did best on the validation bars, and what has to be said of it."""
        checkpoints = self._store.checkpoints.of_run(run.run_id)
        highest = self._store.labels.best_validation_sharpe(run.run_id)
        return best_so_far(checkpoints, lambda checkpoint: self.read(run, checkpoint), highest)

    def go_back(
        self, run: Run, place: Place, reason: str, said: str, pending: tuple[PlannedChange, ...] = ()
    ) -> tuple[Envelope, Run]:
        """Delete what came after `place`; `reason` stands beside the status, `said` becomes a notice.

        Of the changes of the configuration after it, those that are `pending` will be made again.

        Raises:
            CheckpointPinnedError: somebody wants to keep a later checkpoint.
            StorageError: nothing was deleted.
        """
        self._refuse_pinned(run.run_id, place)
        for step, _ in place.refused:
            self._set_aside(run.run_id, step)
        event = self._rewound(run, place, reason, said, pending)
        envelope = Envelope(run.run_id, self._boot_id, run.sequence + 1, utc_now(), event)
        after = apply(run, envelope)
        self._store.record(run, after, envelope)
        self._shelf.sweep(run.run_id, [each.step for each in self._store.checkpoints.of_run(run.run_id)])
        return envelope, after

    def fork(self, parent: Run, place: Place, config: RunConfig) -> Run:
        """A new run that has what `parent` has up to `place`, with a checkpoint of its own there.

        Evaluations on other terms are left behind: the best of them is chosen by comparing.

        Raises:
            StorageError: there is no new run.
        """
        there, state = place.checkpoint, place.state
        assert there is not None, "a fork goes on from a checkpoint"
        assert state is not None, "which was read"
        is_judged_alike = _is_judged_alike(parent, config)
        child = self._child(parent, there, config, is_judged_alike)
        written = self._written(SavedRun(child.run_id, child.config, state))
        copied = _copied(there, child, written, is_judged_alike)
        try:
            self._store.checkpoints.copy(parent.run_id, child, copied, with_evaluations=is_judged_alike)
        except StorageError:
            self._shelf.clear(child.run_id)
            raise
        return child

    def read(self, run: Run, checkpoint: Checkpoint) -> TrainingState:
        """Raises CheckpointError when it cannot be used."""
        saved = self._shelf.read(run.run_id, checkpoint.step, checkpoint.sha256)
        if dict(saved.config) != dict(run.config):
            raise CheckpointError("it was saved with another configuration")
        if missing := saved.state.missing:
            raise CheckpointError(f"its state has no {', '.join(map(repr, missing))}")
        return saved.state

    def _refuse_pinned(self, run_id: str, place: Place) -> None:
        """One that cannot be used is no reason: it is set aside, not deleted."""
        refused = [step for step, _ in place.refused]
        later = [each for each in self._store.checkpoints.of_run(run_id) if each.step > place.step]
        if pinned := [each.step for each in later if each.is_pinned and each.step not in refused]:
            raise CheckpointPinnedError(run_id, pinned)

    def _rewound(
        self, run: Run, place: Place, reason: str, said: str, pending: tuple[PlannedChange, ...]
    ) -> RunRewound:
        there = place.checkpoint
        episodes = 0 if there is None else there.episodes
        return RunRewound(
            step=place.step,
            episodes=episodes,
            last_reward=self._store.checkpoints.reward_of(run.run_id, episodes),
            progress=None if there is None else there.progress,
            notices=0 if there is None else there.notices,
            said=(Notice(NoticeLevel.INFO, said), *self._warnings(run.run_id, place)),
            reason=reason,
            pending=pending,
            refused=tuple(step for step, _ in place.refused),
        )

    def _child(self, parent: Run, there: Checkpoint, config: RunConfig, is_judged_alike: bool) -> Run:
        """The new run as it is at the checkpoint, not stored yet."""
        time = utc_now()
        fresh = new_run(new_run_id(time), self._boot_id, config, time)
        text = _fork_notice(parent, there.step, fresh.config) + ("" if is_judged_alike else JUDGED_OTHERWISE)
        notice = DatedNotice(time, NoticeLevel.INFO, text)
        opened = parent.gate.opened
        return replace(
            fresh,
            sequence=parent.sequence,
            notices=(*parent.notices[: there.notices], notice),
            progress=there.progress,
            gate=replace(fresh.gate, opened=opened if opened and opened.step < there.step else None),
            episodes=there.episodes,
            last_reward=self._store.checkpoints.reward_of(parent.run_id, there.episodes),
            parent=Parent(parent.run_id, there.step),
            checkpoint_step=there.step,
        )

    def _written(self, saved: SavedRun) -> Written:
        try:
            return self._shelf.write(saved)
        except OSError as error:
            raise StorageBlockedError(f"the fork's checkpoint could not be written: {error.strerror}") from error

    def _set_aside(self, run_id: str, step: int) -> None:
        try:
            self._shelf.set_aside(run_id, step)
        except OSError as error:
            raise StorageBlockedError(f"the checkpoint at step {step} could not be moved: {error.strerror}") from error

    def _warnings(self, run_id: str, place: Place) -> list[Notice]:
        texts = [
            f"The checkpoint at step {step:,} cannot be used and was set aside: {reason}."
            for step, reason in place.refused
        ]
        if place.checkpoint is not None:
            libraries = other_libraries(self._shelf.place(run_id, place.step))
            texts += [
                f"The run so far was computed with {name}: its last bits may go on otherwise." for name in libraries
            ]
        return [Notice(NoticeLevel.WARNING, text) for text in texts]


def _left_to_its_version(run: Run, checkpoint: Checkpoint, error: CheckpointVersionError) -> CheckpointVersionError:
    return CheckpointVersionError(
        f"run {run.run_id} cannot go on from its checkpoint at step {checkpoint.step}: {error}; it stays as it is. "
        "Resume with that version, or roll back to a checkpoint of this one, which deletes what came later"
    )


def _copied(there: Checkpoint, child: Run, written: Written, is_judged_alike: bool) -> Checkpoint:
    """The checkpoint as the fork has it. Its figure on the validation bars is kept where the fork is judged alike."""
    return replace(
        there,
        run_id=child.run_id,
        created_at=child.created_at,
        reason=SaveReason.FORK,
        sha256=written.sha256,
        size_bytes=written.size_bytes,
        is_pinned=False,
        validation_sharpe=there.validation_sharpe if is_judged_alike else None,
        notices=len(child.notices),
    )


def _is_judged_alike(parent: Run, config: RunConfig) -> bool:
    """Every run is judged on the terms that it began with."""
    return RunConfig.from_flat(parent.config).environment.for_evaluation() == config.environment.for_evaluation()


def _fork_notice(parent: Run, step: int, config: Mapping[str, Any]) -> str:
    before = parent.config_at(step)
    changes = [
        change_text(name, before.get(name), value) for name, value in config.items() if before.get(name) != value
    ]
    return f"Forked from run {parent.run_id} at step {step:,}; changed: {', '.join(changes) or 'nothing'}."

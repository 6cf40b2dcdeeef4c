"""What is known of runs and can be read at any time. Starts, changes and ends none."""

import re

from market.episode import EpisodeSeries
from runs.actions import Action
from runs.checkpoints.archive import Archive
from runs.checkpoints.checkpoint import Checkpoint, best_of
from runs.checkpoints.shelf import Shelf
from runs.errors import CheckpointNotFoundError, RunNotFoundError
from runs.history import History
from runs.labels import Erasure, Label
from runs.policy_file import exported_policy
from runs.run import Run
from runs.stage import Stage
from runs.store.run_store import RunStore
from runs.store.series_store import SeriesStore
from runs.summaries import EpisodePage, EpisodeSummary, EvaluationPage, EvaluationSummary

_RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-z]{4}", re.ASCII)


class Records:
    """Every method may be called from any thread. A run that is alive is shown as it is, ahead of what is stored."""

    def __init__(self, store: RunStore, shelf: Shelf, history: History, stage: Stage) -> None:
        self._store = store
        self._shelf = shelf
        self._history = history
        self._stage = stage

    @property
    def active_run_id(self) -> str | None:
        active = self._stage.active
        return None if active is None else active.run.run_id

    def run(self, run_id: str) -> Run:
        """Raises RunNotFoundError."""
        live = self._stage.last
        if live is not None and live.run.run_id == run_id:
            return live.run
        return self._store.run(known_form(run_id))

    def runs(self) -> list[Run]:
        """All runs but the deleted ones, newest first."""
        live = self._stage.last
        labels = self.labels()
        stored = [run for run in self._store.runs() if run.run_id not in labels or not labels[run.run_id].is_deleted]
        if live is None:
            return stored
        return [live.run if run.run_id == live.run.run_id else run for run in stored]

    def episodes(self, run_id: str, after: int = 0, up_to: int | None = None) -> EpisodePage:
        """The finished episodes numbered above `after`, and not above `up_to`. Raises RunNotFoundError."""
        return self._store.episodes(known_form(run_id), after, up_to)

    def cut_short(self, run: Run) -> EpisodeSummary | None:
        """The episode, only ever its last, that the end of the run cut short: gone on with, it comes again whole."""
        last = self.episodes(run.run_id, after=run.episodes - 1).episodes[-1:]
        return next((episode for episode in last if not episode.is_whole), None)

    def episode(self, run_id: str, episode: int) -> tuple[EpisodeSummary, EpisodeSeries]:
        """Raises RunNotFoundError or EpisodeNotFoundError."""
        return self._store.episode(known_form(run_id), episode)

    def evaluations(self, run_id: str, after: int = 0) -> EvaluationPage:
        """The evaluations numbered above `after`. Raises RunNotFoundError."""
        return self._store.evaluations(known_form(run_id), after)

    def evaluation(self, run_id: str, number: int) -> tuple[EvaluationSummary, EpisodeSeries]:
        """Raises RunNotFoundError or EvaluationNotFoundError."""
        return self._store.evaluation(known_form(run_id), number)

    @property
    def series(self) -> SeriesStore:
        """The curves of all stored runs, for ids that `run` knows."""
        return self._store.series

    def actions(self, run_id: str) -> list[Action]:
        """What people did to the run, in order. Raises RunNotFoundError."""
        return self._store.actions.of_run(self.run(run_id).run_id)

    def labels(self) -> dict[str, Label]:
        """What is written on runs, by run id; deleted runs are among them."""
        return self._store.labels.labels()

    def erasures(self) -> list[Erasure]:
        """What stays of erased runs, the newest first."""
        return self._store.erasures.erasures()

    def best_validation_sharpes(self) -> dict[str, float]:
        """The highest Sharpe ratio of each run on its validation bars, by run id."""
        return self._store.labels.best_validation_sharpes()

    def checkpoints(self, run_id: str) -> list[Checkpoint]:
        """In order of their steps. Raises RunNotFoundError."""
        return self._store.checkpoints.of_run(self.run(run_id).run_id)

    def checkpoint(self, run_id: str, step: int) -> Checkpoint:
        """Raises RunNotFoundError or CheckpointNotFoundError."""
        for checkpoint in self.checkpoints(run_id):
            if checkpoint.step == step:
                return checkpoint
        raise CheckpointNotFoundError(run_id, step)

    def best_checkpoint(self, run_id: str) -> Checkpoint:
        """On the validation bars, or else the newest. Raises RunNotFoundError or CheckpointNotFoundError."""
        checkpoints = self.checkpoints(run_id)
        if not checkpoints:
            raise CheckpointNotFoundError(run_id, 0)
        return best_of(checkpoints) or checkpoints[-1]

    def archive(self, checkpoint: Checkpoint) -> Archive:
        """All of it, to take away. Raises CheckpointError where it is damaged."""
        return Archive(self._shelf.place(checkpoint.run_id, checkpoint.step), checkpoint.sha256, checkpoint.name)

    def policy(self, checkpoint: Checkpoint) -> bytes:
        """Its deterministic policy as ONNX. Raises RunNotFoundError, or CheckpointError where it cannot be used."""
        run = self.run(checkpoint.run_id)
        return exported_policy(run, self._history.read(run, checkpoint))


def known_form(run_id: str) -> str:
    """Raises RunNotFoundError for what cannot be an id, before it reaches the database."""
    if not _RUN_ID.fullmatch(run_id):
        raise RunNotFoundError(run_id)
    return run_id

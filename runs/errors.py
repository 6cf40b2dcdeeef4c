"""What can go wrong with a run, as one tree.

RunError
├── RunNotFoundError
├── EpisodeNotFoundError
├── EpisodesGoneError     the run went back while it was read
├── EvaluationNotFoundError
├── RunConflictError      another run is active
├── RunNotActiveError     the run's status does not allow the command
├── NothingLearnedError   there is no policy to evaluate yet
├── RunAliveError         a run cannot be deleted before it has ended
├── RunDeletedError       a deleted run stays as it is until it is undeleted
├── RunNotDeletedError    only a deleted run can be erased
├── CheckpointNotFoundError
├── CheckpointPinnedError   going back would delete what somebody wants to keep
├── CheckpointError       a checkpoint is damaged, or another run's
│   └── CheckpointVersionError   another version of Warmgate wrote it
├── ServerStoppingError
├── NoThreadError         the system starts no more threads
└── StorageError      the database could not be read or written
    ├── StorageBlockedError   for now: the disk is full, or somebody holds a lock
    └── DataFolderError
"""

from collections.abc import Sequence


class RunError(Exception):
    """Base of everything that `runs` raises for its callers; the message is a sentence for a person."""


class RunNotFoundError(RunError):
    """No run has that id."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id[:40]!r}")


class EpisodeNotFoundError(RunError):
    """The run has no finished episode of that number."""

    def __init__(self, run_id: str, episode: int, episodes: int) -> None:
        have = f"it has episodes 1 to {episodes}" if episodes else "it has none yet"
        super().__init__(f"run {run_id} has no finished episode {episode}; {have}")


class EpisodesGoneError(RunError):
    """The run went back to a checkpoint between two readings that belong together."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} went back to a checkpoint while it was read; ask again")


class EvaluationNotFoundError(RunError):
    """The run has no evaluation of that number."""

    def __init__(self, run_id: str, number: int) -> None:
        super().__init__(f"run {run_id} has no evaluation {number}")


class RunConflictError(RunError):
    """Another run is active, and one process trains one run at a time."""

    def __init__(self, active_run_id: str) -> None:
        self.active_run_id = active_run_id
        super().__init__(f"run {active_run_id} is still active; stop it or wait for its end, then start another")


class RunNotActiveError(RunError):
    """A command that the run's status does not allow."""


class NothingLearnedError(RunError):
    """Before its first update a run's policy tells nothing."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} has taken no update yet: its policy is the one it began with")


class RunAliveError(RunError):
    """A run that has not ended cannot be deleted."""

    def __init__(self, run_id: str, status: str) -> None:
        super().__init__(f"run {run_id} is {status}; stop it, then delete it")


class RunDeletedError(RunError):
    """A deleted run is kept as it is: nothing of it changes, and nothing is begun from it that nobody would see."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is deleted and kept as it is; undelete it first")


class RunNotDeletedError(RunError):
    """Only a run that is deleted can be erased for good."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"run {run_id} is not deleted; delete it first, then erase it")


class CheckpointNotFoundError(RunError):
    """The run has no checkpoint at that step."""

    def __init__(self, run_id: str, step: int) -> None:
        super().__init__(f"run {run_id} has no checkpoint at step {step}")


class CheckpointPinnedError(RunError):
    """Going back would delete checkpoints that somebody wants to keep."""

    def __init__(self, run_id: str, steps: Sequence[int]) -> None:
        pinned = ", ".join(map(str, steps))
        super().__init__(
            f"run {run_id} has pinned checkpoints after that, at step {pinned}: unpin them, or fork the run"
        )


class CheckpointError(RunError):
    """A checkpoint that cannot be used; the message says why."""


class CheckpointVersionError(CheckpointError):
    """A checkpoint that another version of Warmgate wrote, and can use: it stays as it is."""


class ServerStoppingError(RunError):
    """A start that came while the server shuts down."""


class NoThreadError(RunError):
    """A run cannot begin without threads of its own."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(f"the system starts no more threads ({reason}); end other programs, then try again")


class StorageError(RunError):
    """The database could not be read or written."""


class StorageBlockedError(StorageError):
    """The disk is full, or somebody holds a lock: the same may succeed later."""


class DataFolderError(StorageError):
    """The data folder cannot be used: not writable, or another server's."""

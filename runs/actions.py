"""What people did to a run, when, and from where. Knows no database and no web."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from runs.bus import utc_now
from runs.errors import StorageError
from runs.listeners import Listeners
from runs.run import Run
from training.wording import change_text, setting_text

logger = logging.getLogger(__name__)

COMMAND_LINE = "command line"


class ActionKind(StrEnum):
    START = "start"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SAVE = "save"
    EVALUATE = "evaluate"
    CHANGE = "change"
    ROLL_BACK = "roll_back"
    FORK = "fork"
    PIN = "pin"
    UNPIN = "unpin"
    DELETE = "delete"
    UNDELETE = "undelete"


_WORDS = {
    ActionKind.START: "Started",
    ActionKind.PAUSE: "Paused",
    ActionKind.RESUME: "Resumed",
    ActionKind.STOP: "Stopped",
    ActionKind.SAVE: "Saved a checkpoint",
    ActionKind.EVALUATE: "Asked for an evaluation",
    ActionKind.CHANGE: "Changed for the next episode",
    ActionKind.ROLL_BACK: "Rolled back",
    ActionKind.FORK: "Forked",
    ActionKind.PIN: "Pinned a checkpoint",
    ActionKind.UNPIN: "Unpinned a checkpoint",
    ActionKind.DELETE: "Deleted",
    ActionKind.UNDELETE: "Undeleted",
}


@dataclass(frozen=True, slots=True)
class Action:
    """The run had taken `step` steps and was in its `episode` when somebody at `who` did it."""

    number: int  # from 1, within the run; never used again, and kept as long as the run
    time: datetime
    kind: ActionKind
    step: int
    episode: int
    who: str  # a network address, or the command line
    details: Mapping[str, Any]  # what else there is to know, by name; of a change, what was and what is

    @property
    def text(self) -> str:
        """The action in words: "Changed for the next episode: Fee 2 bp → 50 bp"."""
        details = ", ".join(_shown(name, value) for name, value in self.details.items())
        return f"{_WORDS[self.kind]}: {details}" if details else _WORDS[self.kind]


class Keep(Protocol):
    """Store an action under the run's next number."""

    def __call__(
        self, run_id: str, time: datetime, kind: ActionKind, step: int, episode: int, who: str, details: dict[str, Any]
    ) -> Action: ...


class Audit:
    """Any thread may call every method."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self.listeners: Listeners[str, Action] = Listeners()

    def note(self, run: Run, kind: ActionKind, who: str, step: int | None = None, **details: Any) -> None:
        """Write down what was done to the run as it is, or as it was at `step`; done it is, even where that fails."""
        if step is None:
            step = run.step
        try:
            action = self._keep(run.run_id, utc_now(), kind, step, run.episode_of_step, who, details)
        except StorageError:
            logger.exception("run %s: %s by %s at step %d was not written down", run.run_id, kind, who, step)
            return
        self.listeners.tell(run.run_id, action)


def _shown(name: str, value: Any) -> str:
    if isinstance(value, Mapping):
        return change_text(name, value["before"], value["after"])
    return setting_text(name, value)

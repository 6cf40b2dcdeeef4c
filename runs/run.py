"""A run as everybody sees it, and the one fold that makes it from events.

Live snapshots, stored rows and runs loaded after a restart all come from `apply`. Knows no thread and no database.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runs.events import (
    ChangeRequested,
    CheckpointSaved,
    Envelope,
    Notice,
    NoticeLevel,
    PlannedChange,
    RunEvent,
    RunProgress,
    RunRewound,
    RunStatus,
    RunStatusChanged,
)
from training.config import RunConfig
from training.events import ConfigChanged, EpisodeFinished, GateOpened
from training.wording import change_text

_SUFFIX_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # none that is mistaken for another


@dataclass(frozen=True, slots=True)
class DatedNotice:
    """A notice with the time at which it was given."""

    time: datetime
    level: NoticeLevel
    text: str


@dataclass(frozen=True, slots=True)
class Gate:
    """The warm-up gate of a run: as configured, and when it opened."""

    warmup_steps: int
    strategy: str
    opened: GateOpened | None = None

    @property
    def is_open(self) -> bool:
        return self.opened is not None


@dataclass(frozen=True, slots=True)
class Parent:
    """The run that another one began as a copy of, and the step at which their ways part."""

    run_id: str
    step: int


@dataclass(frozen=True, slots=True)
class AppliedChange:
    """Parameters that got other values before `episode`, after `step` steps, by name."""

    time: datetime
    step: int
    episode: int
    before: Mapping[str, Any]
    after: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Run:
    """The state of one run after its event number `sequence`; `config` is that of its start."""

    run_id: str
    status: RunStatus
    reason: str | None
    created_at: datetime
    ended_at: datetime | None
    config: Mapping[str, Any]
    warnings: tuple[str, ...]
    sequence: int
    boot_id: str
    notices: tuple[DatedNotice, ...]
    progress: RunProgress | None
    gate: Gate
    episodes: int
    last_reward: float | None
    parent: Parent | None = None
    rewinds: int = 0  # how often it went back: whoever knows its episodes and evaluations must ask again
    checkpoint_step: int | None = None  # of the newest checkpoint
    changes: tuple[AppliedChange, ...] = ()  # of the configuration since the start, in order
    pending_changes: tuple[PlannedChange, ...] = ()

    @property
    def step(self) -> int:
        """The last step of which something was told; 0 before."""
        return 0 if self.progress is None else self.progress.progress.step

    @property
    def episode_of_step(self) -> int:
        """The episode that this step belongs to; 0 before the first one."""
        return 0 if self.progress is None else self.progress.progress.episode

    @property
    def config_in_force(self) -> dict[str, Any]:
        """The configuration with all changes."""
        return self._config_with(self.changes)

    def config_at(self, step: int) -> dict[str, Any]:
        """The configuration that a checkpoint at this step goes on with: a change at the same step comes after it."""
        return self._config_with(change for change in self.changes if change.step < step)

    def _config_with(self, changes: Iterable[AppliedChange]) -> dict[str, Any]:
        config = dict(self.config)
        for change in changes:
            config |= change.after
        return config


def new_run_id(time: datetime) -> str:
    """A short id that sorts by time: `20261123-051200-k3f9`."""
    suffix = "".join(secrets.choice(_SUFFIX_LETTERS) for _ in range(4))
    return f"{time:%Y%m%d-%H%M%S}-{suffix}"


def new_run(run_id: str, boot_id: str, config: RunConfig, created_at: datetime) -> Run:
    """A run before its first event."""
    flat = config.flat()
    return Run(
        run_id=run_id,
        status=RunStatus.RUNNING,
        reason=None,
        created_at=created_at,
        ended_at=None,
        config=flat,
        warnings=tuple(config.warnings()),
        sequence=0,
        boot_id=boot_id,
        notices=(),
        progress=None,
        gate=gate_of(flat, None),
        episodes=0,
        last_reward=None,
    )


def gate_of(config: Mapping[str, Any], opened: GateOpened | None) -> Gate:
    """The gate of a flat configuration, for display; the decisions are `warmup_gate`'s alone."""
    return Gate(config["no_trading_warmup_steps"], config["warmup_strategy"], opened)


def apply(run: Run, envelope: Envelope) -> Run:
    """The run after one more event. An event without a fold only moves the sequence number on."""
    stamped = replace(run, sequence=envelope.sequence, boot_id=envelope.boot_id)
    fold = _FOLDS.get(type(envelope.event))
    return fold(stamped, envelope, envelope.event) if fold else stamped


def _change_status(run: Run, envelope: Envelope, event: RunStatusChanged) -> Run:
    changed = replace(run, status=event.status, reason=event.reason, ended_at=None)
    if event.status.is_alive:
        return changed
    at_rest = None if run.progress is None else replace(run.progress, steps_per_s=None)
    ended = replace(changed, ended_at=envelope.time, progress=at_rest)
    if event.status is RunStatus.INTERRUPTED:
        where = f"at step {run.checkpoint_step:,}" if run.checkpoint_step else "from the beginning"
        said = f"Interrupted: {event.reason}. Resumed, it goes on {where}."
        return _add_notice(ended, envelope, Notice(NoticeLevel.WARNING, said))
    return ended


def _add_notice(run: Run, envelope: Envelope, event: Notice) -> Run:
    return replace(run, notices=(*run.notices, DatedNotice(envelope.time, event.level, event.text)))


def _show_progress(run: Run, envelope: Envelope, event: RunProgress) -> Run:
    return replace(run, progress=event)


def _open_gate(run: Run, envelope: Envelope, event: GateOpened) -> Run:
    opened = replace(run, gate=replace(run.gate, opened=event))
    return _add_notice(opened, envelope, Notice(NoticeLevel.INFO, event.message))


def _count_episode(run: Run, envelope: Envelope, event: EpisodeFinished) -> Run:
    """One that was cut short by the run's end says little: its reward stands only where there is no other."""
    counted = replace(run, episodes=event.episode)
    if event.is_whole or run.last_reward is None:
        return replace(counted, last_reward=event.metrics.get("reward"))
    return counted


def _plan_change(run: Run, envelope: Envelope, event: ChangeRequested) -> Run:
    if event.joins_last:
        *others, last = run.pending_changes
        return replace(run, pending_changes=(*others, last.joined(event.values)))
    return replace(run, pending_changes=(*run.pending_changes, PlannedChange(0, event.values)))


def _apply_change(run: Run, envelope: Envelope, event: ConfigChanged) -> Run:
    """It was the first of those that waited; what came back to its value before it was taken is no change."""
    taken = replace(run, pending_changes=run.pending_changes[1:])
    after = {name: value for name, value in event.after.items() if value != event.before[name]}
    if not after:
        return taken
    before = {name: event.before[name] for name in after}
    applied = AppliedChange(envelope.time, event.step, event.episode, before, after)
    changed = replace(taken, changes=(*run.changes, applied))
    texts = (change_text(name, before[name], value) for name, value in after.items())
    said = f"Changed before episode {event.episode}: {', '.join(texts)}."
    return _add_notice(changed, envelope, Notice(NoticeLevel.INFO, said))


def _know_checkpoint(run: Run, envelope: Envelope, event: CheckpointSaved) -> Run:
    return replace(run, checkpoint_step=event.step)


def _rewind(run: Run, envelope: Envelope, event: RunRewound) -> Run:
    """The run as it was then, but for its events' numbers and what is said of the rewinding."""
    opened = run.gate.opened
    was_open = opened is not None and opened.step < event.step
    said = (DatedNotice(envelope.time, notice.level, notice.text) for notice in event.said)
    return replace(
        run,
        status=RunStatus.STOPPED,
        reason=event.reason,
        ended_at=run.ended_at or envelope.time,  # going back takes no time of the run
        notices=(*run.notices[: event.notices], *said),
        progress=event.progress,
        gate=replace(run.gate, opened=opened if was_open else None),
        episodes=event.episodes,
        last_reward=event.last_reward,
        rewinds=run.rewinds + 1,
        checkpoint_step=event.step or None,
        changes=tuple(change for change in run.changes if change.step < event.step),
        pending_changes=event.pending,
    )


_Fold = Callable[[Run, Envelope, Any], Run]
_FOLDS: dict[type[RunEvent], _Fold] = {
    RunStatusChanged: _change_status,
    Notice: _add_notice,
    RunProgress: _show_progress,
    GateOpened: _open_gate,
    EpisodeFinished: _count_episode,
    ChangeRequested: _plan_change,
    ConfigChanged: _apply_change,
    CheckpointSaved: _know_checkpoint,
    RunRewound: _rewind,
}

"""Counts what must stay known of evaluations: the trials that luck had, and looks at bars that were to be unseen."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from market.datasets import TEST, VALIDATION
from runs.store import tables

Which = Callable[[ColumnElement[Any]], ColumnElement[bool]]  # of runs, by their ids


def validated_policies(connection: Connection, which: Which) -> int:
    """Of these runs, those that going back deleted among them. What a fork has of its parent is no trial of its own."""
    return _looks(connection, which)[VALIDATION]


def looks_of(connection: Connection, run_id: str) -> dict[str, int]:
    """By window, how often the run judged a policy on its bars, whatever going back deleted of that."""
    return _looks(connection, lambda column: column == run_id)


def _looks(connection: Connection, which: Which) -> dict[str, int]:
    table, run, rewind = tables.evaluation, tables.run, tables.rewind
    is_own = run.c.parent_step.is_(None) | (table.c.step > run.c.parent_step)
    counted = select(table.c.window, func.count().label("looks")).select_from(table.join(run))
    counts = counted.where(is_own & which(run.c.run_id))
    present = {row.window: row.looks for row in connection.execute(counts.group_by(table.c.window))}
    sums = select(func.sum(rewind.c.validated_policies), func.sum(rewind.c.tests)).where(which(rewind.c.run_id))
    deleted = zip((VALIDATION, TEST), connection.execute(sums).one(), strict=True)
    return {window: present.get(window, 0) + (count or 0) for window, count in deleted}

"""Counts the policies that were ever validated: the trials that luck had. Knows no run by itself."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, select

from market.datasets import VALIDATION
from runs.store import tables

Which = Callable[[ColumnElement[Any]], ColumnElement[bool]]  # of runs, by their ids


def validated_policies(connection: Connection, which: Which) -> int:
    """Of these runs, those that going back deleted among them. What a fork has of its parent is no trial of its own."""
    table, run, rewind = tables.evaluation, tables.run, tables.rewind
    is_own = run.c.parent_step.is_(None) | (table.c.step > run.c.parent_step)
    is_trial = (table.c.window == VALIDATION) & is_own & which(run.c.run_id)
    present = select(func.count()).select_from(table.join(run)).where(is_trial)
    deleted = select(func.sum(rewind.c.validated_policies)).where(which(rewind.c.run_id))
    return sum(connection.scalar(query) or 0 for query in (present, deleted))

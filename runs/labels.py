"""What a person writes on a run: a name, tags, notes, and whether it is deleted. Knows no database and no web.

Deleting hides a run and keeps all of it, until it is erased for good. A policy that was tried counts as a trial even
then.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

MAX_NAME_LENGTH = 80
MAX_TAGS = 20
MAX_TAG_LENGTH = 32
MAX_NOTES_LENGTH = 4_000

_REFUSED = {
    "control character": re.compile(r"[\x00-\x08\x0b-\x1f\x7f]"),  # all but tab and line feed
    "half of a character": re.compile(r"[\ud800-\udfff]"),  # JSON can hold one; no database and no file does
}


class LabelError(ValueError):
    """A label that cannot be kept; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on one run; a run without one has the defaults."""

    run_id: str
    name: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""
    deleted_at: datetime | None = None  # UTC; None for a run that is not deleted
    is_erased: bool = False  # told once, and then there is no such run

    @property
    def is_deleted(self) -> bool:
        return self.deleted_at is not None


@dataclass(frozen=True, slots=True)
class Erasure:
    """What stays of a run that was erased."""

    run_id: str
    time: datetime
    who: str  # a network address, the command line, or the server itself


def cleaned(name: str | None, tags: Sequence[str] | None, notes: str | None) -> dict[str, str | tuple[str, ...]]:
    """The fields that are given, by name, in the form in which they are kept. Raises LabelError."""
    given = {
        "name": None if name is None else clean_name(name),
        "tags": None if tags is None else clean_tags(tags),
        "notes": None if notes is None else clean_notes(notes),
    }
    return {field: value for field, value in given.items() if value is not None}


def clean_name(text: str) -> str:
    """The name on one line, without space around it. Raises LabelError."""
    return _checked("name", " ".join(text.split()), MAX_NAME_LENGTH)


def clean_notes(text: str) -> str:
    """The notes with one kind of line end. Raises LabelError."""
    return _checked("notes", text.replace("\r\n", "\n").strip(), MAX_NOTES_LENGTH)


def clean_tags(texts: Sequence[str]) -> tuple[str, ...]:
    """Each tag once, in the order given; empty ones are left out. Raises LabelError."""
    spaced = [" ".join(text.split()) for text in texts]
    tags = tuple(dict.fromkeys(_checked("tag", text, MAX_TAG_LENGTH) for text in spaced if text))
    if len(tags) > MAX_TAGS:
        raise LabelError(f"a run can have {MAX_TAGS} tags, found {len(tags)}")
    if mixed := [tag for tag in tags if "," in tag]:
        raise LabelError(f"a tag cannot contain a comma, found {mixed[0]!r}")
    return tags


def _checked(what: str, text: str, longest: int) -> str:
    if len(text) > longest:
        raise LabelError(f"the {what} can have {longest:,} characters, found {len(text):,}")
    for kind, pattern in _REFUSED.items():
        if found := pattern.search(text):
            raise LabelError(f"the {what} cannot contain the {kind} {found.group()!r}")
    return text

"""Times written as text: ISO dates and clocks, days first or months first, seconds since 1970, with or without a zone.

One file has one way of writing: the first cell that can be read decides it. Knows no file format and no bar.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, partial

import numpy as np
from numpy.typing import NDArray

from market.files.cells import is_missing
from market.files.faults import Faults, quoted

Moments = NDArray[np.datetime64]
Match = re.Match[str]

UTC = "UTC"
_DAY_MS, _MINUTE_MS, _SECOND_MS = 86_400_000, 60_000, 1_000
_NAT = np.iinfo(np.int64).min  # numpy's "not a time"
_LONGEST_DAY = len("2020-01-31T")
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_SUMMER_TIME_MINUTES = 60
_FURTHEST_OFFSET_MINUTES = 14 * 60
_SHOULD_BE = "write 2020-01-31, 2020-01-31 09:30:00+00:00 or seconds since 1970"


@dataclass(frozen=True, slots=True)
class Times:
    """When each bar was, twice: the instant, and what a clock in the file's zone showed. NaT where unreadable."""

    utc: Moments  # datetime64[ms]
    local: Moments
    is_cut: NDArray[np.bool_]  # it was written finer than a millisecond, and the rest was dropped
    zone: str | None  # None: the file does not say, and UTC is assumed
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """A way of writing the day; `to_ms` may raise ValueError for one that no calendar has."""

    pattern: re.Pattern[str]
    to_ms: Callable[[Match], int]
    has_clock: bool = True  # a clock and a zone may follow; seconds since 1970 UTC need neither


def _calendar(pattern: str, order: tuple[int, int, int]) -> Form:
    """Dates with the groups of year, month and day in `order`."""
    year, month, day = order

    def to_ms(match: Match) -> int:
        return (date(int(match[year]), int(match[month]), int(match[day])).toordinal() - _EPOCH_DAY) * _DAY_MS

    return Form(re.compile(pattern), to_ms)


def _since_1970(digits: str, numerator: int, denominator: int) -> Form:
    """Whole numbers of a unit that is numerator / denominator milliseconds; of seconds there may be a fraction."""

    def to_ms(match: Match) -> int:
        fraction = _fraction_ms(match[2]) if numerator == _SECOND_MS else 0
        return int(match[1]) * numerator // denominator + fraction

    return Form(re.compile(rf"({digits})(?:\.([0-9]*))?"), to_ms, has_clock=False)


_PARTED = r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})"
DAY_FIRST = _calendar(_PARTED, (3, 2, 1))
MONTH_FIRST = _calendar(_PARTED, (3, 1, 2))
FORMS: tuple[Form, ...] = (
    _calendar(r"([0-9]{4})[-/.]([0-9]{1,2})[-/.]([0-9]{1,2})", (1, 2, 3)),
    _calendar(r"([0-9]{4})([0-9]{2})([0-9]{2})", (1, 2, 3)),
    DAY_FIRST,  # or months first: the whole file decides
    # 9 to 10 digits are seconds from 1973 to 2286; the other units are told by their length in the same way
    _since_1970("[0-9]{9,10}", _SECOND_MS, 1),
    _since_1970("[0-9]{12,13}", 1, 1),
    _since_1970("[0-9]{15,16}", 1, 1_000),
    _since_1970("[0-9]{18,19}", 1, 1_000_000),
)
# 202001310930 would pass for milliseconds, of 1976
_DAY_WITH_HOURS = re.compile(
    "(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])(?:[01][0-9]|2[0-3])(?:[0-5][0-9])?"
)
_FINER = re.compile(
    "(?::[0-9]{2}|^[0-9]{9,10})[.][0-9]{3}[0-9]*[1-9]"  # of a clock or of seconds since 1970
    "|^[0-9]{12,13}(?:(?!000)[0-9]{3}|(?!000000)[0-9]{6})$"  # micro- and nanoseconds since then
)
_CLOCK = re.compile(
    r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)? *(Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)


def read_times(cells: Sequence[str], places: NDArray[np.int64], faults: Faults) -> Times:
    """Read a column of times; what cannot be read is a fault at its place."""
    cells = [cell.strip() for cell in cells]
    form, example = _form_of(cells)
    if form is None:
        if cells:
            reason = "the time is missing" if is_missing(cells[0]) else f"{quoted(cells[0])} is not a time"
            faults.add(int(places[0]), f"{reason}; {_SHOULD_BE}")
        nothing = np.full(len(cells), np.datetime64("NaT", "ms"))
        return Times(nothing, nothing, np.zeros(len(cells), np.bool_), None)
    notes: tuple[str, ...] = ()
    if form is DAY_FIRST:
        form, notes = _day_or_month_first(cells, places, faults)
    local, zones = _read(form, cells, places, faults, example)
    offsets_ms, zone = _offsets(zones, places, faults) if form.has_clock else (np.zeros(len(cells), np.int64), UTC)
    is_cut = np.array([_FINER.search(cell) is not None for cell in cells], np.bool_)
    return Times(local - offsets_ms.astype("timedelta64[ms]"), local, is_cut, zone, notes)


def _form_of(cells: Sequence[str]) -> tuple[Form | None, int]:
    """The form of the first readable cell, and which that is."""
    for index, cell in enumerate(cells):
        day, _ = _day_and_clock(cell)
        for form in FORMS:
            if form.pattern.fullmatch(day) and not _DAY_WITH_HOURS.fullmatch(day):
                return form, index
    return None, 0


def _day_and_clock(cell: str) -> tuple[str, str]:
    day, _, clock = cell.partition("T" if "T" in cell[:_LONGEST_DAY] else " ")
    return day, clock.strip()


def _day_or_month_first(
    cells: Sequence[str], places: NDArray[np.int64], faults: Faults
) -> tuple[Form, tuple[str, ...]]:
    """Which of the two, shown by a number above 12 in its place. Neither or both ways is a fault."""
    day_first, month_first = _first_above_12(cells, 1, 2), _first_above_12(cells, 2, 1)
    evidence = [index for index in (day_first, month_first) if index is not None]
    if not evidence:
        index = next(index for index, cell in enumerate(cells) if DAY_FIRST.pattern.fullmatch(_day_and_clock(cell)[0]))
        reason = f"{quoted(cells[index])} may have its day or its month first, and no date in the file decides which"
        faults.refuse(int(places[index]), f"{reason}; write year-month-day, as in 2020-01-31")
    first = min(evidence)
    shown = f"{quoted(cells[first])} in {faults.unit} {places[first]}"
    if len(evidence) == 2:
        second = max(evidence)
        reason = f"{quoted(cells[second])} and {shown} have day and month in different order"
        faults.refuse(int(places[second]), f"{reason}; write year-month-day, as in 2020-01-31")
    form, word = (DAY_FIRST, "day") if month_first is None else (MONTH_FIRST, "month")
    return form, (f"Dates are read {word} first, as {shown} shows.",)


def _first_above_12(cells: Sequence[str], group: int, other: int) -> int | None:
    for index, cell in enumerate(cells):
        match = DAY_FIRST.pattern.fullmatch(_day_and_clock(cell)[0])
        if match and int(match[group]) > 12 >= int(match[other]):
            return index
    return None


def _read(
    form: Form, cells: Sequence[str], places: NDArray[np.int64], faults: Faults, example: int
) -> tuple[Moments, list[str | None]]:
    """What the clock showed, `(cells,)`, and the zone as it is written; an unreadable cell brings no other."""
    # few days and clocks make many moments, so each is read once
    read_day, read_clock = cache(partial(_day_ms, form)), cache(_clock_ms if form.has_clock else _no_clock)
    local = np.empty(len(cells), np.int64)
    zones: list[str | None] = []
    for index, (day, clock) in enumerate(map(_day_and_clock, cells)):
        day_ms, (clock_ms, zone) = read_day(day), read_clock(clock)
        local[index] = _NAT if day_ms is None or clock_ms is None else day_ms + clock_ms
        zones.append(zone)
    moments = local.astype("datetime64[ms]")
    is_unread = np.isnat(moments)
    if is_unread.any():
        like = f"{quoted(cells[example])} in {faults.unit} {places[example]}"
        faults.add_each(is_unread, places, lambda index: _why_unread(cells[index], form, like))
        usual = zones[int(is_unread.argmin())]  # of the first that was read
        zones = [usual if unread else zone for zone, unread in zip(zones, is_unread, strict=True)]
    return moments, zones


def _day_ms(form: Form, text: str) -> int | None:
    match = form.pattern.fullmatch(text)
    try:
        return form.to_ms(match) if match else None
    except ValueError:
        return None


def _clock_ms(text: str) -> tuple[int | None, str | None]:
    """Milliseconds since midnight, None for what no clock shows; and the zone as it is written."""
    match = _CLOCK.fullmatch(text or "0:00")
    if not match:
        return None, None
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None, None
    return ((hour * 60 + minute) * 60 + second) * _SECOND_MS + _fraction_ms(match[4]), match[5]


def _no_clock(text: str) -> tuple[int | None, str | None]:
    return (None if text else 0), None


def _fraction_ms(digits: str | None) -> int:
    return int(f"{digits or '':0<3.3}")


def _why_unread(cell: str, form: Form, like: str) -> str:
    if is_missing(cell):
        return "the time is missing"
    day, _ = _day_and_clock(cell)
    if not form.pattern.fullmatch(day):
        return f"the time {quoted(cell)} is not written like {like}"
    if _day_ms(form, day) is None:
        return f"the day of {quoted(cell)} is on no calendar"
    if not form.has_clock:
        return f"{quoted(cell)} has a clock beside a number that is a time already"
    return f"the clock of {quoted(cell)} cannot be read; write 16:30:00, perhaps with a zone, as in 16:30:00+01:00"


def _offsets(
    zones: Sequence[str | None], places: NDArray[np.int64], faults: Faults
) -> tuple[NDArray[np.int64], str | None]:
    """Milliseconds ahead of UTC at each place, and the zone's name.

    One zone may have two offsets an hour apart: winter and summer.
    """
    minutes = {zone: _offset_minutes(zone) for zone in set(zones)}
    offsets = sorted({offset for offset in minutes.values() if offset is not None})
    if not offsets:
        return np.zeros(len(zones), np.int64), None
    is_summer_time = len(offsets) == 2 and offsets[1] - offsets[0] == _SUMMER_TIME_MINUTES
    if None in minutes or not (len(offsets) == 1 or is_summer_time):
        usual = Counter(zones).most_common(1)[0][0]
        faults.add_each(
            np.array([minutes[zone] != minutes[usual] for zone in zones], dtype=np.bool_),
            places,
            lambda index: f"the time zone is {zones[index] or 'missing'}, where most have {usual or 'none'}; use one",
        )
    if max(map(abs, offsets)) > _FURTHEST_OFFSET_MINUTES:
        faults.add(int(places[0]), f"the time zone is {_zone_name(offsets[-1:])}, further from UTC than any on Earth")
    by_zone = {zone: (offset or 0) * _MINUTE_MS for zone, offset in minutes.items()}
    return np.array([by_zone[zone] for zone in zones], np.int64), _zone_name(offsets)


def _offset_minutes(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "")
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return -minutes if zone[0] == "-" else minutes


def _zone_name(offsets: Sequence[int]) -> str:
    signed = [f"{UTC}{'-' if offset < 0 else '+'}{abs(offset) // 60:02d}:{abs(offset) % 60:02d}" for offset in offsets]
    winter, *summer = [UTC if name == "UTC+00:00" else name for name in signed]
    return f"{winter}, {summer[0]} in summer" if summer else winter

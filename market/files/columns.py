"""Which column of a file is which, by its name. Knows no format and no cell."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from knobs import suggestion
from market.data import PRICE_COLUMNS
from market.files.faults import WHOLE_FILE, Faults, listed, quoted

# Names as they are compared: lower case, letters and digits alone. Of several the first one listed is taken.
ALIASES: dict[str, tuple[str, ...]] = {
    "time": (
        *("datetime", "timestamp", "dateandtime", "opentime", "gmttime", "localtime", "date", "tradingday"),
        *("time", "unix", "unixtime", "unixtimestamp", "epoch", "bartime", "t", "index", "indexlevel0", ""),
    ),
    "open": ("open", "o", "openprice", "openingprice", "pxopen", "first"),
    "high": ("high", "h", "highprice", "pxhigh", "max"),
    "low": ("low", "l", "lowprice", "pxlow", "min"),
    "close": ("close", "c", "closeprice", "closingprice", "pxlast", "last", "closelast", "price"),
    "volume": ("volume", "v", "vol", "basevolume", "pxvolume", "tradedvolume", "tickvolume", "tickvol"),
}
ADJUSTED_CLOSE = ("adjclose", "adjustedclose", "closeadj", "adjclosingprice")
CLOCK = "time"  # beside a column "date" it holds the time of day

NO_VOLUME = "There is no volume column: volume is 0 and its feature constant."
ONLY_ADJUSTED = "The adjusted close is taken as the close: there is no other."
_LONGEST_NAME = 100


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each recognised column stands, counted from 0; `clock` is a separate column of times of day."""

    places: dict[str, int]
    clock: int | None
    notes: tuple[str, ...]

    @property
    def numbers(self) -> dict[str, int]:
        return {name: place for name, place in self.places.items() if name != "time"}


def plain_name(name: str) -> str:
    """The form in which names are compared: "<Adj Close>" is "adjclose"."""
    plain = re.sub(r"[^a-z0-9]", "", name[:_LONGEST_NAME].lower())
    return "" if plain == "unnamed0" else plain


def recognise(header: Sequence[str], faults: Faults, place: int = WHOLE_FILE) -> Columns:
    """The columns of a header that stands at `place`.

    Raises:
        FileError: a column is missing, or two have the same meaning.
    """
    names = [plain_name(name) for name in header]
    places, notes = _places(names)
    _refuse_missing(header, places, faults, place)
    _refuse_twins(header, names, places, faults, place)
    clock = names.index(CLOCK) if names[places["time"]] == "date" and CLOCK in names else None
    used = {*places.values(), clock}
    ignored = [name for index, name in enumerate(header) if index not in used]
    if ignored:
        notes.append(f"Ignored columns: {listed(ignored)}.")
    if "volume" not in places:
        notes.append(NO_VOLUME)
    return Columns(places, clock, tuple(notes))


def _places(names: list[str]) -> tuple[dict[str, int], list[str]]:
    found = {name: _first_of(aliases, names) for name, aliases in ALIASES.items()}
    places = {name: place for name, place in found.items() if place is not None}
    adjusted = _first_of(ADJUSTED_CLOSE, names)
    if "close" in places or adjusted is None:
        return places, []
    return places | {"close": adjusted}, [ONLY_ADJUSTED]


def _first_of(aliases: tuple[str, ...], names: list[str]) -> int | None:
    return next((names.index(alias) for alias in aliases if alias in names), None)


def _refuse_missing(header: Sequence[str], places: dict[str, int], faults: Faults, place: int) -> None:
    missing = [name for name in ("time", *PRICE_COLUMNS) if name not in places]
    if missing:
        near = suggestion(missing[0], [plain_name(name) for name in header if len(name) < _LONGEST_NAME])
        faults.refuse(place, f"no column for {', '.join(missing)}; the columns are {listed(header)}.{near}")


def _refuse_twins(header: Sequence[str], names: list[str], places: dict[str, int], faults: Faults, place: int) -> None:
    for name, first in places.items():
        if names.count(names[first]) > 1:
            second = names.index(names[first], first + 1)
            faults.add(place, f"{quoted(header[first])} and {quoted(header[second])} both name the {name}; keep one")
    faults.refuse_if_any()

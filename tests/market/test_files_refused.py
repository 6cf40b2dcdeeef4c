"""Files that must not be imported: each is refused as a whole, with the line or row to look at and the reason."""

import gzip
import io
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from market.data import DataError, MarketData
from market.files.checks import MIN_BARS
from market.files.faults import SHOWN_FAULTS, FileError
from market.files.reader import FORMATS, MAX_FILE_BYTES, parse_bars, read_bars
from market.files.uploads import keep_user_file

BARS = 200
HEADER = "time,open,high,low,close,volume"
DAYS = [date(2020, 1, 1) + timedelta(days=bar) for bar in range(BARS)]


def text(lines: Mapping[int, str | None] | None = None, *, header: str = HEADER, bars: int = BARS) -> bytes:
    """A sound CSV file, bar k in line k + 2, with some lines replaced (None: left out)."""
    sound = {1: header} | {bar + 2: f"{DAYS[bar]},100,110,90,105,1000" for bar in range(bars)}
    return "\n".join(line for line in (sound | dict(lines or {})).values() if line is not None).encode() + b"\n"


def table(rows: Mapping[str, Mapping[int, Any]] | None = None, **columns: Any) -> bytes:
    """A sound Parquet file, bar k in row k + 1, with some cells or whole columns replaced (None: left out)."""
    sound: dict[str, Any] = {"time": list(DAYS), "open": [100.0] * BARS, "high": [110.0] * BARS}
    sound |= {"low": [90.0] * BARS, "close": [105.0] * BARS, "volume": [1000.0] * BARS}
    for name, cells in (rows or {}).items():
        for row, cell in cells.items():
            sound[name][row - 1] = cell
    return parquet({name: cells for name, cells in (sound | columns).items() if cells is not None})


def parquet(columns: Mapping[str, Any]) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(pa.table(dict(columns)), buffer)
    return buffer.getvalue()


def times(written: Callable[[int], str]) -> bytes:
    return text({bar + 2: f"{written(bar)},100,110,90,105,1000" for bar in range(BARS)})


def cells(in_line_8: str) -> bytes:
    """A sound CSV file but for what stands behind the time in line 8."""
    return text({8: f"2020-01-07,{in_line_8}"})


def instants(unit: str, apart: int) -> Any:
    """Parquet timestamps of 2020, so many units apart."""
    first = 1577836800 * {"us": 10**6, "ns": 10**9}[unit]
    return pa.array([first + apart * bar for bar in range(BARS)], pa.timestamp(unit))


def refusal(content: bytes, name: str) -> FileError:
    with pytest.raises(FileError) as caught:
        parse_bars(content, name)
    assert isinstance(caught.value, DataError)
    return caught.value


IN_ONE_MS = "the time is in the same millisecond as the bar before it"
ONE_MS = f"{IN_ONE_MS}, in line"
COARSER = "use bars that are a millisecond or more apart"
AMBIGUOUS = "may have its day or its month first, and no date in the file decides which"

MALFORMED_TEXT: list[tuple[str, bytes, int, str]] = [
    ("high below close", text({17: "2020-01-16,100,104,90,105,1000"}), 17, "high is below open or close: 104 < 105"),
    ("high below open", text({17: "2020-01-16,111,110,90,105,1000"}), 17, "high is below open or close: 110 < 111"),
    ("low above open", text({9: "2020-01-08,100,110,101,105,1000"}), 9, "low is above open or close: 101 > 100"),
    ("zero price", text({3: "2020-01-02,100,110,0,105,1000"}), 3, "low must be above 0, found 0"),
    ("negative price", text({3: "2020-01-02,100,110,-90,105,1000"}), 3, "low must be above 0, found -90"),
    ("negative volume", text({3: "2020-01-02,100,110,90,105,-1"}), 3, "volume must not be negative, found -1"),
    ("repeated time", text({5: "2020-01-03,100,110,90,105,1"}), 5, "is that of the bar before it, in line 4"),
    ("backward time", text({5: "2019-12-31,100,110,90,105,1"}), 5, "is earlier than the bar before it, in line 4"),
    ("clocks in one ms", times(lambda bar: f"2020-01-01 09:30:00.{bar * 700:06}"), 3, f"{ONE_MS} 2; {COARSER}"),
    ("seconds in one ms", times(lambda bar: f"1577836800.{bar * 700:06}"), 3, f"{ONE_MS} 2; {COARSER}"),
    ("microseconds", times(lambda bar: f"{1577836800000000 + 700 * bar}"), 3, f"{ONE_MS} 2; {COARSER}"),
    ("nanoseconds", times(lambda bar: f"{1577836800000000000 + 700 * bar}"), 3, f"{ONE_MS} 2; {COARSER}"),
    ("newest first", times(lambda bar: str(DAYS[-1 - bar])), 3, "times run backwards; sort the bars by time"),
    ("missing time", text({8: ",100,110,90,105,1000"}), 8, "the time is missing"),
    ("missing price", cells("100,110,90,,1000"), 8, "close is missing"),
    ("nan price", cells("100,110,90,NaN,1000"), 8, "close is missing"),
    ("null volume", cells("100,110,90,105,null"), 8, "volume is missing"),
    ("infinite price", cells("100,inf,90,105,1000"), 8, "high 'inf' is infinite"),
    ("overflowing price", cells("100,1e999,90,105,1000"), 8, "high '1e999' is infinite"),
    ("word for a number", cells("100,110,90,closed,1000"), 8, "close 'closed' is not a number"),
    ("hexadecimal number", cells("100,110,90,0x69,1000"), 8, "close '0x69' is not a number"),
    ("underscored number", cells("100,110,90,10_5,1000"), 8, "close '10_5' is not a number"),
    ("foreign digits", cells("100,110,90,\u0661,1000"), 8, "close '\u0661' is not a number"),
    ("currency sign", cells("100,110,90,$105,1000"), 8, "has a sign or unit beside the number"),
    ("quoted thousands", cells('100,110,90,105,"1,000"'), 8, "volume '1,000' has a thousands separator"),
    ("bare thousands", cells("100,110,90,105,1,000"), 8, "7 fields, but the header has 6; is there a th"),
    ("decimal comma", cells('100,110,90,"105,5",1000'), 8, "close '105,5' has a decimal comma"),
    ("too few fields", cells("100,110,90,105"), 8, "5 fields, but the header has 6"),
    ("cut off in the last line", text({201: "2020-07-18,10"}), 201, "2 fields, but the header has 6"),
    ("unclosed quote", cells('"100,110,90,105,1000'), 8, "not separated text"),
    ("wrong unit", cells("100,11000,90,105,1000"), 8, "high 11000 is more than 100 times away from 105"),
    ("tiny price", cells("100,110,0.9,105,1000"), 8, "low 0.9 is more than 100 times away from 105"),
    ("no such day", text({8: "2020-02-30,100,110,90,105,1000"}), 8, "the day of '2020-02-30' is on no calendar"),
    ("no such hour", times(lambda bar: f"{DAYS[bar]} {25 if bar == 7 else 9}:30"), 9, "25:30' cannot be read"),
    ("no such hour first", times(lambda bar: f"{DAYS[bar]} {25 if bar == 0 else 9}:30Z"), 2, "25:30Z' cannot be read"),
    ("twelve hours", times(lambda bar: f"{DAYS[bar]} 4:00 PM"), 2, "4:00 PM' cannot be read"),
    ("name of a zone", times(lambda bar: f"{DAYS[bar]} 16:00 EST"), 2, "16:00 EST' cannot be read"),
    ("day and hours in one", times(lambda bar: f"20200131{9 + bar // 60:02}{bar % 60:02}"), 2, "00' is not a time"),
    ("another way of writing", text({8: "Jan 7 2020,100,110,90,105,1"}), 8, "is not written like '2020-01-01' in"),
    ("not a time at all", times(lambda bar: f"bar {bar}"), 2, "'bar 0' is not a time; write 2020-01-31"),
    ("spreadsheet day numbers", times(lambda bar: str(43831 + bar)), 2, "'43831' is not a time"),
    ("far away year", text({2: "0020-01-01,100,110,90,105,1000"}), 2, "is outside of the years 1800 to 2199"),
    ("day or month first", times(lambda bar: f"{1 + bar % 12:02}/{1 + bar // 12 % 12:02}/2003"), 2, AMBIGUOUS),
    ("day and month first", times(lambda bar: "13/01/2003" if bar < 3 else "01/14/2003"), 5, "in different order"),
    ("mixed units", times(lambda bar: f"{1577836800 + 60 * bar}{'000' * (bar > 5)}"), 8, "is not written like"),
    ("seconds and a clock", times(lambda bar: f"{1577836800 + 60 * bar} 9:30"), 2, "has a clock beside a number"),
    ("a zone missing once", times(lambda bar: f"{DAYS[bar]} 00:00{'Z' * (bar != 4)}"), 6, "the time zone is missing"),
    ("two zones", times(lambda bar: f"{DAYS[bar]} 00:00{'+05:30' if bar == 4 else 'Z'}"), 6, "time zone is +05:30"),
    ("three zones", times(lambda bar: f"{DAYS[bar]} 00:00+0{min(bar, 2)}"), 2, "zone is +00, where most have +02"),
    ("no zone on Earth", times(lambda bar: f"{DAYS[bar]} 00:00+23:00"), 2, "further from UTC than any on Earth"),
    ("clock missing", text(header="date,open,high,low,close,time").replace(b",1000", b","), 2, "2020-01-01 ?' cannot"),
    ("missing column", text(header="time,open,high,low,closing,volume"), 1, "no column for close; the columns are"),
    ("missing columns", text(header="time,open,a,b,close,volume"), 1, "no column for high, low"),
    ("no time column", text(header="when,open,high,low,close,volume"), 1, "no column for time"),
    ("two closes", text(header="time,open,high,low,close,Close"), 1, "'close' and 'Close' both name the close"),
    ("no header", text({1: None}), 1, "the first line must name the columns, found '2020-01-01'"),
    ("preamble", text({1: f"Prices of 2020\n{HEADER}"}), 1, "no column for time, open, high, low, close"),
    ("header alone", text(bars=0), 0, f"the bars end after 0; at least {MIN_BARS} are needed"),
    ("one bar", text(bars=1), 2, "the bars end after 1"),
    ("one bar too few", text(bars=MIN_BARS - 1), MIN_BARS, f"the bars end after {MIN_BARS - 1}"),
    ("nothing", b"", 0, "the file is empty"),
    ("blank lines", b"\n \n\n", 0, "the file is empty"),
    ("byte order mark alone", b"\xef\xbb\xbf", 0, "the file is empty"),
    ("zero byte", cells("100,110,90,105,\0"), 8, "a zero byte: this is not text"),
    ("not UTF-8", text().replace(b"2020-01-07", b"2020-01-\xe4"), 8, "byte 0xe4 is not UTF-8 text"),
    ("UTF-16", text().decode().encode("utf-16"), 1, "the text is UTF-16; save it as UTF-8"),
    ("packed under a plain name", gzip.compress(text()), 0, "is packed with gzip; name it .csv.gz"),
    ("Parquet under a text name", table(), 0, "is a Parquet table; name it .parquet"),
    ("Excel workbook", b"PK\x03\x04" + bytes(100), 0, "is a zip archive or an Excel workbook"),
    ("endless field", b"time,open,high,low,close\n" + b"1" * 200_000, 2, "field larger than field limit"),
]  # fmt: skip

MALFORMED_TABLES: list[tuple[str, bytes, int, str]] = [
    ("high below open", table({"open": {4: 111.0}}), 4, "high is below open or close: 110 < 111"),
    ("null price", table({"close": {4: None}}), 4, "close is missing"),
    ("nan price", table({"close": {4: float("nan")}}), 4, "close is missing"),
    ("infinite price", table({"high": {4: float("inf")}}), 4, "high is infinite"),
    ("null time", table({"time": {4: None}}), 4, "the time is missing"),
    ("repeated time", table({"time": {4: DAYS[2]}}), 4, "is that of the bar before it, in row 3"),
    ("microseconds", table(time=instants("us", 700)), 2, f"{IN_ONE_MS}, in row 1; {COARSER}"),
    ("nanoseconds", table(time=instants("ns", 700)), 2, f"{IN_ONE_MS}, in row 1; {COARSER}"),
    ("text for numbers", table(close=["105"] * BARS), 1, "close is a column of type string, not of numbers"),
    ("truth for numbers", table(close=[True] * BARS), 1, "close is a column of type bool, not of numbers"),
    ("nested values", table(close=[[105.0]] * BARS), 0, "column 'close' holds nested values"),
    ("fractions for times", table(time=[bar + 0.5 for bar in range(BARS)]), 1, "the time is a column of type double"),
    ("no times", table(time=[None] * BARS), 1, "the time is a column of type null"),
    ("unreadable times", table(time=["?"] + [str(day) for day in DAYS[1:]]), 1, "the time is missing"),
    ("unknown zone", table(time=pa.array(np.array(DAYS, "M8[ms]"), pa.timestamp("ms", "Mars/X"))), 0, "zone 'Mars/X'"),
    ("missing column", table(low=None), 0, "no column for low; the columns are 'time', 'open', 'high'"),
    ("two closes", table(Close=[105.0] * BARS), 0, "'close' and 'Close' both name the close"),
    ("no rows", parquet({name: pa.array([], pa.float64()) for name in ("open", "high", "low", "close")}
                        | {"time": pa.array([], pa.date32())}), 0, "the bars end after 0"),
    ("cut off", table()[:-20], 0, "not a whole Parquet file"),
    ("cut in half", table()[: len(table()) // 2], 0, "not a whole Parquet file"),
    ("nothing", b"", 0, "the file is empty"),
    ("text", text(), 0, "not a whole Parquet file"),
    ("marks alone", b"PAR1PAR1", 0, "not a whole Parquet file"),
]  # fmt: skip

MALFORMED_PACKED: list[tuple[str, bytes, int, str]] = [
    ("not packed", text(), 0, "ends in .gz but is not packed with gzip"),
    ("cut off", gzip.compress(text())[:-20], 0, "the gzip data are damaged or cut off"),
    ("damaged", gzip.compress(text())[:30] + bytes(30), 0, "the gzip data are damaged or cut off"),
    ("nothing in it", gzip.compress(b""), 0, "the file is empty"),
    ("packed twice", gzip.compress(gzip.compress(text())), 0, "is packed with gzip"),
    ("bad bar inside", gzip.compress(cells("100,110,90,,1000")), 8, "close is missing"),
    ("no room", gzip.compress(bytes(MAX_FILE_BYTES + 1), 1), 0, "more than 256 MiB of data"),
]  # fmt: skip

MALFORMED = [
    pytest.param(content, name, place, reason, id=f"{name}: {what}")
    for name, cases in (("a.csv", MALFORMED_TEXT), ("a.parquet", MALFORMED_TABLES), ("a.csv.gz", MALFORMED_PACKED))
    for what, content, place, reason in cases
]


@pytest.mark.parametrize(("content", "name", "place", "reason"), MALFORMED)
def test_file_is_refused_with_place_and_reason(content: bytes, name: str, place: int, reason: str) -> None:
    error = refusal(content, name)

    assert reason in error.faults[0].reason
    assert error.faults[0].place == place
    unit = "row" if name.endswith("parquet") else "line"
    assert str(error).startswith(f"{name}, {unit} {place}: " if place and error.count == 1 else f"{name}: ")


def test_sound_files_of_the_same_making_are_accepted() -> None:
    assert len(parse_bars(text(), "a.csv")) == len(parse_bars(table(), "a.parquet")) == BARS
    assert len(parse_bars(text(bars=MIN_BARS), "a.csv")) == MIN_BARS


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_times_written_finer_than_they_are_apart_are_accepted(name: str) -> None:
    content = {
        "a.csv": times(lambda bar: f"{1577836800000000 + 1001 * bar}"),
        "a.parquet": table(time=instants("us", 1001)),
    }
    data = parse_bars(content[name], name)
    assert data.time[:3].tolist() == (np.datetime64("2020-01-01", "ms") + np.arange(3)).tolist()


def test_refused_file_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(FileError):
        keep_user_file(tmp_path, text({201: "2020-07-18,10"}), "a.csv")

    assert list(tmp_path.iterdir()) == []


def test_faults_of_all_kinds_are_listed_in_the_order_of_the_file() -> None:
    lines = {5: "2020-01-04,100,110,90,x,1000", 3: "2020-01-02,100,104,90,105,1000", 9: "2020-01-08", 7: "?,9,9,9,9,9"}

    error = refusal(text(lines), "a.csv")

    assert [fault.place for fault in error.faults] == [3, 5, 7, 9]
    assert str(error).splitlines()[:3] == [
        "a.csv: 4 faults:",
        "  line 3: high is below open or close: 104 < 105",
        "  line 5: close 'x' is not a number",
    ]


def test_only_the_first_faults_are_listed_and_all_are_counted() -> None:
    lines = {bar + 2: f"{DAYS[bar]},100,110,90,?,-1" for bar in range(50, 150)}

    error = refusal(text(lines), "a.csv")

    assert error.count == 200
    assert [fault.place for fault in error.faults] == [52 + index // 2 for index in range(SHOWN_FAULTS)]
    assert str(error).startswith("a.csv: 200 faults, the first 20:\n")


def test_unreadable_cell_brings_no_fault_but_its_own() -> None:
    assert refusal(cells("100,x,90,105,1000"), "a.csv").count == 1
    assert refusal(times(lambda bar: f"{DAYS[bar]} 00:00Z" if bar != 9 else "?"), "a.csv").count == 1
    assert refusal(times(lambda bar: f"{DAYS[bar]} {25 if bar == 0 else 9}:30Z"), "a.csv").count == 1


def test_unreadable_time_hides_no_repeated_one_behind_it() -> None:
    error = refusal(text({5: "?,100,110,90,105,1000", 6: "2020-01-03,100,110,90,105,1000"}), "a.csv")

    assert [fault.place for fault in error.faults] == [5, 6]
    assert error.faults[1].reason == "the time 2020-01-03T00:00:00.000 is that of the bar before it, in line 4"


def test_message_is_short_and_printable_whatever_the_file_holds() -> None:
    content = cells(f"100,110,90,\x1b[31m{'9' * 5_000}x,1000")

    message = str(refusal(content, "\x1b]0;" + "n" * 500 + ".csv"))

    assert message.isprintable()
    assert len(message) < 250


@pytest.mark.parametrize("name", ["bars.xlsx", "bars.pkl", "bars", "", ".gz", "csv", "bars.parquet.gz", "bars.csv.zip"])
def test_other_endings_are_refused_with_those_allowed(name: str) -> None:
    with pytest.raises(FileError, match=r"must end in \.csv, \.csv\.gz, \.tsv, \.tsv\.gz, \.parquet"):
        parse_bars(text(), name)


def folder(path: Path) -> None:
    path.mkdir()


def pipe(path: Path) -> None:
    os.mkfifo(path)


def circle(path: Path) -> None:
    path.symlink_to(path)


def huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)


def nothing(path: Path) -> None:
    """There is no such file."""


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (folder, "is not a file"),
        (pipe, "is not a file"),
        (circle, "cannot be read"),
        (nothing, "cannot be read: No such file or directory"),
        (huge, "more than 256 MiB of data"),
    ],
)
def test_what_is_no_file_of_bars_is_refused(make: Callable[[Path], None], reason: str, tmp_path: Path) -> None:
    make(tmp_path / "a.csv")

    with pytest.raises(FileError, match=f"a.csv: .*{reason}"):
        read_bars(tmp_path / "a.csv")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text())
    path.chmod(0)

    with pytest.raises(FileError, match="cannot be read: Permission denied"):
        read_bars(path)


def test_path_that_no_system_has_is_refused() -> None:
    with pytest.raises(FileError, match="cannot be read"):
        read_bars(Path("a\0.csv"))


NAMES = [*FORMATS.names(), ".csv.gz"]
SOUND = {".csv": text(), ".tsv": text().replace(b",", b"\t"), ".parquet": table(), ".csv.gz": gzip.compress(text())}
CELLS = st.text(max_size=12) | st.sampled_from(["", "1", "-1", "nan", "2020-01-01", "01/02/2003", "9" * 18, '"', "Z"])
THOROUGH = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def read_or_refuse(content: bytes, name: str) -> None:
    """Whatever comes, the answer is sound bars or a DataError."""
    with suppress(DataError):
        assert_sound(parse_bars(content, name))


def assert_sound(data: MarketData) -> None:
    assert len(data) >= MIN_BARS
    assert (np.diff(data.time) > np.timedelta64(0)).all()
    assert np.isfinite([data.open, data.high, data.low, data.close, data.volume]).all()
    assert (data.low > 0).all()
    assert (data.high >= np.maximum(data.open, data.close)).all()
    assert (data.low <= np.minimum(data.open, data.close)).all()


@THOROUGH
@given(st.binary(max_size=500), st.sampled_from(NAMES))
def test_any_bytes_are_bars_or_a_data_error(content: bytes, name: str) -> None:
    read_or_refuse(content, name)


@THOROUGH
@given(st.text(max_size=300))
def test_any_text_below_a_good_header_is_bars_or_a_data_error(body: str) -> None:
    read_or_refuse(f"{HEADER}\n{body}".encode("utf-8", "surrogatepass"), "a.csv")


@settings(THOROUGH, max_examples=100)
@given(st.dictionaries(st.tuples(st.integers(2, BARS + 1), st.integers(0, 5)), CELLS, max_size=6))
def test_any_cells_in_a_sound_file_are_bars_or_a_data_error(cells: dict[tuple[int, int], str]) -> None:
    rows = [line.split(",") for line in text().decode().splitlines()]
    for (line, column), cell in cells.items():
        rows[line - 1][column] = cell
    read_or_refuse("\n".join(map(",".join, rows)).encode("utf-8", "surrogatepass"), "a.csv")


@THOROUGH
@given(
    st.sampled_from(NAMES),
    st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=8),
    st.floats(0, 1),
)
def test_any_damage_to_a_sound_file_is_bars_or_a_data_error(
    name: str, damage: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(SOUND[name])
    for place, byte in damage:
        content[int(place * len(content))] = byte
    read_or_refuse(bytes(content[: int(kept * len(content)) if kept > 0.5 else None]), name)

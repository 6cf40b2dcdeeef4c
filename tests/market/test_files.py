"""Users' files: what is understood, where it is kept, and how the command line takes it."""

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from market.data import COLUMNS, MIN_WINDOW_BARS, DataError, MarketData
from market.datasets import DataConfig, load_dataset, synthetic_bars
from market.features import LOOKBACK
from market.files.checks import MIN_BARS
from market.files.columns import ADJUSTED_CLOSE, ALIASES, NO_VOLUME, ONLY_ADJUSTED
from market.files.faults import SHOWN_FAULTS, FileError
from market.files.reader import FORMATS, MAX_FILE_BYTES, parse_bars, read_bars
from market.files.table import MAX_BARS
from market.files.uploads import ID_FORM, file_id, keep_user_file, resolve_user_file
from training.__main__ import main
from training.config import ConfigError, RunConfig

ROOT = Path(__file__).parents[2]
FRAME = synthetic_bars(seed=7, bars=300)
AS_TEXT = FRAME.index.astype(str).rename("t")
CSV = FRAME.to_csv().encode()
SMALL = ["--steps", "5", "--json", "--set", "hidden_units=8"]


def packed_parquet(frame: pd.DataFrame) -> bytes:
    return frame.to_parquet()


def written(header: str, row: Callable[[int], str], bars: int = 200) -> bytes:
    return "\n".join([header, *map(row, range(bars))]).encode()


def at(time: Callable[[int], str], bars: int = 200) -> MarketData:
    """Bars of a file whose times are written like that."""
    return parse_bars(written("time,open,high,low,close", lambda bar: f"{time(bar)},9,9,9,9", bars), "a.csv")


def day(bar: int, form: str = "%Y-%m-%d") -> str:
    return pd.Timestamp("2020-01-01").__add__(pd.Timedelta(days=bar)).strftime(form)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        pytest.param("a.csv", CSV, id="comma"),
        pytest.param("a.csv", FRAME.to_csv(sep=";").encode(), id="semicolon"),
        pytest.param("a.tsv", FRAME.to_csv(sep="\t").encode(), id="tab"),
        pytest.param("a.csv", FRAME.to_csv(sep="\t").encode(), id="tab in a .csv"),
        pytest.param("a.csv", CSV.replace(b",", b", "), id="blank after the comma"),
        pytest.param("a.csv", FRAME.to_csv(quoting=1).encode(), id="quoted"),
        pytest.param("a.csv", CSV.replace(b"\n", b"\r\n"), id="Windows line ends"),
        pytest.param("a.csv", CSV.replace(b"\n", b"\r"), id="old line ends"),
        pytest.param("a.csv", CSV.replace(b"\n", b"\n\n"), id="blank lines"),
        pytest.param("a.csv", CSV + b"   \n", id="spaces at the end"),
        pytest.param("a.csv", b"\xef\xbb\xbf" + CSV, id="byte order mark"),
        pytest.param("A.CSV", CSV.rstrip(), id="capital name, no last line end"),
        pytest.param("a.csv.gz", gzip.compress(CSV), id="packed"),
        pytest.param("a.csv", FRAME.rename(columns=str.upper).to_csv(index_label="DATE").encode(), id="capitals"),
        pytest.param("a.csv", FRAME[list(COLUMNS)[::-1]].to_csv().encode(), id="other order"),
        pytest.param("a.csv", FRAME.to_csv(index_label="").encode(), id="unnamed index"),
        pytest.param("a.parquet", packed_parquet(FRAME), id="parquet"),
        pytest.param("a.parquet", packed_parquet(FRAME.rename_axis(None)), id="parquet with an unnamed index"),
        pytest.param("a.parquet", packed_parquet(FRAME.reset_index()), id="parquet with a time column"),
        pytest.param("a.parquet", packed_parquet(FRAME.set_axis(AS_TEXT, axis=0)), id="parquet with texts"),
    ],
)  # fmt: skip
def test_every_way_of_writing_the_same_bars_reads_the_same(name: str, content: bytes) -> None:
    data = parse_bars(content, name)

    assert np.array_equal(data.time, FRAME.index.to_numpy().astype("datetime64[ms]"))
    for column in COLUMNS:
        assert np.array_equal(getattr(data, column), FRAME[column].to_numpy())
    assert (data.name, data.bars_per_year, data.time_zone) == (name, 252.0, None)


def test_parquet_numbers_of_any_kind_are_read() -> None:
    columns = {
        "date": pa.array(pd.date_range("2020-01-01", periods=200), pa.date32()),
        "open": pa.array([10] * 200, pa.int16()),
        "high": pa.array([11.5] * 200, pa.float32()),
        "low": pa.array([9] * 200, pa.decimal128(10, 2)),
        "close": pa.array([10.5] * 200).dictionary_encode(),
    }
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink)

    data = parse_bars(sink.getvalue().to_pybytes(), "a.parquet")

    assert (data.open[0], data.high[0], data.low[0], data.close[0]) == (10.0, 11.5, 9.0, 10.5)


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("t,o,h,l,c,v", "{time},2,4,1,3,5"),
        ("<DATE>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>", "{time}\t2\t4\t1\t3\t5"),
        ("Date,Close/Last,Volume,Open,High,Low", "{time},3,5,2,4,1"),
        ("Date,Open,High,Low,Close,Adj Close,Volume", "{time},2,4,1,3,2.5,5"),
        ("symbol,Open Time,open,high,low,close,volume,count", "X,{time},2,4,1,3,5,7"),
        ("timestamp,date,open,high,low,close,vol,VOLUME", "{time},?,2,4,1,3,?,5"),
    ],
)
def test_usual_column_names_are_recognised(header: str, row: str) -> None:
    data = parse_bars(written(header, lambda bar: row.format(time=day(bar))), "a.csv")

    first = [getattr(data, column)[0] for column in COLUMNS]
    assert first == [2.0, 4.0, 1.0, 3.0, 5.0]


def test_ignored_columns_are_named() -> None:
    header = "Date,Open,High,Low,Close,Adj Close,Dividends,Volume"
    data = parse_bars(written(header, lambda bar: f"{day(bar)},2,4,1,3,2.5,x,5"), "a.csv")

    assert data.notes[0] == "Ignored columns: 'Adj Close', 'Dividends'."


def test_adjusted_close_is_taken_when_it_is_the_only_one() -> None:
    data = parse_bars(written("Date,Open,High,Low,Adj Close,v", lambda bar: f"{day(bar)},2,4,1,3,5"), "a.csv")

    assert data.close[0] == 3.0
    assert ONLY_ADJUSTED in data.notes


def test_without_volume_it_is_zero_and_said_so() -> None:
    data = at(day)

    assert not data.volume.any()
    assert NO_VOLUME in data.notes


def test_text_in_extra_columns_may_span_lines_and_lines_still_count() -> None:
    lines = [f'{day(bar)},9,9,9,9,"a\nb"' for bar in range(200)]
    lines[3] = f'{day(3)},9,9,9,0,""'

    with pytest.raises(FileError, match="line 8: close must be above 0"):
        parse_bars("\n".join(["date,open,high,low,close,remark", *lines]).encode(), "a.csv")


@pytest.mark.parametrize(
    ("time", "first", "second", "zone"),
    [
        (day, "2020-01-01", "2020-01-02", None),
        (lambda bar: day(bar, "%Y/%m/%d"), "2020-01-01", "2020-01-02", None),
        (lambda bar: day(bar, "%Y%m%d"), "2020-01-01", "2020-01-02", None),
        (lambda bar: day(bar, "%d.%m.%Y 00:00:00.000"), "2020-01-01", "2020-01-02", None),
        (lambda bar: day(bar, "%m/%d/%Y"), "2020-01-01", "2020-01-02", None),
        (lambda bar: f"2020-01-01 {bar // 60:02}:{bar % 60:02}", "2020-01-01T00:00", "2020-01-01T00:01", None),
        (lambda bar: f"2020-01-01T00:{bar // 60:02}:{bar % 60:02}.25Z", "2020-01-01T00:00:00.250", None, "UTC"),
        (lambda bar: f"2020-01-01 {9 + bar // 60}:{bar % 60:02}:00 UTC", "2020-01-01T09:00", "2020-01-01T09:01", "UTC"),
        (lambda bar: f"2020-01-01 {bar // 60}:{bar % 60:02}-0530", "2020-01-01T05:30", "2020-01-01T05:31", "UTC-05:30"),
        (lambda bar: f"{999_999_940 + 60 * bar}", "2001-09-09T01:45:40", "2001-09-09T01:46:40", "UTC"),
        (lambda bar: f"{1_577_836_800 + bar}.5", "2020-01-01T00:00:00.500", "2020-01-01T00:00:01.500", "UTC"),
        (lambda bar: f"{1_577_836_800_001 + bar}", "2020-01-01T00:00:00.001", "2020-01-01T00:00:00.002", "UTC"),
        (lambda bar: f"{(1_577_836_800 + bar) * 10**6}", "2020-01-01T00:00:00", "2020-01-01T00:00:01", "UTC"),
        (lambda bar: f"{(1_577_836_800 + bar) * 10**9}", "2020-01-01T00:00:00", "2020-01-01T00:00:01", "UTC"),
    ],
)
def test_times_are_read_in_any_usual_form(
    time: Callable[[int], str], first: str, second: str | None, zone: str | None
) -> None:
    data = at(time)

    assert data.time[0] == np.datetime64(first)
    assert second is None or data.time[1] == np.datetime64(second)
    assert data.time_zone == zone


@pytest.mark.parametrize(
    ("form", "note"),
    [
        ("%d/%m/%Y", "Dates are read day first, as '13/01/2020' in line 14 shows."),
        ("%m-%d-%Y", "Dates are read month first, as '01-13-2020' in line 14 shows."),
    ],
)
def test_one_date_shows_the_order_of_all(form: str, note: str) -> None:
    data = at(lambda bar: day(bar, form))

    assert note in data.notes
    assert data.time[31] == np.datetime64("2020-02-01")


def test_date_and_time_of_day_may_be_two_columns() -> None:
    content = written("Date;Time;Open;High;Low;Close", lambda bar: f"20200101;{bar // 60:02}:{bar % 60:02};9;9;9;9")

    assert parse_bars(content, "a.csv").time[61] == np.datetime64("2020-01-01T01:01")


def test_one_zone_may_have_a_summer_time() -> None:
    index = pd.date_range("2020-03-01 09:30", periods=300, freq="h", tz="America/New_York")
    data = at(lambda bar: str(index[bar]), 300)

    assert data.time_zone == "UTC-05:00, UTC-04:00 in summer"
    assert np.array_equal(data.time, index.tz_convert("UTC").tz_localize(None).to_numpy().astype("datetime64[ms]"))


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_daily_bars_with_a_zone_keep_their_date_and_their_weekends(form: str) -> None:
    # midnight in Tokyo is still the day before in UTC, so a Monday would become a Sunday
    frame = FRAME.set_axis(FRAME.index.tz_localize("Asia/Tokyo"), axis=0).rename_axis("time")  # type: ignore[attr-defined]  # a DatetimeIndex
    content = frame.to_csv().encode() if form == "csv" else frame.to_parquet()

    data = parse_bars(content, f"a.{form}")

    assert np.array_equal(data.time, FRAME.index.to_numpy().astype("datetime64[ms]"))
    assert data.bars_per_year == 252.0
    assert data.time_zone == ("UTC+09:00" if form == "csv" else "Asia/Tokyo")
    assert data.notes == (f"Bars of a day or longer keep their date in {data.time_zone}.",)


def test_kept_file_is_found_by_its_id_and_only_once(tmp_path: Path) -> None:
    folder = tmp_path / "uploads"
    kept, data = keep_user_file(folder, CSV, "My bars.CSV")
    again, _ = keep_user_file(folder, CSV, "other name.csv")

    assert kept == again == file_id(CSV, "x.csv")
    assert ID_FORM.fullmatch(kept)
    assert [path.name for path in folder.iterdir()] == [kept]
    assert resolve_user_file(folder, kept).read_bytes() == CSV
    assert np.array_equal(read_bars(resolve_user_file(folder, kept)).close, data.close)


@pytest.mark.parametrize(
    "file_id",
    [
        "",
        "../secret.csv",
        "/etc/passwd",
        f"../{'0' * 32}.csv",
        f"{'0' * 32}.csv/../../x",
        f"{'0' * 32}.csv\n",
        f"{'0' * 32}.csv\0",
        f"{'0' * 32}.pkl",
        f"{'A' * 32}.csv",
        "\u0660" * 32 + ".csv",
        f"{'0' * 31}.csv",
        f"{'0' * 33}.csv",
    ],
)
def test_only_ids_become_paths(file_id: str, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_bytes(CSV)
    (tmp_path / "uploads").mkdir()

    with pytest.raises(DataError, match="is not the id of an uploaded file"):
        resolve_user_file(tmp_path / "uploads", file_id)
    if file_id:
        with pytest.raises(ConfigError, match="data_file: must be a text as given by an upload, or empty, found "):
            RunConfig.from_flat({"data_file": file_id})


def test_id_of_a_missing_file_or_of_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(CSV)
    (tmp_path / f"{'1' * 32}.csv").symlink_to(tmp_path / "elsewhere")

    for digit in "01":
        with pytest.raises(DataError, match="there is no uploaded file"):
            resolve_user_file(tmp_path, f"{digit * 32}.csv")


def test_dataset_file_is_loaded_by_id_and_split_in_fractions(tmp_path: Path) -> None:
    kept, data = keep_user_file(tmp_path, CSV, "a.csv")

    splits = load_dataset(DataConfig(dataset="file", data_file=kept), lambda id_: resolve_user_file(tmp_path, id_))

    assert [window.start for window in (splits.train, splits.validation, splits.test)] == [0, 180, 240]
    assert [len(window) for window in (splits.train, splits.validation, splits.test)] == [180, 240, 300]
    assert np.array_equal(splits.all_bars.close, data.close)


def test_file_that_changed_since_its_id_was_made_is_refused(tmp_path: Path) -> None:
    kept, _ = keep_user_file(tmp_path, CSV, "a.csv")
    (tmp_path / kept).write_bytes(CSV.replace(b"\n", b"\r\n"))

    with pytest.raises(DataError, match=f"is not the file that the configuration names, {kept}"):
        load_dataset(DataConfig(dataset="file", data_file=kept), lambda id_: resolve_user_file(tmp_path, id_))


def test_dataset_file_without_a_file_says_how_to_give_one() -> None:
    with pytest.raises(DataError, match="dataset 'file' needs a file of bars: upload one, or give --data FILE"):
        load_dataset(DataConfig(dataset="file"))


def test_command_line_trains_on_a_file_and_says_what_is_in_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "my bars.csv"
    path.write_bytes(CSV)

    assert main(["--data", str(path), *SMALL]) == 0

    output = capsys.readouterr()
    assert json.loads(output.out)["steps"] == 5
    assert "my bars.csv: 300 bars of 1 day, 1990-01-01 to 1991-02-22, with volume\n" in output.err
    assert "  validation: 60 bars, 1990-09-10 to 1990-11-30\n" in output.err


def test_check_prints_the_summary_and_trains_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)

    split = ["--set", "train_fraction=0.5", "--set", "validation_fraction=0.25"]
    assert main(["--data", str(path), "--check", *split]) == 0

    output = capsys.readouterr()
    assert output.out == ""
    assert "a.csv: 300 bars of 1 day" in output.err
    assert "  test: 75 bars, " in output.err


@pytest.mark.parametrize(
    ("content", "arguments", "message"),
    [
        (CSV.replace(b"1990-01-03", b"1990-01-02"), [], "a.csv, line 4: the time 1990-01-02"),
        (
            CSV,
            ["--set", "validation_from=1995-01-01", "--set", "test_from=1996-01-01"],
            "the validation window has 0 bars",
        ),
        (CSV, ["--set", "episode_bars=9999"], "an episode needs 9999 steps"),
        (CSV, ["--data", "nowhere.csv"], "nowhere.csv: cannot be read: No such file or directory"),
        (CSV, ["--data", "bars.xls"], "bars.xls: cannot be read"),
    ],
)
def test_check_refuses_with_exit_code_2(
    content: bytes, arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)

    assert main(["--data", str(path), "--check", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_document_names_every_alias_ending_and_limit() -> None:
    document = (ROOT / "docs/data.md").read_text(encoding="utf-8")
    words = set(re.findall(r"`([^`\n]+)`", document))

    assert {alias for aliases in (*ALIASES.values(), ADJUSTED_CLOSE) for alias in aliases if alias} <= words
    assert set(FORMATS.names()) <= words
    assert f"{MAX_FILE_BYTES >> 20} MiB" in document
    assert f"{MAX_BARS:,} bars" in document
    assert (
        f"At least {MIN_BARS} bars: {LOOKBACK} of history for the features and {MIN_WINDOW_BARS} for each" in document
    )
    assert f"the first {SHOWN_FAULTS} faults" in document

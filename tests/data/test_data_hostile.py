"""Files that would fill the memory, lead astray or never end: a clear error within seconds, or rows that are accounted for."""

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ftkit.data.reading import READERS, open_file
from ftkit.data.sources import open_source
from ftkit.errors import DataError, FtkitError

READ = """
import json, resource, sys, time
from ftkit.data.sources import open_source
from ftkit.errors import DataError
base, start, says, rows = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic(), "", 0
try:
    for tables in open_source(sys.argv[1]).values():
        for table in tables:
            for record in table.records():
                rows += 1
except DataError as error:
    says = str(error)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([says, rows, time.monotonic() - start, (peak - base) / 1024]))
"""


def measured(path):
    """What reading a source says, its rows, its seconds, and the megabytes that it took, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", READ, str(path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )
    says, rows, seconds, megabytes = json.loads(done.stdout)
    assert seconds < 20
    assert megabytes < 1000
    return says, rows


def outcome(path):
    """The records of a file, or the error that says why there are none."""
    try:
        return list(open_file(path).records()), None
    except FtkitError as error:
        return [], error


@pytest.fixture(scope="module")
def one_line(tmp_path_factory):
    """500 MB without a line end."""
    path = tmp_path_factory.mktemp("huge") / "line"
    with path.open("wb") as file:
        file.write(b'[{"text": "')
        for _ in range(500):
            file.write(b"a" * 2**20)
    yield path
    path.unlink()


@pytest.mark.parametrize(
    "suffix", [".jsonl", ".json", ".csv", ".tsv", ".txt", ".md", ".parquet", ".pdf", ".xlsx"]
)
def test_one_line_of_500_megabytes(one_line, suffix):
    path = one_line.with_suffix(suffix)
    path.hardlink_to(one_line)
    if suffix == ".pdf":
        # It even says that it is one.
        path.unlink()
        path.write_bytes(b"%PDF-1.7\n" + one_line.read_bytes())
    says, rows = measured(path)
    path.unlink()
    assert "more than 16 MB" in says or "not a sound" in says or "damaged" in says
    assert rows == 0


def test_one_list_of_rows_on_one_line_is_streamed(tmp_path):
    path = tmp_path / "a.json"
    row = json.dumps({"instruction": "Say it. " * 20, "output": "It. " * 20}).encode()
    with path.open("wb") as file:
        file.write(b"[" + row)
        for _ in range(600):
            file.write((b", " + row) * 500)
        file.write(b"]")
    assert path.stat().st_size > 75 * 2**20
    assert measured(path) == ("", 300_001)
    wrapped = tmp_path / "b.json"
    wrapped.write_bytes(b'{"version": [1], "data": ' + path.read_bytes() + b', "more": 1}')
    assert measured(wrapped) == ("", 300_001)


def bomb(content=b"a", megabytes=300):
    packed = io.BytesIO()
    with gzip.open(packed, "wb", 9) as file:
        for _ in range(megabytes):
            file.write(content * (2**20 // len(content)))
    return packed.getvalue()


@pytest.mark.parametrize("content", [b"a", b"\0", b'{"a":1}\n', b" "])
def test_a_gzip_bomb(tmp_path, content):
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(bomb(content))
    says, _ = measured(path)
    assert "times its size" in says or "NUL byte" in says


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx", "a.docx"])
def test_a_zip_bomb(tmp_path, name):
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in ("a.csv", "word/document.xml", "xl/sharedStrings.xml"):
            with archive.open(member, "w") as file:
                for _ in range(200):
                    file.write(b"x,y\n" * 2**18)
    assert "times its size" in measured(path)[0]


def test_a_zip_that_lies_about_its_size(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", b"line of text\n" * 20_000_000)
    raw = bytearray(path.read_bytes())
    at = raw.rindex(b"PK\x01\x02")
    raw[at + 24 : at + 28] = struct.pack("<I", 1000)
    path.write_bytes(raw)
    says, rows = measured(path)
    assert says or rows < 100


@pytest.mark.parametrize(
    "name", ["../a.jsonl", "/etc/a.jsonl", "a/../../b.jsonl", "..\\a.jsonl", "C:/a.jsonl"]
)
def test_a_member_that_leads_out_of_the_zip(tmp_path, name):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.jsonl", '{"text": "a"}')
        archive.writestr(zipfile.ZipInfo(name), '{"text": "b"}')
    with pytest.raises(DataError, match="leads out of it"):
        open_source(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.zip"]


def test_a_zip_with_a_password(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.jsonl", '{"text": "a"}')
    raw = bytearray(path.read_bytes())
    raw[raw.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(DataError, match="password"):
        open_source(path)


@pytest.mark.parametrize("name", ["a.zip", "a.jsonl.gz", "a.gz", "a.csv.gz"])
@pytest.mark.parametrize(
    "content", [b"", b"x", b"PK\x03\x04", b"\x1f\x8b", gzip.compress(b'{"a": 1}\n' * 99, mtime=0)[:-4]]
)
def test_a_broken_archive(tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DataError):
        [list(table.records()) for table in open_source(path)["train"]]


@pytest.mark.parametrize("deep", [200, 1000, 100_000])
def test_deep_nesting_is_refused_and_costs_its_line_only(tmp_path, deep):
    value = "[" * deep + "]" * deep
    for name, content in (
        ("a.json", f'[{{"a": {value}}}]'),
        ("b.json", value),
        ("c.json", f'{{"data": [{{"a": {value}}}]}}'),
        ("d.jsonl", f'{{"a": {value}}}\n'),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(DataError, match="nested too deeply"):
            list(open_file(tmp_path / name).records())
    (tmp_path / "e.jsonl").write_text(f'{{"a": "b"}}\n{{"a": {value}}}\n')
    records = list(open_file(tmp_path / "e.jsonl").records())
    assert [record.problem for record in records] == ["", "the line is nested too deeply"]


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "a.jsonl")
    with pytest.raises(DataError, match="not a file"):
        open_source(tmp_path / "a.jsonl")
    with pytest.raises(DataError):
        open_source("a\0b")
    with pytest.raises(DataError):
        open_source("x" * 5000)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(DataError):
        open_source(tmp_path / "loop")


@pytest.mark.parametrize("suffix", sorted(READERS))
@pytest.mark.parametrize(
    "content", [b"", b"x", b"{", b"[", b'"', b"\0", b"\xff", b"\xff\xfe", b"\n", b"\xef\xbb\xbf"]
)
def test_a_file_of_a_byte_or_two(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    rows, error = outcome(path)
    if error is None:
        assert suffix in (".txt", ".text", ".md", ".markdown")
        assert len(rows) == 1
    else:
        assert path.name in error.what
        assert error.remedy


def test_half_characters_reach_no_further_than_their_row(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "\\ud800"}\n{"text": "whole"}\n')
    assert [record.value["text"] for record in open_file(path).records()] == ["\ud800", "whole"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    rows=st.lists(st.dictionaries(st.text(), json_values, max_size=4), min_size=1, max_size=8),
    indent=st.booleans(),
)
@settings(max_examples=150)
def test_any_rows_are_read_as_they_were_written(tmp_path, rows, indent):
    for name, content in (
        ("a.json", json.dumps(rows, indent=2 if indent else None)),
        ("a.jsonl", "".join(json.dumps(row) + "\n" for row in rows)),
        ("b.json", json.dumps({"data": rows, "n": 1}, indent=2 if indent else None)),
        ("c.json", "\n".join(json.dumps(row, indent=2 if indent else None) for row in rows)),
    ):
        path = tmp_path / name
        path.write_text(content)
        read = [record.value for record in open_file(path).records()]
        assert json.dumps(read) == json.dumps(rows), name


@given(
    content=st.binary(max_size=400) | st.text(max_size=200).map(str.encode),
    suffix=st.sampled_from(sorted(READERS)),
)
@settings(max_examples=400)
def test_any_bytes_are_rows_or_a_clear_error(tmp_path, content, suffix):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    records, error = outcome(path)
    if error is not None:
        assert error.remedy
        return
    assert records
    assert [record.number for record in records] == sorted({record.number for record in records})
    assert all(
        record.problem or isinstance(record.value, (dict, list, str, int, float, type(None)))
        for record in records
    )
    assert [repr(record) for record in open_file(path).records()] == [repr(record) for record in records]


cells = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=12)


@given(
    rows=st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
)
@settings(max_examples=150)
def test_any_quoted_csv_is_read_as_it_was_written(tmp_path, rows, delimiter):
    import csv

    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerow(["one", "two", "three"])
        writer.writerows(rows)
    read = [tuple(record.value.values()) for record in open_file(path).records()]
    assert read == rows

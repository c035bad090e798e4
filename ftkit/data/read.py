"""Reading JSON, JSONL and CSV files into records, and saying where one is broken.

The content decides, not the file's name: a ``.json`` file with one object a line is read as JSONL.
A broken line of a JSONL file and a row of a CSV file with too many or too few fields are records with a problem,
so that they are counted; a file that cannot be made sense of at all raises.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ftkit.data.records import Record
from ftkit.errors import DataError

JSON_SUFFIXES = (".json", ".jsonl", ".ndjson")
CSV_SUFFIXES = (".csv", ".tsv")
SUFFIXES = (*JSON_SUFFIXES, *CSV_SUFFIXES)
LARGEST_FILE = 256 * 2**20
LONGEST_LINE = 16 * 2**20
WRAPPERS = ("data", "rows", "examples", "train")
"""Keys under which a JSON file may hold its list of rows."""


@dataclass(frozen=True)
class DataFile:
    """The records of one file.

    Attributes
    ----------
    plain
        Whether ``datasets.load_dataset`` would read the same file without further arguments.
    """

    path: Path
    format: str
    records: list[Record]
    plain: bool


def read_file(path: Path) -> DataFile:
    """All records of a JSON, JSONL, CSV or TSV file.

    Raises
    ------
    DataError
        If the file is missing, empty, too large, not text, or broken as a whole.
    """
    text, bom = _text(path)
    if path.suffix.lower() in CSV_SUFFIXES:
        records, delimiter = _csv(path, text)
        return DataFile(path, "csv", records, plain=not bom and delimiter == ",")
    records, form = _json(path, text)
    return DataFile(path, form, records, plain=not bom and form != "wrapped")


def _text(path: Path) -> tuple[str, bool]:
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise DataError(
                f"{_name(path)} has {size / 2**20:,.0f} MB; files up to {LARGEST_FILE // 2**20} MB can be read.",
                "Take a part of it, or split it into several files.",
            )
        raw = path.read_bytes()
    except OSError as error:
        raise DataError(
            f"{_name(path)} cannot be read: {error.strerror or error}.", "Check its name and its permissions."
        ) from error
    if b"\0" in raw:
        where = raw[: raw.index(b"\0")].count(b"\n") + 1
        raise DataError(
            f"{_name(path)} is not plain text: there is a NUL byte in line {where}.",
            "If it comes from a spreadsheet or an editor, save it again as UTF-8 text.",
        )
    if max(map(len, raw.split(b"\n"))) > LONGEST_LINE and path.suffix.lower() != ".json":
        raise DataError(
            f"{_name(path)} has a line of more than {LONGEST_LINE // 2**20} MB.",
            "Write one example a line.",
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise DataError(
            f"{_name(path)} is not UTF-8 text: line {line} holds the byte 0x{raw[error.start]:02x}.",
            "Open it in an editor and save it with the encoding UTF-8.",
        ) from error
    if not text.strip():
        raise DataError(f"{_name(path)} is empty.", "Choose a file with at least a few examples in it.")
    return text, raw.startswith(b"\xef\xbb\xbf")


def _json(path: Path, text: str) -> tuple[list[Record], str]:
    try:
        whole = _parse(text)
    except json.JSONDecodeError as error:
        first = text.strip().split("\n", 1)[0]
        if error.msg == "Extra data" or path.suffix.lower() != ".json" or _parses(first):
            return _json_lines(path, text), "jsonl"
        raise DataError(
            f"{_name(path)} is not valid JSON: {_what(error, text)} in line {error.lineno}, column {error.colno}.",
            "Mend that place, or write one JSON object a line and call the file .jsonl.",
        ) from error
    except (RecursionError, ValueError) as error:
        raise DataError(
            f"{_name(path)} cannot be read as JSON: {_why(error)}.",
            "A row should be a flat group of columns.",
        ) from error
    if isinstance(whole, list):
        if not whole:
            raise DataError(
                f"{_name(path)} holds an empty list.", "Choose a file with at least a few examples in it."
            )
        return [Record(number, value) for number, value in enumerate(whole, 1)], "json"
    if isinstance(whole, dict):
        inner = next((whole[key] for key in WRAPPERS if _is_table(whole.get(key))), None)
        if inner is not None:
            return [Record(number, value) for number, value in enumerate(inner, 1)], "wrapped"
        return [Record(1, whole)], "jsonl" if "\n" not in text.strip() else "wrapped"
    raise DataError(
        f"{_name(path)} holds one {type(whole).__name__}, not a list of examples.",
        'A row looks like {"prompt": "…", "response": "…"}.',
    )


def _json_lines(path: Path, text: str) -> list[Record]:
    records, first_problem = [], ""
    # Only \n ends a line of JSONL: str.splitlines would also cut at U+2028 inside a text.
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            records.append(Record(number, _parse(line)))
        except json.JSONDecodeError as error:
            records.append(Record(number, None, "the line is not valid JSON"))
            first_problem = first_problem or f"{_what(error, line)} in line {number}, column {error.colno}"
        except (RecursionError, ValueError) as error:
            records.append(Record(number, None, "the line cannot be read as JSON"))
            first_problem = first_problem or f"{_why(error)} in line {number}"
    if all(record.problem for record in records):
        raise DataError(
            f"{_name(path)} has no line that is valid JSON: {first_problem}.",
            'Every line should be one object, such as {"prompt": "…", "response": "…"}, with no comma after it.',
        )
    return records


def _csv(path: Path, text: str) -> tuple[list[Record], str]:
    delimiter = "\t" if path.suffix.lower() == ".tsv" else _delimiter(text)
    limit = csv.field_size_limit(LONGEST_LINE)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise DataError(
            f"{_name(path)} is not valid CSV: {error} near line {reader.line_num}.",
            'Look for a quotation mark that is opened and never closed, or write "" for a quotation mark in a text.',
        ) from error
    finally:
        csv.field_size_limit(limit)
    header = [name.strip() for name in rows[0]]
    doubled = (
        sorted({name for name in header if header.count(name) > 1}) if len(set(header)) < len(header) else []
    )
    if doubled:
        raise DataError(
            f"{_name(path)} has two columns called {doubled[0]!r}.", "Give every column a name of its own."
        )
    if len(rows) == 1:
        raise DataError(
            f"{_name(path)} has column names and no rows.", "Choose a file with at least a few examples."
        )
    return [_csv_record(number, header, row) for number, row in enumerate(rows[1:], 1)], delimiter


def _csv_record(number: int, header: list[str], row: list[str]) -> Record:
    if len(row) == len(header):
        return Record(number, dict(zip(header, row, strict=True)))
    word = "more" if len(row) > len(header) else "fewer"
    return Record(number, None, f"the row has {word} fields than there are column names")


def _delimiter(text: str) -> str:
    """The one of , ; tab | that the first line has most of; a comma where it has none."""
    first = text.split("\n", 1)[0]
    return max(",;\t|", key=first.count) if any(mark in first for mark in ",;\t|") else ","


def _parse(text: str) -> Any:
    return json.loads(text)


def _parses(line: str) -> bool:
    try:
        _parse(line)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, dict) for item in value[:100])


def _what(error: json.JSONDecodeError, text: str) -> str:
    """Python's message in plainer words, with the commonest slip named."""
    before = text[: error.pos].rstrip()
    if before.endswith(",") and text[error.pos : error.pos + 1] in ("]", "}", ""):
        return "there is a comma with nothing after it"
    if error.msg.startswith("Illegal trailing comma"):
        return "there is a comma with nothing after it"
    if error.msg == "Extra data" and text[error.pos : error.pos + 1] == ",":
        return "there is a comma after the object"
    return error.msg[:1].lower() + error.msg[1:]


def _why(error: BaseException) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return "it holds a number of thousands of digits" if "digits" in str(error) else str(error)


def _name(path: Path) -> str:
    return f"The file {str(path)!r}"

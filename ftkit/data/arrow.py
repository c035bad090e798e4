"""Prepared rows as Arrow tables: for Parquet files, and for the data set that a cell gets."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ftkit.data.forms import features
from ftkit.data.sources import PARTS
from ftkit.data.store import IN_MEMORY, RowStore
from ftkit.data.token_counts import batches

if TYPE_CHECKING:
    import pyarrow
    from datasets import DatasetDict, Features

BATCH = 10_000


def description(form: str, store: RowStore) -> dict[str, Any]:
    """How ``datasets`` should store these rows, as :func:`ftkit.data.forms.features` says it."""
    described = features(form, store.rows(range(len(store))))
    if form == "domain" and len(store) and "source" in next(store.rows((0,))):
        described["source"] = "string"
    return described


def described_features(described: Mapping[str, Any]) -> Features:
    """The same in datasets' own words."""
    from datasets import Features, Json, List, Value

    def kind(what: Any) -> Any:
        if isinstance(what, list):
            return List(kind(what[0]))
        if isinstance(what, dict):
            return {name: kind(inner) for name, inner in what.items()}
        return Json() if what == "json" else Value(what)

    return Features({name: kind(what) for name, what in described.items()})


def tables(
    store: RowStore, ordinals: Sequence[int], described: Mapping[str, Any], *, json_text: bool = False
) -> Iterator[pyarrow.Table]:
    """The rows in Arrow tables of bounded size; texts stay texts, whatever they look like.

    Parameters
    ----------
    json_text
        Keep columns that differ from row to row, such as tool calls, as JSON texts: Parquet has no other place.
    """
    import pyarrow
    from pyarrow import json as arrow_json

    own = described_features(described)
    loose = [name for name, what in described.items() if what == ["json"]]
    plain = {name: ["string"] if name in loose else what for name, what in described.items()}
    schema = described_features(plain).arrow_schema.remove_metadata()
    options = arrow_json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="error")
    for lines in batches(store.lines(ordinals), BATCH):
        if loose:
            rows = [json.loads(line) for line in lines]
            for row in rows:
                for name in loose:
                    row[name] = [json.dumps(item, ensure_ascii=False) for item in row.get(name) or []]
            table = pyarrow.Table.from_pylist(rows, schema=schema)
            yield table if json_text else table.cast(own.arrow_schema)
        else:
            # One block: the reader would otherwise cut the lines of a batch into pieces of its own.
            text = b"\n".join(lines) + b"\n"
            read = arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 1)
            yield arrow_json.read_json(io.BytesIO(text), read, options).select(schema.names)


def as_dataset(store: RowStore, parts: Mapping[str, Sequence[int]], form: str) -> DatasetDict:
    """What the prepared files hold, without reading them again: datasets' JSON reader makes dates of answers that look so.

    Many rows are kept in a file of datasets' cache, from where they are read as they are needed.
    """
    from datasets import Dataset, DatasetDict

    described = description(form, store)
    own = described_features(described)
    if len(store) <= IN_MEMORY:
        # By column: without any row, rows say no columns.
        return DatasetDict(
            {part: Dataset.from_dict(_columns(store, parts[part], own), features=own) for part in PARTS}
        )
    folder = _cache(store, parts, form)
    return DatasetDict(
        {
            part: Dataset.from_file(str(_arrow_file(folder, part, store, parts[part], own, described)))
            for part in PARTS
        }
    )


def _columns(store: RowStore, ordinals: Sequence[int], own: Features) -> dict[str, list[Any]]:
    rows = list(store.rows(ordinals))
    return {name: [row.get(name) for row in rows] for name in own}


def _cache(store: RowStore, parts: Mapping[str, Sequence[int]], form: str) -> Path:
    """A folder of datasets' cache that only these rows in these parts have."""
    from datasets import config

    digest = hashlib.blake2b(form.encode(), digest_size=12)
    for part in PARTS:
        digest.update(part.encode())
        for line in store.lines(parts[part]):
            digest.update(line + b"\n")
    folder = Path(config.HF_DATASETS_CACHE) / "ftkit" / digest.hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _arrow_file(
    folder: Path,
    part: str,
    store: RowStore,
    ordinals: Sequence[int],
    own: Features,
    described: Mapping[str, Any],
) -> Path:
    """The rows as an Arrow stream, which :meth:`datasets.Dataset.from_file` reads without loading it."""
    import os

    import pyarrow

    path = folder / f"{part}.arrow"
    if path.is_file():
        return path
    half = path.with_suffix(f".{os.getpid()}.part")
    try:
        with half.open("wb") as file, pyarrow.ipc.new_stream(file, own.arrow_schema) as stream:
            for table in tables(store, ordinals, described):
                stream.write_table(table.cast(own.arrow_schema))
        half.replace(path)
    finally:
        half.unlink(missing_ok=True)
    return path


def write_parquet(path: Path, store: RowStore, ordinals: Sequence[int], described: Mapping[str, Any]) -> None:
    """One part as a Parquet file that ``datasets`` and every other reader understand."""
    from pyarrow import parquet

    own = described_features(described)
    found: Iterable[Any] = tables(store, ordinals, described)
    with parquet.ParquetWriter(path, own.arrow_schema, compression="zstd") as writer:
        for table in found:
            writer.write_table(table.cast(own.arrow_schema))

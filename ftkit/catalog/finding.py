"""Find a base model by what the person typed: a name from the list, a hub id, or a folder."""

from __future__ import annotations

import difflib
import json
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ftkit.catalog import from_runs
from ftkit.catalog.entries import models
from ftkit.catalog.hub_files import advice, fetch_file, fetch_tokenizer, tokenizer_here
from ftkit.catalog.shapes import LLAMA_LIKE, shape_from_config
from ftkit.catalog.starter import ENV_FOLDER, STARTER_ID, starter_here, starter_model
from ftkit.errors import ModelError
from ftkit.fields import ModelShape
from ftkit.fields.encoders import LAYER_NAMES

ADAPTER_FILES = ("adapter_config.json", "adapters.json")
HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*\Z", re.ASCII)


@dataclass(frozen=True)
class Found:
    """A base model that can be trained.

    Attributes
    ----------
    id
        As it was asked for.
    hub_id
        ``owner/name``, None for a folder.
    path
        The folder, None for a model on the hub.
    shape
        Its sizes.
    label
        Its name for people.
    chat_template
        Whether it has one; None where that is not known before it is fetched.
    """

    id: str
    hub_id: str | None
    path: Path | None
    shape: ModelShape
    label: str
    chat_template: bool | None


def find(model_id: str) -> Found:
    """The model that a name, a hub id or a folder means.

    Raises
    ------
    ModelError
        Where there is none, it is of a kind that cannot be trained here, or the hub cannot be asked.
    """
    wanted = model_id.strip()
    if (run := from_runs.run_named(wanted)) is not None:
        return _made_by(run, wanted)
    if wanted == STARTER_ID and (named := os.environ.get(ENV_FOLDER)):
        return replace(_in_folder(starter_model(), wanted), label=f"{named} (set by {ENV_FOLDER})")
    for entry in models():
        if wanted.lower() in {entry.id, entry.hub_id.lower(), (entry.unsloth_4bit or "").lower()} - {""}:
            hub_id = wanted if "/" in wanted else entry.hub_id
            return Found(wanted, hub_id, None, entry.shape, entry.label, entry.chat)
    folder = Path(wanted).expanduser()
    if folder.is_dir():
        return _in_folder(folder.resolve(), wanted)
    if folder.is_file():
        raise ModelError(
            _about_a_file(folder), "Name the folder that holds config.json and the safetensors files."
        )
    if HUB_ID.match(wanted):
        return _on_the_hub(wanted)
    close = difflib.get_close_matches(wanted.lower(), [entry.id for entry in models()], n=1, cutoff=0.5)
    hint = f"Did you mean {close[0]!r}? " if close else ""
    raise ModelError(f"There is no model or folder {wanted!r}.", hint + advice())


def _made_by(run: str, asked: str) -> Found:
    result = from_runs.result_of(run)
    base = find(from_runs.base_of(run))
    whole = (result / "config.json").is_file()
    if whole:
        shape = shape_from_config(_read_json(result / "config.json"), asked)
    else:
        shape = _with_new_tokens(base.shape, _read_json(result / "adapter_config.json"))
    template = (result / "chat_template.jinja").is_file() or base.chat_template
    return Found(asked, None, result, shape, f"{run}, a run of yours", template)


def _with_new_tokens(shape: ModelShape, adapter: dict[str, Any]) -> ModelShape:
    """The shape of a model that got rows for tokens which its adapter has trained."""
    trained = adapter.get("trainable_token_indices") or []
    ids = [number for one in trained.values() for number in one] if isinstance(trained, dict) else trained
    more = max(0, max(ids, default=-1) + 1 - shape.vocabulary)
    weights = more * shape.hidden * (1 if shape.tied_embeddings else 2)
    return replace(shape, vocabulary=shape.vocabulary + more, parameters=shape.parameters + weights)


def in_cell(found: Found) -> str:
    """What stands for a model where its cell is written: ``smollm2-135m``, ``run:NAME``, a folder or a hub id.

    Where the starter and the results of runs lie differs from machine to machine: their cells call for them by name.
    """
    by_name = found.id.strip() == STARTER_ID or from_runs.run_named(found.id) is not None
    return found.id.strip() if by_name else str(found.path or found.hub_id)


def _about_a_file(path: Path) -> str:
    if path.suffix == ".gguf":
        return f"{str(path)!r} is a GGUF file: made for answering, not for training."
    return f"{str(path)!r} is a file, not a model folder."


def _in_folder(folder: Path, asked: str) -> Found:
    names = {path.name for path in folder.iterdir()}
    about_adapter = next((name for name in ADAPTER_FILES if name in names), None)
    if about_adapter and "config.json" not in names:
        base = _read_json(folder / about_adapter).get("base_model_name_or_path", "its base model")
        raise ModelError(f"{asked!r} holds an adapter, not a model.", f"Choose the base model: {base!r}.")
    if "config.json" not in names:
        gguf = any(name.endswith(".gguf") for name in names)
        why = "only a GGUF file, made for answering and not for training" if gguf else "no config.json"
        raise ModelError(f"The folder {asked!r} is no model to train: it holds {why}.", advice())
    shape = shape_from_config(_read_json(folder / "config.json"), asked)
    if not any(name.endswith(".safetensors") for name in names):
        pickled = any(name.endswith((".bin", ".pt", ".pth")) for name in names)
        why = (
            "only pickled weights, which could run foreign code when they are read"
            if pickled
            else "no weights"
        )
        raise ModelError(
            f"The folder {asked!r} holds {why}.",
            "Save the model with save_pretrained, which writes safetensors files.",
        )
    if _only_adapters(folder / "model.safetensors"):
        raise ModelError(
            f"The folder {asked!r} holds the trained adapters of a model, not its own weights: it is a checkpoint.",
            "Choose the base model that was trained.",
        )
    if not names & {"tokenizer.json", "tokenizer.model", "vocab.json"}:
        raise ModelError(
            f"The folder {asked!r} holds no tokenizer.",
            "Save it there as well: tokenizer.save_pretrained(folder).",
        )
    template = "chat_template.jinja" in names or (
        "tokenizer_config.json" in names and "chat_template" in _read_json(folder / "tokenizer_config.json")
    )
    return Found(asked, None, folder, shape, folder.name, template)


def _only_adapters(weights: Path) -> bool:
    """Whether a model's file holds nothing but adapters: Transformers would fill the rest with random numbers."""
    from safetensors import SafetensorError, safe_open

    if not weights.is_file():
        return False
    try:
        with safe_open(str(weights), framework="np") as stored:
            names = list(stored.keys())
    except (OSError, SafetensorError):
        return False  # loading it says what is wrong with it
    return bool(names) and all(".adapters." in name for name in names)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(
            f"{str(path)!r} cannot be read: {error}.", "Fetch or save the model again."
        ) from error
    if not isinstance(content, dict):
        raise ModelError(f"{str(path)!r} is not what it should be.", "Fetch or save the model again.")
    return content


def _on_the_hub(hub_id: str) -> Found:
    config = _read_json(fetch_file(hub_id, "config.json"))
    shape = shape_from_config(config, hub_id)
    label = hub_id if config["model_type"] in (*LLAMA_LIKE, *LAYER_NAMES) else f"{hub_id} (size approximate)"
    return Found(hub_id, hub_id, None, shape, label, None)


def folder_here(model_id: str) -> Path | None:
    """Where a model's tokenizer and config are on this machine already; fetches nothing.

    Returns
    -------
    Path or None
        A folder, or the hub's local copy; None where the model has yet to be fetched.
    """
    if model_id.strip() == STARTER_ID:
        return starter_here()
    if (run := from_runs.run_named(model_id)) is not None:
        return from_runs.result_of(run)
    found = find(model_id)
    return found.path or tokenizer_here(str(found.hub_id))


def tokenizer_folder(model_id: str) -> Path:
    """A folder with a model's tokenizer and chat template; of a model on the hub only these are fetched.

    Raises
    ------
    ModelError
        Where they cannot be had.
    """
    if model_id.strip() == STARTER_ID:
        return starter_model()
    found = find(model_id)
    return found.path or fetch_tokenizer(str(found.hub_id))

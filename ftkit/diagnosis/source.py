"""Where a history comes from: a run, a Trainer's state, series of numbers, or a file with either."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftkit.errors import RunError
from ftkit.runfolder import History, RunFolder

Source = str | Path | Mapping[str, Any] | History | RunFolder


def read_source(source: Source) -> tuple[History, dict[str, Any] | None, bool | None]:
    """The history behind `source`, the recipe as a tree and whether the run is over, where known.

    Raises
    ------
    RunError
        Where there is nothing to read.
    """
    if isinstance(source, History):
        return source, None, None
    if isinstance(source, Mapping):
        return _from_mapping(source), None, None
    if isinstance(source, RunFolder):
        return _from_run(source)
    path = Path(source).expanduser()
    if path.is_dir() and (path / "trainer_state.json").exists() and not (path / "metrics.jsonl").exists():
        path = path / "trainer_state.json"
    if path.is_file():
        return _from_mapping(_load_json(path)), None, None
    if path.suffix == ".json":
        raise RunError(f"There is no file {str(source)!r}.", "Check the path.")
    return _from_run(RunFolder(source))


def folder_of(source: Source) -> RunFolder | None:
    """The run folder behind `source`; ``None`` where it is only numbers."""
    if isinstance(source, RunFolder):
        return source
    if not isinstance(source, str | Path) or Path(source).expanduser().is_file():
        return None
    folder = RunFolder(source)
    return folder if (folder.path / "metrics.jsonl").exists() or folder.exists() else None


def _from_mapping(source: Mapping[str, Any]) -> History:
    if "log_history" in source:
        return History.from_trainer_state(source)
    if not {"train", "eval", "loss", "eval_loss"} & set(source):
        raise RunError(
            f"There is no history in this: it has the keys {sorted(map(str, source))[:8]}.",
            "Give a Trainer's state (with log_history), or train and eval as lists of [step, loss].",
        )
    return History.from_series(source)


def _from_run(folder: RunFolder) -> tuple[History, dict[str, Any] | None, bool | None]:
    import yaml

    history = History.from_run(folder)
    state = folder.state().get("state")
    try:
        tree = yaml.safe_load(folder.recipe_text() or "")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        # The curves can be read all the same; the remedies then lack the settings.
        history.problems.append(f"recipe.yaml cannot be read ({error})")
        tree = None
    recipe = _with_actual(tree, folder.actual()) if isinstance(tree, dict) else None
    return history, recipe, None if state in (None, "none") else state != "running"


def _with_actual(tree: dict[str, Any], actual: Mapping[str, Any]) -> dict[str, Any]:
    """The recipe with its ``auto`` values as the trainer really got them, where those are recorded."""
    arguments = actual.get("arguments")
    adapter = actual.get("peft_config")
    for branch, real in (("training", arguments), ("method", adapter)):
        chosen = tree.get(branch)
        if not isinstance(chosen, dict) or not isinstance(real, Mapping):
            continue
        tree[branch] = {
            name: real.get(name, value) if value == "auto" else value for name, value in chosen.items()
        }
    return tree


def _load_json(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read as JSON ({error}).", "Give a trainer_state.json."
        ) from error
    if not isinstance(found, dict):
        raise RunError(f"{str(path)!r} holds no JSON object.", "Give a trainer_state.json.")
    return found

"""Where a history comes from: a run, a Trainer's state, series of numbers, or a file with either."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from ftkit.diagnosis.evidence import Evidence
from ftkit.errors import RecipeError, RunError
from ftkit.runfolder import History, RunFolder
from ftkit.runfolder.as_trained import as_trained
from ftkit.runfolder.figures import shortened
from ftkit.runfolder.json_file import FORMS, STATE_FILE, load_json
from ftkit.runfolder.series import holds_series
from ftkit.runfolder.trainer_log import state_of
from ftkit.runfolder.whereabouts import whereabouts


class HasState(Protocol):
    """A Trainer of transformers."""

    state: Any


class HasLog(Protocol):
    """The state of a Trainer."""

    log_history: Any


Source = (
    str | Path | Mapping[str, Any] | Sequence[Mapping[str, Any]] | History | RunFolder | HasState | HasLog
)


def read_source(source: Source) -> tuple[History, dict[str, Any] | None, bool | None]:
    """The history behind `source`, the recipe as a tree and whether the run is over, where known.

    Raises
    ------
    RunError
        Where there is nothing to read.
    """
    if isinstance(source, RunFolder):
        return _from_run(source)
    if not isinstance(source, str | os.PathLike):
        history = source if isinstance(source, History) else _from_data(source)
        return history, None, history.ended
    if not os.fspath(source):
        raise RunError("The name of the run is empty.", whereabouts())
    path, is_folder = _looked_up(source)
    file = _file_at(path, is_folder)
    if file is not None:
        content = load_json(file)
        # A log that holds nothing yet can be at hand while a Trainer runs; who names a file expects something in it.
        history = _from_data({} if content == [] else content)
        return history, None, history.ended
    if path.suffix == ".json":
        raise RunError(f"There is no file {shortened(str(source))}.", "Check the path.")
    folder = RunFolder(os.fspath(source))
    if not (folder.path / "metrics.jsonl").exists() and not folder.exists():
        raise _nothing_at(source, path, is_folder)
    return _from_run(folder)


def folder_of(source: Source) -> RunFolder | None:
    """The run folder behind `source`; ``None`` where it is only numbers."""
    if isinstance(source, RunFolder):
        return source
    if not isinstance(source, str | Path) or _file_at(*_looked_up(source)) is not None:
        return None
    folder = RunFolder(source)
    return folder if (folder.path / "metrics.jsonl").exists() or folder.exists() else None


def _looked_up(source: str | os.PathLike[str]) -> tuple[Path, bool]:
    """The path, and whether a folder is there."""
    try:
        path = Path(source).expanduser()
        return path, path.is_dir()
    except (OSError, RuntimeError, TypeError, ValueError) as error:
        raise RunError(
            f"{shortened(str(source))} is no path that can be looked at ({shortened(str(error))}).",
            "Check how it is spelt.",
        ) from error


def _file_at(path: Path, is_folder: bool) -> Path | None:
    """The file with a history, or the one in a checkpoint folder; None where a run may be meant."""
    if is_folder and (path / STATE_FILE).exists() and not (path / "metrics.jsonl").exists():
        return path / STATE_FILE
    return path if path.is_file() else None


def _nothing_at(source: Any, path: Path, is_folder: bool) -> RunError:
    if not is_folder:
        return RunError(f"There is no run and no file {shortened(str(source))} here.", whereabouts())
    checkpoints = [found.parent for found in path.glob(f"checkpoint-*/{STATE_FILE}")]
    latest = max(checkpoints, key=lambda found: (len(found.name), found.name), default=None)
    return RunError(
        f"The folder {shortened(str(source))} holds no run and no {STATE_FILE}.",
        whereabouts() if latest is None else f"Give its latest checkpoint: {latest}.",
    )


def _from_data(source: Any) -> History:
    # What Keras returns from training carries its series in an attribute.
    kept = getattr(source, "history", None)
    series = kept if isinstance(kept, Mapping) else source
    if isinstance(series, Mapping) and "log_history" not in series:
        if not holds_series(series):
            names = shortened(sorted(map(str, series))[:8])
            what = f"has only {names}" if series else "holds nothing"
            raise RunError(f"There is no history in this: it {what}.", FORMS)
        return History.from_series(series)
    if state_of(source) is None:
        raise RunError(
            f"No history can be read from {'None' if source is None else shortened(source)}.",
            f"{FORMS} The name of a run is taken, too.",
        )
    return History.from_trainer_state(source)


def _from_run(folder: RunFolder) -> tuple[History, dict[str, Any] | None, bool | None]:
    import yaml

    history = History.from_run(folder)
    state = folder.state().get("state")
    try:
        tree = yaml.safe_load(folder.recipe_text() or "")
    except (RecipeError, yaml.YAMLError, ValueError, RecursionError) as error:
        # The curves can be read all the same; the remedies then lack the settings.
        history.problems.append(f"recipe.yaml cannot be read ({error})")
        tree = None
    recipe = as_trained(tree, Evidence.from_run(folder).actual) if isinstance(tree, dict) else None
    return history, recipe, None if state in (None, "none") else state != "running"

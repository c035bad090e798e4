"""One run's folder: ``ftkit-runs/<run>/``. Everything about a run is in there and nowhere else."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ftkit.errors import Problem, RecipeError, RunError
from ftkit.runfolder import files, owner
from ftkit.runfolder.naming import locate

STATES = ("running", "finished", "stopped", "failed", "interrupted")
LEARNING_RATE_TEST = "learning_rate_test.json"
WISHES = ("control.json", "show.json")
"""What is wanted from a training: by the person, and by a page that was loaded in the middle and asks by itself.

In one file, the page's wish would take away a stop that the training has not read yet."""
# What belongs to the person or to the counting of attempts outlives an overwrite.
_KEPT = {"recipe.yaml", "recipe.next.yaml", "state.json", *WISHES, LEARNING_RATE_TEST}
# Left by our own writing when it is cut off, and by those who only look.
_PASSING = re.compile(r"\.recipe|\.DS_Store\Z|\.ipynb_checkpoints\Z")
# What may lie in a folder before its first training, and what a training leaves there.
_BEFORE = _KEPT | {"checkpoints"}
_WRITTEN = _BEFORE | {
    "actual.json", "environment.json", "code.py", "verdict.json", "comparison.json", "prompt_check.json",
    "trained_rows.json", "forgetting.json",
    "metrics.jsonl", "speed.jsonl", "evaluations.jsonl", "samples.jsonl",
    "base_logits.safetensors", "tuned_logits.safetensors",
    "adapter", "adapter.partial", "model", "model.partial", "merged", "merged.partial", "merged.lock",
}  # fmt: skip
_LINES = ("metrics.jsonl", "speed.jsonl", "evaluations.jsonl", "samples.jsonl")
_DIED = "The process ended without a word: a kernel restart, a crash, or too little memory."


class RunFolder:
    """Reads and writes one run. Any number of processes may read while one writes.

    Parameters
    ----------
    run
        The name of a run, or the path of a run folder.
    root
        The folder that holds runs; ``ftkit-runs`` in the working directory unless given.

    Raises
    ------
    RunError
        Where `run` cannot be a name.
    """

    def __init__(self, run: str | Path, root: str | Path | None = None) -> None:
        self.path = locate(run, root)
        self.name = self.path.name
        self._lock = threading.RLock()
        self._state: dict[str, Any] = {}

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    def __fspath__(self) -> str:
        return str(self.path)

    @property
    def checkpoints(self) -> Path:
        """Where the trainer keeps the best and the last checkpoint."""
        return self.path / "checkpoints"

    @property
    def adapter(self) -> Path:
        """The result of a PEFT method."""
        return self.path / "adapter"

    @property
    def model(self) -> Path:
        """The result of full fine-tuning."""
        return self.path / "model"

    @property
    def merged(self) -> Path:
        """The adapter merged into its base, where a next run goes on from this one."""
        return self.path / "merged"

    @property
    def base_logits(self) -> Path:
        """What the base answered before the first step."""
        return self.path / "base_logits.safetensors"

    # -- the state ---------------------------------------------------------------------------------

    def exists(self) -> bool:
        """Whether a training was ever started here; a recipe alone does not count."""
        return (self.path / "state.json").exists()

    def state(self) -> dict[str, Any]:
        """How the run stands: ``state`` (one of `STATES`, or ``none``), ``why``, ``attempt``, ``step`` and more.

        A run whose process is gone is ``interrupted``, whatever it wrote last.

        Raises
        ------
        RunError
            Where ``state.json`` is damaged.
        """
        path = self.path / "state.json"
        stored = files.read_json(path)
        found = {**stored, "state": str(stored.get("state", "none")), "why": str(stored.get("why", ""))}
        found["attempt"], found["step"] = _whole(stored.get("attempt")), _whole(stored.get("step"))
        if found["state"] == "running" and not owner.alive(found, path.stat().st_mtime):
            found.update(state="interrupted", why=_DIED)
        return found

    def set_state(self, state: str, why: str = "", **more: Any) -> None:
        """Note how the run stands; other keys that were noted stay.

        Parameters
        ----------
        state
            ``running``, ``finished``, ``stopped``, ``failed`` or ``interrupted``.
        why
            One or two sentences for the person.
        more
            Further keys, such as ``step``.
        """
        if state not in STATES:
            raise ValueError(f"{state!r} is none of {STATES}")
        with self._lock:
            path = self.path / "state.json"
            try:
                before = files.read_json(path)
            except RunError:
                before = self._state  # the training that this process began outlives a damaged file
                if not before:
                    raise
            more.setdefault("updated", _now())
            self._state = {**before, "state": state, "why": why, **more}
            files.replace_text(path, files.dump(self._state, indent=1))

    def check_ours(self) -> None:
        """Refuse a folder that is somebody's and no run: a training empties its folder before it starts.

        Raises
        ------
        RunError
            Where something lies in there that no run has put there.
        """
        if self.exists() or not self.path.exists():
            return
        if not self.path.is_dir():
            raise RunError(f"{str(self.path)!r} is a file, not the folder of a run.", "Choose another name.")
        names = {entry.name for entry in self.path.iterdir() if not _PASSING.match(entry.name)}
        if names <= _BEFORE or (names <= _WRITTEN and names & {"actual.json", "metrics.jsonl"}):
            return
        raise RunError(
            f"The folder {str(self.path)!r} is no run and not empty (it holds {min(names - _BEFORE)!r}): "
            "a training would clear it away.",
            "Choose another name for the run, such as pirate-1.",
        )

    @property
    def attempt(self) -> int:
        """The number of the latest attempt; 0 before the first."""
        return _whole(files.read_json(self.path / "state.json").get("attempt"))

    def begin(self, from_step: int = 0, **more: Any) -> int:
        """Start a new attempt: the folder is this process's now.

        Parameters
        ----------
        from_step
            0 for a start from the base: an earlier attempt's files are removed. Above 0 for a run
            that is resumed at that step: they stay, and readers pass over what came later.

        Returns
        -------
        int
            The number of the attempt.

        Raises
        ------
        RunError
            Where the folder is there, but is no run's.
        """
        with self._lock:
            self.check_ours()
            self.path.mkdir(parents=True, exist_ok=True)
            before = files.read_json(self.path / "state.json")
            number = _whole(before.get("attempt")) + 1
            if from_step:
                noted = before.get("attempts")
                attempts = noted if isinstance(noted, list) else []
                for name in _LINES:
                    files.end_last_line(self.path / name)
                (self.path / "verdict.json").unlink(missing_ok=True)  # it was about a curve that goes on now
            else:
                attempts = []
                self._clear()
            state = {
                "state": "running",
                "why": "",
                "run": self.name,
                "attempt": number,
                "attempts": [*attempts, {"attempt": number, "from_step": from_step}],
                "step": from_step,
                "started": _now(),
                "updated": _now(),
                **owner.this_process(),
                **more,
            }
            files.replace_text(self.path / "state.json", files.dump(state, indent=1))
            self._state = state
        return number

    def _clear(self) -> None:
        for entry in list(self.path.iterdir()):
            if entry.name in _KEPT:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
        waiting = self.path / "recipe.next.yaml"
        if waiting.exists():
            waiting.replace(self.path / "recipe.yaml")

    # -- the recipe and what the trainer really got -------------------------------------------------

    def write_recipe(self, text: str) -> Path:
        """Keep the recipe of a run that is about to start; returns the file.

        Where the run was started already, the new recipe waits in ``recipe.next.yaml`` until the
        person has chosen to overwrite.
        """
        name = "recipe.next.yaml" if self.exists() else "recipe.yaml"
        files.replace_text(self.path / name, text)
        return self.path / name

    def recipe_text(self) -> str:
        """The recipe as YAML; empty where the run has none.

        Raises
        ------
        RecipeError
            Where it is no text in UTF-8.
        """
        path = self.path / "recipe.yaml"
        try:
            return path.read_text(encoding="utf-8") if path.exists() else ""
        except UnicodeDecodeError as error:
            problem = Problem("recipe.yaml", str(error), "text in UTF-8", "Save it as UTF-8.")
            raise RecipeError([problem]) from error

    def actual(self) -> dict[str, Any]:
        """What the trainer really got; empty before the first step."""
        return files.read_json(self.path / "actual.json")

    def environment(self) -> dict[str, Any]:
        """Versions and machine; empty before the first step."""
        return files.read_json(self.path / "environment.json")

    def verdict(self) -> dict[str, Any]:
        """The diagnosis as plain data; empty before there is one."""
        return files.read_json(self.path / "verdict.json")

    def learning_rate_test(self) -> dict[str, Any]:
        """What a learning-rate range test found; empty where there was none."""
        return files.read_json(self.path / LEARNING_RATE_TEST)

    def trained_rows(self) -> dict[str, Any]:
        """Which rows the model was trained on, and their system prompts; empty where that is not known."""
        return files.read_json(self.path / "trained_rows.json")

    def samples(self) -> list[dict[str, Any]]:
        """Answers that the half-trained model gave, in order."""
        return self.read_rows("samples.jsonl")

    def write_json(self, name: str, value: Any) -> None:
        """Write a JSON file of the run in one go."""
        files.replace_text(self.path / name, files.dump(value, indent=1) + "\n")

    def write_text(self, name: str, text: str) -> None:
        """Write a text file of the run in one go."""
        files.replace_text(self.path / name, text)

    # -- rows ----------------------------------------------------------------------------------------

    def append_metrics(self, row: dict[str, Any]) -> None:
        """Add a row with ``attempt``, ``step`` and keys as in Trainer's ``log_history``."""
        self._append("metrics.jsonl", [row])

    def append_speed(self, row: dict[str, Any]) -> None:
        """Add a row about time and memory."""
        self._append("speed.jsonl", [row])

    def append_evaluations(self, rows: Iterable[dict[str, Any]]) -> None:
        """Add rows with ``attempt``, ``step``, ``row``, ``loss`` (summed over tokens) and ``tokens``."""
        self._append("evaluations.jsonl", rows)

    def append_sample(self, row: dict[str, Any]) -> None:
        """Add an answer of the half-trained model."""
        self._append("samples.jsonl", [row])

    def _append(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        with self._lock:
            self.path.mkdir(parents=True, exist_ok=True)
            files.append_lines(self.path / name, rows)

    def read_rows(self, name: str) -> list[dict[str, Any]]:
        """The rows of one of the run's ``.jsonl`` files that can be read."""
        return [row for row in files.read_lines(self.path / name) if isinstance(row, dict)]

    # -- wishes from outside ---------------------------------------------------------------------------

    def request(self, op: str, **more: Any) -> None:
        """Ask the running training for something: ``stop``, ``sample`` (with ``prompt``) or ``abort``.

        The training looks at the file between two steps; the latest wish counts.
        """
        self.write_json("control.json", {"op": op, **more, "at": time.time()})

    def control(self, name: str = WISHES[0]) -> dict[str, Any]:
        """The latest wish in one of the files `WISHES`; empty where there is none.

        Raises
        ------
        RunError
            Where the file is half written.
        """
        return files.read_json(self.path / name)

    def control_changed(self, name: str = WISHES[0]) -> int:
        """When the latest wish was written, in nanoseconds; 0 where there is none. Cheap to ask often."""
        try:
            return (self.path / name).stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _whole(value: Any) -> int:
    """A count from a file that anybody may have edited."""
    return value if isinstance(value, int) and value > 0 else 0


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S%z")

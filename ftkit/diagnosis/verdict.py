"""From a history to a verdict: run the checks, weigh what they found, say it in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ftkit.diagnosis.checks import CHECKS
from ftkit.diagnosis.checks.ft109_still_falling import FEWEST_EVALUATIONS, by_thirds
from ftkit.diagnosis.evidence import Evidence
from ftkit.diagnosis.outcome import VERDICT_WORDS, Diagnosis, Finding, Looked
from ftkit.diagnosis.reading import Reading
from ftkit.diagnosis.remedies import remedies
from ftkit.diagnosis.track_record import track_record
from ftkit.errors import RunError
from ftkit.runfolder import History, RunFolder

Source = str | Path | Mapping[str, Any] | History | RunFolder

# Weighed in this order; without any evaluation, or on rows that were trained on, nothing but "not enough evidence" is ever said.
_ORDER = ("unstable", "not-enough-evidence", "overfitting", "underfitting")
_NO_EVALUATION = {"FT001", "FT010"}
# A curve that still brought this share of its gain at the end is not flat, healthy as it may be.
_NOT_YET_FLAT = 0.03
_STEPS_PAST_BEST = 3
_SHARE_PAST_BEST = 0.3
# Over how many evaluations a rise has to last before a run is stopped; of many, this many are asked.
_LOOKS_THAT_AGREE = 3
_SHARE_THAT_AGREES = 0.1
_LOOKS_ASKED = 5


def diagnose(
    source: Source,
    recipe: Mapping[str, Any] | None = None,
    *,
    ended: bool | None = None,
    folder: RunFolder | None = None,
) -> Diagnosis:
    """Read a run's curves and say what they show, with the evidence.

    Parameters
    ----------
    source
        A run (name, path or :class:`~ftkit.runfolder.RunFolder`), a Trainer's state (dict, or the path of a
        ``trainer_state.json``), ``{"train": [[step, loss], …], "eval": [[step, loss], …]}`` (or a file with it), or a
        :class:`~ftkit.runfolder.History`.
    recipe
        The run's recipe as a plain tree, for the remedies' values; read from the run folder where there is one.
    ended
        Whether the run is over; by default the run's own state or its planned number of steps says so.

    folder
        Where the run keeps what is known beside its curves; needed only where `source` is a history in memory.

    Returns
    -------
    Diagnosis
        It covers the sampling of the held-out rows and the jitter of the curve, not what another seed would give.

    Raises
    ------
    RunError
        Where there is nothing to read at `source`.
    """
    history, own_recipe, own_ended = read_source(source)
    folder = folder or _folder_of(source)
    evidence = Evidence.from_run(folder) if folder else Evidence()
    reading = Reading(history, ended=own_ended if ended is None else ended, evidence=evidence)
    if not reading.ended:
        reading.looks = _planned_looks(history)
    return judge(reading, recipe if recipe is not None else own_recipe)


def should_stop(source: Source) -> tuple[bool, str]:
    """Whether to end a run now, because going on only does harm; cheap enough for every evaluation.

    Takes all that :func:`diagnose` takes. A plateau is no reason: a falling learning rate often ends one, and the best
    step is kept anyway. The threshold allows for being asked at every evaluation, and what it finds has to hold for
    several evaluations in a row, as noise that wanders slowly looks like a rise for a while.

    Returns
    -------
    tuple
        (stop, reason): the reason is a sentence in either case.
    """
    history, _, _ = read_source(source)
    looks = _planned_looks(history)
    reading = Reading(history, ended=False, looks=looks)
    broken = CHECKS["FT102"](reading)
    if isinstance(broken, Finding):
        return True, broken.sentence
    if history.rewarded:
        return False, "It learns from rewards: its loss is no reason to stop."
    if len(reading.eval) < 5:
        return False, "There are too few evaluations to tell."
    if not _best_is_long_past(reading):
        what = "evaluation loss" if history.kept is None else f"evaluation loss, or {history.kept.metric},"
        return False, f"The {what} was at its best a moment ago."
    found = CHECKS["FT101"](reading)
    if not isinstance(found, Finding):
        return False, "The evaluation loss has not turned up beyond noise."
    for step in _looks_that_confirm(reading):
        earlier = Reading(history.until(step), ended=False, looks=looks)
        if not (_best_is_long_past(earlier) and isinstance(CHECKS["FT101"](earlier), Finding)):
            return False, "The evaluation loss has turned up, but not yet for long enough to rule out noise."
    return True, f"{found.sentence} Step {reading.best_step}{_by(reading)} is the one to keep."


def _best_is_long_past(reading: Reading) -> bool:
    """Going on costs little against losing a better step: wait longer where the best came late."""
    rise, kept = reading.rise, reading.history.kept
    if rise is None:
        return False
    after = rise.after
    if kept is not None:  # the loss may rise while what the person goes by gets better
        after = min(after, int((reading.eval.steps > kept.step).sum()))
    return after >= max(_STEPS_PAST_BEST, round(_SHARE_PAST_BEST * (len(reading.eval) - after)))


def _looks_that_confirm(reading: Reading) -> list[int]:
    """The steps of the evaluations before this one at which the same must have been seen; latest first, a few of many."""
    count = len(reading.eval)
    back = max(_LOOKS_THAT_AGREE, round(_SHARE_THAT_AGREES * count)) - 1
    chosen = {-(-back * k // _LOOKS_ASKED) for k in range(1, _LOOKS_ASKED + 1)}
    return [int(reading.eval.steps[count - 1 - ago]) for ago in sorted(chosen) if ago < count]


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


def _folder_of(source: Source) -> RunFolder | None:
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
    import json

    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunError(
            f"{str(path)!r} cannot be read as JSON ({error}).", "Give a trainer_state.json."
        ) from error
    if not isinstance(found, dict):
        raise RunError(f"{str(path)!r} holds no JSON object.", "Give a trainer_state.json.")
    return found


def _planned_looks(history: History) -> int:
    done = len(history.eval)
    if not history.total_steps or not history.last_step:
        return done
    return max(done, round(done * history.total_steps / history.last_step))


def judge(reading: Reading, recipe: Mapping[str, Any] | None = None) -> Diagnosis:
    """Run every check on a reading and weigh the findings."""
    outcomes = [check(reading) for check in CHECKS.values()]
    findings = tuple(item for item in outcomes if isinstance(item, Finding))
    looked = [item for item in outcomes if isinstance(item, Looked)]
    verdict, reasons = _weigh(findings)
    # What argues for the verdict is read first, then other issues, then tips.
    ranked = sorted(findings, key=lambda item: (item not in reasons, item.severity != "issue", item.code))
    return Diagnosis(
        verdict=verdict,
        confidence=round(_confidence(verdict, reasons, reading), 2),
        best_step=reading.best_step,
        sentence=_sentence(verdict, reasons, reading),
        findings=tuple(ranked),
        passed=tuple(item for item in looked if not item.why),
        not_applicable=tuple(item for item in looked if item.why),
        remedies=remedies(verdict, findings, reading, recipe),
        numbers=reading.numbers(),
        track_record=_record(verdict, reading),
    )


def _record(verdict: str, reading: Reading) -> dict[str, Any] | None:
    if not reading.ended or reading.history.rewarded:
        return None
    return track_record(verdict, reading.history.epochs)


def _weigh(findings: tuple[Finding, ...]) -> tuple[str, tuple[Finding, ...]]:
    # A tip (a few rows of many were trained on) argues for nothing.
    none = any(item.code in _NO_EVALUATION and item.verdict == "not-enough-evidence" for item in findings)
    order = ("not-enough-evidence",) if none else _ORDER
    for verdict in order:
        arguing = tuple(item for item in findings if item.verdict == verdict)
        if arguing:
            return verdict, arguing
    return "healthy", ()


def _confidence(verdict: str, reasons: tuple[Finding, ...], reading: Reading) -> float:
    if verdict == "not-enough-evidence":
        return 0.0
    if reasons:
        return max(item.strength for item in reasons)
    # Healthy is the absence of signs: worth more the more could have been seen.
    return 0.6 + 0.2 * min(1.0, len(reading.eval) / 12) + (0.15 if reading.per_row else 0.0)


def _sentence(verdict: str, reasons: tuple[Finding, ...], reading: Reading) -> str:
    so_far = "" if reading.ended else " so far"
    opening = f"{VERDICT_WORDS[verdict]}{so_far}"
    if verdict == "not-enough-evidence":
        cannot = "I cannot tell" if reading.history.rewarded else "I cannot tell yet"
        return f"{cannot}. {reasons[0].sentence}"
    if verdict == "healthy":
        return f"{opening}: {_healthy_course(reading)}."
    text = f"{opening}: {reasons[0].sentence[0].lower()}{reasons[0].sentence[1:]}"
    if verdict == "overfitting":
        text += f" The model of step {reading.best_step}{_by(reading)} is the one to keep."
    return text


def _by(reading: Reading) -> str:
    return "" if reading.history.kept is None else f" ({reading.history.kept.words})"


def _healthy_course(reading: Reading) -> str:
    where = "base model" if reading.base is not None else "first evaluation"
    if reading.history.measured_base is not None:
        # The curve does not start at the base: what it fell from is another number than what it has to beat.
        where = f"first evaluation; the base model's is {reading.base:.3f}"
        return _course(reading, float(reading.eval.values[0]), where)
    return _course(reading, reading.reference, where)


def _course(reading: Reading, start: float, where: str) -> str:
    if reading.best == 0:
        return f"the evaluation loss stayed near {start:.3f} ({where})"
    fell = f"the evaluation loss fell from {start:.3f} ({where}) to {reading.best_loss:.3f}"
    if not reading.ended:
        return f"{fell} at step {reading.lowest_step} and has not turned up"
    late = _brought_late(reading)
    if late >= _NOT_YET_FLAT:
        return (
            f"{fell} at step {reading.lowest_step} and did not turn up; the last third of the learning still brought "
            f"{100 * late:.0f} % of that"
        )
    return f"{fell} at step {reading.lowest_step}, has flattened out and did not turn up"


def _brought_late(reading: Reading) -> float:
    """Which share of all that was gained the last third of the learning brought; 0 where that cannot be said."""
    if len(reading.eval) < FEWEST_EVALUATIONS:
        return 0.0
    found = by_thirds(reading)
    return found["last"] / found["gain"] if found["gain"] > 0 else 0.0

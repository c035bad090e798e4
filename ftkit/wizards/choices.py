"""What the person chose in a wizard, what cannot be used of it, and what they set by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ftkit.errors import FtkitError, Problem, RecipeError
from ftkit.fields import Description
from ftkit.methods import METHODS
from ftkit.recipe import Recipe, from_presets, validate
from ftkit.recipe.of_runs import recipe_of
from ftkit.recipe.tree import descriptions
from ftkit.runfolder import RunFolder, next_name
from ftkit.tasks import TASKS
from ftkit.wizards.runs import recipe_of_named

SCHEMA = 1

_PRESETS = {
    "task": "task.name",
    "model": "model.id",
    "chain": "model.chain",
    "data": "data.source",
    "method": "method",
}


def preset_path(name: str, recipe: Recipe) -> str:
    """The dotted path that an argument of ``ftkit.wizard`` sets."""
    if name in _PRESETS:
        return _PRESETS[name]
    tree = recipe.model_dump()
    homes = [key for key in ("data", "task", "method", "training") if name in tree[key]]
    return name if name in tree or not homes else f"{homes[0]}.{name}"


class Choices:
    """The choices of one wizard.

    Parameters
    ----------
    presets
        The arguments of ``ftkit.wizard(…)`` after the step.

    Attributes
    ----------
    recipe
        The last choices that were valid.
    wrong
        What stands in fields and cannot be used, by dotted path.
    problems
        What is wrong with it, by dotted path.
    touched
        Settings that the person set: another task or technique leaves them as they are.
    answers
        What the person said to the questions on the Method page, by question.

    Raises
    ------
    RecipeError
        Where the presets are no settings or cannot be.
    """

    def __init__(self, presets: Mapping[str, Any] | None = None) -> None:
        self.presets = dict(presets or {})
        self.touched: set[str] = set()
        self.recipe = from_presets(**self.presets)
        if (of_the_run := recipe_of_named(self.presets.get("run"))) is not None:
            self.recipe = self._with_presets(of_the_run, list(self.presets))
        self.wrong: dict[str, Any] = {}
        self.problems: dict[str, Problem] = {}
        self.touched |= self._preset_paths()
        self.answers: dict[str, str] = {}
        self._fresh = True
        self._named_anew = False
        self._methods: dict[str, dict[str, Any]] = {}
        self._tasks: dict[str, dict[str, Any]] = {}
        self._listeners: list[Callable[[], None]] = []

    def _preset_paths(self) -> set[str]:
        return {preset_path(name, self.recipe) for name in self.presets}

    # -- listening --------------------------------------------------------------------------

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have `listener` called after every change."""
        self._listeners.append(listener)

    def forget(self, listener: Callable[[], None]) -> None:
        """The opposite of :meth:`on_change`."""
        self._listeners.remove(listener)

    def tell(self) -> None:
        """Call every listener."""
        for listener in list(self._listeners):
            listener()

    # -- choosing ---------------------------------------------------------------------------

    def descriptions(self) -> dict[str, Description]:
        """Every setting of the chosen method's and task's recipe, by dotted path."""
        return descriptions(self.recipe.method.name, self.recipe.task.name)

    def label(self, path: str) -> str:
        """A setting's name in the form."""
        about = self.descriptions().get(path)
        return about.label if about else path.rpartition(".")[2].replace("_", " ")

    def value(self, path: str) -> Any:
        """What the field of a setting shows: also a value that cannot be used."""
        return self.wrong[path] if path in self.wrong else self.recipe.get(path)

    def problem(self, path: str) -> Problem | None:
        """What is wrong with a field; a rule between two fields is shown at the one changed last."""
        if path in self.problems:
            return self.problems[path]
        branch = path.rpartition(".")[0]
        return self.problems.get(branch) if branch and path in self.wrong else None

    def set(self, changes: Mapping[str, Any]) -> None:
        """Take changes by dotted path; what cannot be used stays in `wrong` with its problem.

        A run that gets another name by hand, after the one that follows another was trained, follows that one: what is
        compared is the change that was made since.
        """
        self.touched |= set(changes)
        left = self.recipe.run
        self._take_changes(changes)
        if set(changes) == {"run"} and self.recipe.parent and self.recipe.run != left:
            self._follow_another(left)

    def _follow_another(self, left: str) -> None:
        """The run has another name than `left` now: which run it is held against."""
        run, parent = RunFolder(self.recipe.run), self.recipe.parent
        if run.exists():  # one that was trained follows the one that it followed then
            known = recipe_of(run)
            parent = known.parent if known is not None else None
        elif RunFolder(left).exists():
            parent = left
        if parent != self.recipe.parent:
            self._take_changes({"parent": parent})

    def release(self, path: str) -> None:
        """Put a setting back to where the chosen task and technique start, as if nobody had set it."""
        self.touched.discard(path)
        self._take_changes({path: self.starts().get(path)})

    def _take_changes(self, changes: Mapping[str, Any]) -> None:
        pending = {**self.wrong, **changes}
        try:
            self.recipe = self.recipe.changed(pending)
        except RecipeError as error:
            self.problems, self.wrong = {}, {}
            for problem in error.problems:
                at = [path for path in pending if _touch(path, problem.field)]
                # A rule between two fields, broken by changing the other one: it is shown there.
                shown = {problem.field: at} if at else {path: [path] for path in changes}
                self.problems.update(dict.fromkeys(shown, problem))
                self.wrong.update({path: pending[path] for paths in shown.values() for path in paths})
            self.recipe = self.recipe.changed({p: v for p, v in pending.items() if p not in self.wrong})
        else:
            self.wrong, self.problems = {}, {}
        self.tell()

    def starts(self, task: str | None = None) -> Recipe:
        """The recipe that a task starts from with the technique at hand, nothing set by anybody.

        Parameters
        ----------
        task
            The chosen one where None.
        """
        return from_presets(task=task or self.recipe.task.name, method=self.recipe.method.name)

    def choose_method(self, name: str) -> None:
        """Switch the technique; its settings come back as they were when it was chosen before.

        The hyperparameters that depend on it stand at ``auto`` unless the person set them, so they follow by
        themselves.
        """
        if name == self.recipe.method.name:
            return
        self._methods[self.recipe.method.name] = self.recipe.method.model_dump()
        for path in [path for path in self.wrong if path.startswith("method")]:
            del self.wrong[path]
        settings = self._methods.get(name) or METHODS[name].settings().model_dump()
        self._take_changes({"method": settings})

    def choose_task(self, name: str) -> None:
        """Switch what the model is trained to do, with the hyperparameters that the new task starts from.

        What the person has set stays.
        """
        before = self.recipe.task.name
        if name == before:
            return
        self._tasks[before] = self.recipe.task.model_dump()
        for path in [path for path in self.wrong if path.startswith("task")]:
            del self.wrong[path]
        start, new = self.starts(before).training, self.starts(name).training
        changes: dict[str, Any] = {"task": self._tasks.get(name) or TASKS[name].settings().model_dump()}
        for field, value in new.model_dump().items():
            path = f"training.{field}"
            if path not in self.touched and getattr(start, field) != value:
                changes[path] = value
        self._take_changes(changes)

    def take_up(self, recipe: Recipe, touched: Iterable[str] = ()) -> None:
        """Choose everything anew, as a run that follows from another starts.

        Parameters
        ----------
        touched
            The settings among these that the person set.
        """
        self.recipe, self.wrong, self.problems = recipe, {}, {}
        self.touched = set(touched)
        self.tell()

    def start_anew(self) -> None:
        """Choose what the call says and nothing else, for a run with a name that is free."""
        recipe = from_presets(**self.presets)
        # A call that names a run and no examples opened with that run's choices.
        of_the_run = None if "data" in self.presets else recipe_of_named(self.presets.get("run"))
        if of_the_run is not None:
            recipe = self._with_presets(of_the_run, list(self.presets))
            recipe = recipe.changed({"parent": self.presets.get("parent")})
        if RunFolder(recipe.run).exists():
            name = next_name(recipe.run)
            # The name of a run that was prepared after another would tell that nothing began anew.
            fresh = next_name(name) if self.recipe.parent and name == self.recipe.run else name
            recipe = recipe.changed({"run": fresh})
        self.take_up(recipe, self._preset_paths())

    def answer(self, question: str, said: str) -> None:
        """Note what the person said to a question on the Method page."""
        self.answers[question] = said
        self.tell()

    # -- remembering ------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        """What the notebook's metadata keeps, as plain data."""
        return {
            "schema": SCHEMA,
            "presets": self.presets,
            "recipe": self.recipe.model_dump(),
            "touched": sorted(self.touched),
            "answers": dict(self.answers),
        }

    def present(self, presets: Mapping[str, Any]) -> None:
        """Take up the arguments of one more call, or of the same call once more.

        The choices made so far stay, except for a preset that was changed or added: who edits the
        call means it.
        """
        before, self.presets = self.presets, dict(presets)
        self._take(self.recipe, before)

    def begin(self, written: str | None = None) -> None:
        """Find the name of the run, where the notebook has no choices stored and nobody named one.

        Once is enough: from then on the name is that of this notebook, also when its run exists.

        Parameters
        ----------
        written
            The run that cells in the notebook were written for; a name that is free where None.
        """
        fresh, self._fresh = self._fresh, False
        if not fresh or "run" in self.touched:
            return
        run = self.recipe.run
        name = written or (next_name(run) if RunFolder(run).exists() else run)
        if name != run:
            self._take_changes({"run": name})

    def adopt(self, stored: Mapping[str, Any]) -> None:
        """Take up choices that were stored in the notebook.

        They win over the presets in the call, except for a preset that was changed, or added, since
        they were stored.

        Raises
        ------
        FtkitError
            Where they cannot be read; the choices are then those of the presets.
        """
        if stored.get("schema") != SCHEMA or not isinstance(stored.get("recipe"), Mapping):
            raise FtkitError(
                "The choices stored in this notebook come from another version of ftkit and were not taken over.",
                "The panel starts from its call; look through the pages once.",
            )
        before, chosen = stored.get("presets"), validate(dict(stored["recipe"]))
        self._fresh = False
        touched, answers = stored.get("touched"), stored.get("answers")
        self.touched = (
            {path for path in touched if isinstance(path, str)} if isinstance(touched, list) else set()
        )
        if isinstance(answers, Mapping):
            self.answers = {str(question): str(said) for question, said in answers.items()}
        self._take(chosen, before if isinstance(before, Mapping) else {})

    def _take(self, chosen: Recipe, before: Mapping[str, Any]) -> None:
        """These choices, with the presets that are not as they were; those of a run where the call names another one now."""
        changed = [
            name for name, value in self.presets.items() if name not in before or before[name] != value
        ]
        self._named_anew |= "run" in changed
        if "run" in changed and (of_the_run := recipe_of_named(self.presets["run"])) is not None:
            chosen, changed = of_the_run, list(self.presets)
            self.touched.clear()
        self.recipe = self._with_presets(chosen, changed)
        self.presets = {**before, **self.presets}
        self.touched |= self._preset_paths()
        self.wrong, self.problems = {}, {}
        self.tell()

    def names_anew(self) -> bool:
        """Whether a call has named a run since this was last asked that none named before."""
        anew, self._named_anew = self._named_anew, False
        return anew

    def _with_presets(self, chosen: Recipe, changed: list[str]) -> Recipe:
        """These choices with the named presets."""
        fresh = self._presets_beside(chosen)
        paths = [preset_path(name, fresh) for name in changed]
        for group in ("method", "task"):
            # Another technique or task has other settings: the group is taken whole.
            if any(_touch(path, group) for path in paths) and (
                chosen.get(group).name != fresh.get(group).name
            ):
                paths = [group, *(path for path in paths if not _touch(path, group))]
                if group == "task":
                    starts = from_presets(task=fresh.task.name).training.model_dump()
                    usual = from_presets(task=chosen.task.name).training
                    paths += [
                        path
                        for name, value in starts.items()
                        if (path := f"training.{name}") not in self.touched | set(paths)
                        and chosen.get(path) in (value, getattr(usual, name))
                    ]
        tree = fresh.model_dump()
        return chosen.changed({path: _at(tree, path) for path in paths})

    def _presets_beside(self, chosen: Recipe) -> Recipe:
        """The call's recipe, with the technique and the task of these choices where it names none."""
        kept = {"method": chosen.method.name, "task": chosen.task.name}
        try:
            return from_presets(**{**kept, **self.presets})
        except RecipeError:
            return from_presets(**self.presets)  # a setting that only the usual technique has: it is meant


def _at(tree: Any, path: str) -> Any:
    for part in path.split("."):
        tree = tree[part]
    return tree


def _touch(path: str, other: str) -> bool:
    """Whether two dotted paths are the same, or one is inside the other."""
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")

"""The settings of the training, each with what it means and what was chosen for you."""

from __future__ import annotations

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.fields import describe
from ftkit.methods import METHODS
from ftkit.recipe.schedule import learning_rates, warmup_of
from ftkit.tasks import TASKS
from ftkit.wizards import entries
from ftkit.wizards.markup import Html, duration, joined, note, paragraph, percent, table, tag
from ftkit.wizards.obstacles import backend_obstacle
from ftkit.wizards.pages import Guard
from ftkit.wizards.pages.model import BETTER_PROMPT, BETTER_PROMPT_WHY
from ftkit.wizards.range_offer import RangeOffer
from ftkit.wizards.rows import FieldRow, Options
from ftkit.wizards.schedule_picture import schedule_svg
from ftkit.wizards.session import Session

FIRST = ("training.learning_rate", "training.num_train_epochs", "training.batch_size")
MORE = (
    "training.lr_scheduler_type",
    "training.warmup_steps",
    "training.weight_decay",
    "training.max_length",
    "training.per_device_train_batch_size",
    "training.max_steps",
    "training.early_stopping",
    "training.seed",
    "training.backend",
)
SIMPLE = 7
"""Fields in the simple form at most."""

TARGETS: Options = (
    ("all (all-linear)", "all-linear"),
    ("q_proj and v_proj only", ["q_proj", "v_proj"]),
    ("the four attention layers", ["q_proj", "k_proj", "v_proj", "o_proj"]),
)
DERIVED = {
    "gradient_accumulation_steps": "Micro-batches a step",
    "eval_steps": "Steps between evaluations",
    "eval_rows": "Held-out examples in each evaluation",
    "logging_steps": "Steps between points of the curve",
    "bf16": "Half-precision numbers",
    "activation_checkpointing": "Activation checkpointing (saves memory, costs time)",
    "backend": "Back end: the program that trains",
    "attn_implementation": "Attention: how the model looks back at earlier words",
    "use_liger_kernel": "Liger kernels: faster code for the layers",
    "examples_a_row": "Examples that share a row (packing)",
    "torch_compile": "Compiled model",
}


class HyperparametersPage:
    """The guide's list. Nobody has to change anything here.

    Attributes
    ----------
    on_range_test
        Called when the person wants learning rates tried; set by the panel.
    writes_cells
        Whether cells can be written into the notebook from here; set by the panel.
    """

    HEADING = "The settings of the training"
    LEAD = (
        "Hyperparameters are just the settings that are chosen before training starts. You can leave all of them "
        "as they are: “auto” means that ftkit chose a value for your model, your data and this machine."
    )

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self._own_of = ("", "")
        self._training = [FieldRow(session, path, guard=guard) for path in (*FIRST, *MORE)]
        self._task_rows: list[FieldRow] = []
        self._method_rows: list[FieldRow] = []
        self._titles = {name: widgets.HTML() for name in ("training", "task", "method")}
        self._task_box, self._method_box = widgets.VBox(), widgets.VBox()
        self._advanced = widgets.Checkbox(description="Advanced: show every setting", indent=False)
        self._advanced.observe(guard(lambda _: self.refresh()), names="value")
        self._search = widgets.Text(
            description="Find",
            placeholder="a word, such as memory, overfitting, warm-up",
            continuous_update=True,
        )
        self._search.observe(guard(lambda _: self._show_rows()), names="value")
        self._search_row = widgets.VBox([self._search])
        self._search_row.add_class("ftkit-row")
        self._search_row.add_class("ftkit-wide")
        self._nothing = widgets.HTML()
        self._plan, self._derived = widgets.HTML(), widgets.HTML()
        self.on_range_test = lambda: None
        self.writes_cells = True
        self._range = RangeOffer(session, guard, lambda: self.on_range_test())
        self.body = [
            widgets.HTML(_prompt_first()),
            self._plan,
            self._advanced,
            self._search_row,
            self._nothing,
            self._titles["training"],
            *[row.widget for row in self._training[:1]],
            self._range.widget,
            *[row.widget for row in self._training[1:]],
            self._titles["task"],
            self._task_box,
            self._titles["method"],
            self._method_box,
            self._derived,
        ]

    @property
    def _rows(self) -> list[FieldRow]:
        return [*self._training, *self._task_rows, *self._method_rows]

    def refresh(self) -> None:
        """Show every value, its reason, and every problem."""
        self._take_own()
        for row in self._rows:
            row.full = bool(self._advanced.value)
            row.refresh()
        self._show_rows()
        self._range.refresh()
        try:
            self._plan.value = self._planned()
            self._derived.value = self._worked_out()
        except FtkitError:
            # Without a model there is nothing to reckon with; the Model page says so.
            self._plan.value, self._derived.value = "", ""

    def _show_rows(self) -> None:
        """Few or all rows; of all of them those that the person looks for."""
        all_of_them = bool(self._advanced.value)
        words = self._search.value if all_of_them else ""
        few = {*FIRST, *[row.path for row in [*self._task_rows, *self._method_rows][: SIMPLE - len(FIRST)]]}
        shown = {
            row.path
            for row in self._rows
            # What is wrong is never hidden.
            if self._session.problem(row.path) or (row.matches(words) if all_of_them else row.path in few)
        }
        for row in self._rows:
            row.show(row.path in shown)
        self._search_row.layout.display = None if all_of_them else "none"
        self._nothing.value = (
            "" if shown else paragraph(tag("span", "No setting is described so.", "ftkit-quiet"))
        )
        names = {
            "training": "The settings of the training" if all_of_them else "The three that matter most",
            "task": f"The settings of the task: {TASKS[self._session.recipe.task.name].title}",
            "method": f"The settings of {METHODS[self._session.recipe.method.name].label} (they stand in the method cell)",
        }
        groups = {"training": self._training, "task": self._task_rows, "method": self._method_rows}
        for name, rows in groups.items():
            there = any(row.path in shown for row in rows)
            self._titles[name].value = tag("h3", names[name]) if there else ""
        self._range.show(self.writes_cells and "training.learning_rate" in shown)

    def _take_own(self) -> None:
        """Make the rows of the chosen task and technique."""
        chosen = (self._session.recipe.task.name, self._session.recipe.method.name)
        if chosen == self._own_of:
            return
        old = [*self._task_rows, *self._method_rows]
        self._own_of = chosen
        self._task_rows = [
            FieldRow(self._session, path, guard=self._guard)
            for path in describe(TASKS[chosen[0]].settings, "task")
        ]
        self._method_rows = [
            FieldRow(
                self._session,
                path,
                guard=self._guard,
                # Any list of layers may be typed where "all of them" is no choice.
                options=TARGETS if "all-linear" in about.allowed else None,
            )
            for path, about in describe(METHODS[chosen[1]].settings, "method").items()
        ]
        self._task_box.children = [row.widget for row in self._task_rows]
        self._method_box.children = [row.widget for row in self._method_rows]
        for row in old:
            row.widget.close()

    def _planned(self) -> Html:
        resolved, facts = self._session.resolved, self._session.resolved.facts
        training = resolved.recipe.training
        epochs = (
            f"{entries.show(training.num_train_epochs)} epoch{'' if training.num_train_epochs == 1 else 's'}"
        )
        if training.max_steps is not None:
            epochs += f", ended by the limit of {training.max_steps:,}"
        seconds = self._session.seconds()
        steps = joined(
            [
                f"{facts.train_rows:,} examples in batches of {training.batch_size}, {epochs}: ",
                tag("b", resolved.length),
                ", ",
                tag("b", duration(seconds.value)),
                f" ({seconds.reason}).",
            ]
        )
        warmup = warmup_of(float(training.warmup_steps), resolved.total_steps)
        if training.lr_scheduler_type == "constant":
            warmup = 0
        picture = schedule_svg(learning_rates(resolved), warmup, resolved.total_steps)
        warnings = [note("warn", paragraph(warning)) for warning in resolved.warnings]
        if hindrance := backend_obstacle(self._session):
            warnings.append(note("warn", paragraph(hindrance)))
        words = paragraph(self._batch_in_words(), " ", self._rate_in_words(warmup))
        return joined([paragraph(steps), *warnings, words, picture])

    def _batch_in_words(self) -> str:
        resolved = self._session.resolved
        batch = resolved.recipe.training.batch_size
        micro, pieces = (
            resolved.recipe.training.per_device_train_batch_size,
            resolved.gradient_accumulation_steps,
        )
        each = f"Each step looks at {batch} example{'' if batch == 1 else 's'}"
        if resolved.examples_a_row > 1:
            return f"Each step looks at about {batch} examples, about {resolved.examples_a_row} of them in a row."
        if pieces == 1:
            return f"{each}, all at once."
        return f"{each}: {pieces} pieces of {micro}, added up before the model changes."

    def _rate_in_words(self, warmup: int) -> str:
        resolved = self._session.resolved
        total, kind = resolved.total_steps, resolved.recipe.training.lr_scheduler_type
        falls = {
            "cosine": "then falls in a curve to zero",
            "linear": "then falls in a straight line to zero",
            "constant": "stays the same from the first step to the last",
        }[kind]
        if kind == "constant":
            return f"The learning rate {falls}: this schedule has no warm-up."
        # The share that was chosen: of a short run whole steps make another one, and then two figures would be told.
        set_to = float(resolved.recipe.training.warmup_steps)
        share = percent(set_to, 1) if set_to < 1 else percent(warmup, total)
        whole = ", rounded up" if set_to < 1 and warmup != set_to * total else ""
        first = "first step" if warmup == 1 else f"first {warmup:,} steps"
        rises = f"rises in the {first} ({share} of the run{whole}: the warm-up), " if warmup else ""
        return f"The learning rate {rises}{falls}."

    def _worked_out(self) -> Html:
        resolved = self._session.resolved
        rows = []
        for name, label in DERIVED.items():
            value = getattr(resolved, name)
            shown = ("on" if value else "off") if isinstance(value, bool) else entries.show(value)
            rows.append((label, shown, resolved.reasons.get(f"derived.{name}", "")))
        body = table(("Setting", "Value", "Why"), rows)
        return tag("details", joined([tag("summary", "What follows from these, and why"), body]))


def _prompt_first() -> Html:
    """The question before all settings; its answer is one click away, as the Model page gives it in full."""
    asked = tag("summary", f"{BETTER_PROMPT} Then you need none of this.")
    return note("info", tag("details", joined([asked, paragraph(BETTER_PROMPT_WHY)])))

"""The settings of the training, each with what it means and what was chosen for you."""

from __future__ import annotations

import ipywidgets as widgets

from ftkit.errors import FtkitError
from ftkit.fields import describe
from ftkit.methods import METHODS
from ftkit.wizards import entries
from ftkit.wizards.markup import Html, duration, joined, note, paragraph, table, tag
from ftkit.wizards.pages import Guard
from ftkit.wizards.pages.model import BETTER_PROMPT, BETTER_PROMPT_WHY
from ftkit.wizards.rows import FieldRow, Options
from ftkit.wizards.session import Session

FIRST = ("training.learning_rate", "training.num_train_epochs", "training.batch_size")
MORE = (
    "training.lr_scheduler_type",
    "training.warmup_steps",
    "training.weight_decay",
    "training.max_length",
    "training.per_device_train_batch_size",
    "training.max_steps",
    "training.seed",
)
TARGETS: Options = (
    ("all-linear: every layer, learns best", "all-linear"),
    ("q_proj and v_proj only: cheaper and weaker", ["q_proj", "v_proj"]),
    ("the four attention layers", ["q_proj", "k_proj", "v_proj", "o_proj"]),
)
DERIVED = {
    "gradient_accumulation_steps": "Micro-batches a step",
    "eval_steps": "Steps between evaluations",
    "eval_rows": "Held-out examples in each evaluation",
    "logging_steps": "Steps between points of the curve",
    "bf16": "Half-precision numbers",
    "activation_checkpointing": "Activation checkpointing (saves memory, costs time)",
}


class HyperparametersPage:
    """The guide's list. Nobody has to change anything here."""

    HEADING = "The settings of the training"
    LEAD = (
        "Hyperparameters are just the settings that are chosen before training starts. You can leave all of them "
        "as they are: “auto” means that ftkit chose a value for your model, your data and this machine."
    )

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self._method = ""
        self._first = [FieldRow(session, path, guard=guard) for path in FIRST]
        self._own: list[FieldRow] = []
        self._own_title = widgets.HTML()
        self._own_box = widgets.VBox()
        self._more = [FieldRow(session, path, guard=guard) for path in MORE]
        self._more_box = widgets.VBox([row.widget for row in self._more])
        self._show_more = widgets.Checkbox(description="Show the other settings, too", indent=False)
        self._show_more.observe(guard(lambda _: self.refresh()), names="value")
        self._plan, self._derived = widgets.HTML(), widgets.HTML()
        self.body = [
            widgets.HTML(_prompt_first()),
            self._plan,
            widgets.HTML(tag("h3", "The three that matter most")),
            *[row.widget for row in self._first],
            self._own_title,
            self._own_box,
            self._show_more,
            self._more_box,
            self._derived,
        ]

    def refresh(self) -> None:
        """Show every value, its reason, and every problem."""
        self._take_method()
        for row in (*self._first, *self._own, *self._more):
            row.refresh()
        wrong = any(self._session.problem(path) for path in MORE)
        self._more_box.layout.display = None if self._show_more.value or wrong else "none"
        try:
            self._plan.value = self._planned()
            self._derived.value = self._worked_out()
        except FtkitError:
            # Without a model there is nothing to reckon with; the Model page says so.
            self._plan.value, self._derived.value = "", ""

    def _take_method(self) -> None:
        name = self._session.recipe.method.name
        if name == self._method:
            return
        self._method = name
        technique = METHODS[name]
        own = describe(technique.settings, "method")
        self._own = [
            FieldRow(
                self._session,
                path,
                guard=self._guard,
                # Any list of layers may be typed where "all of them" is no choice.
                options=TARGETS if "all-linear" in about.allowed else None,
            )
            for path, about in own.items()
        ]
        title = f"The settings of {technique.label} (they stand in the method cell)"
        self._own_title.value = tag("h3", title) if own else ""
        self._own_box.children = [row.widget for row in self._own]

    def _planned(self) -> Html:
        resolved, facts = self._session.resolved, self._session.resolved.facts
        training = resolved.recipe.training
        batches = f"{facts.train_rows:,} examples in batches of {training.batch_size}"
        epochs = (
            f"{entries.show(training.num_train_epochs)} epoch{'' if training.num_train_epochs == 1 else 's'}"
        )
        seconds = self._session.seconds()
        sentence = joined(
            [
                f"{batches}, {epochs}: ",
                tag("b", f"{resolved.total_steps:,} steps"),
                ", ",
                tag("b", duration(seconds.value)),
                f" ({seconds.reason}).",
            ]
        )
        warnings = [note("warn", paragraph(warning)) for warning in resolved.warnings]
        return joined([paragraph(sentence), *warnings])

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

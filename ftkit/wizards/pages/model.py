"""What the model shall learn, and the base model: which there are, how large they are, whether one fits here."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from ftkit import catalog, hardware
from ftkit.catalog import BaseModelEntry
from ftkit.catalog.from_runs import PREFIX
from ftkit.errors import FtkitError, ModelError
from ftkit.fields import Choice, Machine, ModelShape
from ftkit.hardware.memory import CPU_SHARE, GPU_SHARE
from ftkit.methods import METHODS
from ftkit.recipe.needs import memory_needed
from ftkit.runfolder import RUNS
from ftkit.tasks import TASKS
from ftkit.wizards.chain_row import ChainRow
from ftkit.wizards.markup import Html, gigabytes, joined, note, paragraph, table, tag
from ftkit.wizards.obstacles import model_obstacle
from ftkit.wizards.pages import Guard
from ftkit.wizards.rows import FieldRow
from ftkit.wizards.session import Session
from ftkit.wizards.task_choice import TaskChoice

OTHER = "another"
SLOW_STEP = 60.0
"""Seconds a step beyond which training is no fun at all."""

BETTER_PROMPT = "First: would a better prompt do?"
BETTER_PROMPT_WHY = (
    "Tell the model what you want in a sentence or two, add three examples, and look at its answers. "
    "That costs nothing. Fine-tuning pays when the instruction would be long, when a small model does not "
    "follow it, or when it must hold every time."
)


class ModelPage:
    """Choose the task; choose the model from the list, or name another one."""

    HEADING = "What you want, and the model you start from"
    LEAD = "Say what the model shall learn. The examples it needs, and how it is trained, follow from that."
    ABOUT_BASE = (
        "A base model was trained by others and can write already. You teach it one more thing. Start with the "
        "smallest, see the whole loop work, and take a larger one only when the small one falls short."
    )

    def __init__(self, session: Session, guard: Guard) -> None:
        self._session = session
        self._guard = guard
        self._filling = False
        self._fetching = False
        self._choice = widgets.Dropdown(description="Base model")
        self._choice.observe(guard(self._on_choice), names="value")
        choice = widgets.VBox([self._choice])
        choice.add_class("ftkit-row")
        choice.add_class("ftkit-wide")
        self._other = FieldRow(session, "model.id", guard=guard, wide=True)
        self._other.control.description = "Its name"
        self._chain = ChainRow(session, guard=guard)
        self._fetch = widgets.Button(description="Get it now")
        self._fetch.on_click(guard(self._on_fetch))
        self._about, self._list, self._here = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._task = TaskChoice(session, guard, compared=True)
        self.body = [
            widgets.HTML(note("info", paragraph(tag("b", BETTER_PROMPT), f" {BETTER_PROMPT_WHY}"))),
            self._task.widget,
            widgets.HTML(joined([tag("h3", "The model you start from"), paragraph(self.ABOUT_BASE)])),
            choice,
            self._other.widget,
            self._chain.widget,
            self._about,
            self._here,
            self._fetch,
            self._list,
        ]
        self._asked_other = False

    def _suited(self) -> list[BaseModelEntry]:
        """The models of the list that can be trained for the chosen task."""
        task = TASKS[self._session.recipe.task.name]
        return [entry for entry in catalog.models() if task.unsuited(entry.shape) is None]

    def _options(self, own: list[tuple[str, str]]) -> list[tuple[str, str]]:
        known = [
            (f"{entry.label} · {entry.parameters:,} parameters · {self._fits(entry.shape)}", entry.id)
            for entry in self._suited()
        ]
        return [
            *known,
            *own,
            ("Another one: a Hugging Face id, or a folder on this machine …", OTHER),
        ]

    def _on_choice(self, change: Any) -> None:
        if self._filling:
            return
        self._asked_other = change["new"] == OTHER
        if self._asked_other:
            self.refresh()
        else:
            # How to go on belongs to the run that was chosen before.
            self._session.set({"model.id": change["new"], "model.chain": "merge"})

    def _on_fetch(self, _button: Any) -> None:
        self._fetching = True
        self._fetch.disabled = True

        def progress(sentence: str, share: float | None) -> None:
            done = f" {share:.0%}" if share is not None else ""
            self._here.value = note("info", paragraph(sentence + done))

        def work() -> None:
            try:
                catalog.starter_model(progress=progress)
            except FtkitError as error:
                self._here.value = note("bad", paragraph(tag("b", error.what)), paragraph(error.remedy))
            else:
                self._fetching = False
                self._session.look_again()
            finally:
                self._fetching = False
                self._fetch.disabled = False

        # A thread, so that the page can show how far it is.
        threading.Thread(target=self._guard(work), daemon=True).start()

    # -- what it needs ----------------------------------------------------------------------

    def _memory(self, shape: ModelShape) -> Choice:
        """An estimate with the chosen task and technique, with as few examples at a time as the task allows."""
        recipe, machine = self._session.recipe, self._session.machine
        technique = METHODS[recipe.method.name]
        return memory_needed(
            TASKS[recipe.task.name],
            recipe.task,
            technique,
            technique.resolve(recipe.method)[0],
            shape,
            machine,
            longest=self._length(),
            batch=recipe.training.batch_size,
        )

    def _length(self) -> int:
        try:
            return int(self._session.resolved.recipe.training.max_length)
        except FtkitError:
            return 512

    def _fits(self, shape: ModelShape) -> str:
        machine = self._session.machine
        if self._memory(shape).value > budget(machine):
            return "too big for this machine"
        pace = hardware.time_estimate(shape, self._session.recipe.method.name, machine, 8 * 100)
        return "fits, but very slow here" if pace.value > SLOW_STEP else "fits"

    def refresh(self) -> None:
        """Show the chosen task and model, what is known about it, and the list."""
        self._task.refresh()
        chosen = self._session.value("model.id")
        ids = [entry.id for entry in self._suited()]
        own = _own_runs()
        other = self._asked_other or chosen not in [*ids, *(model for _, model in own)]
        self._filling = True
        try:
            self._choice.options = self._options(own)
            self._choice.value = OTHER if other else chosen
        finally:
            self._filling = False
        self._other.refresh()
        self._other.widget.layout.display = None if other else "none"
        self._about.value = self._found()
        self._chain.refresh()
        self._show_whether_here()
        self._list.value = self._catalogue(ids.index(chosen) if chosen in ids else None)

    def _found(self) -> Html:
        try:
            found = self._session.found
        except ModelError as error:
            return note("bad", paragraph(tag("b", error.what)), paragraph(error.remedy))
        estimate = self._memory(found.shape)
        machine = self._session.machine
        where = f"on {machine.gpu.name}" if machine.gpu else "here"
        usable, all_of_it = gigabytes(budget(machine)), gigabytes(_memory_of(machine))
        method = METHODS[self._session.recipe.method.name].label
        entry = next((entry for entry in catalog.models() if entry.id == found.id), None)
        facts = joined(
            [
                tag("b", found.label),
                " has ",
                tag("b", f"{found.shape.parameters:,} parameters"),
                f". Training it with {method} takes at least about ",
                tag("b", f"{gigabytes(estimate.value)} of memory"),
                f" (an estimate, one example at a time), of the {usable} that a run may use {where} (of {all_of_it} in all): ",
                _word(self._fits(found.shape)),
                ".",
            ]
        )
        gated = " You have to accept its terms on the Hugging Face hub once." if entry and entry.gated else ""
        misfit = model_obstacle(self._session)
        return Html(
            (note("bad", paragraph(misfit)) if misfit else "")
            + paragraph(facts)
            + (paragraph(entry.note + gated, f" Licence: {entry.licence}.") if entry else "")
        )

    def _show_whether_here(self) -> None:
        starter = self._session.recipe.model.id == catalog.STARTER_ID
        missing = starter and self._session.model_folder is None
        self._fetch.layout.display = None if missing else "none"
        if self._fetching:
            return
        if missing:
            text = "It is not on this machine yet. Getting it takes about a minute, once: 100 MB are fetched."
            self._here.value = note("warn", paragraph(text))
        elif not starter and self._session.model_folder is None:
            text = "It will be fetched from the Hugging Face hub when the model cell runs for the first time."
            self._here.value = paragraph(tag("span", text, "ftkit-quiet"))
        else:
            self._here.value = ""

    def _catalogue(self, selected: int | None) -> Html:
        rows = [
            (
                entry.label,
                f"{entry.parameters:,}",
                f"{gigabytes(self._memory(entry.shape).value)}",
                _word(self._fits(entry.shape)),
                entry.note,
            )
            for entry in self._suited()
        ]
        head = ("Model", "Parameters", "Memory (estimate)", "Here", "Good to know")
        listed = tag("div", table(head, rows, right=(1, 2), selected=selected), "ftkit-scroll", tabindex="0")
        return tag("details", joined([tag("summary", f"Compare all {len(rows)} models"), listed]))


def _own_runs() -> list[tuple[str, str]]:
    """Runs of this folder that a next one can go on from, the latest first."""
    states = sorted(Path(RUNS).glob("*/state.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    found = []
    for name in (path.parent.name for path in states):
        model = f"{PREFIX}{name}"
        try:
            catalog.find(model)
        except FtkitError:
            continue
        found.append((f"What my run {name} made: go on from there", model))
    return found


def budget(machine: Machine) -> float:
    """Bytes that a run may plan with."""
    return GPU_SHARE * machine.gpu.memory if machine.gpu else CPU_SHARE * machine.memory


def _memory_of(machine: Machine) -> int:
    return machine.gpu.memory if machine.gpu else machine.memory


def _word(fits: str) -> Html:
    return tag("span", fits, "ftkit-toobig" if fits.startswith("too big") else "ftkit-fits")

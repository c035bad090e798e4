"""Buttons for a run name that is taken: they set the literals in the cell and run it again."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from ftkit.cells import ownership
from ftkit.cells.editing import set_follow, set_values
from ftkit.errors import CellError, RecipeError, RunExistsError
from ftkit.notebook import Replace, Snapshot, current_cell, get_bridge
from ftkit.notebook.progress import in_kernel
from ftkit.recipe import load_recipe, recipe_to_yaml
from ftkit.runfolder import RunFolder, next_name

BY_HAND = "Change the cell by hand as the message below says."


def offer(taken: RunExistsError, folder: RunFolder) -> None:
    """Show the choices above the error message; does nothing outside a notebook."""
    if not in_kernel():
        return
    from IPython.display import display

    display(Choices(taken, folder, current_cell()).box)


def edits(
    snapshot: Snapshot, cell: str, before: str, *, run: str | None = None, existing: str | None = None
) -> list[Replace]:
    """What has to change in the notebook for a choice.

    Parameters
    ----------
    snapshot
        The notebook.
    cell
        Id of the cell that trains.
    before
        The name of the run that exists.
    run, existing
        As in `ftkit.cells.editing.set_follow`.

    Raises
    ------
    CellError
        Where the cell is gone or its values are not plain.
    """
    train = next((view for view in snapshot.views if view.id == cell), None)
    if train is None:
        raise CellError("The cell is not in this notebook any more.", BY_HAND)
    name = run or before
    found = [ownership.rewrite(train, set_follow(train.source, run=run, existing=existing), name)]
    for view in snapshot.views:
        mark = ownership.mark_of(view)
        if run and mark is not None and mark["step"] == "compare" and mark["run"] == before:
            try:
                changed = set_values(view.source, "compare", {"run": run})
            except CellError:
                continue  # the person's own comparison, which may go on asking the older run
            found.append(ownership.rewrite(view, changed, run))
    return found


def recipe_for(folder: RunFolder, run: str) -> None:
    """Give a run that starts over under a new name its recipe."""
    waiting = folder.path / "recipe.next.yaml"
    source = waiting if waiting.exists() else folder.path / "recipe.yaml"
    if source.exists():
        recipe = load_recipe(source).changed({"run": run, "parent": folder.name})
        RunFolder(run, folder.path.parent).write_recipe(recipe_to_yaml(recipe))


class Choices:
    """Resume, Start over, Overwrite.

    Parameters
    ----------
    taken
        Says which of them are possible.
    folder
        The run that exists.
    cell
        Id of the cell that trains; None where the front end does not tell.
    """

    def __init__(self, taken: RunExistsError, folder: RunFolder, cell: str | None) -> None:
        import ipywidgets

        self._folder = folder
        self._cell = cell
        new = next_name(folder.name, folder.path.parent)
        self._said = ipywidgets.HTML()
        self.buttons: dict[str, Any] = {}
        ways = []
        if "resume" in taken.choices:
            self._button("resume", "Resume", "Go on from the last checkpoint", existing="resume")
            ways.append("Resume goes on from its last checkpoint.")
        self._button("start over", f"Start over as {new}", "Keep this run and train a new one", run=new)
        self._button("overwrite", "Overwrite", "Remove this run and train again", existing="overwrite")
        self.buttons["overwrite"].button_style = "danger"
        ways += ["Start over keeps it and trains under a new name.", "Overwrite removes it first."]
        text = ipywidgets.HTML(f"<b>{html.escape(taken.what)}</b><br>{' '.join(ways)}")
        row = ipywidgets.HBox(
            list(self.buttons.values()), layout={"flex_flow": "row wrap", "margin": "8px 0"}
        )
        # The style sheet comes with the panel, which need not be in this notebook: so the spacing stands here.
        self.box = ipywidgets.VBox([text, row, self._said], layout={"padding": "12px 20px 4px"})
        self.box.add_class("ftkit-wizard")

    def _button(self, name: str, label: str, tooltip: str, **change: str) -> None:
        import ipywidgets

        layout = {"width": "auto", "margin": "0 8px 4px 0"}
        button = ipywidgets.Button(description=label, tooltip=tooltip, layout=layout)
        button.on_click(self._chosen(change))
        self.buttons[name] = button

    def _chosen(self, change: dict[str, str]) -> Callable[[Any], None]:
        def clicked(_button: Any) -> None:
            for button in self.buttons.values():
                button.disabled = True
            get_bridge(self._cell).snapshot(lambda snapshot: self._change(snapshot, change))

        return clicked

    def _change(self, snapshot: Snapshot, change: dict[str, str]) -> None:
        if not snapshot.ok or self._cell is None:
            self._say(f"{snapshot.error} {BY_HAND}".strip())
            return
        try:
            operations = edits(snapshot, self._cell, self._folder.name, **change)
            if "run" in change:
                recipe_for(self._folder, change["run"])
        except (CellError, RecipeError) as error:
            self._say(str(error))
            return
        get_bridge(self._cell).apply(
            operations,
            [self._cell],
            lambda reply: None if reply.ok else self._say(f"{reply.error} {BY_HAND}"),
        )

    def _say(self, text: str) -> None:
        self._said.value = html.escape(text)
        for button in self.buttons.values():
            button.disabled = False

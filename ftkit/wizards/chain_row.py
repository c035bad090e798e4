"""How to go on from a run: a new adapter on what it made, or its own adapter trained further."""

from __future__ import annotations

from typing import Any

from ftkit.catalog import Continued, continued, run_named
from ftkit.errors import FtkitError
from ftkit.recipe.chain import CONTINUE, goes_on, method_of
from ftkit.wizards.markup import Html, joined, tag
from ftkit.wizards.obstacles import chain_obstacle
from ftkit.wizards.pages import Guard
from ftkit.wizards.rows import FieldRow
from ftkit.wizards.session import Session

OPTIONS = [
    ("merge: a new adapter on the model that it made", "merge"),
    ("continue: its own adapter trains on", CONTINUE),
]


class ChainRow(FieldRow):
    """Shown where the base model is a run whose adapter could train on.

    Choosing that takes over the technique and the settings that the adapter was made with: they cannot change.
    """

    def __init__(self, session: Session, *, guard: Guard) -> None:
        super().__init__(session, "model.chain", guard=guard, options=OPTIONS, wide=True)

    def _before(self) -> Continued | None:
        run = run_named(self._session.recipe.model.id)
        try:
            return continued(run) if run else None
        except FtkitError:
            return None

    def _on_change(self, change: Any) -> None:
        if self._filling:
            return
        before = self._before()
        if change["new"] == CONTINUE and before is not None:
            method = method_of(before, self._session.found.shape)
            self._session.choose_method(method["name"])
            self._session.set({f"method.{name}": value for name, value in method.items() if name != "name"})
        self._session.set({self.path: change["new"]})

    def refresh(self) -> None:
        """Show the choice where there is one, and what keeps an adapter from training on."""
        super().refresh()
        self.show(goes_on(self._session.recipe) or self._before() is not None)

    def _explanation(self) -> Html:
        obstacle = chain_obstacle(self._session)
        said = tag("div", obstacle, "ftkit-problem", role="alert") if obstacle else Html("")
        return joined([said, super()._explanation()])

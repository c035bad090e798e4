"""FD013: conversations whose turns stand in an order that no model knows."""

from __future__ import annotations

import re
from collections import Counter

from ftkit.data.accounting import Skipped
from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally

CODE = "FD013"
TITLE = "Turns in the wrong order"
SEVERITY = "warning"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts")
MEANING = (
    "Chat models know one order: perhaps a system prompt, then user and assistant in turn, user first. In another "
    "order the chat template fails, or prints something the model has never seen."
)
TRY = "Join turns of the same speaker, and remove what stands before the first question."
FIX: str | None = None

_ORDER = re.compile(
    "do not alternate|in the middle of the conversation|that nobody called|does not end in an answer"
    "|is no answer of the assistant|a role that is not known|does not begin with a speaker"
)


class Check:
    """Counts what was left out for it, and roles that the model's template does not print."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._roles = facts.roles
        self._order, self._unknown, self._names = Tally(), Tally(), dict[str, None]()
        self._why: Counter[str] = Counter()

    def leave_out(self, skipped: Skipped) -> None:
        """Count records whose turns are in disorder."""
        if _ORDER.search(skipped.reason):
            self._order.leave_out(skipped)
            self._why[skipped.reason] += skipped.count

    def see(self, row: SeenRow) -> None:
        """Look whether the model's template knows all roles."""
        if self._roles is None or not isinstance(row.row.get("prompt"), list):
            return
        for message in row.row["prompt"]:
            if (role := message.get("role")) not in self._roles:
                self._unknown.add(row)
                self._names[str(role)] = None
                break

    def finding(self) -> Finding | None:
        """How many of both."""
        order, unknown = self._order, self._unknown
        if not (order.count or unknown.count):
            return None
        said = []
        if order.count:
            what = "conversation has its" if order.count == 1 else "conversations have their"
            said.append(
                f"{order.count:,} {what} turns in an order that cannot be trained on, and will not be used. "
                f"Most often: {self._why.most_common(1)[0][0]}."
            )
        if unknown.count:
            what = "row has" if unknown.count == 1 else "rows have"
            roles = " or ".join(self._names)
            said.append(
                f"{unknown.count:,} {what} a turn of {roles}, which this model's chat template does not print."
            )
        return Finding(
            " ".join(said),
            order.count + unknown.count,
            tuple(dict.fromkeys((*order.first, *unknown.first)))[:10],
        )

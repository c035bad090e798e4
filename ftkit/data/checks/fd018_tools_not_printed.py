"""FD018: tool calls that the model's chat template leaves out."""

from __future__ import annotations

from ftkit.data.checks.seen import CheckFacts, Finding, Places, SeenRow, Tally
from ftkit.data.printed import CALLS, TOOLS

CODE = "FD018"
TITLE = "The model's template prints no tools"
SEVERITY = "error"
FORMS: tuple[str, ...] = ("sft", "preference", "unpaired", "prompts")
MEANING = (
    "A chat template writes a conversation as the text that the model reads. One that knows no tools leaves calls "
    "out: the model would learn an empty answer where the call should stand."
)
TRY = "Choose a model that was made for tools (such as Qwen), or leave these rows out."
FIX: str | None = "drop-tool-calls"
_ANSWERS = ("completion", "chosen", "rejected")


class Check:
    """Counts rows with calls, and rows that only offer tools, where the template does not print them."""

    def __init__(self, facts: CheckFacts, places: Places) -> None:
        self._calls_lost = facts.roles is not None and CALLS not in facts.roles
        self._tools_lost = facts.roles is not None and TOOLS not in facts.roles
        self._calls, self._offers = Tally(), Tally()

    def see(self, row: SeenRow) -> None:
        """Look for calls in any message, and for tools on offer."""
        if self._calls_lost and any(_calls(row.row.get(name)) for name in ("prompt", *_ANSWERS)):
            self._calls.add(row)
        elif self._tools_lost and row.row.get("tools"):
            self._offers.add(row)

    def finding(self) -> Finding | None:
        """How many of both; only calls are lost answers."""
        calls, offers = self._calls, self._offers
        if not (calls.count or offers.count):
            return None
        said = []
        if calls.count:
            what = "row calls a tool" if calls.count == 1 else "rows call tools"
            said.append(f"{calls.count:,} {what}, and this model's chat template leaves the calls out.")
        if offers.count:
            what = "row offers tools" if offers.count == 1 else "rows offer tools"
            said.append(f"{offers.count:,} {what} that the model would not be told of.")
        return Finding(
            " ".join(said),
            calls.count + offers.count,
            tuple(dict.fromkeys((*calls.first, *offers.first)))[:10],
            drop=[*calls.ordinals, *offers.ordinals],
            severity="error" if calls.count else "warning",
        )


def _calls(messages: object) -> bool:
    return isinstance(messages, list) and any(
        isinstance(message, dict) and message.get("tool_calls") for message in messages
    )

"""What the parts of an example are called for people: the same words in the form, in a terminal and in an error."""

from __future__ import annotations

from collections.abc import Sequence

from ftkit.data.forms import FORMS

ROLE_WORDS = {
    "prompt": "What is asked",
    "answer": "The answer",
    "system": "System prompt",
    "context": "Context",
    "messages": "The messages",
    "history": "Earlier turns",
    "chosen": "The better answer",
    "rejected": "The worse answer",
    "label": "Label",
    "text": "Text",
    "second": "Second text",
    "thinking": "Thoughts before it",
    "tools": "Tools",
}
_ROLES = {"completion": "answer", "completions": "steps", "input_ids": "ids"}
"""The part that ends up in a column of a standard form, where it is not called as that column is."""
MOST_COLUMNS, LONGEST_NAME = 12, 40


def role_name(role: str) -> str:
    """What a part is called in the form."""
    return ROLE_WORDS.get(role, role.replace("_", " ").capitalize())


def in_a_sentence(role: str) -> str:
    """The same within a sentence: ``what is asked``, ``the answer``, ``the label``."""
    name = role_name(role)
    name = name[:1].lower() + name[1:]
    return name if name.startswith(("what ", "the ")) else f"the {name}"


def unrecognised(columns: Sequence[str], form: str) -> str:
    """That nothing is known of these columns, and what has to be said about them."""
    which = " and which one ".join(map(in_a_sentence, _asked(form)))
    return f"ftkit does not recognise the {_listed(columns)}. Say which one holds {which}."


def naming(form: str) -> str:
    """How somebody says which column is what, in Python and in a terminal."""
    roles = _asked(form)
    python = ", ".join(f'"{role}": "YOUR COLUMN"' for role in roles)
    terminal = " ".join(f'--column {role}="YOUR COLUMN"' for role in roles)
    # The names of the options are those of the training library: what they mean is not always plain.
    unclear = [f"{role} is {in_a_sentence(role)}" for role in roles if in_a_sentence(role) != f"the {role}"]
    return f"Such as columns={{{python}}}; in a terminal {terminal}" + (
        f", where {', '.join(unclear)}." if unclear else "."
    )


def _asked(form: str) -> list[str]:
    """The parts that a form cannot do without."""
    return [_ROLES.get(column, column) for column in FORMS.get(form, FORMS["sft"]).COLUMNS]


def _listed(columns: Sequence[str]) -> str:
    names = [
        repr(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…")
        for name in columns[:MOST_COLUMNS]
    ]
    if more := len(columns) - len(names):
        names.append(f"{more} more")
    if len(names) < 2:
        return f"column {names[0]}" if names else "columns"
    return f"columns {', '.join(names[:-1])} and {names[-1]}"

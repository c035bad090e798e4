"""The formats as a Markdown page for the docs: ``python -m ftkit.data.families_table > docs/data-formats.md``."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from types import ModuleType

from ftkit.data.families import FAMILIES, kind_of
from ftkit.data.forms import FORMS, natural_form

_HEAD = """# Data formats

How examples may be written, made from the same descriptions that recognise them. ftkit looks at the names of
the columns and at what stands in them; upper and lower case do not matter. Where it guesses wrong, or knows none
of the columns, say which column plays which role:

- a column: `{"prompt": "question", "answer": "reply"}`
- a field inside a column, by its path: `{"answer": "answers.text.0"}`
- a text that is the same in every row: `{"system": {"constant": "Be brief."}}`
- a template: `{"prompt": {"template": "Translate into {language}: {text}"}}`; `{{` and `}}` stand for braces

A row that does not fit is left out, counted, and shown with its reason and its number.

## What is recognised

"""
_FORMS = """
## What it becomes

Each task is trained on one form, which is TRL's own. Data can serve another task than the one they were made for
where that is safe: of a preference pair, for example, supervised fine-tuning learns the chosen answer.

Running text that is longer than the model reads at once is cut into pieces; TRL puts the end token behind every one of
them, those from the middle of a document too, and has no argument that leaves it out, so that the model may come to end
texts early.

| form | id | columns | tasks |
|---|---|---|---|
"""


def formats_page() -> str:
    """The whole page."""
    parts = [_family(module) for module in sorted(FAMILIES.values(), key=_place)]
    rows = [
        f"| {form.LABEL} | `{form.ID}` | {_code(form.COLUMNS)} | {_code(form.TASKS)} |"
        for form in FORMS.values()
    ]
    return _HEAD + "\n".join(parts) + _FORMS + "\n".join(rows) + "\n"


def _place(module: ModuleType) -> tuple[str, bool, str]:
    return module.ID, kind_of(module) != module.ID, kind_of(module)


def _family(module: ModuleType) -> str:
    kind = kind_of(module)
    own = f" (reported as `{module.ID}`)" if kind != module.ID else ""
    lines = [f"### `{kind}`{own}", "", f"{module.LABEL[0].upper()}{module.LABEL[1:]}."]
    if hasattr(module, "REFUSAL"):
        return "\n".join([*lines, "", module.REFUSAL, ""])
    lines[-1] += f" Naturally for the task `{module.TASK}`, in the form `{natural_form(module)}`."
    if hasattr(module, "NOTE"):
        lines[-1] += f" {module.NOTE}"
    lines += ["", "| role | columns that go by it |", "|---|---|"]
    for role, known in module.ROLES.items():
        needed = " (needed)" if role in module.REQUIRED else ""
        lines.append(f"| {role}{needed} | {_code(known) or 'none: give it yourself'} |")
    return "\n".join([*lines, ""])


def _code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


if __name__ == "__main__":
    sys.stdout.write(formats_page())
